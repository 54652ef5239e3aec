"""`make test`: runs every part, prints the time of each, and fails if one fails. Needs nothing but Python and make."""

from __future__ import annotations

import os
import subprocess
import sys
import time

# Longest a part may take, in seconds; a hung daemon must not cost the whole hour.
PARTS = {"lint": 900, "unit": 900, "stand-ins": 1200, "lab-up": 1500, "lab-tests": 2100, "quick-faults": 1500}
NEED_ROOT = frozenset({"lab-up", "lab-tests", "quick-faults"})


def part(name: str, limit: int) -> bool:
    """Run `make <name>`; whether it passed."""
    print(f"== make {name}", flush=True)
    began = time.monotonic()
    try:
        status = subprocess.run(["make", "--no-print-directory", name], timeout=limit, check=False).returncode
    except subprocess.TimeoutExpired:
        print(f"make {name}: stopped after {limit} s", flush=True)
        status = 1
    print(f"== make {name}: {'passed' if status == 0 else 'FAILED'} in {time.monotonic() - began:.0f} s", flush=True)
    return status == 0


def main() -> int:
    """Exit status: 0 if every part passed."""
    skipped = 0
    failed = 0
    for name, limit in PARTS.items():
        if name in NEED_ROOT and os.geteuid() != 0:
            print(f"== make {name}: SKIPPED, since the lab needs root (sudo make test)", flush=True)
            skipped += 1
        else:
            failed += not part(name, limit)
    print(f"{len(PARTS) - failed - skipped} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
