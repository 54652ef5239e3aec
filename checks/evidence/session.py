"""The sessions of one audit: at most one connection to each host, opened when first needed, closed at the end."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from checks.connection import Connection
from checks.evidence.batch import Limits
from checks.evidence.command import UNREACHABLE
from checks.evidence.ssh import Session, Unreachable
from checks.evidence.transcript import Answer


class Costs(Protocol):
    """What a policy says of the costs of a session."""

    connect_timeout: int
    command_timeout: int
    command_output: int
    hosts_at_once: int
    become: str


class Reached(Protocol):
    """A host: its name, how it is reached, and what that may cost."""

    @property
    def name(self) -> str: ...
    @property
    def connection(self) -> Connection | None: ...
    @property
    def policy(self) -> Costs: ...


class HostSessions:
    """Opens one session a host and remembers those that cannot be had, so that each costs one timeout."""

    def __init__(self, hosts: Sequence[Reached], observers: set[str]) -> None:
        self._hosts = {host.name: host for host in hosts}
        self._observers = observers
        self._sessions: dict[str, asyncio.Task[Session]] = {}
        self._aside: dict[str, asyncio.Task[Session]] = {}
        self._slots = asyncio.Semaphore(min((h.policy.hosts_at_once for h in hosts), default=1))
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
        limits = Limits(host.policy.command_timeout, host.policy.command_output)
        mux = self.mux(name) if name in self._observers else None
        assert host.connection is not None  # replays open no session
        session = Session(host.connection, host.policy.connect_timeout, limits, host.policy.become, mux)
        async with self._slots:
            await session.open()
        return session

    async def aside(self, name: str, command: str) -> Answer:
        """An observer's answer to a small question, which does not wait for its long batch. Raises Unreachable."""
        if name not in self._aside:
            self._aside[name] = asyncio.create_task(self._open_aside(name))
        session = await self._aside[name]
        (answer,) = await session.ask([command])
        return answer

    async def _open_aside(self, name: str) -> Session:
        await self.session(name)
        host = self._hosts[name]
        assert host.connection is not None  # its session is open
        limits = Limits(host.policy.command_timeout, host.policy.command_output)
        session = Session(host.connection, host.policy.connect_timeout, limits, "none", self.mux(name), aside=True)
        await session.open()
        return session

    async def ask(self, name: str, commands: Sequence[str]) -> list[Answer]:
        """Answers of one exchange; a host that cannot be reached answers each with ``unreachable: …``."""
        try:
            session = await self.session(name)
        except Unreachable as error:
            return [Answer(f"{UNREACHABLE}{error}")] * len(commands)
        return await session.ask(commands)

    async def close(self) -> None:
        """End all sessions, whatever state they are in, and remove the control sockets."""
        for tasks in (self._aside.values(), self._sessions.values()):  # what rides on a connection goes first
            for task in tasks:
                if not task.done():
                    task.cancel()
            opened = await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.gather(*(s.close() for s in opened if isinstance(s, Session)))
        shutil.rmtree(self._folder, ignore_errors=True)
