"""Fleets of 10, 100 and 1,000 hosts over ssh, against the same connections that only run `true`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

from checks.verdict import PASS
from reports.verdicts import read_run
from tests.scale.cost import Cost, audit, cost
from tests.scale.ground import Ground, address
from tests.scale.pattern import patterns
from tests.scale.table import Row

SIZES = (10, 50, 100, 1000)
# As many at once as an audit (policy hosts_at_once).
AT_ONCE = 40
# Topics whose evidence is a quarter to a half of what is asked of a host in all.
QUARTER = " or ".join(f"check_{topic}" for topic in (
    "hosts",
    "accounts", "resources", "ssh", "limits", "software", "ports", "outbound", "clock", "queue",
))  # fmt: skip


def fleet(run: Path, folder: Path, share: float) -> Iterator[Row]:
    """Gather, judge and report; then judge and report the same evidence again, to know what gathering took."""
    ground = Ground(folder, patterns(run))
    try:
        for hosts in SIZES:
            if hosts <= 1000 * share:
                yield from _one(ground, folder / str(hosts), hosts)
    finally:
        ground.close()


def _one(ground: Ground, folder: Path, hosts: int) -> Iterator[Row]:
    folder.mkdir()
    inventory = ground.inventory(hosts)
    bare = cost([sys.executable, "-m", "tests.scale.fleet", str(hosts), *ground.ssh_arguments], log=folder / "log")
    whole = cost(audit("--inventory", inventory, "--out", folder / "out", "-k", QUARTER), log=folder / "log")
    latest = (folder / "out/fleet/latest").resolve()
    all_seen(latest, hosts)
    again = cost(audit("--replay", latest, "--out", folder / "again", "-k", QUARTER), log=folder / "log")
    octets = sum(path.stat().st_size for path in (latest / "transcripts").iterdir())
    yield _row(hosts, bare, whole, again, octets)


def all_seen(run: Path, hosts: int) -> None:
    """A machine that is too busy reaches no hosts in time, and what did not happen costs nothing."""
    reached = [verdict.verdict for verdict in read_run(run).verdicts if verdict.check == "hosts.reached"]
    if reached.count(PASS) != hosts:
        raise RuntimeError(f"only {reached.count(PASS)} of {hosts} hosts were reached: not measured")


def _row(hosts: int, bare: Cost, whole: Cost, again: Cost, octets: int) -> Row:
    gathering = 1000 * (whole.processor - again.processor) / hosts
    return Row(f"{hosts} hosts", (
        f"{whole.wall:.1f} s", f"{bare.wall:.1f} s", f"{whole.wall / bare.wall:.2f}", f"{gathering:.0f} ms",
        f"{1000 * bare.processor / hosts:.0f} ms", f"{1000 * again.processor / hosts:.0f} ms", f"{whole.memory:.0f} MB",
        f"{octets / hosts / 1000:.0f} kB",
    ))  # fmt: skip


async def _fan_out(hosts: int, arguments: list[str]) -> None:
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> None:
        argv = ["ssh", "-o", "BatchMode=yes", *arguments, address(number), "true"]
        async with slots:
            process = await asyncio.create_subprocess_exec(*argv, stdin=asyncio.subprocess.DEVNULL)
            if await process.wait():
                raise RuntimeError(f"{address(number)} was not reached")

    await asyncio.gather(*(one(number) for number in range(hosts)))


if __name__ == "__main__":
    asyncio.run(_fan_out(int(sys.argv[1]), sys.argv[2:]))
