"""What PAM asks of a new password, as pam_unix(8), pam_pwquality(8), pam_passwdqc(8) and pam_cracklib(8) are told."""

from __future__ import annotations

import re

# The file that sets passwords is common-password on Debian and Ubuntu, system-auth on the RHEL family.
QUERY = (
    "[ -d /etc/pam.d ] || exit 127; "
    "grep -shE '^[[:space:]]*password[[:space:]].*pam_(unix|pwquality|passwdqc|cracklib)\\.so' "
    "/etc/pam.d/common-password /etc/pam.d/system-auth; "
    "cd /etc/security 2>/dev/null && "
    "grep -shE '^[[:space:]]*minlen[[:space:]]*=' pwquality.conf.d/*.conf pwquality.conf; true"
)
_MODULE = re.compile(r"pam_(unix|pwquality|passwdqc|cracklib)\.so(.*)")
_LENGTH = re.compile(r"\bminlen\s*=\s*(\d{1,4})\b")
# passwdqc.conf(5) min=: the least length of one, two classes of characters, a phrase, three, and four classes.
_CLASSES = re.compile(r"\bmin=\S*,(\d{1,4})\b")
_UNTOLD = {"unix": 6, "pwquality": 8, "passwdqc": 8, "cracklib": 9}


def least_length(text: str) -> int | None:
    """Characters that a new password must have at least, from what QUERY prints; None where nothing says so."""
    configured = [int(found[1]) for line in text.splitlines() if "pam_" not in line and (found := _LENGTH.search(line))]
    lengths = []
    for line in text.splitlines():
        if module := _MODULE.search(line):
            told = (_CLASSES if module[1] == "passwdqc" else _LENGTH).search(module[2])
            default = configured[-1] if module[1] == "pwquality" and configured else _UNTOLD[module[1]]
            lengths.append(int(told[1]) if told else default)
    return max(lengths, default=None)
