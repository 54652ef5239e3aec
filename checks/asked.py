"""What the commands beside the audit are asked for: an inventory, and which of its hosts."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from checks.inventory import InventoryProblem, read_inventory
from checks.target import Fleet, fleet


def asked_fleet(parser: argparse.ArgumentParser, argv: Sequence[str] | None) -> tuple[argparse.Namespace, Fleet]:
    """The options, and the hosts that they name. What cannot be used ends the program in one line, as in pytest."""
    parser.add_argument("--inventory", required=True, metavar="PATH")
    parser.add_argument("--limit", metavar="PATTERN", help="as in ansible --limit")
    asked = parser.parse_args(argv)
    try:
        return asked, fleet(read_inventory(asked.inventory, asked.limit), datetime.now(UTC).date())
    except (InventoryProblem, ValueError) as error:
        parser.exit(pytest.ExitCode.USAGE_ERROR, f"{' '.join(str(error).split())}\n")
