"""Marks what is said of hosts on which the suite was never tried: the RHEL family, of which no host could be had."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from checks.evidence import notation
from checks.run import TRANSCRIPTS
from reports.diagnosis import Diagnosis
from reports.head import Head
from reports.mail_flow import few

WHY = "this check has never been tried on a host of the RHEL family"
_FAMILY = re.compile(r'^    ID(?:_LIKE)?="?[^"\n]*\b(?:rhel|fedora|centos|rocky|almalinux|ol)\b', re.MULTILINE)
_SECTION = " command cat /etc/os-release\n"


def marked(diagnosis: Diagnosis, head: Head, folder: Path) -> tuple[Diagnosis, tuple[str, ...]]:
    """The diagnosis with these verdicts marked, and a line that names the hosts. folder: of the run."""
    untried = frozenset(_untried(head, folder))
    if not untried:
        return diagnosis, ()
    verdicts = tuple(
        replace(v, unverified=WHY) if v.kind in ("host", "endpoint") and untried.intersection(v.hosts) else v
        for v in diagnosis.verdicts
    )
    line = f"unverified: the suite was never tried on the operating system of {few(sorted(untried))}"
    return replace(diagnosis, verdicts=verdicts), (line,)


def _untried(head: Head, folder: Path) -> Iterator[str]:
    for name in head.hosts:
        try:
            text = (folder / TRANSCRIPTS / f"{notation.file_name(name)}.txt").read_text("utf-8", "replace")
        except OSError:
            continue  # nobody looked into it
        at = text.find(_SECTION)
        if at >= 0 and _FAMILY.search(text[at : text.find("\n\n", at)]):
            yield name
