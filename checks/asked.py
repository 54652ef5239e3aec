"""What the commands beside the audit are asked for: an inventory, and which of its hosts."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime

from checks.inventory import InventoryProblem, read_inventory
from checks.target import Fleet, fleet

# As in reports.exits, of which nothing here knows.
_UNUSABLE = 4


def asked_fleet(parser: argparse.ArgumentParser, argv: Sequence[str] | None) -> tuple[argparse.Namespace, Fleet]:
    """The options, and the hosts that they name. Where that cannot be used, the program ends with one line and 4."""
    parser.add_argument("--inventory", required=True, metavar="PATH")
    parser.add_argument("--limit", metavar="PATTERN", help="as in ansible --limit")
    asked = parser.parse_args(argv)
    try:
        return asked, fleet(read_inventory(asked.inventory, asked.limit), datetime.now(UTC).date())
    except (InventoryProblem, ValueError) as error:
        parser.exit(_UNUSABLE, f"{' '.join(str(error).split())}\n")
