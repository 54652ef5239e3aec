"""Commands on a host, as questions: what is run, with which privilege, and what the answer means."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from checks.evidence.transcript import Answer, NoEvidence, Question

T = TypeVar("T")

# A command that begins so is run with the host's way of becoming root.
PRIVILEGED = "sudo "

# How the answers of a host begin that could not be logged in to, or was lost half-way.
UNREACHABLE = "unreachable: "

# The question that opens every host's transcript: can we log in, as whom, and with which privilege.
LOGIN = "id -u"
BECOME = "sudo true"


class Asking(Protocol):
    """What a noun needs of a transcript."""

    def ask(self, *questions: Question) -> tuple[Answer, ...]: ...


class Named(Protocol):
    """A target: anything with a name."""

    @property
    def name(self) -> str: ...


def command(host: Named, text: str) -> Question:
    """The question: run this shell command on this host (``sudo …`` for what needs root)."""
    return Question(host.name, "command", text)


def run(t: Asking, host: Named, *texts: str) -> tuple[Answer, ...]:
    """Answers of commands that ended, whatever their exit status.

    Raises NoEvidence where the host or root's privilege was out of reach, or the command hung.
    """
    answers = t.ask(*(command(host, text) for text in texts))
    for text, answer in zip(texts, answers, strict=True):
        _ended(host, text, answer)
    return answers


def _ended(host: Named, text: str, answer: Answer) -> None:
    if answer.outcome.startswith("exit "):
        return
    if answer.outcome.startswith(UNREACHABLE):
        why = answer.outcome.removeprefix(UNREACHABLE)
        raise NoEvidence(f"{host.name} was not reached: {why}", (f"hosts.reached@{host.name}",))
    if answer.outcome == "no privilege":
        raise NoEvidence(f"needs root: {text}", (f"hosts.privileged@{host.name}",))
    raise NoEvidence(f"`{text}` {answer.outcome}")


def output(t: Asking, host: Named, text: str) -> str:
    """Standard output of a command that must succeed.

    Raises NoEvidence where it did not: a command that fails tells us nothing of the mail server.
    """
    (answer,) = run(t, host, text)
    if answer.outcome != "exit 0":
        raise NoEvidence(f"`{text}` failed ({answer.outcome}): {_last_line(answer)}")
    return answer.text


def parsed(parse: Callable[..., T], *texts: str) -> T:
    """What a parser makes of answers. Raises NoEvidence where they have a shape that it does not know (ValueError)."""
    try:
        return parse(*texts)
    except ValueError as error:
        raise NoEvidence(f"the answer cannot be read: {error}") from error


def _last_line(answer: Answer) -> str:
    lines = (answer.err or answer.out).decode("utf-8", "backslashreplace").strip().splitlines()
    return lines[-1] if lines else "no message"
