"""Places at hosts are limited in all and for each bastion, and whoever keeps us waiting holds nobody up."""

from __future__ import annotations

import asyncio
from collections import Counter

from checks.connection import Connection
from checks.evidence.places import Places
from checks.evidence.session import spread


def no_spare(_: str | None) -> None:
    """All places are needed."""


class Crowd:
    """Hosts that take a place, stay a while, and give it back; notes how many had one at a time."""

    def __init__(self, most: int, through: int, patience: float = 9, *, at_ease: bool = True) -> None:
        self.places = Places(most, through, no_spare, patience, lambda: at_ease)
        self.most: Counter[str] = Counter()
        self.order: list[str] = []

    async def visit(self, name: str, bastion: str = "", stay: float = 0.01) -> None:
        await self.places.take(name, bastion)
        self.order.append(name)
        ways = Counter([*self.places.held.values(), *(["all"] * len(self.places.held))])
        self.most |= ways
        with self.places.waiting(name):
            await asyncio.sleep(stay)
        self.places.give_back(name)


def test_no_more_have_a_place_than_there_are_and_all_get_one_in_turn() -> None:
    async def crowd() -> Crowd:
        made = Crowd(3, 3)
        await asyncio.gather(*(made.visit(f"h{number}") for number in range(10)))
        return made

    made = asyncio.run(crowd())
    assert made.most["all"] == 3
    assert made.order == [f"h{number}" for number in range(10)]


def test_a_bastion_has_its_own_limit_and_holds_nobody_else_up() -> None:
    async def crowd() -> Crowd:
        made = Crowd(10, 2)
        behind = [made.visit(f"b{number}", "jump") for number in range(8)]
        await asyncio.gather(*behind, *(made.visit(f"h{number}") for number in range(4)))
        return made

    made = asyncio.run(crowd())
    assert made.most["jump"] == 2
    assert made.order.index("h3") < made.order.index("b2")


def test_who_keeps_us_waiting_lends_its_place_but_never_its_bastions() -> None:
    async def crowd(bastion: str) -> Crowd:
        made = Crowd(2, 2, patience=0.02)
        slow = [made.visit(f"dead{number}", bastion, 0.3) for number in range(2)]
        await asyncio.gather(*slow, made.visit("live", bastion))
        return made

    assert asyncio.run(crowd("")).most["all"] == 3
    assert asyncio.run(crowd("jump")).most["all"] == 2


def test_a_machine_that_is_busy_itself_lends_nothing() -> None:
    """There a host may be slow because of us, and more at a time would make all of them slower."""

    async def crowd() -> Crowd:
        made = Crowd(2, 2, patience=0.01, at_ease=False)
        await asyncio.gather(*(made.visit(f"slow{number}", "", 0.05) for number in range(6)))
        return made

    assert asyncio.run(crowd()).most["all"] == 2


def test_a_whole_fleet_of_dead_hosts_does_not_take_every_file() -> None:
    async def crowd() -> Crowd:
        made = Crowd(2, 2, patience=0.01)
        await asyncio.gather(*(made.visit(f"dead{number}", "", 0.05) for number in range(40)))
        return made

    assert asyncio.run(crowd()).most["all"] <= 2 * 3


def test_who_gives_up_waiting_takes_no_place() -> None:
    async def crowd() -> list[str]:
        made = Crowd(1, 1)
        first, second, third = (asyncio.create_task(made.visit(name)) for name in ("a", "b", "c"))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.gather(first, third)
        return made.order

    assert asyncio.run(crowd()) == ["a", "c"]


def test_a_bastion_is_what_the_inventory_names() -> None:
    def bastion(*arguments: str) -> str:
        return Connection(kind="ssh", plugin="ssh", address="192.0.2.7", common_args=arguments).bastion

    assert bastion("-J", "jump.example.org") == "jump.example.org"
    assert bastion("-o", "ProxyJump=jump.example.org") == "jump.example.org"
    assert bastion("-oProxyCommand=ssh -W 192.0.2.7:22 jump") == bastion("-o", "ProxyCommand=ssh -W %h:22 jump")
    assert bastion("-o", "ProxyJump=none", "-F", "x") == ""


def test_hosts_are_spread_alike_in_every_run() -> None:
    assert spread("mx1.example.org") == spread("mx1.example.org")
    assert len({int(10 * spread(f"h{number}")) for number in range(200)}) == 10
