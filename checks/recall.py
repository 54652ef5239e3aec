"""What earlier runs asked a short while ago and must not be asked again yet, since a guard would count it.

A stock fail2ban bans whoever is refused five times within ten minutes. Dialogues that a server refuses by design (an
attempt to relay, an unknown recipient) say in their question how often they may be held; within that time the answer
of the last run of the same site is used again. So is what a server's TLS agrees to, which takes dozens of connections
to try, and that ports are shut which never should answer. A dialogue's question also names the state of the servers'
configuration, so that whatever was changed there is looked at afresh; so is whatever put us off or would not talk to
us, since that has other reasons (a resolver, a block list), which may have been mended.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from checks.evidence import knock, notation
from checks.evidence.knocks import TRIED
from checks.evidence.setting import asked_at
from checks.evidence.spoken import conversation
from checks.evidence.tls_offer import SCANNED
from checks.evidence.transcript import Answer, Question

_KINDS = ("dialogue", "tls", knock.KIND)
_PACED = re.compile(rf"^\S+ (?:{'|'.join(_KINDS)}) .* every=\d", re.MULTILINE)
_EVERY = re.compile(r"\A[^\n]* every=(\d{1,9})")
_MOST_RUNS = 20


def recall(site: Path, now: datetime) -> dict[Question, Answer]:
    """Answers of the newest runs in reports/out/<site> that are young enough to stand for a new one."""
    found: dict[Question, Answer] = {}
    runs = sorted((path for path in site.glob("2*") if path.is_dir()), reverse=True)[:_MOST_RUNS]
    for run in runs:
        for question, answer in _paced(run):
            moment, every = asked_at(answer), int(_EVERY.findall(question.text)[0])
            if (
                _settled(question, answer)
                and moment is not None
                and timedelta() <= now - moment < timedelta(seconds=every)
            ):
                found.setdefault(question, answer)
    return found


def _settled(question: Question, answer: Answer) -> bool:
    """Whether the server took us seriously and refused nothing but recipients, for good; TLS: whether it was tried."""
    if question.kind == "tls":
        return answer.outcome == SCANNED
    if question.kind == knock.KIND:
        return answer.outcome == TRIED and not knock.taken(answer)
    said = conversation(answer.text, answer.outcome).said
    replies = [(each.command, each.reply[-1]) for each in said if each.reply]
    return any(command.startswith("RCPT") for command, _ in replies) and not any(
        line.startswith("4") or (line.startswith("5") and not command.startswith("RCPT")) for command, line in replies
    )


def _paced(run: Path) -> Iterator[tuple[Question, Answer]]:
    for path in (run / "transcripts").glob("*.txt"):
        text = path.read_text("utf-8", "replace")
        if _PACED.search(text):
            try:
                _, answers = notation.parse(text)
            except ValueError:  # torn, or of another version: then it is asked
                continue
            yield from ((q, a) for q, a in answers.items() if q.kind in _KINDS and _EVERY.match(q.text))
