"""What is deleted from folders by age, as doveconf and the files of jobs have it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.doveconf import doveconf
from checks.evidence.expiry import expiries, jobs


def _said(conf: str) -> list[tuple[str, float]]:
    return [(each.folder, each.days) for each in expiries(doveconf(conf))]


@pytest.mark.parametrize(
    ("box", "found"),
    [
        ("mailbox INBOX {\n autoexpunge = 14d\n }", [("INBOX", 14)]),
        ("mailbox INBOX {\n autoexpunge = 2 weeks\n autoexpunge_max_mails = 0\n }", [("INBOX", 14)]),
        ("mailbox INBOX {\n autoexpunge = 0\n }", []),
        ("mailbox INBOX {\n autoexpunge = infinite\n }", []),
        ("mailbox INBOX {\n autoexpunge_max_mails = 500\n }", [("INBOX", 0)]),
        ("mailbox in {\n name = INBOX\n mailbox_autoexpunge = 12 hours\n }", [("in", 0.5)]),
        ("mailbox * {\n autoexpunge = 7 days\n }", [("*", 7)]),
        ("mailbox Gesendet {\n special_use = \\Sent\n autoexpunge = 7d\n }", [("Gesendet", 7)]),
        ('mailbox Drafts {\n special_use = "\\\\Drafts"\n autoexpunge = 7d\n }', [("Drafts", 7)]),
        ('mailbox Junk {\n special_use = "\\\\Junk"\n autoexpunge = 7d\n }', []),
        ("mailbox Trash {\n special_use = \\Trash\n autoexpunge = 7d\n }", []),
        ("type = shared\n mailbox INBOX {\n autoexpunge = 7d\n }", []),
    ],
)
def test_folders_that_people_keep_are_watched(box: str, found: list[tuple[str, float]]) -> None:
    """The inbox, what was sent, drafts and the archive; of times, whatever way Dovecot writes them."""
    assert _said(f"namespace inbox {{\n {box}\n}}\n") == found


def test_a_protocol_and_the_outermost_level_count() -> None:
    """2.4 takes the setting for all named folders, and both versions take namespaces in a protocol."""
    assert _said("mailbox_autoexpunge = 9d\nnamespace a {\n mailbox INBOX {\n }\n}\n") == [("INBOX", 9)]
    assert _said("protocol imap {\n namespace a {\n mailbox INBOX {\n autoexpunge = 9d\n }\n }\n}\n") == [("INBOX", 9)]


@pytest.mark.parametrize(
    ("line", "days"),
    [
        ("/etc/cron.d/a:1 2 * * * root doveadm expunge -A mailbox INBOX savedbefore 30d", [30]),
        ("/etc/cron.d/a:1 2 * * * root doveadm -v expunge -A mailbox '*' before 2w", [14]),
        ("/usr/local/bin/a:doveadm expunge -u \"$u\" mailbox \"INBOX\" SENTBEFORE 12", [12]),
        ("/etc/cron.d/a:1 2 * * * root doveadm expunge -A mailbox Trash savedbefore 30d", []),
        ("/etc/cron.d/a:1 2 * * * root doveadm expunge -A mailbox INBOX/Lists savedbefore 30d", []),
        ("/etc/cron.d/a:# doveadm expunge -A mailbox INBOX savedbefore 30d", []),
        ("/etc/cron.d/a:doveadm expunge -A mailbox INBOX seen", []),
    ],
)  # fmt: skip
def test_jobs_that_empty_the_inbox(line: str, days: list[float]) -> None:
    """Those that name other folders, or no age, are none."""
    assert [each.days for each in jobs(line)] == days


@given(st.text(max_size=300))
def test_any_text(text: str) -> None:
    """Nothing that a host says is an error."""
    assert jobs(text) is not None
    assert expiries(doveconf(text)) is not None
