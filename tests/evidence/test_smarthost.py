"""Sending clients: what their configuration files say, what is cut out of them, and what a login came to."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence import smarthost
from checks.evidence.login_mechanisms import of_client, spelled, usable
from checks.evidence.postfix import postfix
from checks.evidence.smarthost import Smarthost, mismatch, of_files, of_postfix, unique
from checks.evidence.smarthost_login import query, session
from checks.evidence.smtp import Reply

FILES = """== 640 /etc/msmtprc
defaults
tls on
auth on
account base
host mail.example.org
port 587
user (hidden)
password (hidden)
account wrong : base
port 465
account default : base
== 600 /etc/nullmailer/remotes
mail.example.org smtp --port=465 --ssl --user=(hidden) --pass=(hidden)
# other.example.org smtp
relay.example.org smtp
== 644 /etc/ssmtp/ssmtp.conf
mailhub=mail.example.org:587
UseTLS=YES
UseSTARTTLS=YES
AuthUser=(hidden)
AuthPass=(hidden)
== 644 /etc/dma/dma.conf
SMARTHOST mail.example.org
PORT 587
SECURETRANSFER
STARTTLS
"""


def test_each_program_is_read() -> None:
    found = [(s.where, s.port, s.tls, s.login, s.secret_mode) for s in of_files(FILES)]
    assert found == [
        ("msmtp /etc/msmtprc base", 587, "starttls", True, 0o640),
        ("msmtp /etc/msmtprc wrong", 465, "starttls", True, 0o640),
        ("nullmailer /etc/nullmailer/remotes", 465, "implicit", True, 0o600),
        ("nullmailer /etc/nullmailer/remotes", 25, "none", False, None),
        ("ssmtp /etc/ssmtp/ssmtp.conf", 587, "starttls", True, 0o644),
        ("dma /etc/dma/dma.conf", 587, "starttls", False, None),
    ]
    assert len(unique(of_files(FILES))) == len(found)


MASTER = "smtp unix - - y - - smtp\n"


@pytest.mark.parametrize(
    ("main", "tls"),
    [
        ("smtp_tls_security_level = may", "opportunistic"),
        ("smtp_tls_security_level = may\nsmtp_sasl_security_options = noplaintext", "starttls"),
        ("smtp_tls_security_level = encrypt", "starttls"),
        ("smtp_tls_security_level = encrypt\nsmtp_tls_wrappermode = yes", "implicit"),
        ("smtp_tls_security_level =", "none"),
    ],
)
def test_postfix_relayhost_is_read(main: str, tls: str) -> None:
    base = "relayhost = [mail.example.org]:587\ndefault_transport = smtp\nsmtp_sasl_auth_enable = yes\nsmtp_sasl_password_maps = hash:/x\n"
    (found,) = of_postfix(postfix(base + main, MASTER, ""))
    assert (found.host, found.port, found.tls, found.login) == ("mail.example.org", 587, tls, True)


@pytest.mark.parametrize(
    ("port", "tls", "fits"),
    [
        (465, "implicit", True),
        (465, "starttls", False),
        (465, "none", False),
        (587, "starttls", True),
        (587, "implicit", False),
        (25, "implicit", False),
        (2525, "implicit", True),
    ],
)
def test_port_and_tls_go_together(port: int, tls: str, fits: bool) -> None:
    assert (not mismatch(Smarthost("msmtp", "/x", "", "mail.example.org", port, tls, True, True))) is fits


def test_secrets_are_cut_out_on_the_host(tmp_path: Path) -> None:
    (tmp_path / ".msmtprc").write_text(
        'account a\nhost h\npassword "geheim"\npasswordeval echo geheim\nuser geheim@example.org\n'
    )
    (tmp_path / "remotes").write_text("h smtp --user=geheim --pass=geheim --pass geheim\n")
    (tmp_path / "ssmtp.conf").write_text("AuthPass=geheim\nauthuser = geheim\nmailhub=h\n")
    command = smarthost.query().removeprefix("sudo ")
    for file, name in zip(smarthost.FILES[1:4], (".msmtprc", "remotes", "ssmtp.conf"), strict=True):
        command = command.replace(file, str(tmp_path / name))
    said = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True).stdout
    assert said.count("== ") >= 3
    assert "geheim" not in said


def test_a_login_is_asked_for_only_where_the_password_is_safe() -> None:
    clear = Smarthost("msmtp", "/etc/msmtprc", "a", "mail.example.org", 587, "none", True, True)
    assert query(clear) == ""
    sealed = Smarthost("msmtp", "/etc/msmtprc", "a", "mail.example.org", 587, "starttls", True, True)
    assert "-starttls smtp" in query(sealed)


# Says what it is sent, and takes it as a server would that knows one password.
SERVER = """#!/bin/bash
echo 220 here
while read -r line; do line=${line%$'\\r'}; case $line in
EHLO*) echo 250-here; echo "250 AUTH $OFFER";; "AUTH PLAIN AGFsaWNlAGdlaGVpbQ==") echo 235 taken;; AUTH*) echo 535 no;;
RCPT*) echo "250 ${line//:/ }";; QUIT) echo 221 bye; exit;; *) echo 250 fine;; esac; done
"""


def _told(
    tmp_path: Path, msmtprc: str, *, login: bool = True, offer: str = "PLAIN LOGIN"
) -> tuple[int, dict[str, str]]:
    """How the session of msmtp's account a with the server above ends, and what was said in it."""
    (tmp_path / "msmtprc").write_text(f"account a\n{msmtprc}")
    (tmp_path / "openssl").write_text(SERVER)
    (tmp_path / "openssl").chmod(0o755)
    asked = query(Smarthost("msmtp", str(tmp_path / "msmtprc"), "a", "mail.example.org", 465, "implicit", login, True))
    env = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "OFFER": offer}
    done = subprocess.run(
        ["sh", "-c", asked.removeprefix("sudo ")], capture_output=True, text=True, check=False, env=env
    )
    assert "geheim" not in done.stdout
    return done.returncode, {step: str(said) for step, said in session(done.stdout).said.items()}


@pytest.mark.parametrize(
    ("evaluated", "status", "steps"),
    [
        ("cat {file}", 0, ["EHLO", "AUTH", "QUIT"]),
        ("gpg -d {file}", 4, ["EHLO", "QUIT"]),
        ("cat {file} | tee x", 4, ["EHLO", "QUIT"]),
        ("cat {file}.lost", 5, ["EHLO", "QUIT"]),
    ],
)
def test_of_a_command_that_tells_the_password_only_cat_is_followed(
    tmp_path: Path, evaluated: str, status: int, steps: list[str]
) -> None:
    (tmp_path / "secret").write_text("geheim\n")
    line = evaluated.format(file=tmp_path / "secret")
    ended, said = _told(tmp_path, f'user alice\npasswordeval "{line}"\n')
    assert (ended, list(said)) == (status, steps)


LOGIN = "user alice\npassword geheim\n"


@pytest.mark.parametrize(
    ("sender", "asked"),
    [
        ("from alice@example.org", True),
        ('from "alice+x@example.org"', True),
        ("from *@example.org", False),
        ("from %U@example.org", False),
        ("from alice@example.org> SIZE=1", False),
        ("from a@b@c", False),
        ("", False),
    ],
)
def test_a_sender_that_is_fixed_is_tried_after_the_login(tmp_path: Path, sender: str, asked: bool) -> None:
    _, said = _told(tmp_path, f"{LOGIN}{sender}\n")
    assert ("RCPT" in said, "MAIL" in said) == (asked, asked)


def test_no_sender_is_tried_after_a_login_that_was_refused(tmp_path: Path) -> None:
    _, said = _told(tmp_path, "user alice\npassword geheimer\nfrom alice@example.org\n")
    assert list(said) == ["EHLO", "AUTH", "QUIT"]


def test_no_password_is_sent_to_a_server_that_does_not_offer_plain(tmp_path: Path) -> None:
    _, said = _told(tmp_path, f"{LOGIN}from alice@example.org\n", offer="XOAUTH2")
    assert list(said) == ["EHLO", "QUIT"]


def test_without_a_login_any_sender_will_do(tmp_path: Path) -> None:
    _, said = _told(tmp_path, "", login=False)
    assert said["RCPT"].startswith("250 RCPT TO <root@")


@pytest.mark.parametrize(
    ("rules", "offered", "left"),
    [
        ((), ("PLAIN", "LOGIN"), ("PLAIN", "LOGIN")),
        (("CRAM-MD5",), ("PLAIN", "LOGIN"), ()),
        (("!PLAIN", "!LOGIN", "*"), ("PLAIN", "LOGIN", "SCRAM-SHA-256"), ("SCRAM-SHA-256",)),
        (("!GSSAPI", "PLAIN"), ("GSSAPI", "LOGIN", "PLAIN"), ("PLAIN",)),
    ],
)
def test_the_first_rule_that_fits_decides(
    rules: tuple[str, ...], offered: tuple[str, ...], left: tuple[str, ...]
) -> None:
    assert usable(rules, offered) == left
    assert rules == () or spelled(rules)


@pytest.mark.parametrize(
    ("line", "rules"),
    [
        ("smtp_sasl_tls_security_options = noplaintext, noanonymous", ("!PLAIN", "!LOGIN", "*")),
        ("smtp_sasl_tls_security_options = noanonymous", ()),
        ("smtp_sasl_mechanism_filter = !gssapi, !login, static:all", ("!GSSAPI", "!LOGIN", "*")),
        ("smtp_sasl_mechanism_filter = plain, login", ("PLAIN", "LOGIN")),
        ("smtp_sasl_mechanism_filter = pcre:/etc/postfix/mechanisms", ()),
    ],
)
def test_what_postfix_may_log_in_by(line: str, rules: tuple[str, ...]) -> None:
    read = postfix(line, MASTER, "")
    assert of_client(read, read.services[0]) == rules


def test_mechanisms_of_small_programs_are_read() -> None:
    files = (
        "== 600 /etc/msmtprc\naccount a\nhost h\nauth cram-md5\n== 600 /etc/nullmailer/remotes\nh smtp --auth-login --user=(hidden)\n"
        "== 600 /etc/ssmtp/ssmtp.conf\nmailhub=h\nAuthUser=(hidden)\n"
    )
    assert [each.mechanisms for each in of_files(files)] == [("CRAM-MD5",), ("LOGIN",), ("LOGIN",)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("220 hi\n> EHLO\n250-x\n250 AUTH PLAIN\n> AUTH PLAIN\n235 2.7.0 ok\n> QUIT\n221 bye\n", 235),
        ("> EHLO\n250 x\n> AUTH PLAIN\n534-5.7.9 Application-specific\n534 5.7.9 password required\n", 534),
        ("> EHLO\n250 x\n> AUTH PLAIN\n> QUIT\n221 bye\n", 0),
        ("", 0),
    ],
)
def test_the_reply_to_the_login_is_found(text: str, code: int) -> None:
    assert session(text).said.get("AUTH", Reply()).code == code


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    of_files(f"== 600 /etc/msmtprc\n{text}")
    of_files(f"== 600 /etc/nullmailer/remotes\n{text}\n== {text}")
    session(text)
    session(f"> EHLO\n{text}\n> {text}")
