"""How far a host's clock is off: its own time against ours, taken as its session opened."""

from __future__ import annotations

from checks.evidence.command import UNREACHABLE, Named
from checks.evidence.observe import Vantage
from checks.evidence.ssh import Unreachable
from checks.evidence.transcript import Answer, Question


def question(host: Named) -> Question:
    """Ask for the seconds by which the host's clock is ahead of the controller's (negative: behind)."""
    return Question(host.name, "clock", "ahead")


async def probe(asked: Question, vantage: Vantage) -> Answer:
    """The answer: one number of seconds, exact to about one second."""
    try:
        session = await vantage.session(asked.target)
    except Unreachable as error:
        return Answer(f"{UNREACHABLE}{error}")
    return Answer("measured", f"{session.ahead:.1f}\n".encode())
