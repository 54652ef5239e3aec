"""Takes secrets out of what hosts say before anything is kept of it: passwords, connection strings, keys.

Commands are written so that they do not print secrets. This is the second lock: a password in an unusual place, or a
check of a site's own, must not put one into a transcript either. What a setting is called stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

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
        # keys of BIND and of others that write so: secret "…";
        (r'(\bsecret\s+")(?!\()[^"\n]*(")', re.IGNORECASE, r"\1", r"\2"),
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
# In lower case: one of these stands in each line that a rule may apply to, and in hardly any other. To look for them
# takes a hundredth of the time that the rules take.
_SIGNS = (b"passw", b"passphrase", b"secret", b"bindpw", b"_pw", b"dnpass", b"apikey", b"api_key", b"_pass",
          b"authtoken", b"auth_token", b"pwd=", b"-pass", b"-token", b"://", b"dq.spamhaus",
          b"abusix.zone")  # fmt: skip
_KEY = b"PRIVATE KEY"
# A line with what may belong to it: a name, what parts it from its value, and the value may stand on a line each.
_REACH = re.compile(r"[^\n]*(?:\n\s*[^\n]+){0,2}")


def redacted(octets: bytes) -> bytes:
    """The same without secrets; each octet that stays is as it was."""
    if _KEY in octets:  # as long as it likes
        return _ruled(octets.decode("latin-1")).encode("latin-1")
    likely = _likely(octets.lower())
    if not likely:
        return octets
    text, told, done = octets.decode("latin-1"), [], 0
    for begin, end in _parts(text, likely):
        told += [text[done:begin], _ruled(text[begin:end])]
        done = end
    return "".join([*told, text[done:]]).encode("latin-1")


def _ruled(text: str) -> str:
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


def _likely(lower: bytes) -> list[int]:
    """Where the lines begin that hold a sign."""
    found = set()
    for sign in _SIGNS:
        at = lower.find(sign)
        while at >= 0:
            found.add(lower.rfind(b"\n", 0, at) + 1)
            end = lower.find(b"\n", at)
            at = lower.find(sign, end) if end >= 0 else -1
    return sorted(found)


def _parts(text: str, likely: Iterable[int]) -> Iterator[tuple[int, int]]:
    """From where to where the rules are to look; the end of the line before goes with each, which some want to see."""
    begin, end = 0, -1
    for line in likely:
        reach = _REACH.match(text, line)
        assert reach is not None  # it matches any text
        if line > end + 1:
            if end >= 0:
                yield begin, end
            begin = max(line - 1, 0)
        end = max(end, reach.end())
    yield begin, end
