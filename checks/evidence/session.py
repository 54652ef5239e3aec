"""The sessions of one audit: at most one connection to each host, opened when first needed, closed at the end."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from checks.connection import Connection
from checks.evidence.backend import BackendSession
from checks.evidence.batch import Limits
from checks.evidence.command import UNREACHABLE
from checks.evidence.places import Places
from checks.evidence.ssh import Session, Unreachable
from checks.evidence.transcript import Answer


class Costs(Protocol):
    """What a policy says of the costs of a session."""

    connect_timeout: int
    command_timeout: int
    command_output: int
    host_cpu: int
    hosts_at_once: int
    bastion_sessions: int
    splay: float
    become: str


class Reached(Protocol):
    """A host: its name, how it is reached, and what that may cost."""

    @property
    def name(self) -> str: ...
    @property
    def connection(self) -> Connection | None: ...
    @property
    def policy(self) -> Costs: ...


def limits_of(costs: Costs) -> Limits:
    """What a session may cost the host."""
    return Limits(costs.command_timeout, costs.command_output, costs.host_cpu)


def spread(name: str) -> float:
    """Where between 0 and 1 a host of this name stands, the same in every run."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") / 2**32


class HostSessions:
    """Opens one session a host and remembers those that cannot be had, so that each costs one timeout.

    Of a large fleet, sessions of hosts that have told all are closed in favour of others.
    """

    def __init__(self, hosts: Sequence[Reached], observers: set[str]) -> None:
        self._hosts = {host.name: host for host in hosts}
        self._observers = observers
        self._sessions: dict[str, asyncio.Task[Session]] = {}
        self._aside: dict[str, asyncio.Task[Session]] = {}
        self._apart: dict[str, asyncio.Task[Session]] = {}
        costs = [host.policy for host in hosts]
        self._places = Places(
            min((cost.hosts_at_once for cost in costs), default=1),
            min((cost.bastion_sessions for cost in costs), default=1),
            self._leave_one,
        )
        self._busy: Counter[str] = Counter()
        self._done: set[str] = set()
        self._leaving: dict[str, asyncio.Task[None]] = {}
        # Control sockets are named in paths of at most 104 octets: hence the short folder.
        self._folder = Path(tempfile.mkdtemp(prefix="ma-"))

    def mux(self, name: str) -> Path:
        """The control socket of an observer's connection: outside probes are forwarded through it."""
        return self._folder / f"{list(self._hosts).index(name)}"

    def host(self, name: str) -> Reached:
        return self._hosts[name]

    async def session(self, name: str) -> Session:
        """The open session of this host. Raises Unreachable, again and at once for a host that was not reached."""
        if name not in self._sessions:
            self._sessions[name] = asyncio.create_task(self._open(name))
        return await self._sessions[name]

    async def _open(self, name: str) -> Session:
        host = self._hosts[name]
        limits = limits_of(host.policy)
        mux = self.mux(name) if name in self._observers else None
        assert host.connection is not None  # replays open no session
        kind = BackendSession if host.connection.kind == "other" else Session
        session = kind(host.connection, host.policy.connect_timeout, limits, host.policy.become, mux)
        if name in self._leaving:
            await self._leaving[name]
        if mux is None:
            await asyncio.sleep(host.policy.splay * spread(name))
            await self._places.take(name, host.connection.bastion)
        try:
            with self._places.waiting(name):
                await session.open()
        except BaseException:
            self._places.give_back(name)
            raise
        return session

    def done(self, name: str) -> None:
        """All that is needed of this host is known, as far as can be said: its session may go if another wants in."""
        self._done.add(name)
        self._places.look()

    def _leave_one(self, bastion: str | None) -> None:
        """Close the session of a host that has told all; failing that, an idle one if nothing else would go on."""
        held = [name for name, way in self._places.held.items() if bastion in (None, way)]
        if any(name in self._leaving for name in held):
            return  # its place comes
        idle = [name for name in held if not self._busy[name] and self._sessions[name].done()]
        chosen = next((name for name in idle if name in self._done), None)
        if chosen is None and len(idle) == len(held):
            chosen = next(iter(idle), None)
        if chosen is not None:
            self._leaving[chosen] = asyncio.create_task(self._leave(chosen, self._sessions.pop(chosen).result()))

    async def _leave(self, name: str, session: Session) -> None:
        await session.close()
        del self._leaving[name]
        self._places.give_back(name)

    async def aside(self, name: str, command: str) -> Answer:
        """An observer's answer to a small question, which does not wait for its long batch. Raises Unreachable."""
        return await self._beside(self._aside, name, command)

    async def apart(self, name: str, command: str) -> Answer:
        """The same of a question that takes seconds, so that small ones need not wait for it either."""
        return await self._beside(self._apart, name, command)

    async def _beside(self, opened: dict[str, asyncio.Task[Session]], name: str, command: str) -> Answer:
        if name not in opened:
            opened[name] = asyncio.create_task(self._open_aside(name))
        session = await opened[name]
        (answer,) = await session.ask([command])
        return answer

    async def _open_aside(self, name: str) -> Session:
        await self.session(name)
        host = self._hosts[name]
        assert host.connection is not None  # its session is open
        limits = limits_of(host.policy)
        session = Session(host.connection, host.policy.connect_timeout, limits, "none", self.mux(name), aside=True)
        await session.open()
        return session

    async def ask(self, name: str, commands: Sequence[str]) -> list[Answer]:
        """Answers of one exchange; a host that cannot be reached answers each with ``unreachable: …``."""
        self._busy[name] += 1
        try:
            session = await self.session(name)
            with self._places.waiting(name):
                return await session.ask(commands)
        except Unreachable as error:
            return [Answer(f"{UNREACHABLE}{error}")] * len(commands)
        finally:
            self._busy[name] -= 1
            self._places.look()

    async def close(self) -> None:
        """End all sessions, whatever state they are in, and remove the control sockets."""
        for tasks in (
            self._aside.values(),
            self._apart.values(),
            self._sessions.values(),
        ):  # what rides on a connection goes first
            for task in tasks:
                if not task.done():
                    task.cancel()
            opened = await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.gather(*(s.close() for s in opened if isinstance(s, Session)))
        await asyncio.gather(*self._leaving.values(), return_exceptions=True)
        shutil.rmtree(self._folder, ignore_errors=True)
