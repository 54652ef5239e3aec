"""Secrets do not reach a transcript, whatever prints them; what is none stays as it was."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.evidence.redact import _RULES, redacted

SECRET = "s3cr3tWord"
TOLD = [
    f"smtp_sasl_password_maps = static:user:{SECRET}",
    f"smtp_sasl_password_maps = hash:/etc/postfix/x, static:{{user:{SECRET}}}",
    f"lmtp_sasl_password_maps = inline:{{ {{ [a.example]:587 = user:{SECRET} }} }}",
    f"smtp inet n - y - - smtp -o smtp_sasl_password_maps=static:user:{SECRET} -o x=y",
    f"smtp/unix/smtp_sasl_password_maps = static:user:{SECRET}",
    f"ldapusers_bind_pw = {SECRET}",
    f"mysqlusers_password = {SECRET}",
    f"connect = host=db dbname=mail user=mail password={SECRET}",
    f"  mysql_password = {SECRET} with blanks",
    f"passdb_sql_query = x\nauth_sql_password: {SECRET}",
    f"virtual = pgsql://mail:{SECRET}@db/mail",
    f"redis://:x{SECRET}@localhost redis://a:{SECRET}@localhost/0",
    f'{{"enable_password": "{SECRET}", "a": 1}}',
    f"reject_rbl_client {SECRET.lower()}abcdefghijklmnop.zen.dq.spamhaus.net=127.0.0.2",
    f"postscreen_dnsbl_sites = {SECRET.lower()}0123456789abcdef.combined.mail.abusix.zone*2",
    f"-----BEGIN PRIVATE KEY-----\n{SECRET}\nxx\n-----END PRIVATE KEY-----",
    f"-----BEGIN RSA PRIVATE KEY-----\n{SECRET} (cut off)",
    f"  812 backup --user x --password {SECRET} /srv",
    f"doveadm_password = {SECRET}",
    f"doveadm_api_key = {SECRET}",
    f"dnpass = {SECRET}",
    f"ssl_key_password = {SECRET}",
    f"postconf: warning: /etc/postfix/main.cf: unused parameter: old_bind_pw={SECRET} and {SECRET}",
    f"Environment=A=b DB_PASSWORD={SECRET} C=d",
]  # fmt: skip
KEPT = [
    "smtp_sasl_password_maps = hash:/etc/postfix/sasl_passwd",
    "smtp_sasl_password_result_delimiter = :",
    "auth_verbose_passwords = no",
    "auth_debug_passwords = yes",
    "passwd_file_path = /etc/dovecot/users",
    "default_password_scheme = SHA512-CRYPT",
    "ssl_key_password = # hidden, use -P to show it",
    "doveadm_password =",
    "passdb passwd-file {",
    "UsePAM yes\npasswordauthentication no",
    "permitrootlogin without-password",
    "postscreen_dnsbl_sites = zen.spamhaus.org*3",
    "virtual_mailbox_maps = mysql:/etc/postfix/sql.cf",
    "https://example.org:8443/a@b",
    "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",
    "postconf: warning: /etc/postfix/main.cf: unused parameter: smtpd_tls_passwort=x",
    "smtp inet n - y - - smtp -o smtp_sasl_password_maps=hash:/etc/postfix/sasl_passwd",
    "proxy_read_maps = $smtp_sasl_password_maps $x",
]


@pytest.mark.parametrize("text", TOLD)
def test_a_secret_is_taken_out_and_its_setting_stays(text: str) -> None:
    said = redacted(text.encode()).decode()
    assert SECRET.lower() not in said.lower()
    assert "(hidden)" in said
    assert redacted(said.encode()) == said.encode()


@pytest.mark.parametrize("text", KEPT)
def test_what_is_no_secret_stays_as_it_was(text: str) -> None:
    assert redacted(text.encode()) == text.encode()


@given(st.binary())
def test_other_octets_are_left_alone(octets: bytes) -> None:
    if b"passw" not in octets:
        assert redacted(octets).count(b"\x00") == octets.count(b"\x00")


@given(st.text(alphabet="passwordstatic:={}\n \"'@/.x-BEGINPRVTKY"))
def test_hostile_text_is_read_in_time(text: str) -> None:
    redacted(text.encode() * 20)


WORDS = ["password", "db_pw", "Secret", "api_key", "auth_token", "-token", "--pass", "pwd", "password_maps", "static:", "yes",
         "inline:", "{", "}", "unused parameter: ", "=", ":", '"', "://", "@", "a", "b.c", "/", " ", "  ", "\t", "\n", "\n\n", "#",
         "k" * 24, ".dq.spamhaus.net", "-----BEGIN PRIVATE KEY", "-----END", "\xa0", "$", "'", ","]  # fmt: skip


@given(st.lists(st.sampled_from(WORDS), max_size=40).map("".join))
@settings(max_examples=500)
def test_nothing_is_missed_by_looking_at_likely_lines_alone(text: str) -> None:
    """The rules give the same on the whole text."""
    whole = text
    for pattern, replacement in _RULES:
        whole = pattern.sub(replacement, whole)
    assert redacted(text.encode("latin-1")).decode("latin-1") == whole
