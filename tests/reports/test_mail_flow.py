"""The four questions at the head of every report draw on checks that exist, and say no where one of those fails."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

import yaml

from checks.pages import catalogue
from reports import mail_flow

FLOWS = yaml.safe_load((Path(mail_flow.__file__).with_suffix(".yml")).read_text("utf-8"))


def test_every_sign_is_a_check() -> None:
    """A misspelt id would leave its question unknown for ever, or answer it by half."""
    known = list(catalogue())
    signs = [sign["check"] for rows in FLOWS.values() for sign in rows]
    assert [sign for sign in signs if not any(fnmatchcase(check, sign) for check in known)] == []
