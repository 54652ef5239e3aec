"""Packages: their states, archives that nobody signs, kernels, and programs that were changed."""

from __future__ import annotations

import pytest
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


ARCHIVES = """     release a=now
 500 http://deb.debian.org/debian-security bookworm-security/main amd64 Packages
     release v=12,o=Debian,a=oldstable-security,n=bookworm-security,l=Debian-Security,c=main,b=amd64
 990 http://vendor.example/debian bookworm/main amd64 Packages
     release o=Vendor,a=stable,n=bookworm,l=Vendor,c=main,b=amd64
 500 http://deb.debian.org/debian bookworm/main amd64 Packages
     release v=12.15,o=Debian,a=oldstable,n=bookworm,l=Debian,c=main,b=amd64
"""


def test_a_security_archive_is_one_of_this_release() -> None:
    found = packages.archives(ARCHIVES)
    assert [each.priority for each in found] == [500, 500, 990, 500]
    assert packages.security_archive(found, "bookworm")
    assert not packages.security_archive(found, "trixie")


@pytest.mark.parametrize(
    ("was", "now", "why"),
    [
        ("", "", ""),  # somebody else's archive comes first for its own packages
        (" 500 http://deb.debian.org/debian-s", " -10 http://deb.debian.org/debian-s", "its priority is -10, and"),
        (" 500 http://deb.debian.org/debian-s", " 100 http://deb.debian.org/debian-s", "its priority is 100, that of"),
        (" 500 http://deb.debian.org/debian b", " 990 http://deb.debian.org/debian b", "its priority is 500, that of"),
        (" 500 http://deb.debian.org/debian b", " 400 http://deb.debian.org/debian b", ""),
    ],
)
def test_security_updates_are_passed_over(was: str, now: str, why: str) -> None:
    told = packages.passed_over(packages.archives(ARCHIVES.replace(was, now)), "bookworm")
    assert told.startswith(why)
    assert bool(told) is bool(why)


def test_ubuntu_names_all_its_archives_alike() -> None:
    text = (
        " 500 http://security.ubuntu.com/ubuntu jammy-security/main amd64 Packages\n"
        "     release v=22.04,o=Ubuntu,a=jammy-security,n=jammy,l=Ubuntu,c=main,b=amd64\n"
        " 990 http://archive.ubuntu.com/ubuntu jammy-proposed/main amd64 Packages\n"
        "     release v=22.04,o=Ubuntu,a=jammy-proposed,n=jammy,l=Ubuntu,c=main,b=amd64\n"
    )
    assert not packages.passed_over(packages.archives(text), "jammy")


def test_kernels_of_one_flavour_are_compared() -> None:
    text = (
        "running 6.1.0-9-amd64\n/boot/vmlinuz-6.1.0-10-amd64\n/boot/vmlinuz-6.1.0-9-amd64\n"
        "/boot/vmlinuz-6.1.0-41-cloud-amd64\n/boot/vmlinuz-0-rescue-0123\n"
    )
    assert packages.kernel(text).newest == "6.1.0-10-amd64"
    assert packages.kernel("running 6.1.0-9-amd64\n").installed == ()
    red_hat = "running 5.14.0-427.el9_4.x86_64\n/boot/vmlinuz-5.14.0-503.11.1.el9_5.x86_64\n"
    assert packages.kernel(red_hat).newest == "5.14.0-503.11.1.el9_5.x86_64"
    first = (
        "running 5.14.0-70.el9.x86_64\n/boot/vmlinuz-5.14.0-70.el9.x86_64\n/boot/vmlinuz-5.14.0-70.1.1.el9_0.x86_64\n"
    )
    assert packages.kernel(first).newest == "5.14.0-70.1.1.el9_0.x86_64"
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
    found = packages.archives(f"{text}\n {more} a\n     release {text}")
    packages.security_archive(found, more)
    packages.passed_over(found, more)
    assert packages.kernel(f"running {text}\n/boot/vmlinuz-{more}\n").newest is not None
    packages.changed_programs(text)
