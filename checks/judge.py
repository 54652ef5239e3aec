"""Judges one check on one target: every instance gets its verdict, and only the check's own assertion can fail it."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator
from typing import Any

from checks.catalogue import Check
from checks.evidence.by_hand import by_hand
from checks.evidence.transcript import NoEvidence, Question, Transcript
from checks.resolve import Case, Resolver, Skip
from checks.target import Target
from checks.telling import by_what_they_tell
from checks.verdict import FAIL, MOST_LINES, PASS, SKIP, UNKNOWN, Verdict, excerpt

_SOURCE = re.compile(r"^\* connected from (\S+)", re.MULTILINE)
# Kinds of questions that an observer asks; those whose answers tell the address that it was seen by.
_CONNECTED = ("dialogue", "tls", "canary", "stranger")
_OUTSIDE = frozenset({*_CONNECTED, "dns", "http", "knock"})


def judge(check: Check, target: Target, resolver: Resolver, transcript: Transcript) -> Iterator[Verdict]:
    """The verdicts of a check on a target, one an instance."""
    off = next((key for key in check.policies if not target.policy.asks(key)), None)
    if off is not None:
        case = Case(error=Skip(f"this site's policy does not ask for it (mailassay_{off}: false)"))
        yield _verdict(check, target, case, SKIP, str(case.error), transcript)
        return
    for case in resolver.cases(check.parameters):
        verdict, seen = _judge(check, case, resolver.arguments(case, check.parameters))
        yield _verdict(check, target, case, verdict, seen, transcript)


def _judge(check: Check, case: Case, arguments: dict[str, Any]) -> tuple[str, str]:
    if isinstance(case.error, Skip):
        return SKIP, str(case.error)
    if isinstance(case.error, NoEvidence):
        return UNKNOWN, str(case.error)
    if case.error is not None:
        return UNKNOWN, _bug(case.error)
    try:
        check.function(**arguments)
    except AssertionError as error:
        return (FAIL, _seen(error)) if _own_assertion(check, error) else (UNKNOWN, _bug(error))
    except NoEvidence as error:
        return UNKNOWN, str(error)
    except Exception as error:  # noqa: BLE001 - whatever goes wrong in a check says nothing of the mail server
        return UNKNOWN, _bug(error)
    return PASS, ""


def _own_assertion(check: Check, error: AssertionError) -> bool:
    frames = list(traceback.walk_tb(error.__traceback__))
    return bool(frames) and frames[-1][0].f_code is check.function.__code__


def _seen(error: AssertionError) -> str:
    """The assertion's message without what pytest's rewriting appends to it."""
    return str(error).partition("\nassert ")[0].strip() or "the assertion gave no message"


# Python reads no number of so many digits (sys.set_int_max_str_digits), and no mail server counts so far.
_NO_NUMBER = "for integer string conversion"


def _bug(error: Exception) -> str:
    if isinstance(error, OverflowError) or _NO_NUMBER in str(error):
        return f"an answer holds a number that nothing counts to: {error}"
    frames = traceback.extract_tb(error.__traceback__)
    # The last that is ours, or a site's: a library's line tells nobody where to look.
    where = next((frame for frame in reversed(frames) if "/checks/" in frame.filename), None)
    place = f" ({where.filename.rpartition('/')[2]}:{where.lineno})" if where else ""
    return f"mailassay failed here, please report it: {type(error).__name__}: {error}{place}"


def _verdict(check: Check, target: Target, case: Case, verdict: str, seen: str, transcript: Transcript) -> Verdict:
    hosts = getattr(target, "hosts", None)
    own = (target,) if target.kind == "host" else hosts or ()
    return Verdict(
        check=check.id,
        target=target.name,
        kind=target.kind,
        instance=case.instance,
        verdict=verdict,
        severity=check.severity,
        title=check.title,
        seen=seen,
        seen_from=_seen_from(target, case, transcript),
        hosts=tuple(host.name for host in own),
        rests_on=tuple(dict.fromkeys(_without_itself(check, target, case.rests))),
        evidence=() if verdict == PASS else _evidence(case, transcript),
        command=by_hand(_telling(case, verdict, seen, transcript)),
        asked=_commands(case, target) if verdict == FAIL else (),
    )


def _without_itself(check: Check, target: Target, rests: tuple[str, ...]) -> tuple[str, ...]:
    """What it rests on; the foundations of a target rest on those before them, and not on themselves."""
    foundations: tuple[str, ...] = getattr(target, "foundations", ())
    own = f"{check.id}@{target.name}"
    later = foundations[foundations.index(own) :] if own in foundations else ()
    return tuple(each for each in rests if each not in later)


def _telling(case: Case, verdict: str, seen: str, transcript: Transcript) -> list[Question]:
    """What was asked; of a failure, that last which shows it."""
    asked = _answered(case, transcript)
    return by_what_they_tell(asked, "\n".join([seen, *case.lines]), transcript) if verdict == FAIL else asked


def _commands(case: Case, target: Target) -> tuple[str, ...]:
    asked = (q.text for q in case.asked if q.kind == "command" and q.target == target.name)
    return tuple(dict.fromkeys(asked))[:MOST_LINES]


def _evidence(case: Case, transcript: Transcript) -> tuple[str, ...]:
    """The lines that the fixtures showed; failing those, the beginning of the last answer."""
    asked = _answered(case, transcript)
    if case.lines or not asked:
        return excerpt(list(case.lines))
    answer = transcript.answers(asked[-1].target).get(asked[-1])
    if answer is None:
        return ()
    return excerpt([answer.outcome, *answer.text.splitlines()])


def _answered(case: Case, transcript: Transcript) -> list[Question]:
    """What was asked, without commands that the host lacks: what another mail server would have said is no evidence."""

    def there(question: Question) -> bool:
        answer = transcript.answers(question.target).get(question)
        return answer is None or answer.outcome != "exit 127"

    return [question for question in case.asked if there(question)]


def _seen_from(target: Target, case: Case, transcript: Transcript) -> str | None:
    """The observer, and the address that the server saw; of a host only where something was asked from outside."""
    outside = any(question.kind in _OUTSIDE for question in case.asked)
    if target.kind == "observer" or (target.kind == "host" and not outside):
        return None
    name: str = target.policy.observer
    for question in case.asked:
        source = _source(question, transcript)
        if source:
            return f"{name} ({source})"
    return name


def _source(question: Question, transcript: Transcript) -> str:
    answer = transcript.answers(question.target).get(question)
    match = _SOURCE.search(answer.text[:200]) if answer and question.kind in _CONNECTED else None
    return match[1] if match else ""
