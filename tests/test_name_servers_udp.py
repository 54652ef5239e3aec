"""A name server that is silent over UDP counts only where the observer hears others over UDP."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import dns.message
import pytest

from checks.evidence import own_resolver
from checks.evidence.lookup import Answer
from checks.evidence.own_resolver import Heard
from checks.evidence.transcript import Answer as Recorded
from checks.evidence.transcript import NoEvidence, Question
from checks.fixtures.name_servers_udp import asked_by_udp

OURS = {"192.0.2.53": ("ns1.example.org", "example.org"), "2001:db8::53": ("ns1.example.org", "example.org")}
ROOT = Answer("NOERROR", ("a.root.example.", "b.root.example."))
ROOT_ADDRESSES = ("198.51.100.4", "203.0.113.4")
SAID = dns.message.make_response(dns.message.make_query("example.org", "SOA")).to_wire().hex()


class Asked:
    """What an observer tells of which addresses it hears."""

    def __init__(self, *heard: str, resolver: str = "198.51.100.1") -> None:
        self.heard = heard
        self.resolver = resolver

    def ask(self, *questions: Question) -> tuple[Recorded, ...]:
        return tuple(self.answer(question) for question in questions)

    def answer(self, question: Question) -> Recorded:
        if question.kind == "dns":
            name, rdtype = question.text.split()
            address = ROOT_ADDRESSES["ab".index(name[0])]
            return Recorded("NOERROR", f"{name} 60 IN A {address}\n".encode() if rdtype == "A" else b"")
        asked = [self.resolver] if question.text == own_resolver.each(".", "NS") else [*OURS, *ROOT_ADDRESSES]
        lines = (f"{address} {SAID if address in self.heard else 'silent'}\n" for address in asked)
        return Recorded("exit 0", "".join(lines).encode())

    def rests_on(self, check: str, target: str, instance: str | None = None) -> None:
        pass

    def shows(self, *lines: str) -> None:
        pass


def judged(asked: Asked, ours: dict[str, tuple[str, str]] = OURS) -> dict[str, Heard]:
    t: Any = asked
    observer: Any = SimpleNamespace(name="outside1", host=SimpleNamespace(name="outside1"))
    fleet: Any = SimpleNamespace(hosts=())
    return dict(asked_by_udp(t, observer, fleet, ours, ROOT))


def test_silent_server_is_told_where_servers_of_the_root_are_heard() -> None:
    """Over IPv6 nothing is known, since none of them was asked there."""
    assert [(where, heard.rcode) for where, heard in judged(Asked("203.0.113.4")).items()] == [
        ("ns1.example.org 192.0.2.53", "")
    ]


def test_server_that_is_heard_is_well_whoever_else_is_silent() -> None:
    assert [heard.rcode for heard in judged(Asked(*OURS)).values()] == ["NOERROR", "NOERROR"]


def test_network_that_lets_questions_out_to_its_resolver_alone_tells_nothing() -> None:
    with pytest.raises(NoEvidence, match="hears nobody over UDP"):
        judged(Asked("198.51.100.1"))


def test_in_a_closed_network_whose_root_is_ours_the_resolver_will_do() -> None:
    ours = dict.fromkeys(ROOT_ADDRESSES, ("ns1.example.org", "example.org"))
    assert [heard.rcode for heard in judged(Asked("198.51.100.1"), ours).values()] == ["", ""]
    with pytest.raises(NoEvidence):
        judged(Asked("127.0.0.1", resolver="127.0.0.1"), ours)
