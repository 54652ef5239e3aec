"""A mail queue in figures: states, age, and for each destination the reason that most of it waits for."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from checks.evidence.queue import Queue, QueuedMessage
from checks.evidence.replies import Reason, ReplyClass, classify


@dataclass(frozen=True)
class Destination:
    """What waits for one domain, and the reason that most of it waits for."""

    domain: str
    recipients: int
    oldest: datetime | None
    reason: Reason
    share: float  # of its recipients that wait for `reason`
    example: ReplyClass | None
    text: str  # the most frequent reason as logged


@dataclass(frozen=True)
class Share:
    """A part of a queue's messages, or of their recipients. of: all of them."""

    what: str
    number: int
    of: int

    @property
    def percent(self) -> float:
        return 100 * self.number / self.of if self.of else 0.0


@dataclass(frozen=True)
class QueueSummary:
    """A queue in figures; destinations sorted by recipients waiting. bounces: messages with the empty sender."""

    total: int
    states: tuple[tuple[str, int], ...]
    oldest: datetime | None
    destinations: tuple[Destination, ...]
    bounces: Share
    top_sender: Share
    top_recipient: Share


def summary(queue: Queue) -> QueueSummary:
    """Counts per state, the oldest message, destinations with their dominant reason, and who floods it."""
    messages = queue.messages
    senders = Counter(m.sender for m in messages if m.sender)
    waiting = Counter(r.address for m in messages for r in m.recipients)
    sender, most = senders.most_common(1)[0] if senders else ("", 0)
    recipient, piled = waiting.most_common(1)[0] if waiting else ("", 0)
    return QueueSummary(
        total=len(messages),
        states=tuple(Counter(m.queue for m in messages).most_common()),
        oldest=min((m.arrival for m in messages if m.arrival), default=None),
        destinations=_destinations(messages),
        bounces=Share("bounces", sum(not m.sender for m in messages), len(messages)),
        top_sender=Share(sender, most, len(messages)),
        top_recipient=Share(recipient, piled, waiting.total()),
    )


def _destinations(messages: Sequence[QueuedMessage]) -> tuple[Destination, ...]:
    reasons: dict[str, Counter[str]] = {}
    oldest: dict[str, datetime] = {}
    for message in messages:
        for recipient in message.recipients:
            reasons.setdefault(recipient.domain, Counter())[recipient.delay_reason] += 1
            if message.arrival:
                oldest[recipient.domain] = min(oldest.get(recipient.domain, message.arrival), message.arrival)
    found = [_destination(domain, texts, oldest.get(domain)) for domain, texts in reasons.items()]
    return tuple(sorted(found, key=lambda d: (-d.recipients, d.domain)))


def _destination(domain: str, texts: Counter[str], oldest: datetime | None) -> Destination:
    """Texts differ in addresses and ids, so they are counted by class first."""
    classes = {text: classify(text) for text in texts if text}
    by_reason: Counter[Reason] = Counter()
    for text, number in texts.items():
        if text:
            by_reason[classes[text].reason] += number
    if not by_reason:
        return Destination(domain, texts.total(), oldest, Reason.UNKNOWN, 0.0, None, "")
    reason, number = by_reason.most_common(1)[0]
    example = max((text for text in classes if classes[text].reason is reason), key=lambda text: texts[text])
    return Destination(domain, texts.total(), oldest, reason, number / texts.total(), classes[example], example)
