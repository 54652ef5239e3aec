"""One connection to a host: OpenSSH (or a local shell) running one shell that is fed a batch a round."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import secrets
import shlex
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from checks.connection import Connection
from checks.evidence import batch, collected
from checks.evidence.command import BECOME, PRIVILEGED, UNREACHABLE
from checks.evidence.transcript import Answer

_SHELL = "env LC_ALL=C nice -n 19 /bin/sh"


class Unreachable(Exception):
    """The host could not be logged in to; the message is ssh's own last word."""


class Session:
    """A shell on one host, kept open for the rounds of one audit.

    privilege: ``sudo`` for just the commands that need it, ``batch`` (one become, of the host's own method, for all of
    them) or ``none``. mux: the control socket, if outside probes are to be forwarded through this host.
    aside: use the connection that another session of that control socket has open.
    """

    def __init__(
        self, connection: Connection, connect_timeout: int, limits: batch.Limits, privilege: str, mux: Path | None,
        *, aside: bool = False
    ) -> None:  # fmt: skip
        self._connection = connection
        self._timeout = connect_timeout
        self._limits = limits
        self._privilege = privilege
        self._mux = mux
        self._aside = aside
        self._nonce = f"mailassay-{secrets.token_hex(8)}"
        self._pattern = batch.frame_pattern(self._nonce)
        self._process: asyncio.subprocess.Process | None = None
        self._asked = 0
        self.ahead = 0.0  # seconds by which the host's clock is ahead of ours
        self._root = False  # logged in as root: no sudo is needed, and there may be none
        self._draining: asyncio.Task[None] | None = None
        self.said: list[str] = []  # what ssh itself printed: why it failed, and why a forwarded connection was not made
        self._turn = asyncio.Lock()
        self._collected: Mapping[int, Answer] | None = None
        self._not_collected = ""

    def _argv(self) -> list[str]:
        """The program that gives us a shell: what an administrator would type, plus BatchMode."""
        shell = become(self._connection) if self._privilege == "batch" else f"exec {_SHELL}"
        if self._connection.kind == "local":
            return ["/bin/sh", "-c", shell]
        argv = ssh_argv(self._connection, self._timeout, self._mux)
        if self._aside and self._mux is not None:
            argv = shared_argv(self._connection, self._mux)
        return [*argv, "-T", self._connection.address, shell]

    async def open(self) -> None:
        """Log in. Raises Unreachable."""
        self._process = await asyncio.create_subprocess_exec(
            *self._argv(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=2**24,
            start_new_session=True,
        )
        self._draining = asyncio.create_task(self._drain(self._process))
        if self._privilege == "batch" and self._connection.become_password:
            self._send(self._connection.become_password.reveal() + "\n")
        self._send(batch.prologue(self._nonce, self._limits))
        ready = f"{self._nonce} ready ".encode()
        try:
            # ssh has its own ConnectTimeout; a proxy command or a silent shell behind it has none.
            await asyncio.wait_for(self._process.stdout.readuntil(ready), self._timeout + 1)  # type: ignore[union-attr]
            uid, seconds = (await self._process.stdout.readline()).split()  # type: ignore[union-attr]
            self._root = uid == b"0"
            self.ahead = int(seconds) + 0.5 - time.time()
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError, ValueError) as error:
            raise Unreachable(await self._last_word(error)) from None

    async def _drain(self, process: asyncio.subprocess.Process) -> None:
        """Keep what ssh prints, at most a thousand lines: an unread pipe would stop it."""
        assert process.stderr is not None
        while raw := await process.stderr.readline():
            if len(self.said) < 1000 and raw.strip():
                self.said.append(raw.decode("utf-8", "backslashreplace").strip()[:300])

    async def _last_word(self, error: Exception) -> str:
        if isinstance(error, TimeoutError):
            self.kill()
            await self._end()
            return f"no answer within {self._timeout} s"
        assert self._draining is not None
        await asyncio.wait({self._draining}, timeout=2)
        self.kill()
        await self._end()
        return self.said[-1] if self.said else "the connection was closed without a word"

    def _send(self, text: str) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(text.encode())

    async def ask(self, commands: Sequence[str]) -> list[Answer]:
        """Answers in the order of the commands. A dropped connection keeps what had finished."""
        async with self._turn:
            if self._privilege == "collector" and not self._root:
                return await self._ask_collected(commands)
            return await self._exchange(commands)

    async def _ask_collected(self, commands: Sequence[str]) -> list[Answer]:
        """What needs root is answered by the collector, which runs once and takes no command; all else as ever."""
        if self._collected is None and any(map(_privileged, commands)):
            await self._collect()
        plain = iter(await self._exchange([text for text in commands if not _privileged(text)]))
        return [self._of_collector(text) if _privileged(text) else next(plain) for text in commands]

    def _of_collector(self, text: str) -> Answer:
        """What the collector said of a command; one that it does not hold is as good as forbidden."""
        found = (self._collected or {}).get(collected.number(text.removeprefix(PRIVILEGED)))
        if text == BECOME and self._collected:
            return Answer("exit 0")
        why = self._not_collected or "sudo: the collector does not hold this command: print it anew (make collector)"
        return found or Answer("no privilege", b"", why.encode())

    async def _collect(self) -> None:
        """Run the collector, and keep what it says."""
        mark = f"{self._nonce} collected"
        self._send(f"{{ sudo -n {collected.PATH} </dev/null || echo refused; }} 2>&1; printf '\n%s\n' '{mark}'\n")
        printed = await self._until(f"\n{mark}\n".encode())
        self._collected = collected.answers(printed, self._limits) or {}
        if not self._collected:
            said = printed.decode("utf-8", "backslashreplace").strip().splitlines()
            self._not_collected = f"sudo: the collector said nothing: {(said or ['no answer'])[0][:200]}"

    async def _until(self, mark: bytes) -> bytes:
        """All that comes before the mark; the collector has as long as each of its commands, thirty times over."""
        assert self._process is not None
        assert self._process.stdout is not None
        printed = bytearray()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._limits.seconds * 30):
                while mark not in printed[-len(mark) - 65536 :] and (chunk := await self._process.stdout.read(65536)):
                    printed += chunk
        return bytes(printed)

    async def _exchange(self, commands: Sequence[str]) -> list[Answer]:
        """One batch goes in, its answers come out."""
        if not commands:
            return []
        first, self._asked = self._asked, self._asked + len(commands) + 1
        numbered = dict(enumerate(commands, first))
        text, last = self._script(numbered)
        self._send(text)
        answers: dict[int, Answer] = {}
        lost = await self._read(answers, last, time.monotonic() + self._limits.seconds * 3 + 2)
        return self._complete(numbered, answers, lost)

    def _script(self, numbered: Mapping[int, str]) -> tuple[str, int]:
        """What is sent for these commands, and the number of the answer that comes last."""
        plain = {n: self._as_root(text) for n, text in numbered.items() if not self._needs_sudo(text)}
        under = {n: text.removeprefix(PRIVILEGED) for n, text in numbered.items() if n not in plain}
        script = batch.script(plain, self._limits)
        if not under:
            return script, max(plain)
        return script + batch.under_sudo(under, self._nonce, self._limits, max(numbered) + 1), max(numbered) + 1

    def _complete(self, numbered: Mapping[int, str], answers: Mapping[int, Answer], lost: str) -> list[Answer]:
        """An answer to each command; lost: what to say where the connection ended before it."""
        missing = Answer(lost)
        if not lost:  # then they are missing because sudo gave no shell, or it ended before them
            told = answers.get(max(numbered) + 1, missing)
            refused = not any(n in answers for n, text in numbered.items() if self._needs_sudo(text))
            missing = Answer("no privilege", b"", told.err) if refused else Answer("no exit status", b"", told.err)
        return [answers.get(n, missing) for n in numbered]

    def _needs_sudo(self, text: str) -> bool:
        return self._privilege == "sudo" and not self._root and _privileged(text)

    def _as_root(self, text: str) -> str:
        if not _privileged(text):
            return text
        if self._privilege == "batch" or self._root:
            return text.removeprefix(PRIVILEGED)
        return "echo 'sudo: not used: this host is audited without privilege' >&2; exit 1"

    async def _read(self, answers: dict[int, Answer], last: int, deadline: float) -> str:
        """Read frames until the last one; returns what to say of the commands that gave none."""
        assert self._process is not None
        assert self._process.stdout is not None
        buffer = b""
        while last not in answers:
            # A hanging command costs its own limit; the deadline moves on with every answer.
            try:
                chunk = await asyncio.wait_for(self._process.stdout.read(2**18), deadline - time.monotonic())
            except TimeoutError:
                self.kill()
                await self._end()
                return f"{UNREACHABLE}a command hung and took the whole session with it"
            if not chunk:
                return f"{UNREACHABLE}the connection was lost half-way"
            buffer += chunk
            if b" over " in chunk or b" over " in buffer[-200:]:
                end = 0
                for match in self._pattern.finditer(buffer):
                    answers[int(match[1])] = batch.answer(match[2], match[3], self._limits)
                    end = match.end()
                    deadline = time.monotonic() + self._limits.seconds * 3 + 2
                buffer = buffer[end:]
        return ""

    def kill(self) -> None:
        """End the session at once, with all that ssh started for it (proxy commands)."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def _end(self, seconds: float = 2) -> None:
        """Let asyncio see the end of the process and its pipes, or it complains of them once its loop is closed."""
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        with contextlib.suppress(TimeoutError, RuntimeError):  # somebody who was cancelled may still be reading
            await asyncio.wait_for(asyncio.gather(self._process.stdout.read(), self._process.wait()), seconds)

    async def close(self) -> None:
        """Leave politely; insist after two seconds."""
        if self._process is None:
            return
        await self._end()
        if self._process.returncode is None:
            self.kill()
            await self._end(10)  # nothing outlives that, but a busy machine tells late


def _privileged(text: str) -> bool:
    return text.startswith(PRIVILEGED)


def become(connection: Connection) -> str:
    """The shell under the host's own way of becoming another user; a password follows on standard input."""
    c = connection
    program, user = c.become_exe or c.become_method, shlex.quote(c.become_user)
    if c.become_method == "su":
        return f"exec {program} {c.become_flags} {user} -c {shlex.quote(f'exec {_SHELL}')}"
    if c.become_method != "sudo":
        return f"exec {program} {c.become_flags} -u {user} {_SHELL}"
    # Ansible's own default flags hold -n, with which sudo would never read the password (its plugin drops it, too).
    flags = [flag for flag in c.become_flags.split() if flag not in ("-n", "-S")]
    return " ".join(["exec", program, *flags, *(["-S", "-p ''"] if c.become_password else ["-n"]), "-u", user, _SHELL])


def ssh_argv(connection: Connection, connect_timeout: int, mux: Path | None) -> list[str]:
    """ssh and its options, up to but not including the host; host-key checking is left as the user has it."""
    # The first value counts in ssh (ssh_config(5)), so ours come before the inventory's.
    argv = [connection.ssh_executable, "-o", "BatchMode=yes", "-o", f"ConnectTimeout={connect_timeout}"]
    argv += ["-o", "ForwardX11=no", "-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3"]
    if mux is not None:
        argv += ["-o", "ControlMaster=yes", "-o", f"ControlPath={mux}", "-o", "ControlPersist=no"]
    return argv + options(connection)


def options(connection: Connection) -> list[str]:
    """What the inventory says of reaching the host, as arguments of ssh."""
    return without_persistence(list(connection.ssh_options))


_PERSISTENCE = re.compile(r"(?i)^(-o)?Control(Master|Path|Persist)\b")


def without_persistence(arguments: list[str]) -> list[str]:
    """Ansible's own connection sharing left out: an audit has one connection a host and keeps no socket behind."""
    kept: list[str] = []
    for argument in arguments:
        if _PERSISTENCE.match(argument):
            if kept and kept[-1] == "-o" and not argument.startswith("-o"):
                kept.pop()
            continue
        kept.append(argument)
    return kept


def shared_argv(connection: Connection, mux: Path) -> list[str]:
    """ssh over the connection that it already has, up to but not including the host."""
    base = [connection.ssh_executable, "-o", "BatchMode=yes", "-o", "ControlMaster=no", "-o", f"ControlPath={mux}"]
    return base + options(connection)


def forward_argv(connection: Connection, mux: Path, address: str, port: int) -> list[str]:
    """A connection from that host to address and port, carried by the session it already has."""
    target = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    return [*shared_argv(connection, mux), "-v", "-W", target, connection.address]
