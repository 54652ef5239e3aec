"""What msmtp is told of that may not be there: files of authorities, addresses to send from."""

from __future__ import annotations

import shlex

_FILES = 'for f in /etc/msmtprc /root/.msmtprc /home/*/.msmtprc /var/www/.msmtprc; do [ -f "$f" ] || continue; '
# "FILE ADDRESS" for each address that msmtp is told to send from.
SOURCES = "sudo sh -c " + shlex.quote(
    _FILES + 'sed -nE "s/^[[:space:]]*source_ip[[:space:]]+\\"?([0-9A-Fa-f:.]+)\\"?[[:space:]]*$/\\1/p" "$f" | '
    'head -n 20 | while read -r a; do echo "$f $a"; done; done; true'
)
# "FILE AUTHORITIES" for each file of authorities that msmtp is told of and that is not there.
LOST_AUTHORITIES = "sudo sh -c " + shlex.quote(
    _FILES + 'sed -nE "s/^[[:space:]]*tls_trust_file[[:space:]]+\\"?(\\/[^\\"]*)\\"?[[:space:]]*$/\\1/p" "$f" | '
    'head -n 20 | while read -r p; do [ -s "$p" ] || echo "$f $p"; done; done; true'
)
