"""Connections that ssh carries from an observer (``ssh -W`` on its open session); each such ssh is seen to its end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Sequence


class Refused(Exception):
    """A forwarded connection was not made; the session's own ssh has printed why."""


class Forwards:
    """All of one audit."""

    def __init__(self) -> None:
        self._ending: set[asyncio.Task[None]] = set()

    async def open(self, argv: Sequence[str], seconds: float) -> socket.socket:
        """A socket to the far end. Raises Refused, TimeoutError."""
        ours, theirs = socket.socketpair()
        with theirs:
            process = await asyncio.create_subprocess_exec(
                *argv, stdin=theirs.fileno(), stdout=theirs.fileno(), stderr=asyncio.subprocess.PIPE
            )
        try:
            await asyncio.wait_for(_connected(process), seconds)
        except BaseException:
            ours.close()
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)  # process.kill() may take the exit status from asyncio
            raise
        finally:
            ending = asyncio.create_task(_end(process))
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)
        return ours

    async def close(self, seconds: float = 5) -> None:
        """Wait for those that are about to end, or asyncio complains of them once its loop is closed."""
        if self._ending:
            _, late = await asyncio.wait(self._ending, timeout=seconds)
            for task in late:
                task.cancel()


async def _connected(process: asyncio.subprocess.Process) -> None:
    """Returns when ``ssh -v -W`` says that the server took the connection. Raises Refused."""
    assert process.stderr is not None
    while raw := await process.stderr.readline():
        if b"master session id" in raw:
            return
    raise Refused


async def _end(process: asyncio.subprocess.Process) -> None:
    """Read what ssh still says, since its pipe would fill, until it ends."""
    assert process.stderr is not None
    with contextlib.suppress(RuntimeError):  # somebody who was cancelled may still be reading
        while await process.stderr.read(4096):
            pass
    await process.wait()
