"""Whose fault a failure is (ours, theirs, the network's), what a server's reply in it means, and what its fix costs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from checks.evidence.replies import Reason, ReplyClass, Side, classify
from checks.verdict import FAIL, PASS, Verdict

# A reply as servers say it and logs quote it.
_REPLY = re.compile(
    r"(?<![\w.:])[45][0-5]\d[ -]#?[45]\.\d{1,3}\.\d{1,3}\b|\bstatus=(?:deferred|bounced)|\bdsn=[45]\."
    r"|(?:said|with|replied|answered|S)[:,]? '?[45][0-5]\d[ -]"
)
# What these examine is what others answered us; everywhere else it is our own server that speaks.
_THEIR_WORDS = frozenset({"queue", "logs", "outbound", "delivery"})
# Refused or silent, with all that lies on the host seen to be right: then it lies between the observer and the host.
_BETWEEN = frozenset({"ports.reachable"})

RISKS = {
    "none": "nothing is interrupted",
    "reload": "the service reads its configuration again; sessions go on",
    "restart": "sessions are cut for a moment; clients try again",
    "mail lost": "messages are deleted or returned: look at them first",
}
_RISKY = (
    ("mail lost", re.compile(r"(?i)postsuper -[dr]|exim4? -M(rm|g)|doveadm expunge|delete the (message|queue)")),
    ("restart", re.compile(r"(?i)\brestart|\breboot|systemctl (start|stop)|mount -o remount")),
    ("reload", re.compile(r"(?i)\breload|postmap|newaliases|systemctl enable|nft -f|sysctl ")),
)


def fix_risk(fix: str) -> str:
    """The worst that following this text does to the service: a key of RISKS."""
    return next((risk for risk, words in _RISKY if words.search(fix)), "none")


def reply(verdict: Verdict) -> ReplyClass | None:
    """The reply that most lines of this failure quote, explained; None where none is quoted or none is understood."""
    theirs = verdict.check.partition(".")[0] in _THEIR_WORDS
    quoted = [line for line in (verdict.seen, *verdict.evidence) if _REPLY.search(line)]
    found = [classify(line, by_us=not theirs) for line in quoted]
    known = [kind for kind in found if kind.reason not in (Reason.UNKNOWN, Reason.ACCEPTED)]
    if not known:
        return None
    reason = Counter(kind.reason for kind in known).most_common(1)[0][0]
    kind = next(kind for kind in known if kind.reason is reason)
    # A check has failed because our own server said so: whoever it said it to is not at fault.
    return kind if theirs else replace(kind, side=Side(verdict.side))


def side(verdict: Verdict, said: Mapping[str, Iterable[str]]) -> str:
    """ours, theirs, network or unknown. said: by reference (with and without instance), the verdicts' words."""
    if verdict.side != Side.OURS or verdict.verdict != FAIL:
        return verdict.side
    if verdict.check in _BETWEEN and verdict.kind == "endpoint":
        below = [word for ref in verdict.rests_on for word in said.get(ref, ("",))]
        return Side.NETWORK if below and all(word == PASS for word in below) else Side.UNKNOWN
    if verdict.check.partition(".")[0] in _THEIR_WORDS:
        kind = reply(verdict)
        return str(kind.side) if kind else verdict.side
    return verdict.side
