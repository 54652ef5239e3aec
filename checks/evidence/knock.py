"""Does anything answer at these ports? Connections that an observer makes to them, each ended at once.

The question names the address and the ports, and the seconds within which it is not asked again (checks/recall.py):

    192.0.2.25 from outside1 every=86400 ports=111,3306
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from checks.evidence.observe import Vantage
from checks.evidence.transcript import Answer, Question

KIND = "knock"
_QUESTION = re.compile(
    r"(?P<address>[0-9a-fA-F.:]+) from (?P<observer>\S+) every=\d{1,9} ports=(?P<ports>\d+(?:,\d+)*)"
)


def question(target: str, address: str, observer: str, every: int, ports: Iterable[int]) -> Question:
    """Ask whether something takes connections at these ports of the address."""
    text = f"{address} from {observer} every={every} ports={','.join(map(str, ports))}"
    return Question(target, KIND, text)


def taken(answer: Answer) -> frozenset[int]:
    """The ports that took a connection."""
    rows = (line.split(" ") for line in answer.text.splitlines())
    return frozenset(int(row[0]) for row in rows if len(row) == 2 and row[0].isdecimal() and row[1] == "connected")


def word(answer: Answer, port: int) -> str:
    """``connected``, ``closed`` where the connection was refused, or ``silent``."""
    rows = (line.partition(" ") for line in answer.text.splitlines())
    return next((said for number, _, said in rows if number == str(port)), "silent")


async def probe(asked: Question, vantage: Vantage) -> Answer:
    """outcome: ``tried``, or why not; a line for each port that took the connection (``connected``) or refused it."""
    match = _QUESTION.fullmatch(asked.text)
    if match is None:
        raise ValueError(f"not a question for ports: {asked.text!r}")
    return await vantage.knocks.tried(match["observer"], match["address"], match["ports"])
