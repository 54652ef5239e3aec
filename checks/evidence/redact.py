"""Takes secrets out of what hosts say before anything is kept of it: passwords, connection strings, keys.

Commands are written so that they do not print secrets. This is the second lock: a password in an unusual place, or a
check of a site's own, must not put one into a transcript either. What a setting is called stays.
"""

from __future__ import annotations

import re

HIDDEN = "(hidden)"

# Settings that hold a secret itself; those that hold the name of a table, a file or a scheme end otherwise.
_NAMED = r"[\w.-]*(?:password|passwd|passphrase|secret|bind_?pw|_pw|dnpass|api_?key|_pass|auth_?token)"
_WORDS = "password|passwd|pwd|passphrase|secret|bindpw|dnpass"
_KEYED = r"dq\.spamhaus\.net|abusix\.zone"
_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, flags), f"{kept}{HIDDEN}{after}")
    for pattern, flags, kept, after in (
        # name = value; what already says that it is hidden, and words that switch a thing on or off, stay.
        (
            rf"^(\s*(?:\S+/)?{_NAMED}\s*[:=]\s*)(?!\s|#|\(hidden\)|\(set\)|yes$|no$|true$|false$|\w+:[/\w]|/)[^\n]+$",
            re.MULTILINE | re.IGNORECASE,
            r"\1",
            "",
        ),
        # "name": "value" of JSON
        (rf'("{_NAMED}"\s*:\s*")(?!\(|")[^"\n]*(")', re.IGNORECASE, r"\1", r"\2"),
        # Postfix: logins that stand in a parameter itself (static:user:password, inline:{ host=user:password })
        (r"(password_maps\s*=[^\n]*?\bstatic:)(?!\(hidden\))(?:\{[^}\n]*\}|[^\s,]+)", 0, r"\1", ""),
        (r"(password_maps\s*=[^\n]*?\binline:)\{(?:[^{}\n]|\{[^{}\n]*\})*\}", 0, r"\1", ""),
        # name=value, as Postfix warns of parameters that nothing reads, or as a line of options
        (rf"(unused parameter: {_NAMED}=)(?!\(hidden\))[^\n]+", re.IGNORECASE, r"\1", ""),
        (
            rf"((?<![\w$.-]){_NAMED}=)(?!\(hidden\)|\$|/|(?:yes|no|true|false)\b)[^\s'\",;]+",
            re.IGNORECASE,
            r"\1",
            "",
        ),
        # connection strings: words (password=…) and URLs (mysql://user:password@host)
        (
            rf"((?<![\w$])(?:{_WORDS})=)(?!\(hidden\)|\$)(?:'[^'\n]*'|\"[^\"\n]*\"|[^\s'\",;]+)",
            re.IGNORECASE,
            r"\1",
            "",
        ),
        (r"([a-z][a-z0-9+.-]{1,20}://[^\s:/@'\"]{0,200}:)(?!\(hidden\))[^\s@/'\"]+(@)", re.IGNORECASE, r"\1", r"\2"),
        # options of programs: --password secret, --pass=secret
        (r"(\s--?(?:password|passwd|pass|secret|token)[= ])(?!-|\(hidden\))[^\s'\"]+", re.IGNORECASE, r"\1", ""),
        # keys of block lists that stand in the zone's name (Spamhaus DQS, Abusix)
        (
            r"(?<![\w.-])()[a-z0-9]{20,}(\.(?:[a-z0-9-]+\.){0,3}(?:dq\.spamhaus\.net|abusix\.zone))",
            re.IGNORECASE,
            r"\1",
            r"\2",
        ),
        # private keys, whole or cut off
        (
            r"(-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----)[\s\S]*?(?=-----END|\Z)()",
            0,
            r"\1\n",
            r"\n\2",
        ),
    )
)
# What a text must hold for any of the rules to apply: most answers hold none of it.
_LIKELY = re.compile(
    rb"passw|passphrase|secret|bind_?pw|_pw\b|dnpass|api_?key|_pass\b|auth_?token|pwd=|--?pass|--?token|://[^\s/@]*:[^\s/@]+@"
    rb"|dq\.spamhaus|abusix\.zone|PRIVATE KEY",
    re.IGNORECASE,
)


def redacted(octets: bytes) -> bytes:
    """The same without secrets; each octet that stays is as it was."""
    if not _LIKELY.search(octets):
        return octets
    text = octets.decode("latin-1")
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text.encode("latin-1")
