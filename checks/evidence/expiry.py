"""What is deleted from users' folders by age or number: Dovecot's autoexpunge (2.3 and 2.4), and jobs of doveadm."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from checks.evidence.doveconf import Block, Dovecot

# Where jobs stand, and the scripts that they call. -I: no programs are read.
JOBS = (
    'sudo sh -c \'grep -rsIHE "doveadm[^#]* expunge " /etc/crontab /etc/cron.* /var/spool/cron /etc/systemd/system '
    "/usr/local/bin /usr/local/sbin | head -n 50; true'"
)

_TIME = re.compile(r"(\d{1,9}) ?(ms|[smhdw]?)[a-z]{0,9}", re.IGNORECASE)
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400, "": 1}
# Of the special uses (RFC 6154), those whose mail people mean to keep.
_KEPT = re.compile(r"\\(?:Sent|Drafts|Archive|All)\b", re.IGNORECASE)
_JOB = re.compile(
    r"(?P<file>/[^:\n]{1,200}):(?P<command>[^#\n]*?\bdoveadm\b[^\n]*? expunge [^\n]*?"
    r"\bmailbox +['\"\\]*(?P<folder>INBOX|\*|%)['\"]?(?![\w./-])[^\n]*?\b(?:saved|sent)?before +['\"]?"
    r"(?P<age>\d{1,6} ?[smhdw]?)[^\n]*)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Expiry:
    """Mail is deleted from a folder. days: how old it becomes; 0 where its number counts. said: what says so."""

    folder: str
    days: float
    said: str

    def __str__(self) -> str:
        return f"{self.folder}: {self.said}"


def expiries(dovecot: Dovecot) -> tuple[Expiry, ...]:
    """Folders that people keep their mail in, and that Dovecot itself deletes mail from."""
    scopes = (dovecot.top, *dovecot.top.all("protocol"))
    spaces = [space for scope in scopes for space in scope.all("namespace") if space.get("type") in ("", "private")]
    return tuple(
        each for space in spaces for box in space.all("mailbox") if _keeps(box) for each in _of(dovecot, space, box)
    )


def jobs(text: str) -> tuple[Expiry, ...]:
    """Commands among the output of JOBS that delete from the inbox, or from every folder."""
    found = (_JOB.match(line) for line in text.splitlines()[:100])
    return tuple(_of_job(job) for job in found if job)


def _of_job(job: re.Match[str]) -> Expiry:
    age = job["age"] if job["age"][-1:].isalpha() else f"{job['age']}d"
    return Expiry(job["folder"], _days(age), f"{job['file']}: {' '.join(job['command'].split())[:160]}")


def _keeps(box: Block) -> bool:
    name = (box.get("name") or box.get("mailbox_name") or box.name).strip('"').upper()
    return name in ("INBOX", "*") or bool(_KEPT.search(box.get("special_use").replace("\\\\", "\\")))


def _of(dovecot: Dovecot, space: Block, box: Block) -> Iterator[Expiry]:
    name = box.name.strip('"')
    for setting in ("autoexpunge", "autoexpunge_max_mails"):
        # 2.4 takes the full name as well, in the folder's block or further out.
        full = f"mailbox_{setting}"
        value = box.get(setting) or box.get(full) or space.get(full) or dovecot.get(full)
        if setting == "autoexpunge" and (days := _days(value)):
            yield Expiry(name, days, f"{setting} = {value}")
        elif setting != "autoexpunge" and value.isdecimal() and int(value[:9]):
            yield Expiry(name, 0, f"{setting} = {value}")


def _days(value: str) -> float:
    """A time as Dovecot writes it ("14d", "2 weeks"), in days; 0 for none."""
    match = _TIME.fullmatch(value.strip())
    return int(match[1]) * _SECONDS[match[2].lower()] / 86400 if match else 0
