"""What becomes of an answer on the way from a host that is sick or means harm: cut, torn, doubled, padded, shuffled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

from checks.evidence.transcript import Answer

# What parsers stumble over: no digits where a number stands, too many, other alphabets' digits, ends of every bracket.
_STONES = (
    b"", b" ", b"\t", b"\x00", b"-1", b"9" * 30, b"9" * 5000, "\u0663\u00b2\u2460".encode(), b"nan", b"1e999", b"\xff\xfe",
    b"\xed\xa0\x80", b"[", b"]", b"{", b"}", b"(", b")", b'"', b"'", b"\\", b"=", b":", b",", b"/", b"@", b"%", b"$",
    b"::1%eth0", b"0.0.0.0/99", b"[IPv6:", b"xn--", b"." * 300, b"a" * 2000, b"\x1b[2J", "\u202e".encode(), b"null",
)  # fmt: skip


def _cut(answer: bytes, random: Random) -> bytes:
    return answer[: random.randrange(len(answer) + 1)]


def _stone(answer: bytes, random: Random) -> bytes:
    at = random.randrange(len(answer) + 1)
    return answer[:at] + random.choice(_STONES) + answer[at + random.randrange(4) :]


def _word(answer: bytes, random: Random) -> bytes:
    """One word of one line becomes a stone."""
    words = answer.split(b" ")
    words[random.randrange(len(words))] = random.choice(_STONES)
    return b" ".join(words)


def _lines(answer: bytes, random: Random) -> bytes:
    """Lines go, come twice, change places."""
    lines = answer.splitlines(keepends=True) or [b""]
    one, other = random.randrange(len(lines)), random.randrange(len(lines))
    match random.randrange(3):
        case 0:
            lines[one] = b""
        case 1:
            lines.insert(one, lines[other])
        case _:
            lines[one], lines[other] = lines[other], lines[one]
    return b"".join(lines)


def _half_a_line(answer: bytes, random: Random) -> bytes:
    """A line ends early, as in a log that is being written."""
    lines = answer.splitlines(keepends=True) or [b""]
    at = random.randrange(len(lines))
    lines[at] = lines[at][: random.randrange(len(lines[at]) + 1)]
    return b"".join(lines)


_CHANGES: tuple[Callable[[bytes, Random], bytes], ...] = (_cut, _stone, _word, _word, _lines, _half_a_line)


def mutated(answer: Answer, random: Random) -> Answer:
    """The answer with one to four things wrong with it; half of all answers stay as they are."""
    out = answer.out
    for _ in range(random.choice((0, 0, 0, 1, 2, 4))):
        out = random.choice(_CHANGES)(out, random)
    return replace(answer, out=out)
