"""Whatever was asked from outside says where it was seen from."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from checks.evidence.canary import probe
from checks.evidence.observe import Line
from checks.evidence.transcript import Question
from checks.verdict import FAIL, PASS
from tests.scenario import Scenario, scenarios, verdicts

# Of hosts, asked by an observer alone or with what the host tells.
OF_HOSTS = (
    "blocklist.address_not_listed",
    "dns.name_resolves",
    "ports.kept_from_strangers",
    "ptr.exists",
    "renewal.authority_let_in",
    "resolver.closed_to_strangers",
    "spf.helo_passes",
)


def of(*checks: str) -> list[Scenario]:
    return [each for each in scenarios() if each.check_id in checks and each.verdict in (PASS, FAIL)]


@pytest.mark.parametrize("scenario", of(*OF_HOSTS), ids=str)
def test_a_host_that_is_looked_at_from_outside_says_from_where(scenario: Scenario) -> None:
    said, _ = verdicts(scenario)
    told = {each.seen_from for each in said if each.verdict in (PASS, FAIL)}
    assert told
    assert None not in told, "rests on a question from outside, and does not say whose"


@pytest.mark.parametrize("scenario", of("incoming.arrives"), ids=str)
def test_a_strangers_message_tells_the_address_that_it_came_from(scenario: Scenario) -> None:
    said, _ = verdicts(scenario)
    told = [each.seen_from for each in said if each.verdict in (PASS, FAIL)]
    assert told
    assert all(each and each.startswith("outside1 (") for each in told)


@pytest.mark.parametrize("scenario", of("packages.known_source", "firewall.default_deny")[:4], ids=str)
def test_what_a_host_tells_itself_is_seen_from_nowhere(scenario: Scenario) -> None:
    said, _ = verdicts(scenario)
    assert {each.seen_from for each in said} == {None}


def test_a_canary_tells_the_address_that_it_came_from() -> None:
    """Here the server hangs up at once."""

    @contextlib.asynccontextmanager
    async def line(*_: object) -> AsyncIterator[Line]:
        reader = asyncio.StreamReader()
        reader.feed_eof()
        writer: Any = SimpleNamespace(close=lambda: None)
        yield Line(reader, writer, "198.51.100.10")

    vantage: Any = SimpleNamespace(line=line, connect_seconds=1, greeting_seconds=1, dialogue_seconds=1, secrets={})
    ways = "smtp 192.0.2.13:587 from outside1\nimap 192.0.2.14:993 from outside1 tls"
    text = f"{ways}\na@example.org to a@example.org within 9 s"
    answer = asyncio.run(probe(Question("submit1", "canary", text), vantage))
    assert answer.text.startswith("* connected from 198.51.100.10\n"), answer
