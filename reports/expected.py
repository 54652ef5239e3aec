"""Findings that an inventory is known to have: a host broken on purpose must be found broken, and no other host may be.

on: [neglected1, "mail.neglected.test:*", neglected.test]
findings:
  relay.closed@neglected1: relays for everybody
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

import yaml

from checks.verdict import Verdict


class BadExpectation(ValueError):
    """The file of expected findings cannot be used; the message says why."""


@dataclass(frozen=True)
class Expectation:
    """on: globs of targets that may have findings. findings: references (globs) that must be found, with the fault."""

    on: tuple[str, ...]
    findings: Mapping[str, str]

    def surprising(self, causes: Sequence[Verdict]) -> list[Verdict]:
        """Causes on targets that should have none."""
        return [cause for cause in causes if not any(_matches(cause.target, glob) for glob in self.on)]

    def among(self, judged: Sequence[Verdict]) -> Expectation:
        """What is expected of a run that was narrowed to some hosts or checks: findings that it could have made."""
        could = {
            glob: fault for glob, fault in self.findings.items() if any(_matches(v.reference, glob) for v in judged)
        }
        return replace(self, findings=could)

    def missing(self, causes: Sequence[Verdict]) -> list[str]:
        """Faults that are known to be there and were not named as causes."""
        return [f"{glob}: {fault}" for glob, fault in self.findings.items()
                if not any(_matches(cause.reference, glob) for cause in causes)]  # fmt: skip


def _matches(text: str, glob: str) -> bool:
    """A glob in which [ ] are themselves, since references hold them."""
    return fnmatchcase(text, glob.replace("[", "[[]")) or fnmatchcase(text.partition("[")[0], glob)


def read_expectation(path: Path) -> Expectation:
    """Read such a file. Raises BadExpectation."""
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
        return Expectation(tuple(content["on"]), dict(content["findings"]))
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise BadExpectation(f"--expect {path}: {error}") from error
