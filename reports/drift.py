"""Evidence drift: what two runs saw differently (parameters, versions, ports, rules, records)."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from checks.evidence import own_resolver, own_table
from checks.evidence.transcript import Answer, Question, Transcript
from checks.run import load_transcript

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
_SETTING = re.compile(r"([\w./@-]{1,80})(?: = |=|: )(.*)", re.DOTALL)
# More lines of one answer than this tell nobody anything; the transcripts have them all.
MOST_LINES = 30
_WIDEST = 200


@dataclass(frozen=True)
class Drift:
    """One answer that differs. lines: what went (``-``), came (``+``) or changed (``name: old → new``)."""

    target: str
    question: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class _Noise:
    questions: tuple[re.Pattern[str], ...]
    lines: tuple[re.Pattern[str], ...]
    masks: tuple[re.Pattern[str], ...]
    columns: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]
    dns: tuple[re.Pattern[str], ...]
    instances: tuple[str, ...]


def comes_and_goes(check: str) -> bool:
    """Whether the instances of this check appear and vanish by themselves."""
    return any(fnmatchcase(check, glob) for glob in _noise().instances)


@cache
def _noise() -> _Noise:
    table = own_table.read(Path(__file__).with_name("drift.yml"))

    def compiled(key: str) -> tuple[re.Pattern[str], ...]:
        return tuple(map(re.compile, table[key]))

    columns = tuple((re.compile(question), re.compile(column)) for question, column in table["columns"].items())
    return _Noise(compiled("questions"), compiled("lines"), compiled("masks"), columns, compiled("dns"),
                  tuple(table["instances"]))  # fmt: skip


def drift(before: Path, now: Path) -> list[Drift]:
    """Differences of what both runs in these folders asked. Raises UnusableRun if one has no transcripts."""
    then, today = load_transcript(before), load_transcript(now)
    return list(compared(then, today))


def compared(then: Transcript, today: Transcript) -> Iterator[Drift]:
    """Differences of what both transcripts hold, by target."""
    for target in today.targets():
        old, new = then.answers(target), today.answers(target)
        for question, answer in new.items():
            if question not in old or _is_noise(question):
                continue
            if lines := differences(question, old[question], answer):
                yield Drift(target, f"{question.kind} {question.text.partition(chr(10))[0]}", tuple(lines))


def differences(question: Question, old: Answer, new: Answer) -> list[str]:
    """What differs in two answers to the same question: ``name: old → new``, ``- went``, ``+ came``."""
    return _differences(_lines(question, old), _lines(question, new))


def unexpected(drifts: Iterable[Drift], expected: Sequence[re.Pattern[str]]) -> tuple[list[Drift], int]:
    """The drifts without the lines that a change was to bring, and how many lines those are.

    A pattern is searched in ``target: question: line``.
    """
    left, number = [], 0
    for each in drifts:
        asked = f"{each.target}: {each.question}: "
        lines = tuple(text for text in each.lines if not any(p.search(asked + text) for p in expected))
        number += len(each.lines) - len(lines)
        if lines:
            left.append(replace(each, lines=lines))
    return left, number


def _is_noise(question: Question) -> bool:
    asked = f"{question.kind} {question.text}"
    return any(pattern.search(asked) for pattern in _noise().questions)


def _lines(question: Question, answer: Answer) -> list[str]:
    """The answer in lines, sorted, without what changes by itself."""
    text = _PEM.sub(lambda found: _certificate(found[0]), answer.text[:2_000_000])
    wire = own_resolver.in_words(text) if own_resolver.is_asked_by(question.text) else []
    lines = [f"({answer.outcome})", *(wire or _json_lines(text) or _unit_lines(text) or text.splitlines())]
    masked = (_masked(question, line) for line in lines)
    return sorted(line for line in masked if line and not any(noise.search(line) for noise in _noise().lines))


def _unit_lines(text: str) -> list[str]:
    """Paragraphs of ``systemctl show``, a unit a line: ``postfix.service: ActiveState=active …``."""
    if not re.match(r"\w+=", text) or "\nId=" not in f"\n{text}":
        return []
    units = []
    for paragraph in text.split("\n\n"):
        name = next((line[3:] for line in paragraph.split("\n") if line.startswith("Id=")), "")
        units.append(f"{name}: {' '.join(line for line in paragraph.split(chr(10)) if not line.startswith('Id='))}")
    return units


def _masked(question: Question, line: str) -> str:
    for asked, column in _noise().columns:
        if asked.search(f"{question.kind} {question.text}"):
            line = column.sub(r"\1 ", line)
    for mask in (*_noise().masks, *(_noise().dns if _is_dns(question) else ())):
        line = mask.sub("", line)
    return " ".join(line.split())


def _is_dns(question: Question) -> bool:
    return question.kind == "dns" or own_resolver.is_asked_by(question.text)


def _certificate(pem: str) -> str:
    try:
        found = x509.load_pem_x509_certificate(pem.encode())
        name, until = found.subject.rfc4514_string(), found.not_valid_after_utc.date().isoformat()
    except ValueError:
        return "certificate: unreadable"
    return f"certificate {name}: until {until}, SHA-256 {found.fingerprint(SHA256()).hex()[:16]}"


def _json_lines(text: str) -> list[str]:
    """JSON, one line a value; of `nft -j`, one line a rule."""
    if not text.lstrip().startswith("{"):
        return []
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return []
    if isinstance(content.get("nftables"), list):
        return [json.dumps(_uncounted(row), sort_keys=True) for row in content["nftables"] if "metainfo" not in row]
    return list(_flat("", content, 0))


def _uncounted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _uncounted(v) for k, v in value.items() if k not in ("handle", "packets", "bytes", "expires")}
    return [_uncounted(each) for each in value] if isinstance(value, list) else value


def _flat(name: str, value: Any, depth: int) -> Iterator[str]:
    rows: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, Mapping):
        rows = value.items()
    elif isinstance(value, list):
        rows = enumerate(value)
    if not rows or depth > 20:
        yield f"{name}: {json.dumps(value)[:1000]}"
    for key, each in rows if depth <= 20 else ():
        yield from _flat(f"{name}.{key}" if name else str(key), each, depth + 1)


def _differences(old: Sequence[str], new: Sequence[str]) -> list[str]:
    if old == new:
        return []
    gone, came = _only(old, new), _only(new, old)
    before, after = _settings(gone), _settings(came)
    both = [name for name in before if name in after]
    said = [f"{name}: {_change(before[name], after[name])}" for name in both]
    said += [f"- {line}" for line in gone if _name(line) not in both]
    said += [f"+ {line}" for line in came if _name(line) not in both]
    short = [line if len(line) <= _WIDEST else f"{line[:_WIDEST]}…" for line in said]
    return short if len(short) <= MOST_LINES else [*short[:MOST_LINES], f"… and {len(short) - MOST_LINES} more"]


def _change(old: str, new: str) -> str:
    """``old → new``; of long values, the words that went and came."""
    if max(len(old), len(new)) <= _WIDEST // 3:
        return f"{old} → {new}"
    gone, came = _only(old.split(), new.split()), _only(new.split(), old.split())
    if not gone and not came:
        return "the same words in another order"
    return " ".join([*(f"-{word}" for word in gone), *(f"+{word}" for word in came)])


def _only(lines: Sequence[str], others: Sequence[str]) -> list[str]:
    """Lines that the others lack; of equal ones, as many as there are more."""
    return sorted((Counter(lines) - Counter(others)).elements())


def _settings(lines: Iterable[str]) -> dict[str, str]:
    """``name = value`` lines by name; a name that stands twice is no setting."""
    found: dict[str, list[str]] = {}
    for line in lines:
        match = _SETTING.fullmatch(line)
        if match:
            found.setdefault(match[1], []).append(match[2])
    return {name: values[0] for name, values in found.items() if len(values) == 1}


def _name(line: str) -> str:
    match = _SETTING.fullmatch(line)
    return match[1] if match else ""
