"""Packages: their states, archives that nobody signs, kernels, and programs that were changed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from checks.evidence import packages


def test_states_are_told_in_words() -> None:
    listing = "iF \tpostfix\nhi \texim4\niHR\tdovecot-core\nit \tman-db\nun \tsendmail\n"
    found = {state.package: state for state in packages.states(listing)}
    assert found["postfix"].trouble == "half configured"
    assert found["exim4"].held
    assert not found["exim4"].trouble
    assert found["dovecot-core"].trouble == "reinstallation required"
    assert found["man-db"].trouble == "waiting for its triggers"
    assert not found["sendmail"].trouble


SOURCES = """/etc/apt/sources.list:deb http://deb.debian.org/debian bookworm main
/etc/apt/sources.list:deb [arch=amd64 trusted=yes] http://vendor.example/debian ./
/etc/apt/sources.list.d/a.sources:Types: deb
/etc/apt/sources.list.d/a.sources:Trusted: yes
/etc/apt/sources.list.d/a.sources:Enabled: no
/etc/apt/sources.list.d/a.sources:
/etc/apt/sources.list.d/a.sources:Types: deb
/etc/apt/sources.list.d/b.sources:Types: deb
/etc/apt/sources.list.d/b.sources:Allow-Insecure: yes
"""


def test_what_lets_unsigned_packages_in_is_named() -> None:
    """A stanza that is switched off lets nothing in; a setting of apt does so for all archives."""
    assert packages.unsigned(SOURCES, 'Acquire::AllowInsecureRepositories "0";') == (
        "/etc/apt/sources.list", "/etc/apt/sources.list.d/b.sources",
    )  # fmt: skip
    assert packages.unsigned("", 'APT::Get::AllowUnauthenticated "true";') == ("APT::Get::AllowUnauthenticated=true",)


def test_a_security_archive_is_one_of_this_release() -> None:
    archives = "     release v=11,o=Debian,a=oldoldstable-security,n=bullseye-security,l=Debian-Security,c=main\n"
    assert packages.security_archive(archives, "bullseye")
    assert not packages.security_archive(archives, "bookworm")


def test_kernels_of_one_flavour_are_compared() -> None:
    text = (
        "running 6.1.0-9-amd64\n/boot/vmlinuz-6.1.0-10-amd64\n/boot/vmlinuz-6.1.0-9-amd64\n"
        "/boot/vmlinuz-6.1.0-41-cloud-amd64\n/boot/vmlinuz-0-rescue-0123\n"
    )
    assert packages.kernel(text).newest == "6.1.0-10-amd64"
    assert packages.kernel("running 6.1.0-9-amd64\n").installed == ()
    red_hat = "running 5.14.0-427.el9_4.x86_64\n/boot/vmlinuz-5.14.0-503.11.1.el9_5.x86_64\n"
    assert packages.kernel(red_hat).newest == "5.14.0-503.11.1.el9_5.x86_64"
    assert packages.kernel("running 6.8.0-45-generic\npatched livepatch_1\n").patched


def test_settings_and_documentation_may_differ() -> None:
    verified = (
        "??5??????   /usr/sbin/postconf\n??5?????? c /etc/postfix/main.cf\nmissing     /usr/share/doc/postfix/NEWS.gz\n"
        "missing     /usr/lib/postfix/sbin/bounce\n??5??????   /etc/init.d/postfix\n"
        "??5??????   /usr/lib/systemd/system/dovecot.service\n"
    )
    assert packages.changed_programs(verified) == ("/usr/sbin/postconf", "/usr/lib/postfix/sbin/bounce is missing")


@given(st.text(), st.text())
def test_any_text_is_read(text: str, more: str) -> None:
    packages.states(text)
    packages.unsigned(f"{text}\n/a.sources:{more}\n", more)
    packages.security_archive(text, more)
    assert packages.kernel(f"running {text}\n/boot/vmlinuz-{more}\n").newest is not None
    packages.changed_programs(text)
