"""`make bench`: measure, keep the figures, and write BENCHMARKS.md."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tests.scale.fleet import fleet
from tests.scale.judging import judging
from tests.scale.onehost import onehost
from tests.scale.outside import outside
from tests.scale.table import PAGE, ROOT, Row, Section, keep, page
from tests.scale.writers import writers

Bench = Callable[[Path, Path, float], Iterator[Row]]
LATEST = ROOT / "reports/out/lab/latest"
SECTIONS: dict[str, tuple[Section, Bench]] = {
    "fleet": (
        Section(
            "Fleets over ssh",
            "One sshd answers as every host, and a program that knows what the lab's hosts answered stands in for them; some\n"
            "topics are asked, a quarter to a half of all evidence. `ssh HOST true` is the same connections, as many at once.\n"
            "Goal: 1,000 hosts in 60 s, 1.5 times the bare fan-out, 20 ms of the controller's processor, 500 MB.",
            ("audit", "`ssh HOST true`", "ratio", "processor a host: gathering", "`ssh HOST true`", "judging, reports",
             "memory", "transcript a host"),
        ),
        fleet,
    ),
    "judging": (
        Section(
            "Judging alone",
            "`--replay` of the lab's evidence under many names, in a network namespace without a network.\n"
            "Goal: 150,000 verdicts in 30 s on two processors, and 500 MB.",
            ("wall", "processor", "a verdict", "memory", "150,000 verdicts: processor", "memory"),
        ),
        judging,
    ),
    "onehost": (
        Section(
            "One host",
            "The inside checks of one host, against pytest-testinfra that asks the same commands, one in each test. The host's\n"
            "own work is left out on both sides: a program answers at once. A proxy in user space makes round trips longer.\n"
            "Goal: 25 times faster than testinfra over ssh, 3 times than with a ControlPath; at 40 ms within two round trips\n"
            "of `ssh HOST true` (beside what judging and reports take).",
            ("round trip 0 ms", "times mailassay", "round trip 40 ms", "times mailassay"),
        ),
        onehost,
    ),
    "outside": (
        Section(
            "Outside probes",
            "One observer of the lab looks at servers and domains from outside: DNS, SMTP, STARTTLS, certificates. The lab's\n"
            "Postfix and Knot answer as all of them, on the same processors. What is looked at once a day (TLS scans, named\n"
            "recipients) is left out. Goal: the lab's servers within 1.2 of the slowest alone.",
            ("wall", "ratio", "processor", "memory"),
        ),
        outside,
    ),
    "writers": (
        Section(
            "Report writers",
            "Each from the same record, one after the other in one process; memory is what it takes beside what was there.",
            ("processor", "memory", "file"),
        ),
        writers,
    ),
}  # fmt: skip


def arguments() -> argparse.Namespace:
    """What was asked for on the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.scale", description=__doc__)
    parser.add_argument("only", nargs="*", metavar="BENCH", help=f"some of them: {', '.join(SECTIONS)}")
    parser.add_argument("--share", type=float, default=1.0, help="of the full size, to try it out")
    parser.add_argument("--run", type=Path, default=LATEST, help="the run of the lab that fleets are made of")
    return parser.parse_args()


def main() -> int:
    """Exit status: 0, or 2 if it could not be measured."""
    asked = arguments()
    if os.geteuid() != 0 or not (asked.run / "results.jsonl").exists():
        print("the benchmarks need root, and a run of the lab: sudo make audit")
        return 2
    wanted = asked.only or list(SECTIONS)
    if os.environ.get("MAILASSAY_BENCH") != "inside":
        if "outside" in wanted:
            _measure(["outside"], asked.run, asked.share)  # on a lab of its own, which has its own namespaces
        wanted = [name for name in wanted if name != "outside"]
        if not wanted:
            return 0
        # No network but a loopback of its own, and mounts that go with it.
        argv = ["unshare", "--net", "--mount", "--propagation", "private", sys.executable, "-m", "tests.scale"]
        os.environ["MAILASSAY_BENCH"] = "inside"
        os.execvp(argv[0], [*argv, *wanted, "--share", str(asked.share), "--run", str(asked.run)])
    _measure(wanted, asked.run, asked.share)
    return 0


def _measure(names: Sequence[str], run: Path, share: float) -> None:
    for name in names:
        with tempfile.TemporaryDirectory(prefix=f"mailassay-{name}-", ignore_cleanup_errors=True) as folder:
            rows: list[Row] = []
            for row in SECTIONS[name][1](run.resolve(), Path(folder), share):
                print(f"{name}: {row.what}: {'; '.join(row.figures)}", flush=True)
                rows.append(row)
                keep(name, rows)  # at once: the next size may take an hour
                PAGE.write_text(page({name: section for name, (section, _) in SECTIONS.items()}), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
