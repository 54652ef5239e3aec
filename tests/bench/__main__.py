"""`make faults` and `make harmless`: break (or only vary) the lab in every known way, and measure the audit."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import threading
from pathlib import Path
from types import FrameType

from tests.bench.fault import BadFault, faults
from tests.bench.lab import ROOT, Trouble, free_labs
from tests.bench.run import Bench, Result, Unhealthy
from tests.bench.table import line, summary, write
from tests.bench.together import MOST
from tests.bench.words import words

TESTS = Path(__file__).parents[1]


def arguments() -> argparse.Namespace:
    """What was asked for on the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("kind", choices=("faults", "harmless"))
    parser.add_argument("--only", metavar="GLOBS", default="*", help="only the files whose names match")
    parser.add_argument("--jobs", metavar="N", type=int, default=2, help="labs at once (default: 2)")
    parser.add_argument(
        "--together", metavar="N", type=int, default=MOST, help="faults at once in one lab (default: %(default)s)"
    )
    parser.add_argument("--record", action="store_true", help="keep the transcripts of verdicts that tests lack")
    parser.add_argument("--tolerate", action="store_true", help="subtract what is found on the healthy lab, and go on")
    return parser.parse_args()


def main() -> int:
    """Exit status: 0 if every result is perfect, 1 if not, 2 if the bench could not run."""
    asked = arguments()
    if os.geteuid() != 0:
        print("the bench needs root: it brings up labs of its own (sudo make faults)")
        return 2
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)  # also where it runs in the background
    try:
        chosen = faults(TESTS / asked.kind, words(), asked.only)
        with tempfile.TemporaryDirectory(prefix="mailassay-bench-") as folder:
            labs = free_labs(max(1, min(asked.jobs, len(chosen))), Path(folder), threading.Event())
            print(f"{len(chosen)} to try, on lab instances {', '.join(str(lab.number) for lab in labs)}", flush=True)
            print("D detected, E exact, P precise; seconds to inject, audit, reset", flush=True)
            bench = Bench(labs, tell, tolerate=asked.tolerate, record=asked.record, together=asked.together)
            results = bench.run(chosen)
    except (BadFault, Unhealthy, Trouble) as error:
        print(error)
        return 2
    print(f"{summary(results)}\n{write(asked.kind, results, ROOT / 'reports/out')}")
    whole = len(results) == len(chosen)
    return 0 if whole and all(r.score and r.score.perfect for r in results) else 1


def interrupt(_number: int, _frame: FrameType | None) -> None:
    """Ctrl-C ends the bench in order; a second one must not keep it from taking its labs down."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    print("ending: the labs are taken down", flush=True)
    raise KeyboardInterrupt


def tell(result: Result) -> None:
    """Show one result as soon as it is there."""
    print(line(result), flush=True)


if __name__ == "__main__":
    sys.exit(main())
