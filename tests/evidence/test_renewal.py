"""Tools that renew certificates, as they are found on a host."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from checks.evidence import renewal
from checks.evidence.renewal import tools

TEXT = """keeps certbot /etc/letsencrypt/live/mx1.example.org/
hook certbot /etc/letsencrypt/renewal-hooks/deploy/mail
cron certbot /etc/cron.d/certbot
keeps acme.sh /etc/ssl/mail.pem
same_key certbot /etc/letsencrypt/live/mx1.example.org/
keeps certbot /etc/letsencrypt/live/mx2.example.org/
"""


def test_the_keeper_of_a_certificate_is_found() -> None:
    found = tools(TEXT)
    assert found.keeper("/etc/letsencrypt/live/mx1.example.org/fullchain.pem") == "certbot"
    assert found.keeper("/etc/ssl/mail.pem") == "acme.sh"
    assert not found.keeper("/etc/letsencrypt/live/mx1.example.org.old/fullchain.pem")
    assert found.named("cron", "certbot") == ("/etc/cron.d/certbot",)


def test_keys_are_new_at_a_renewal_unless_kept() -> None:
    found = tools(TEXT)
    assert found.keeper("/etc/letsencrypt/live/mx1.example.org/fullchain.pem", "same_key") == "certbot"
    assert not found.keeper("/etc/letsencrypt/live/mx2.example.org/fullchain.pem", "same_key")


@given(st.text(), st.text())
def test_any_text_is_read(text: str, path: str) -> None:
    tools(text).keeper(path)
    renewal.authorities(text)
    tools(f"keeps {text} {path}\ncron {path}").named(text, path)


def test_servers_that_certificates_come_from_are_read() -> None:
    text = "https://acme-v02.api.letsencrypt.org/directory\nhttps://ca.example.org:8443/x\nhttps://CA.example.org\nx\n"
    assert renewal.authorities(text) == ("acme-v02.api.letsencrypt.org", "ca.example.org")
