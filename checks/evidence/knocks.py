"""Connections that an observer makes to ports of several addresses at once, since silence costs seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from checks.evidence.setting import moment_line
from checks.evidence.ssh import Unreachable
from checks.evidence.transcript import Answer

TRIED = "tried"
# Port by port of all addresses, so that no server hears more than two a second: guards count how many ports a client
# tries. What is not taken some time after the last one a firewall drops; a busy observer takes longer to get there, and
# timeout ends what is left of it.
_CONNECT = (
    "command -v bash >/dev/null || exit 127; timeout 18 bash -c 'for p in {ports}; do for a in {addresses}; do "
    '{{ exec 3<>/dev/tcp/$a/$p && echo "$a $p connected" || echo "$a $p closed"; }} 2>/dev/null & done; sleep {pause}; '
    "done; echo all tried; sleep {patience}; kill $(jobs -p) 2>/dev/null'; true"
)
_PAUSE = 0.5  # seconds between two ports
_LONGEST = 12  # seconds for all pauses, however many ports a site names: a command has an end (command_timeout)
_PATIENCE = 2  # seconds: the first packet may be lost, RFC 6298 §2 has it sent again after one
_GATHER = 0.5  # seconds to wait for others that go with the same command
_MOST_ADDRESSES = 12  # at once: a process of the observer each, for each port


class Knocks:
    """Those of one audit: what waits while an observer is busy goes with its next command."""

    def __init__(self, ask: Callable[[str, str], Awaitable[Answer]]) -> None:
        self._ask = ask
        self._waiting: dict[tuple[str, str], dict[str, asyncio.Future[Answer]]] = {}
        self._turns: dict[str, asyncio.Lock] = {}

    async def tried(self, observer: str, address: str, ports: str) -> Answer:
        """What came of it. ports: numbers with commas between them."""
        waiting = self._waiting.setdefault((observer, ports), {})
        future = waiting.setdefault(address, asyncio.get_running_loop().create_future())
        async with self._turns.setdefault(observer, asyncio.Lock()):
            if not future.done():
                await asyncio.sleep(_GATHER)
                await self._try(observer, ports, waiting)
        return future.result()

    async def _try(self, observer: str, ports: str, waiting: dict[str, asyncio.Future[Answer]]) -> None:
        now = {address: waiting.pop(address) for address in list(waiting)[:_MOST_ADDRESSES]}
        command = _CONNECT.format(
            patience=_PATIENCE, pause=_pause(ports), ports=ports.replace(",", " "), addresses=" ".join(now)
        )
        try:
            said = await self._ask(observer, command)
        except Unreachable as error:
            told = dict.fromkeys(now, Answer(f"no observer: {error}"))
        else:
            told = {address: _of(address, said) for address in now}
        for address, future in now.items():
            future.set_result(told[address])


def _pause(ports: str) -> float:
    return round(min(_PAUSE, _LONGEST / len(ports.split(","))), 3)


def _of(address: str, said: Answer) -> Answer:
    if said.outcome != "exit 0" or "all tried" not in said.text.splitlines():
        return Answer("no bash" if said.outcome == "exit 127" else f"not tried to the end: {said.outcome}")
    lines = [line.removeprefix(f"{address} ") for line in said.text.splitlines() if line.startswith(f"{address} ")]
    now = moment_line(datetime.now(UTC))
    return Answer(TRIED, "".join(f"{line}\n" for line in [*sorted(lines, key=_number), now]).encode())


def _number(line: str) -> int:
    first = line.split(" ")[0]
    return int(first) if first.isdecimal() else 0
