"""Outside probes start here: a connection from an observer, which is this machine or a host of the inventory."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from checks.connection import Secret
from checks.evidence.forward import Forwards, Refused
from checks.evidence.knocks import Knocks
from checks.evidence.session import HostSessions
from checks.evidence.ssh import Session, Unreachable, forward_argv
from checks.evidence.transcript import Answer

CONTROLLER = "controller"
_FAILED = re.compile(r"open failed: (?:connect failed|administratively prohibited): (.*)")


class NotConnected(Exception):
    """No connection was made. outcome: ``refused``, ``timed out``, ``no route`` … as the network said it."""

    def __init__(self, outcome: str) -> None:
        self.outcome = outcome
        super().__init__(outcome)


class NoObserver(Exception):
    """The observer itself could not be used: nothing is known of the target."""


class ProbeCosts(Protocol):
    """What a policy says of the patience of probes, in seconds."""

    connect_timeout: int
    greeting_timeout: int
    dialogue_timeout: int
    dns_timeout: int
    tls_scan_pause: float


@dataclass
class Line:
    """An open connection. source: the address it was made from, where this machine knows it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    source: str = ""


class DnsLines:
    """Connections to name servers, kept for the next question: RFC 7766 §6.2.1 asks clients to reuse them."""

    MOST = 2  # at a time to one server from one observer; small resolvers take ten in all

    def __init__(self, vantage: Vantage) -> None:
        self._vantage = vantage
        self._turns: dict[tuple[str, str], asyncio.Semaphore] = {}
        self._idle: dict[tuple[str, str], list[Line]] = {}

    async def exchange(self, observer: str, server: str, query: bytes) -> bytes:
        """The answer to one query in wire format. Raises NotConnected, NoObserver, OSError, IncompleteReadError."""
        key = observer, server
        idle = self._idle.setdefault(key, [])
        async with self._turns.setdefault(key, asyncio.Semaphore(self.MOST)):
            while idle:
                line = idle.pop()
                with contextlib.suppress(OSError, asyncio.IncompleteReadError):  # closed by the server meanwhile
                    return await self._ask(line, query, idle)
            line = await self._vantage.connect(observer, server, 53, self._vantage.connect_seconds)
            return await self._ask(line, query, idle)

    async def _ask(self, line: Line, query: bytes, idle: list[Line]) -> bytes:
        try:
            line.writer.write(len(query).to_bytes(2, "big") + query)
            size = int.from_bytes(await line.reader.readexactly(2), "big")
            answer = await line.reader.readexactly(size)
        except BaseException:
            line.writer.close()
            raise
        idle.append(line)
        return answer

    def close(self) -> None:
        """Close what is idle."""
        for line in (line for idle in self._idle.values() for line in idle):
            line.writer.close()


class Vantage:
    """Opens connections from observers; at most one at a time to each server address, so that no limit is hit."""

    def __init__(self, sessions: HostSessions, costs: ProbeCosts, secrets: Mapping[str, Secret] | None = None) -> None:
        self._sessions = sessions
        self.secrets = secrets or {}
        self.connect_seconds = costs.connect_timeout
        self.greeting_seconds = costs.greeting_timeout
        self.dialogue_seconds = costs.dialogue_timeout
        self.dns_seconds = costs.dns_timeout
        self.tls_pause = costs.tls_scan_pause
        self._one_at_a_time: dict[str, asyncio.Lock] = {}
        self._silent: dict[tuple[str, str, int], str] = {}
        self._asking_why = asyncio.Lock()
        self._resolvers: dict[str, asyncio.Task[str]] = {}
        self.dns_lines = DnsLines(self)
        self.forwards = Forwards()
        self.knocks = Knocks(sessions.apart)
        self._sources: dict[tuple[str, str], str] = {}

    @contextlib.asynccontextmanager
    async def line(self, observer: str, address: str, port: int, seconds: float) -> AsyncIterator[Line]:
        """A connection to a mail server. Raises NotConnected, NoObserver."""
        async with self._one_at_a_time.setdefault(address, asyncio.Lock()):
            if silence := self._silent.get((observer, address, port)):
                raise NotConnected(silence)  # each silent port costs one timeout, however much is asked of it
            try:
                line = await self.connect(observer, address, port, seconds)
            except NotConnected as error:
                if error.outcome.startswith("timed out"):
                    self._silent[observer, address, port] = error.outcome
                raise
            try:
                yield line
            finally:
                line.writer.close()
                with contextlib.suppress(OSError, TimeoutError):
                    await asyncio.wait_for(line.writer.wait_closed(), 2)

    async def connect(self, observer: str, address: str, port: int, seconds: float) -> Line:
        """A connection; the caller closes it. Raises NotConnected, NoObserver."""
        if observer == CONTROLLER:
            return await _direct(address, port, seconds)
        try:
            await self._sessions.session(observer)
        except Unreachable as error:
            raise NoObserver(f"observer {observer} was not reached: {error}") from None
        return await self._forwarded(observer, address, port, seconds)

    async def session(self, name: str) -> Session:
        """The open session of a host. Raises Unreachable."""
        return await self._sessions.session(name)

    async def resolver(self, observer: str) -> str:
        """The name server that the observer's own resolv.conf names first; read once. Raises NoObserver."""
        if observer not in self._resolvers:
            self._resolvers[observer] = asyncio.create_task(self._resolv_conf(observer))
        return await self._resolvers[observer]

    async def _resolv_conf(self, observer: str) -> str:
        if observer == CONTROLLER:
            with open("/etc/resolv.conf", encoding="utf-8", errors="replace") as file:
                text = file.read()
        else:
            text = (await self._aside(observer, "cat /etc/resolv.conf")).text
        found = re.search(r"^nameserver\s+(\S+)", text, re.MULTILINE)
        if not found:
            raise NoObserver(f"observer {observer} has no nameserver in /etc/resolv.conf")
        return found[1]

    async def _aside(self, observer: str, command: str) -> Answer:
        try:
            return await self._sessions.aside(observer, command)
        except Unreachable as error:
            raise NoObserver(f"observer {observer} was not reached: {error}") from None

    async def _forwarded(self, observer: str, address: str, port: int, seconds: float) -> Line:
        """Through ``ssh -W`` on the observer's open session: the server sees the observer's address."""
        try:
            ours = await self._forward(observer, address, port, seconds)
        except Refused:
            raise NotConnected(await self._refusal(observer, address, port, seconds)) from None
        reader, writer = await asyncio.open_connection(sock=ours, limit=2**20)
        return Line(reader, writer, await self._source(observer, address))

    async def _forward(self, observer: str, address: str, port: int, seconds: float) -> socket.socket:
        connection = self._sessions.host(observer).connection
        assert connection is not None  # its session is open
        argv = forward_argv(connection, self._sessions.mux(observer), address, port)
        try:
            return await self.forwards.open(argv, seconds)
        except TimeoutError:
            raise NotConnected(f"timed out after {seconds:g} s") from None

    async def _refusal(self, observer: str, address: str, port: int, seconds: float) -> str:
        """Why no connection was made. The session's ssh prints the reason without saying of which connection, so it
        is asked once more, one at a time, until what was printed meanwhile says one thing only."""
        session = await self._sessions.session(observer)
        async with self._asking_why:
            for _ in range(3):
                before = len(session.said)
                try:
                    (await self._forward(observer, address, port, seconds)).close()
                    return "refused once, then connected"
                except Refused:
                    await asyncio.sleep(0.05)
                reasons = {found[1] for line in session.said[before:] if (found := _FAILED.search(line))}
                if len(reasons) == 1:
                    return _network_words(reasons.pop())
        return "not connected"

    async def _source(self, observer: str, address: str) -> str:
        """The address that the server sees, as the observer's routes say; asked once for each server."""
        if (observer, address) not in self._sources:
            answer = await self._aside(observer, f"ip -o route get {address}")
            found = re.search(r"\bsrc (\S+)", answer.text)
            self._sources[observer, address] = found[1] if found else ""
        return self._sources[observer, address]


async def _direct(address: str, port: int, seconds: float) -> Line:
    try:
        reader, writer = await asyncio.wait_for(asyncio.open_connection(address, port, limit=2**20), seconds)
    except TimeoutError:
        raise NotConnected(f"timed out after {seconds:g} s") from None
    except ConnectionRefusedError:
        raise NotConnected("refused") from None
    except OSError as error:
        raise NotConnected((error.strerror or str(error)).lower()) from None
    return Line(reader, writer, str(writer.get_extra_info("sockname")[0]))


def _network_words(reason: str) -> str:
    reason = reason.lower()
    if "refused" in reason:
        return "refused"
    return "timed out" if "timed out" in reason else reason
