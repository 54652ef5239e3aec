"""Mail logs read as events: syslog files (RFC 3164 and RFC 3339 stamps), journalctl, Exim's and Dovecot's own files.

Every line ends in exactly one of: an event, routine, foreign (not a mail program), unparsed (a mail program's line
nobody knows) or malformed (no time stamp, half a line); nothing is dropped silently.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo

from checks.evidence import dovecot_log, exim_log, opendkim_log, opensmtpd_log, postfix_log
from checks.evidence.log_events import Event, Kind, Routine, Severity, Trouble

LINE_LIMIT = 8192  # bytes of a line that are read; syslog allows 8 kB (RFC 5425 §4.3.1), patterns stay linear
SAMPLES = 10  # unparsed lines kept for showing


@dataclass(frozen=True)
class LogLine:
    """One event, when it was logged and by which program ("postfix/smtpd", "dovecot", "exim" …)."""

    time: datetime
    host: str
    program: str
    event: Event


@dataclass(frozen=True)
class MailLog:
    """A window of a mail log; times are aware, `start` and `end` None when no line had a stamp."""

    start: datetime | None
    end: datetime | None
    events: tuple[LogLine, ...]  # without Routine
    lines: int
    routine: int
    foreign: int
    unparsed: int
    malformed: int
    samples: tuple[str, ...]  # of unparsed and malformed lines


@dataclass(frozen=True)
class _Said:
    time: datetime
    host: str
    program: str
    text: str


_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?) ?(Z|[+-]\d\d:?\d\d)? ?")
_RFC3164 = re.compile(r"([A-Z][a-z]{2}) {1,2}(\d{1,2}) (?:(\d{4}) )?(\d\d):(\d\d):(\d\d)(?:\.\d{1,9})? ")
_TAG = re.compile(
    r"(?:([\w.:-]{1,255}) )?(?:(?:mail|info|warn|err|notice|"
    r"local\d)\.?\w* )?([\w./@-]{1,128})(?:\[\d{1,10}\])?: ?(.*)",
    re.DOTALL,
)
_BARE_DOVECOT = re.compile(r"[\w-]{1,40}(?:[(<][^:]{0,300}[)>])?: (?:Debug|Info|Warning|Error|Fatal|Panic): ")
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_LOST = re.compile(
    r"suppressed (\d{1,12}) messages from|begins? to drop messages|(\d{1,12}) messages lost|lost (\d{1,12}) messages",
    re.IGNORECASE,
)
_JOURNAL_NOISE = re.compile(r"-- (?:Logs begin|Journal begins|Boot|No entries|Reboot|cursor)", re.IGNORECASE)
_EXIM_OWN = re.compile(
    r"\[\d{1,10}\] |[0-9A-Za-z]{6}-[0-9A-Za-z]{6,11}-[0-9A-Za-z]{2,4} |\S{1,60} authenticator failed|H=|SMTP |TLS |"
    r"no (?:MAIL|host|IP)|(?:Start|End) queue run|exim |"
    r"unexpected|Warning:|DKIM|retry|rejected|socket|daemon|cwd=|pid |Failed|Cannot|lookup|failed"
)


def parse_log(lines: Iterable[str], now: datetime, zone: tzinfo = UTC) -> MailLog:
    """The events of a log; `now` (aware) dates stamps without a year, `zone` is the host's own for those without one.

    Raises ValueError when `now` has no time zone; a line of any content is counted, never an error.
    """
    if now.tzinfo is None:
        raise ValueError("now needs a time zone")
    tally = _Tally()
    for line in lines:
        tally.add(line[:LINE_LIMIT].rstrip("\r\n"), now, zone)
    return MailLog(
        tally.start,
        tally.end,
        tuple(tally.events),
        tally.lines,
        tally.routine,
        tally.foreign,
        tally.unparsed,
        tally.malformed,
        tuple(tally.samples),
    )


@dataclass
class _Tally:
    start: datetime | None = None
    end: datetime | None = None
    events: list[LogLine] = field(default_factory=list)
    lines: int = 0
    routine: int = 0
    foreign: int = 0
    unparsed: int = 0
    malformed: int = 0
    samples: list[str] = field(default_factory=list)

    def add(self, line: str, now: datetime, zone: tzinfo) -> None:
        if not line.strip() or _JOURNAL_NOISE.match(line):
            return
        self.lines += 1
        said = _journal(line, zone) if line.startswith("{") else _stamped(line, now, zone)
        if said is None and line.startswith(" ") and self.end:
            self.routine += 1  # Exim spreads a warning over lines
            return
        if said is None:
            self.malformed += 1
            self._show(line)
            return
        self.start = min(self.start or said.time, said.time)
        self.end = max(self.end or said.time, said.time)
        self._count(said, line)

    def _count(self, said: _Said, line: str) -> None:
        known, event = _event(said.program, said.text)
        if event is None:
            self.foreign += not known
            self.unparsed += known
            if known:
                self._show(line)
        elif isinstance(event, Routine):
            self.routine += 1
        else:
            self.events.append(LogLine(said.time, said.host, said.program, event))

    def _show(self, line: str) -> None:
        if len(self.samples) < SAMPLES:
            self.samples.append(line[:500])


def _event(program: str, text: str) -> tuple[bool, Event | None]:
    """Whether a mail program said it, and what."""
    name = program.lower()
    if (lost := _LOST.search(text)) and ("journal" in name or "rsyslog" in name or name in ("imuxsock", "syslogd")):
        return True, Trouble(Kind.SUPPRESSED, Severity.WARNING, text, lost[1] or lost[2] or lost[3] or "")
    if name.startswith("postfix"):
        return True, postfix_log.parse(name.rpartition("/")[2], text)
    if name == "dovecot" or name in ("dovecot-lda", "dovecot-lmtp"):
        return True, dovecot_log.parse(text)
    if name.startswith("exim"):
        return True, exim_log.parse(_RFC3339.sub("", text, count=1) if _RFC3339.match(text) else text)
    if name in ("smtpd", "opensmtpd"):
        return True, opensmtpd_log.parse(text)
    return (True, opendkim_log.parse(text)) if name == "opendkim" else (False, None)


def _stamped(line: str, now: datetime, zone: tzinfo) -> _Said | None:
    dated = _dated(line, now, zone)
    if dated is None:
        return None
    time, rest = dated
    if _BARE_DOVECOT.match(rest):
        return _Said(time, "", "dovecot", rest)
    if line[0].isdecimal() and _EXIM_OWN.match(rest):
        return _Said(time, "", "exim", rest)
    tag = _TAG.match(rest)
    if tag:
        return _Said(time, tag[1] or "", tag[2], tag[3])
    return _Said(time, "", "exim", rest) if line[0].isdecimal() and "T" not in line[:11] else None


def _dated(line: str, now: datetime, zone: tzinfo) -> tuple[datetime, str] | None:
    try:
        if found := _RFC3339.match(line):
            time = datetime.fromisoformat(_shorten(found[1].replace(",", ".")) + _offset(found[2]))
            return (time if time.tzinfo else time.replace(tzinfo=zone)), line[found.end() :]
        if found := _RFC3164.match(line):
            return _without_year(found, now, zone), line[found.end() :]
    except (ValueError, OverflowError):
        return None
    return None


def _shorten(stamp: str) -> str:
    """Python reads at most microseconds."""
    head, dot, fraction = stamp.partition(".")
    return f"{head}.{fraction[:6].ljust(6, '0')}" if dot else head


def _offset(zone: str | None) -> str:
    if not zone:
        return ""
    return "+00:00" if zone == "Z" else (zone if ":" in zone else f"{zone[:3]}:{zone[3:]}")


def _without_year(found: re.Match[str], now: datetime, zone: tzinfo) -> datetime:
    """RFC 3164 §4.1.2 stamps have no year: the latest one that does not lie more than a day ahead of `now`."""
    month = _MONTHS.index(found[1]) + 1
    years = [int(found[3])] if found[3] else [now.year + 1, now.year, now.year - 1, now.year - 4, now.year - 8]
    for year in years:
        try:
            time = datetime(
                year, month, int(found[2]), int(found[4]), int(found[5]), min(int(found[6]), 59), tzinfo=zone
            )
        except ValueError:  # 29 February of another year
            continue
        if found[3] or time <= now + timedelta(days=1):
            return time
    raise ValueError("no year fits")


def _journal(line: str, zone: tzinfo) -> _Said | None:
    """One line of `journalctl -o json`; MESSAGE is a list of bytes when it is not UTF-8 text."""
    try:
        entry = json.loads(line)
        micros = int(entry["__REALTIME_TIMESTAMP"])
        message = entry.get("MESSAGE") or ""
        time = datetime.fromtimestamp(micros / 1_000_000, zone)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError, RecursionError):
        return None
    if isinstance(message, list):
        message = bytes(b for b in message if isinstance(b, int) and 0 <= b < 256).decode("utf-8", "replace")
    program = entry.get("SYSLOG_IDENTIFIER") or entry.get("_COMM") or ""
    return _Said(time, str(entry.get("_HOSTNAME") or ""), str(program), str(message)) if program else None
