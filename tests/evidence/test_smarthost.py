"""Sending clients: what their configuration files say, what is cut out of them, and what a login came to."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence import smarthost
from checks.evidence.postfix import postfix
from checks.evidence.smarthost import Smarthost, mismatch, of_files, of_postfix, unique
from checks.evidence.smarthost_login import query, reply_to_login

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


@pytest.mark.parametrize(
    ("evaluated", "told"),
    [("cat {file}", "235 AGFsaWNlAGdlaGVpbQ=="), ("gpg -d {file}", "exit 4"), ("cat {file} | tee x", "exit 4"), ("cat {file}.lost", "exit 3")],
)  # fmt: skip
def test_of_a_command_that_tells_the_password_only_cat_is_followed(tmp_path: Path, evaluated: str, told: str) -> None:
    (tmp_path / "secret").write_text("geheim\n")
    line = evaluated.format(file=tmp_path / "secret")
    (tmp_path / "msmtprc").write_text(f'account a\nuser alice\npasswordeval "{line}"\n')
    for name, text in (("sleep", ":"), ("openssl", "sed -n 's/^AUTH PLAIN /235 /p'")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    asked = query(Smarthost("msmtp", str(tmp_path / "msmtprc"), "a", "mail.example.org", 465, "implicit", True, True))
    env = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["sh", "-c", asked.removeprefix("sudo ")], capture_output=True, text=True, check=False, env=env
    )
    assert (done.stdout.strip() or f"exit {done.returncode}") == told


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("220 hi\n250-x\n250 AUTH PLAIN\n235 2.7.0 ok\n221 bye\n", 235),
        ("250-x\n250 AUTH PLAIN\n534-5.7.9 Application-specific\n534 5.7.9 password required\n", 534),
        ("250 x\n221 bye\n", 0),
        ("", 0),
    ],
)
def test_the_reply_to_the_login_is_found(text: str, code: int) -> None:
    assert reply_to_login(text).code == code


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    of_files(f"== 600 /etc/msmtprc\n{text}")
    of_files(f"== 600 /etc/nullmailer/remotes\n{text}\n== {text}")
    reply_to_login(text)
