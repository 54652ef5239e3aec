"""How many messages a queue holds, counted without reading them: by folder (Postfix, OpenSMTPD) or by Exim itself.

A queue of a million messages takes a second to count so; what it is made of is judged by its beginning alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from checks.evidence.earlier import Sample
from checks.evidence.queue_folders import folders

OTHERS = (
    'sudo sh -c \'e=$(command -v exim4 || command -v exim) && echo "exim $($e -bpc 2>/dev/null)"; '
    "test -d /var/spool/smtpd/queue && command -v smtpctl >/dev/null && "
    'echo "opensmtpd $(find /var/spool/smtpd/queue -mindepth 2 -maxdepth 2 | head -n 1000001 | wc -l)"; true\''
)
# Where filters and mailing list managers keep messages of their own, beside the mail server's queue.
SIDE = (
    "sudo sh -c 'for d in /var/lib/amavis/virusmails /var/spool/amavisd/quarantine /var/lib/amavis/tmp "
    "/var/spool/MIMEDefang /var/spool/MD-Quarantine /var/spool/MailScanner/incoming /var/spool/MailScanner/quarantine "
    "/var/lib/rspamd/quarantine /var/spool/rspamd /var/spool/clamav-milter /var/lib/mailman3/queue /var/spool/mlmmj "
    "/var/spool/sympa/bounce /var/spool/postfix-policyd-spf /var/spool/filter /var/spool/dkim; do test -d $d && "
    'echo "$(find $d -type f 2>/dev/null | head -n 100001 | wc -l) '
    "$(find $d -type f -mmin +{minutes} 2>/dev/null | head -n 100001 | wc -l) $d\"; done; true'"
)


@dataclass(frozen=True)
class Side:
    """A folder of a filter. files: in it; old: of them older than policy says."""

    folder: str
    files: int
    old: int


def side(text: str) -> tuple[Side, ...]:
    """Lines of another shape are passed over."""
    rows = (re.fullmatch(r"(\d{1,9}) (\d{1,9}) (/\S+)", line) for line in text.splitlines())
    return tuple(Side(row[3], int(row[1]), int(row[2])) for row in rows if row)


def others(text: str) -> Mapping[str, int]:
    """Messages by mail server, of those that are there."""
    rows = (re.fullmatch(r"(exim|opensmtpd) (\d{1,9})", line) for line in text.splitlines())
    return {row[1]: int(row[2]) for row in rows if row}


def total(sample: Sample) -> float | None:
    """What an earlier answer to either question counted; None where it counted nothing."""
    postfix = folders(sample.text).files
    found = sum(postfix.values()) if postfix else sum(others(sample.text).values())
    return float(found) if postfix or others(sample.text) else None
