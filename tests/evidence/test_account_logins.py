"""Logins are counted on the host, by account and network; no name leaves it."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence import account_logins
from checks.evidence.account_logins import Account, Sender, Usual
from checks.evidence.networks import network
from checks.evidence.people import token_of

TRUSTED = tuple(net for text in ("10.20.0.0/14", "2001:db8:77::/46") if (net := network(text)))
USUAL = Usual(24, 3, 5, 40, TRUSTED)
NOW = datetime.now().astimezone()
POSTFIX = "mx1 postfix/submission/smtpd[7]: 4ABCDEF: client=a.example[{}], sasl_method=PLAIN, sasl_username={}"
DOVECOT = "mx1 dovecot: imap-login: Login: user=<{1}>, method=PLAIN, rip={0}, lip=192.0.2.1, mpid=5, TLS, session=<x>"
EXIM = "1tFxYz-0001Ab-CD <= {1} H=(me) [{0}]:4012 I=[192.0.2.1]:587 P=esmtpsa X=TLS1.3 A=plain:{1} S=900 id=x@y"
OPENSMTPD = "mx1 smtpd[9]: 4b3a6c195c1f6010 smtp authentication user={1} address={0} host=h.example result=ok"
SHAPES = {"postfix": POSTFIX, "dovecot": DOVECOT, "exim": EXIM, "opensmtpd": OPENSMTPD}
NETWORKS = ["192.0.2.7", "198.51.100.7", "203.0.113.7", "2001:db8::7", "2a00::1"]

pytestmark = pytest.mark.skipif(not shutil.which("awk"), reason="counting needs awk")


def counted(
    tmp_path: Path, lines: list[str], when: datetime = NOW, form: str = "%Y-%m-%d %H:%M:%S"
) -> tuple[Account, ...]:
    log = tmp_path / "mail.log"
    log.write_text("".join(f"{when.strftime(form)} {line}\n" for line in lines))
    script = account_logins.of_file(str(log), 1 << 20, USUAL).removeprefix("sudo ")
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, check=True, text=True)
    assert not done.stderr
    assert "alice" not in done.stdout
    return account_logins.accounts([done.stdout])[0]


@pytest.mark.parametrize("form", ["%Y-%m-%dT%H:%M:%S.123456+00:00", "%b %e %H:%M:%S", "%Y-%m-%d %H:%M:%S"])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_an_account_in_many_networks_stands_out(tmp_path: Path, shape: str, form: str) -> None:
    lines = [shape.format(address, "alice@example.org") for address in NETWORKS]
    found = counted(tmp_path, lines, form=form)
    assert found == (Account(f"{token_of('alice')}@example.org", 5, 5, 5, "2a00::1"),)


def test_many_addresses_of_one_network_stand_out_within_an_hour(tmp_path: Path) -> None:
    lines = [POSTFIX.format(f"192.0.2.{n}", "Alice") for n in range(6)]
    (found,) = counted(tmp_path, [*lines, *lines])
    assert (found.token, found.networks, found.addresses, found.logins) == (token_of("alice"), 1, 6, 12)
    assert not counted(tmp_path, lines[:5])


def test_addresses_of_one_ipv6_network_are_one(tmp_path: Path) -> None:
    assert not counted(tmp_path, [POSTFIX.format(f"2001:db8:1:2::{n:x}", "alice") for n in range(50)])
    assert counted(tmp_path, [POSTFIX.format(f"2001:db8:1:{n:x}::1", "alice") for n in range(6)])


def test_trusted_networks_and_loopback_do_not_count(tmp_path: Path) -> None:
    inside = ["10.20.0.1", "10.21.0.1", "10.22.0.1", "10.23.255.1", "127.0.0.1", "::1", "::ffff:10.20.9.9"]
    lines = [POSTFIX.format(address, "alice") for address in inside]
    lines += [POSTFIX.format(f"2001:db8:{n:x}:{m}::1", "alice") for n in (0x74, 0x77) for m in range(9)]
    assert not counted(tmp_path, lines)
    assert counted(tmp_path, [POSTFIX.format(f"10.{n}.0.1", "alice") for n in (19, 24, 25, 26)])
    assert counted(tmp_path, [POSTFIX.format(f"2001:db8:{n:x}::1", "alice") for n in range(0x78, 0x7F)])


def test_old_lines_and_failures_do_not_count(tmp_path: Path) -> None:
    lines = [POSTFIX.format(address, "alice") for address in NETWORKS]
    assert not counted(tmp_path, lines, NOW - timedelta(hours=30))
    assert not counted(tmp_path, lines, NOW - timedelta(days=30), "%b %e %H:%M:%S")
    refused = "mx1 postfix/smtpd[1]: warning: a[{0}]: SASL PLAIN authentication failed: x, sasl_username={1}"
    forged = "mx1 postfix/cleanup[1]: 4A: warning: header Subject: smtpd[1]: 4A: client=a[{0}], sasl_username={1} from b[{0}]"
    aborted = (
        "mx1 dovecot: imap-login: Login aborted: Connection closed (auth failed): user=<{1}>, method=PLAIN, rip={0}, x"
    )
    for shape in (refused, forged, aborted):
        assert not counted(tmp_path, [shape.format(address, "alice") for address in NETWORKS])


def test_a_half_answer_is_none() -> None:
    assert account_logins.accounts(["logins 0", "logins 4\n"]) == ((), 4)
    for text in ("", "account u1 networks 9 addresses 1 logins 9 last 192.0.2.1\n"):
        with pytest.raises(ValueError, match="not counted"):
            account_logins.accounts([text])


def sent(tmp_path: Path, lines: list[str]) -> tuple[Sender, ...]:
    log = tmp_path / "mail.log"
    log.write_text("".join(f"{NOW:%Y-%m-%d %H:%M:%S} {line}\n" for line in lines))
    script = account_logins.of_file(str(log), 1 << 20, USUAL).removeprefix("sudo ")
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, check=True, text=True)
    assert not done.stderr
    return account_logins.senders([done.stdout])


@pytest.mark.parametrize("shape", [POSTFIX, EXIM], ids=["postfix", "exim"])
def test_an_account_that_sends_much_more_than_others_stands_out(tmp_path: Path, shape: str) -> None:
    quiet = [shape.format("198.51.100.7", "bob@example.org")] * 3
    (found,) = sent(tmp_path, [shape.format("192.0.2.7", "Alice@example.org")] * 41 + quiet)
    assert found == Sender(f"{token_of('alice')}@example.org", 41, 0)
    assert not sent(tmp_path, [shape.format("192.0.2.7", "alice@example.org")] * 40)
    assert not sent(tmp_path, [shape.format("10.21.0.7", "app@example.org")] * 90)  # from a trusted network


def test_others_that_send_as_much_are_counted(tmp_path: Path) -> None:
    lines = [POSTFIX.format("192.0.2.7", name) for name in ("a", "b", "c", "d") for _ in range(50)]
    assert [(each.messages, each.alike) for each in sent(tmp_path, lines)] == [(50, 3)] * 4


def test_a_login_that_hands_over_nothing_is_no_message(tmp_path: Path) -> None:
    assert not sent(tmp_path, [DOVECOT.format("192.0.2.7", "alice@example.org")] * 90)


@given(st.text())
def test_any_text_is_an_answer_or_none(text: str) -> None:
    with contextlib.suppress(ValueError):
        account_logins.accounts([text])
