"""An observer whom a site lets in on purpose is no stranger, and tells nothing of what strangers reach."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from checks.evidence.transcript import Answer, Question, Transcript
from checks.fixtures.firewall import _ADDRESSES, _IPSET, _NFT, _SAVES
from checks.fixtures.let_in import let_in
from checks.fixtures.never_ports import Answering, answering
from checks.fixtures.open_resolver import _found_out
from checks.resolve import Reading, Skip

OBSERVER: Any = SimpleNamespace(name="outside1")
WAY = {"ip -o route get 192.0.2.14": "192.0.2.14 via 198.51.100.1 dev eth0 src 198.51.100.10 uid 0 \\    cache"}
NEAR = {"ip -o address show": "2: eth0    inet 198.51.100.14/24 scope global eth0\\"}
FAR = {"ip -o address show": "2: eth0    inet 192.0.2.14/24 scope global eth0\\"}
RULES = "*filter\n:INPUT DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n{rule}COMMIT\n"
ADMITS = "-A INPUT -s 198.51.100.0/24 -p tcp -m tcp --dport 3306 -j ACCEPT\n"


def host(*trusted: str) -> Any:
    policy = SimpleNamespace(trusted_networks=trusted, strangers=("203.0.113.25",), observer="outside1")
    return SimpleNamespace(name="box1", policy=policy, roles=("mailbox",))


def firewall(rule: str) -> dict[str, str]:
    told = dict.fromkeys((_NFT, _IPSET, *_SAVES.values(), *_ADDRESSES))
    text = {**told, **FAR, _SAVES["iptables-save"]: RULES.format(rule=rule), _ADDRESSES[1]: "", _ADDRESSES[2]: ""}
    return {key: "exit 127" if value is None else value for key, value in text.items()}


def reading(told: dict[str, str]) -> Reading:
    said = {Question("outside1", "command", text): answer(out) for text, out in WAY.items()}
    said |= {Question("box1", "command", text): answer(out) for text, out in told.items()}
    return Reading(Transcript(datetime(2026, 11, 28, tzinfo=UTC), said))


def answer(out: str) -> Answer:
    return Answer(out) if out == "exit 127" else Answer("exit 0", out.encode())


@pytest.mark.parametrize(
    ("trusted", "told", "why"),
    [
        ((), {}, ""),
        ((), FAR, ""),
        (("198.51.100.0/24",), {}, "198.51.100.10 is in 198.51.100.0/24 (mailassay_trusted_networks)"),
        ((), NEAR, "198.51.100.10 is in 198.51.100.0/24 (a network of box1 itself)"),
        (
            (),
            {"postconf": "mynetworks = 127.0.0.0/8 198.51.100.10\n"},
            "198.51.100.10 is in 198.51.100.10 (mynetworks of box1)",
        ),
        ((), firewall(ADMITS), "the firewall of box1 admits 198.51.100.10 to port 3306, and strangers not"),
        ((), firewall(""), ""),
        ((), firewall("-A INPUT -p tcp -m tcp --dport 3306 -j ACCEPT\n"), ""),
    ],
)
def test_who_is_no_stranger_is_told(trusted: tuple[str, ...], told: dict[str, str], why: str) -> None:
    assert let_in(reading(told), host(*trusted), OBSERVER, "192.0.2.14", 3306) == why


def test_a_port_that_answers_a_friend_is_not_judged() -> None:
    fleet: Any = SimpleNamespace(observer=lambda _: SimpleNamespace(host=OBSERVER))
    found = Answering(3306, ("192.0.2.14",))
    assert answering(reading(FAR), host(), fleet, found) == found
    with pytest.raises(Skip, match="let in on purpose"):
        answering(reading(FAR), host("198.51.100.0/24"), fleet, found)


@pytest.mark.parametrize(
    ("outcome", "text", "found_out"),
    [
        ("NOERROR ra", "example.com. 300 IN A 192.0.2.1\n", True),
        ("NOERROR ra", "", False),
        ("NOERROR ra", "a.gtld-servers.net. 300 IN A 192.0.2.1\n", False),  # a referral
        ("NOERROR aa ra", "example.com. 300 IN A 192.0.2.1\n", False),
        ("NOERROR", "example.com. 300 IN A 192.0.2.1\n", False),
        ("NXDOMAIN ad ra", "", True),  # it looked until it could prove that
        ("NXDOMAIN ra", "", False),
        ("REFUSED ra", "", False),
    ],
)
def test_only_an_answer_about_a_foreign_name_shows_recursion(outcome: str, text: str, found_out: bool) -> None:
    assert _found_out(Answer(outcome, text.encode())) is found_out
