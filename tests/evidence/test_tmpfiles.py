"""Lines of tmpfiles.d are found that delete mail, and no others."""

from __future__ import annotations

import pytest

from checks.evidence.tmpfiles import tmpfiles

_STORE = "/srv/mail"


def _found(*lines: str, mounts: tuple[str, ...] = ()) -> list[str]:
    read = tmpfiles("\n".join(("# /etc/tmpfiles.d/mail.conf", *lines)))
    return [each.path for each in read.emptying(_STORE, frozenset(mounts))]


@pytest.mark.parametrize("line", [
    "d /srv/mail 30d", "D /srv/mail/ 4w", "e /srv 1y", "q /srv/mail/example.org mM:30d",
    "e /srv/mail/*/*/Maildir/cur 90d", "e /srv/*/ 10d", "e /srv/mail/example.org/alice 0",
])  # fmt: skip
def test_a_line_that_deletes_mail_is_found(line: str) -> None:
    assert _found(line)


@pytest.mark.parametrize("line", [
    "d /srv/mail -", "d /srv/mailman 30d", "q /tmp 10d", "L /srv/mail -", "D! /srv/mail 10d", "f /srv/mail 10d",
    "e /srv/mail/*/*/Maildir/tmp 2d", "e /srv/mail/*/*/Maildir/.Trash/cur 30d", "e /srv/mail/*/*/Maildir/.Junk 30d", "",
])  # fmt: skip
def test_a_line_that_deletes_none_is_passed_over(line: str) -> None:
    assert not _found(line)


def test_what_has_a_line_of_its_own_is_left_alone_by_those_above() -> None:
    """tmpfiles.d(5): a path with an entry of its own, one that is excepted, and another file system are not entered."""
    assert not _found("e /srv 10d", "d /srv/mail -")
    assert not _found("e /srv 10d", "x /srv/mail -")
    assert not _found("e /srv 10d", mounts=("/srv/mail",))
    assert _found("e /srv 10d", mounts=("/srv", "/"))


def test_the_first_of_several_lines_for_a_path_counts() -> None:
    """tmpfiles.d(5): of conflicting entries the one that sorts first is taken."""
    assert not _found("d /srv/mail -", "d /srv/mail 30d")
