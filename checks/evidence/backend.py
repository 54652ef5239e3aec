"""Hosts that Ansible reaches in another way than by ssh, by testinfra's backends: untested but for its local one."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator, Sequence

import testinfra

from checks.evidence import batch
from checks.evidence.command import UNREACHABLE
from checks.evidence.ssh import Session, Unreachable
from checks.evidence.transcript import Answer

# Ansible's connection plugins (the last part of their names), and testinfra's word for each.
BACKENDS = {"docker": "docker", "podman": "podman", "lxd": "lxc", "kubectl": "kubectl", "chroot": "chroot"}
# A script goes through three shells as one argument, of which Linux takes 128 KiB, quotation marks included.
_MOST = 12_000
_LOST = f"{UNREACHABLE}the shell ended half-way"


class BackendSession(Session):
    """A shell for every script, since these backends keep none open."""

    async def open(self) -> None:
        """Ask who we are there. Raises Unreachable."""
        plugin = self._connection.plugin.rpartition(".")[2]
        if plugin not in BACKENDS:
            known = ", ".join(("ssh", "local", *sorted(BACKENDS)))
            raise Unreachable(f"ansible_connection {self._connection.plugin} is not known here, but {known} are")
        if self._privilege != "none":
            self._privilege = "sudo"  # neither a become for a whole session nor the collector's one call fit here
        user = f"{self._connection.user}@" if self._connection.user else ""
        self._host = testinfra.get_host(f"{BACKENDS[plugin]}://{user}{self._connection.address}")
        said = await self._run("", self._timeout)
        ready = re.search(rb"%s ready (\d+) (\d+)" % self._nonce.encode(), said)
        if ready is None:
            raise Unreachable(f"no shell by way of {self._connection.plugin}: {said[-200:].decode('utf-8', 'replace')}")
        self._root = ready[1] == b"0"
        self.ahead = int(ready[2]) + 0.5 - time.time()

    async def _exchange(self, commands: Sequence[str]) -> list[Answer]:
        found: list[Answer] = []
        for part in _parts(commands):
            numbered = dict(enumerate(part))
            script, last = self._script(numbered)
            said = await self._run(script, self._limits.seconds * (len(part) + 2))
            frames = self._pattern.finditer(said)
            answers = {int(frame[1]): batch.answer(frame[2], frame[3], self._limits) for frame in frames}
            found += self._complete(numbered, answers, "" if last in answers else _LOST)
        return found

    async def _run(self, script: str, seconds: float) -> bytes:
        """What the script prints; of its errors, where it prints nothing. Raises Unreachable."""
        running = asyncio.to_thread(self._host.run, batch.prologue(self._nonce, self._limits) + script)
        try:
            result = await asyncio.wait_for(running, seconds)
        except TimeoutError:
            raise Unreachable(f"no answer within {seconds:g} s") from None
        except (OSError, RuntimeError, ValueError) as error:
            raise Unreachable(f"{type(error).__name__}: {error}"[:300]) from None
        return bytes(result.stdout_bytes or result.stderr_bytes)


def _parts(commands: Sequence[str]) -> Iterator[list[str]]:
    """The commands in parts that are short enough."""
    part: list[str] = []
    for text in commands:
        if part and sum(map(len, part)) + len(text) > _MOST:
            yield part
            part = []
        part.append(text)
    if part:
        yield part
