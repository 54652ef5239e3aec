"""Running the programs of the lab, and saying what goes on."""

import contextlib
import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

STARTED = time.monotonic()


def say(text: str) -> None:
    """Show one line of progress, with the seconds since the command began."""
    print(f"[{time.monotonic() - STARTED:6.1f} s] {text}", flush=True)


def run(*argv: str | Path, text: str | None = None, env: dict[str, str] | None = None) -> str:
    """The standard output of a command; exits with its error output when it fails."""
    done = subprocess.run(
        [str(a) for a in argv], input=text, stdin=None if text is not None else subprocess.DEVNULL,
        text=True, capture_output=True, env=env and {**os.environ, **env}, check=False,
    )  # fmt: skip
    if done.returncode:
        sys.exit(
            f"lab: {' '.join(map(str, argv))}\n{done.stdout[-2000:]}{done.stderr[-3000:]}\n"
            f"(exit status {done.returncode})"
        )
    return done.stdout


def try_run(*argv: str | Path, timeout: float = 20) -> bool:
    """Whether a command succeeds; for what may well be gone already, or not yet there."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        quiet = subprocess.DEVNULL
        return not subprocess.run(
            [str(a) for a in argv], stdin=quiet, stdout=quiet, stderr=quiet, timeout=timeout, check=False
        ).returncode
    return False


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file, so that two lab commands at once wait for each other."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another lab command ({path})")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
