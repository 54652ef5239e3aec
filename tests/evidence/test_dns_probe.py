"""Whatever a name server answers, a question ends in one answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import dns.flags
import dns.message
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence import dns as questions
from checks.evidence.transcript import Answer

NAME = "mail.example.org."
GOOD = dns.message.make_response(dns.message.make_query(NAME, "TXT"), recursion_available=True)
GOOD.flags |= dns.flags.AD
GOOD.answer = [dns.rrset.from_text(NAME, 300, "IN", "TXT", '"v=spf1 -all" "\\027[2J"')]
WIRE = GOOD.to_wire()


@dataclass
class _Lines:
    wire: bytes

    async def exchange(self, _observer: str, _server: str, _query: bytes) -> bytes:
        return self.wire


@dataclass
class _Vantage:
    """An observer whose name server says this."""

    dns_lines: _Lines
    dns_seconds: float = 1
    secrets: dict[str, Any] = field(default_factory=dict)

    async def resolver(self, _observer: str) -> str:
        return "192.0.2.53"


def ask(wire: bytes, rdtype: str = "TXT") -> Answer:
    asked = questions.question("outside1", NAME, rdtype)
    return asyncio.run(questions.probe(asked, _Vantage(_Lines(wire))))  # type: ignore[arg-type]


def test_an_answer_is_told_with_its_flags_and_without_its_escapes() -> None:
    answer = ask(WIRE)
    assert answer.outcome == "NOERROR ad"
    assert answer.text == f'{NAME} 300 IN TXT "v=spf1 -all" "\\027[2J"\n'


@pytest.mark.parametrize("wire", [b"", b"\0", WIRE[:20], WIRE + b"\0", WIRE[:12] + b"\xc0\x0c" * 50, b"\xff" * 600])
def test_what_is_no_message_is_a_bad_answer(wire: bytes) -> None:
    assert ask(wire).outcome.startswith("bad answer: ")


@given(st.binary(max_size=200))
def test_noise_is_an_answer(wire: bytes) -> None:
    assert ask(wire).outcome


@given(st.integers(2, len(WIRE) - 1), st.binary(min_size=1, max_size=4))
def test_a_message_that_was_meddled_with_is_an_answer(at: int, octets: bytes) -> None:
    answer = ask(WIRE[:at] + octets + WIRE[at + len(octets) :])
    assert answer.outcome
    assert b"\x1b" not in answer.out
