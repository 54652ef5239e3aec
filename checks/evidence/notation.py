"""How a transcript is written on paper: readable by an auditor, exact to the byte, written by hand or by a run.

    mailassay transcript 1
    clock: 2026-11-23T21:41:44+00:00

    mx1 command postconf -h myhostname
    exit 0
        mx1.example.org
    stderr
        postconf: warning: …

Section lines begin at column 0: ``target kind text``, then the outcome. Content is indented by four spaces; a byte
that is not printable UTF-8 stands as ``\\xNN`` and a backslash as ``\\\\``; ``truncated`` and ``no newline`` say so.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from checks.evidence.transcript import Answer, Question, Transcript

FORMAT = "mailassay transcript 1"
_INDENT = "    "
_ESCAPED = re.compile(rb"\\(\\|x[0-9a-f]{2})")


class BadTranscript(ValueError):
    """A transcript that cannot be read; says which line and why."""


@dataclass(frozen=True)
class Header:
    """clock: when the evidence was taken. inventory, expect: YAML text that a check's own tests carry."""

    clock: datetime
    inventory: str = ""
    expect: str = ""


def file_name(target: str) -> str:
    """A target's name as a file name: names come from inventories and DNS, so nothing but these characters.

    Where that changes the name, a few digits of its hash keep two such names apart.
    """
    safe = "".join(c if c.isalnum() or c in ".-_:@" else "_" for c in target).lstrip(".")[:200]
    return safe if safe == target else f"{safe}~{hashlib.sha256(target.encode()).hexdigest()[:8]}"


def render(clock: datetime, answers: Mapping[Question, Answer]) -> str:
    """The transcript file of these answers."""
    head = f"{FORMAT}\nclock: {clock.isoformat()}\n"
    return head + "".join(section(q, a) for q, a in answers.items())


def section(question: Question, answer: Answer) -> str:
    """One question and its answer on paper."""
    text = f"\n{_INDENT}".join(_escaped(line.encode()) for line in question.text.split("\n"))
    first = f"{_escaped(question.target.encode())} {question.kind} {text}"
    # An empty outcome stands as a hyphen, and a hyphen in another way.
    lines = [
        "",
        first,
        "-" if not answer.outcome else "\\x2d" if answer.outcome == "-" else _escaped(answer.outcome.encode()),
    ]
    lines += _content(answer.out)
    if answer.err:
        lines += ["stderr", *_content(answer.err)]
    if answer.truncated:
        lines.append("truncated")
    return "\n".join(lines) + "\n"


def _content(octets: bytes) -> list[str]:
    if not octets:
        return []
    ended = octets.endswith(b"\n")
    body = octets[:-1] if ended else octets
    lines = [_INDENT + _escaped(line) for line in body.split(b"\n")]
    return lines if ended else [*lines, "no newline"]


def _escaped(octets: bytes) -> str:
    text = octets.replace(b"\\", b"\\\\").decode("utf-8", "backslashreplace")
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\t" else _escape_character(c) for c in text)


def _escape_character(character: str) -> str:
    return "".join(f"\\x{octet:02x}" for octet in character.encode("utf-8", "surrogatepass"))


def _unescaped(text: str) -> bytes:
    if "\\" not in text:
        return text.encode()

    def octet(match: re.Match[bytes]) -> bytes:
        code = match.group(1)
        return b"\\" if code == b"\\" else bytes([int(code[1:], 16)])

    raw = text.encode()
    return _ESCAPED.sub(octet, raw) if b"\\" in raw else raw


def parse(text: str) -> tuple[Header, dict[Question, Answer]]:
    """Read a transcript file. Raises BadTranscript with the line's number."""
    lines = text.split("\n")
    if lines[0] != FORMAT:
        raise BadTranscript(f"line 1: expected {FORMAT!r}, found {lines[0][:60]!r}")
    blocks = list(_blocks(lines[1:]))
    if not blocks or not any(line.startswith("clock: ") for _, line in blocks[0]):
        raise BadTranscript("line 2: expected the header with clock: and an ISO time")
    answers = {}
    for block in blocks[1:]:
        question, answer = _read_section(block)
        answers[question] = answer
    return _read_header(blocks[0]), answers


_TARGET = re.compile(r"\n\n(?!#)(\S+) ")


def told_of(text: str) -> set[str]:
    """The targets that a transcript file has sections of."""
    return {_unescaped(name).decode() for name in _TARGET.findall(text)}


def _blocks(lines: list[str]) -> Iterator[list[tuple[int, str]]]:
    """Paragraphs of numbered lines, parted by empty lines; lines that begin with # are remarks."""
    block: list[tuple[int, str]] = []
    for number, line in enumerate(lines, start=2):
        if line.startswith("#"):
            continue
        if line:
            block.append((number, line))
        elif block:
            yield block
            block = []
    if block:
        yield block


def _read_header(block: list[tuple[int, str]]) -> Header:
    parts: dict[str, str] = {}
    name = ""
    for number, line in block:
        if line.startswith(" "):
            parts[name] = f"{parts[name]}{line}\n"
            continue
        name, colon, value = line.partition(":")
        if not colon or name not in ("clock", "inventory", "expect"):
            raise BadTranscript(f"line {number}: the header knows clock, inventory and expect, not {name!r}")
        parts[name] = f"{value.strip()}\n" if value.strip() else ""
    try:
        clock = datetime.fromisoformat(parts["clock"].strip())
    except ValueError as error:
        raise BadTranscript(f"header: clock is not an ISO time: {error}") from error
    if clock.tzinfo is None:
        raise BadTranscript("header: clock needs a time zone, as in 2026-11-23T21:41:44+00:00")
    return Header(clock, parts.get("inventory", ""), parts.get("expect", ""))


def _read_section(block: list[tuple[int, str]]) -> tuple[Question, Answer]:
    number, first = block[0]
    words = first.split(" ", 2)
    if len(words) < 3 or first.startswith(" "):
        raise BadTranscript(f"line {number}: expected 'target kind text', found {first[:60]!r}")
    asked_in = next((at for at, (_, line) in enumerate(block) if at and not line.startswith(_INDENT)), len(block))
    text = [words[2], *(line[len(_INDENT) :] for _, line in block[1:asked_in])]
    rest = block[asked_in:]
    if not rest:
        raise BadTranscript(f"line {number}: this question has no outcome line below it")
    outcome = "" if rest[0][1] == "-" else _unescaped(rest[0][1]).decode()
    answer = _read_answer(outcome, rest[1:])
    asked = b"\n".join(_unescaped(line) for line in text).decode()
    return Question(_unescaped(words[0]).decode(), words[1], asked), answer


def _read_answer(outcome: str, lines: list[tuple[int, str]]) -> Answer:
    streams: list[list[str]] = [[], []]
    ended = [True, True]
    current = 0
    truncated = False
    for number, line in lines:
        if line.startswith(_INDENT):
            streams[current].append(line[len(_INDENT) :])
        elif line == "stderr":
            current = 1
        elif line == "no newline":
            ended[current] = False
        elif line == "truncated":
            truncated = True
        else:
            raise BadTranscript(f"line {number}: expected indented content, stderr, no newline or truncated")
    out, err = (_stream(rows, whole) for rows, whole in zip(streams, ended, strict=True))
    return Answer(outcome, out, err, truncated)


def _stream(lines: list[str], ended: bool) -> bytes:
    return _unescaped("\n".join(lines)) + (b"\n" if lines and ended else b"")


def load(text: str) -> Transcript:
    """A transcript ready to be judged again."""
    header, answers = parse(text)
    return Transcript(header.clock, answers)
