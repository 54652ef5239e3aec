"""Tables of senders and HELO names are listed where their OK would open the relay, and tell no person's name."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence import postfix_permits, postfix_relay
from checks.evidence.postfix import Service
from checks.evidence.postfix_permits import Claim, claimed_tables, opened
from checks.evidence.postfix_relay import Smtpd
from checks.evidence.postfix_restrictions import steps

SENDER, HELO = "check_sender_access", "check_helo_access"
STRANGER = postfix_relay.stranger()
SERVICE = Service("smtp", "inet", "n", "n", "-", "smtpd")


def smtpd(relay: str, recipient: str = "", classes: dict[str, str] | None = None, sender: str = "") -> Smtpd:
    lists = {
        "smtpd_sender_restrictions": steps(sender, "sender"),
        "smtpd_relay_restrictions": steps(relay),
        "smtpd_recipient_restrictions": steps(recipient),
    }
    return Smtpd(SERVICE, lists, classes or {})


def nothing(table: str, key: str) -> str | None:
    return None


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (smtpd("permit_mynetworks, check_sender_access hash:/t, reject_unauth_destination"), [(SENDER, "hash:/t")]),
        (smtpd("check_helo_access pcre:/t, reject"), [(HELO, "pcre:/t")]),
        (smtpd("", "check_sender_access proxy:hash:/t, reject_unauth_destination"), [(SENDER, "proxy:hash:/t")]),
        (smtpd("mine, reject", classes={"mine": "check_sender_access hash:/t"}), [(SENDER, "hash:/t")]),
        (smtpd("reject_unauth_destination, check_sender_access hash:/t"), []),
        (smtpd("reject_unauth_destination", "check_sender_access hash:/t, reject"), []),
        (smtpd("reject_unauth_destination", sender="hash:/t"), []),
        (smtpd("check_client_access hash:/t, reject"), []),
        (smtpd("check_sender_access ldap:/t, reject"), []),
        (smtpd("warn_if_reject reject_unauth_destination, check_sender_access hash:/t, reject"), [(SENDER, "hash:/t")]),
    ],
)
def test_tables_that_could_open_the_relay_are_listed(asked: Smtpd, found: list[tuple[str, str]]) -> None:
    assert list(claimed_tables(asked, STRANGER, nothing)) == found


def test_an_answer_is_followed_into_classes() -> None:
    classes = {"strict": "reject_unknown_helo_hostname, reject_unauth_destination, permit", "lax": "permit"}
    asked = smtpd("check_sender_access hash:/t, reject_unauth_destination", classes=classes)
    rows = "a.test\tOK\nb.test\tstrict\nc.test\tlax\nd.test\tpermit_sasl_authenticated, reject\n@\tpermit\ne.test\t1700000000\n"
    passed = list(opened(asked, STRANGER, SENDER, postfix_permits.claims("hash:/t", rows), nothing))
    whose = [each.attempt.said.removeprefix("anybody who claims to be of ") for each in passed]
    assert whose == ["a.test", "c.test", "an address listed there", "e.test"]
    assert all("hash:/t" in each.step for each in passed)


@pytest.mark.skipif(not shutil.which("awk"), reason="listing needs awk")
def test_texts_are_listed_by_answer(tmp_path: Path) -> None:
    plain, patterns = tmp_path / "plain", tmp_path / "patterns"
    plain.write_text(
        "# a.test OK\nb.test OK\njoe@c.test\n  mine\nd.test REJECT no\ne.test 550 no\nf.test\tdunno\njoe@ permit\n"
    )
    patterns.write_text(
        "/^joe/ OK\nif /x/\n/./ REJECT\nendif\n!/a\\/b/i  mine\n/joe@c\\.test$/ lax\n/^.*$/ DUNNO\n/late/ late\n"
    )
    assert listed(SENDER, f"cdb:{plain}") == [("b.test", "OK"), ("@c.test", "mine"), ("@", "permit")]
    assert listed(SENDER, f"regexp:{patterns}") == [("/.../", "OK"), ("/.../", "mine"), ("@c\\.test$/", "lax")]
    assert listed(HELO, f"pcre:{patterns}")[0] == ("/^joe/", "OK")


def listed(restriction: str, table: str) -> list[tuple[str, str]]:
    script = postfix_permits.query(restriction, table).removeprefix("sudo ")
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, check=True, text=True)
    return [(each.key, each.answer) for each in postfix_permits.claims(table, done.stdout)]


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    asked = smtpd("check_sender_access hash:/t, reject_unauth_destination")
    for claim in postfix_permits.claims("hash:/t", text):
        assert isinstance(claim, Claim)
        assert len(list(opened(asked, STRANGER, SENDER, (claim,), nothing))) <= 1
