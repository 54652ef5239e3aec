"""How passwords are stored: the scheme of each hash is cut out on the host, and no hash ever leaves it."""

from __future__ import annotations

import re
import shlex
from collections import Counter

# crypt(5): the prefix of a hash that names no scheme itself, and what Dovecot calls it.
_PREFIXES = (("$6$", "SHA512-CRYPT"), ("$5$", "SHA256-CRYPT"), ("$1$", "MD5-CRYPT"), ("$2", "BLF-CRYPT"),
             ("$y$", "YESCRYPT"), ("$gy$", "YESCRYPT"), ("$7$", "SCRYPT"), ("$argon2id$", "ARGON2ID"),
             ("$argon2i$", "ARGON2I"))  # fmt: skip
_CASES = "".join(f'else if (index(p, "{prefix}") == 1) s = "{name}"; ' for prefix, name in _PREFIXES)
_COUNT = (
    "awk -F: '/^[^#]/ && NF > 1 {{ p = $2; s = \"(none)\"; "
    'if (match(p, /^[{{][A-Za-z0-9._-]+[}}]/)) {{ s = toupper(substr(p, 2, RLENGTH - 2)); '
    'if (s ~ /CRYPT/ && substr(p, RLENGTH + 1) ~ /^[!*]/) s = "" }} '
    "{cases}"
    'else if (p == "" || p ~ /^[!*x]/) s = ""; '
    "if (s != \"\") n[s]++ }} END {{ for (s in n) print n[s], s }}' {path}"
)  # fmt: skip
_ROW = re.compile(r"(\d{1,9}) ([A-Z0-9._-]{1,40}|\(none\))")
# Suffixes by which Dovecot tells how a hash is written down.
_ENCODINGS = (".B64", ".BASE64", ".HEX")


def count(path: str) -> str:
    """The command that counts the schemes in a file of ``user:password:…`` lines."""
    script = _COUNT.format(cases=_CASES, path=shlex.quote(path))
    return f"sudo sh -c {shlex.quote(script)}"


def schemes(text: str, default: str) -> dict[str, int]:
    """How many passwords of each scheme the command counted. default: of those that do not tell it themselves."""
    found: Counter[str] = Counter()
    for line in text.splitlines():
        if row := _ROW.fullmatch(line.strip()):
            found[scheme(default if row[2] == "(none)" else row[2])] += int(row[1])
    return dict(found)


def scheme(name: str) -> str:
    """The scheme's own name, in capitals and without its encoding."""
    upper = name.upper()
    return next((upper.removesuffix(end) for end in _ENCODINGS if upper.endswith(end)), upper)
