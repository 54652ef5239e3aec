"""The messages waiting in a queue, and for what: `postqueue -j`, `postqueue -p`, `exim -bp`, `smtpctl show queue`.

Sources: Postfix src/postqueue/showq_json.c and showq_compat.c (3.1 to 3.11), Exim src/queue.c, OpenSMTPD smtpctl.c.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

LINE_LIMIT = 1 << 20  # characters; one line of `postqueue -j` carries all recipients of a message


class QueueUnreadable(ValueError):
    """The queue listing says that the queue cannot be listed, or is no such listing."""


@dataclass(frozen=True)
class QueuedRecipient:
    """One recipient still waited for; `delay_reason` is "" before the first attempt and for Exim."""

    address: str
    delay_reason: str

    @property
    def domain(self) -> str:
        """The destination, in lower case; "" for a local name."""
        return self.address.rpartition("@")[2].lower() if "@" in self.address else ""


@dataclass(frozen=True)
class QueuedMessage:
    """One message; `queue` is active, deferred, hold, frozen, pending, inflight or another word of the server."""

    queue: str
    queue_id: str
    arrival: datetime | None
    size: int  # bytes
    sender: str  # "" is the null sender (RFC 5321 §4.5.5)
    recipients: tuple[QueuedRecipient, ...]


@dataclass(frozen=True)
class Queue:
    """A listing: `unparsed` counts lines nobody knows, `samples` shows the first of them."""

    messages: tuple[QueuedMessage, ...]
    unparsed: int = 0
    samples: tuple[str, ...] = ()


_NULL = ("MAILER-DAEMON", "<>", "")
_BROKEN = re.compile(
    r"(?:postqueue|mailq|smtpctl|exim|sendmail)\S*: ?(?:fatal|warning|error|permission|.{0,80}(?:unavailable|denied|"
    r"not running|failed|cannot)).*",
    re.IGNORECASE,
)
_POSTQUEUE = re.compile(
    r"([0-9A-Za-z]{6,20})([*!#]?)\s+(\d{1,12})\s+(\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d)\s+(\S.{0,511})"
)
_EXIM = re.compile(
    r"\s{0,4}(\d{1,5})([wdhm])\s+(\d{1,9}(?:\.\d)?)([KMG]?)\s+([0-9A-Za-z]{6}-[0-9A-Za-z]{6,11}-[0-9A-Za-z]{2,4})(?: "
    r"(?:<([^>]{0,512})>|(.{1,200}?)))?(?: \([^)]{0,100}\))?( \*\*\* frozen \*\*\*)?\s*$"
)


def read_queue(text: str, now: datetime, zone: tzinfo = UTC) -> Queue:
    """The queue in whichever of the four formats `text` is; `now` (aware) dates what has an age or no year.

    Raises QueueUnreadable when the program itself says the queue cannot be read.
    """
    lines = [line[:LINE_LIMIT] for line in text.splitlines() if line.strip()]
    if not lines or any(line.startswith("Mail queue is empty") for line in lines[:3]):
        return Queue(())
    first = lines[0]
    if first.startswith("{"):
        return postqueue_json(lines, zone)
    if first.startswith("-Queue ID-"):
        return postqueue_table(lines, now, zone)
    if re.match(r"[0-9a-f]{16}\|", first):
        return opensmtpd(lines, zone)
    if _EXIM.match(first):
        return exim(lines, now)
    if _BROKEN.match(first):
        raise QueueUnreadable(first[:300])
    raise QueueUnreadable(f"not a queue listing: {first[:120]!r}")


def postqueue_json(lines: Iterable[str], zone: tzinfo = UTC) -> Queue:
    """`postqueue -j`: one JSON object a message. A cut last line is unparsed, not an error."""
    messages, strange = [], []
    for line in lines:
        try:
            messages.append(_from_json(json.loads(line), zone))
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError, RecursionError):
            if _BROKEN.match(line) and not messages:
                raise QueueUnreadable(line[:300]) from None
            strange.append(line)
    return _queue(messages, strange)


def _from_json(entry: dict[str, object], zone: tzinfo) -> QueuedMessage:
    recipients = entry["recipients"]
    if not isinstance(recipients, list):
        raise TypeError("recipients")
    sender = str(entry["sender"])
    return QueuedMessage(
        str(entry["queue_name"]),
        str(entry["queue_id"]),
        datetime.fromtimestamp(int(str(entry["arrival_time"])), zone),
        int(str(entry["message_size"])),
        "" if sender in _NULL else sender,
        tuple(QueuedRecipient(str(r["address"]), str(r.get("delay_reason") or "")) for r in recipients),
    )


def postqueue_table(lines: Sequence[str], now: datetime, zone: tzinfo = UTC) -> Queue:
    """`postqueue -p`: a line a message, then reasons in parentheses, each before the recipients it holds for."""
    messages: list[QueuedMessage] = []
    strange: list[str] = []
    head: re.Match[str] | None = None
    waiting: list[QueuedRecipient] = []
    reason = ""
    for line in lines:
        found = _POSTQUEUE.match(line)
        if found or line.startswith("--"):
            messages += [_from_table(head, waiting, now, zone)] if head else []
            head, waiting, reason = found, [], ""
        elif head and line.lstrip().startswith("("):
            reason = line.strip()[1:].removesuffix(")")
        elif head and line.startswith(" ") and line.strip():
            waiting.append(QueuedRecipient(line.strip(), reason))
        elif not line.startswith("-Queue ID-"):
            strange.append(line)
    messages += [_from_table(head, waiting, now, zone)] if head else []
    return _queue(messages, strange)


def _from_table(head: re.Match[str], waiting: list[QueuedRecipient], now: datetime, zone: tzinfo) -> QueuedMessage:
    sender = head[5].strip()
    queue = {"*": "active", "!": "hold"}.get(head[2], "deferred")
    return QueuedMessage(
        queue, head[1], _this_year(head[4], now, zone), int(head[3]), "" if sender in _NULL else sender, tuple(waiting)
    )


def _this_year(stamp: str, now: datetime, zone: tzinfo) -> datetime | None:
    """ "Sun Nov 20 05:02:07" in the latest year that is not ahead of the clock."""
    for year in (now.year + 1, now.year, now.year - 1):
        try:
            time = datetime.strptime(f"{year} {stamp[4:]}", "%Y %b %d %H:%M:%S").replace(tzinfo=zone)
        except ValueError:
            continue
        if time <= now + timedelta(days=1):
            return time
    return None


def exim(lines: Sequence[str], now: datetime) -> Queue:
    """`exim -bp`: age, size, id and sender, then a recipient a line; "D" marks one already delivered."""
    messages: list[QueuedMessage] = []
    strange: list[str] = []
    head: re.Match[str] | None = None
    waiting: list[QueuedRecipient] = []
    for line in lines:
        found = _EXIM.match(line)
        if found:
            messages += [_from_exim(head, waiting, now)] if head else []
            head, waiting = found, []
        elif head and line.startswith("        "):
            waiting += [] if line[8:9] == "D" else [QueuedRecipient(line[8:].lstrip("+ ").strip()[:512], "")]
        else:
            strange.append(line)
    messages += [_from_exim(head, waiting, now)] if head else []
    return _queue(messages, strange)


def _from_exim(head: re.Match[str], waiting: list[QueuedRecipient], now: datetime) -> QueuedMessage:
    age = timedelta(minutes=int(head[1]) * {"m": 1, "h": 60, "d": 1440, "w": 10080}[head[2]])
    size = float(head[3]) * {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3}[head[4]]
    return QueuedMessage(
        "frozen" if head[8] else "deferred", head[5], now - age, int(size), head[6] or "", tuple(waiting)
    )


def opensmtpd(lines: Iterable[str], zone: tzinfo = UTC) -> Queue:
    """`smtpctl show queue`: an envelope (one recipient) a line of 14 fields between bars; sizes are not shown."""
    messages, strange = [], []
    for line in lines:
        fields = line.split("|", 13)
        try:
            if len(fields) < 13:
                raise ValueError("too few fields")
            created = datetime.fromtimestamp(int(fields[7]), zone)
        except (ValueError, OverflowError, OSError):
            strange.append(line)
            continue
        sender = "" if fields[4] == "@" else fields[4]
        state = "hold" if {"hold", "suspend"} & set(fields[3].split(",")) else fields[11]
        messages.append(
            QueuedMessage(
                state,
                fields[0],
                created,
                0,
                sender,
                (QueuedRecipient(fields[6], fields[13] if len(fields) > 13 else ""),),
            )
        )
    return _queue(messages, strange)


def _queue(messages: Sequence[QueuedMessage], strange: Sequence[str]) -> Queue:
    return Queue(tuple(messages), len(strange), tuple(line[:300] for line in strange[:10]))
