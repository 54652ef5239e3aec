"""Keys and certificates in chain files, in the order in which Postfix loads them; each case was tried with smtpd 3.10."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.chain_order import ChainFiles, chain_files, disorder, headings, query
from checks.evidence.postfix import postfix

KEY, CERTIFICATE = "PRIVATE KEY", "CERTIFICATE"


@pytest.mark.parametrize(
    ("held", "why"),
    [
        ([[KEY], [CERTIFICATE, CERTIFICATE]], ""),
        ([[CERTIFICATE], ["EC PRIVATE KEY"]], "the certificate in /0 stands before its key"),
        ([[KEY], [CERTIFICATE], ["RSA PRIVATE KEY"]], "no certificate follows the key in /2"),
        ([[KEY], [KEY], [CERTIFICATE]], "no certificate follows the key in /0, but that in /1"),
        ([[KEY], [CERTIFICATE], [KEY], [CERTIFICATE]], ""),
        ([[CERTIFICATE, KEY]], "the certificate in /0 stands before its key"),
        ([["EC PARAMETERS", "EC PRIVATE KEY", CERTIFICATE]], ""),
        ([[KEY], [CERTIFICATE], []], ""),
        ([[KEY], ["TRUSTED CERTIFICATE"]], "no certificate follows the key in /0"),
        ([[KEY], [CERTIFICATE], [CERTIFICATE]], ""),
    ],
)
def test_each_key_is_followed_by_its_certificate(held: list[list[str]], why: str) -> None:
    assert disorder((f"/{n}", tuple(lines)) for n, lines in enumerate(held)) == why


def test_services_with_a_list_of_their_own_are_told_apart() -> None:
    master = "smtp inet n - y - - smtpd\nsubmission inet n - y - - smtpd -o smtpd_tls_chain_files=/c,/d\nsmtp unix - - y - - smtp\n"
    main = "smtpd_tls_chain_files = /a, /b\nsmtp_tls_chain_files = $smtpd_tls_chain_files\n"
    assert chain_files(postfix(main, master, "")) == (
        ChainFiles("smtpd_tls_chain_files", ("/a", "/b")),
        ChainFiles("smtpd_tls_chain_files of 587", ("/c", "/d")),
        ChainFiles("smtp_tls_chain_files", ("/a", "/b")),
    )
    assert not chain_files(postfix("smtpd_tls_chain_files =\n", master.replace("-o", "-x"), ""))


def test_only_headings_are_shown(tmp_path: Path) -> None:
    file, lost = tmp_path / "a key.pem", tmp_path / "lost"
    file.write_text(
        "-----BEGIN PRIVATE KEY-----\r\nc2VjcmV0\r\n-----END PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----\n"
    )
    command = query([str(file), str(lost)]).removeprefix("sudo ")
    said = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True).stdout
    assert headings(said) == {str(file): (KEY, CERTIFICATE)}
    assert "c2VjcmV0" not in said


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    headings(text)
    headings(f"== {text}")
    disorder([("/a", tuple(text.splitlines()))])
