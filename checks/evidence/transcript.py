"""The transcript: every question an audit asked and the answer it got, live, recorded or replayed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, order=True)
class Question:
    """One thing asked of one target.

    target: name of the host, endpoint, domain or observer in whose transcript it stands.
    kind: how it is asked: ``command``, ``dns``, ``smtp``, ``tls``, ``http`` …
    text: what is asked, in the protocol's own notation; with target and kind, its identity.
    """

    target: str
    kind: str
    text: str


@dataclass(frozen=True)
class Answer:
    """What came back.

    outcome: one line: ``exit 0``, ``timed out``, ``NXDOMAIN``, ``refused`` …
    out, err: bytes as received, up to the limit of the probe; truncated says that there was more.
    """

    outcome: str
    out: bytes = b""
    err: bytes = b""
    truncated: bool = False

    @classmethod
    def of_lines(cls, outcome: str, lines: Iterable[str]) -> Answer:
        """An answer that is a record of lines; octets that came as no text (surrogates) stay as they were."""
        return cls(outcome, "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape"))

    @property
    def text(self) -> str:
        """The answer as text; bytes that are not UTF-8 are shown as ``\\xNN``."""
        return self.out.decode("utf-8", "backslashreplace")


class Lacking(BaseException):
    """Evidence not gathered yet. A BaseException, so that no library on the way swallows it."""

    def __init__(self, questions: Iterable[Question]) -> None:
        self.questions = frozenset(questions)
        super().__init__(f"{len(self.questions)} questions not asked yet")


class NoEvidence(Exception):
    """We could not look: the verdict is *unknown*. rests_on: the references that say why, if any."""

    def __init__(self, why: str, rests_on: tuple[str, ...] = ()) -> None:
        self.rests_on = rests_on
        super().__init__(why)


# How many targets whose evidence was put away are kept at hand once it was looked at again.
_AT_HAND = 32


class Transcript:
    """All answers of a run by target. While ``gathering``, what is missing raises Lacking; afterwards NoEvidence.

    earlier: answers of runs a short while ago, which stand in for those that must not be asked again yet. past: tells
    what all kept runs saw (questions of the kind ``earlier``; they cost no round, since nobody is asked).
    """

    def __init__(self, clock: datetime, answers: Mapping[Question, Answer] | None = None) -> None:
        self.clock = clock
        self.gathering = False
        self.earlier: dict[Question, Answer] = {}
        self.past: Callable[[Question], Answer] | None = None
        self._by_target: dict[str, dict[Question, Answer]] = {}
        self._shelf: dict[str, Callable[[], Mapping[Question, Answer]]] = {}
        self._at_hand: deque[tuple[str, int]] = deque()
        for question, answer in (answers or {}).items():
            self.record(question, answer)

    def record(self, question: Question, answer: Answer) -> None:
        self._of(question.target)[question] = answer

    def answers(self, target: str) -> Mapping[Question, Answer]:
        """What was asked of this target, in the order in which it was asked."""
        return self._of(target) if target in self._shelf else self._by_target.get(target, {})

    def targets(self) -> list[str]:
        return sorted(self._by_target.keys() | self._shelf.keys())

    def put_away(self, target: str, fetch: Callable[[], Mapping[Question, Answer]]) -> None:
        """Free the memory of a target whose answers stand on paper; fetch: reads them there, if they are wanted."""
        self._by_target.pop(target, None)
        # What remained of an earlier time at hand would put it away in the midst of the next.
        self._at_hand = deque(each for each in self._at_hand if each[0] != target)
        self._shelf[target] = fetch

    def is_away(self, target: str) -> bool:
        """Whether all that is known of this target stands on paper as it is."""
        return target in self._shelf and target not in self._by_target

    def _of(self, target: str) -> dict[Question, Answer]:
        if target not in self._by_target:
            fetch = self._shelf.get(target)
            self._by_target[target] = dict(fetch()) if fetch else {}
            if fetch:
                self._at_hand.append((target, len(self._by_target[target])))
                self._tidy()
        return self._by_target[target]

    def _tidy(self) -> None:
        """Put away again what was fetched long ago, unless it has grown since: then it must be written first."""
        while len(self._at_hand) > _AT_HAND:
            target, size = self._at_hand.popleft()
            if len(self._by_target.get(target, ())) == size:
                self._by_target.pop(target, None)

    def ask(self, *questions: Question) -> tuple[Answer, ...]:
        """Answers in the order of the questions.

        Raises Lacking for all that are missing while gathering, NoEvidence afterwards.
        """
        for question in self.earlier.keys() & set(questions):
            self.record(question, self.earlier.pop(question))
        if self.past and self.gathering:
            for question in questions:
                if question.kind == "earlier" and question not in self.answers(question.target):
                    self.record(question, self.past(question))
        missing = [q for q in questions if q not in self.answers(q.target)]
        if missing and self.gathering:
            raise Lacking(missing)
        if missing:
            raise NoEvidence(f"this transcript does not answer: {missing[0].kind} {missing[0].text}")
        return tuple(self.answers(q.target)[q] for q in questions)
