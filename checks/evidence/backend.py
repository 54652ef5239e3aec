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
# A script goes through two shells as one argument, of which Linux takes 128 KiB, quotation marks included.
_MOST = 24_000


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
        answers: dict[int, Answer] = {}
        for first, part in _parts([self._as_root(each) for each in commands]):
            said = await self._run(batch.script(part, self._limits, first), self._limits.seconds * (len(part) + 2))
            for match in self._pattern.finditer(said):
                answers[int(match[1])] = batch.answer(match[2], match[3], self._limits)
        lost = Answer(f"{UNREACHABLE}the shell ended half-way")
        return [answers.get(number, lost) for number in range(len(commands))]

    async def _run(self, script: str, seconds: float) -> bytes:
        """What the script prints; of its errors, where it prints nothing. Raises Unreachable."""
        running = asyncio.to_thread(self._host.run, batch.prologue(self._nonce) + script)
        try:
            result = await asyncio.wait_for(running, seconds)
        except TimeoutError:
            raise Unreachable(f"no answer within {seconds:g} s") from None
        except (OSError, RuntimeError, ValueError) as error:
            raise Unreachable(f"{type(error).__name__}: {error}"[:300]) from None
        return bytes(result.stdout_bytes or result.stderr_bytes)


def _parts(commands: list[str]) -> Iterator[tuple[int, list[str]]]:
    """The commands in parts that are short enough, each with the number of its first."""
    first, part = 0, list[str]()
    for number, text in enumerate(commands):
        if part and sum(map(len, part)) + len(text) > _MOST:
            yield first, part
            first, part = number, []
        part.append(text)
    if part:
        yield first, part
