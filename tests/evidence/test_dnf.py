"""The RHEL family: what dnf's cache and settings say, and what its versionlock keeps as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence import dnf, holes, rpm, versionlock
from checks.evidence.os_release import OsRelease, os_release
from checks.evidence.rpm_version import order

LISTING = """RLSA-2026:3339 Important/Sec. glibc-2.34-100.el9_4.2.x86_64
RLSA-2026:1000 Moderate/Sec.  postfix-2:3.5.9-30.el9.x86_64
RLSA-2026:9243 Moderate/Sec.  postfix-2:3.5.25-1.el9.x86_64
Name             Type     Severity  Package                         Issued
"""


def test_of_each_package_the_newest_update_is_named() -> None:
    found = {each.package: each for each in dnf.waiting(LISTING)}
    assert {name: each.candidate for name, each in found.items()} == {
        "glibc": "2.34-100.el9_4.2",
        "postfix": "2:3.5.25-1.el9",
    }
    assert all(each.security for each in found.values())
    assert str(found["postfix"]) == "postfix → 2:3.5.25-1.el9"


def cached(*files: str) -> tuple[dnf.Cache, ...]:
    return dnf.caches("".join(f"100 /var/cache/dnf/{file}.xml.gz\n" for file in files) + "200\n")


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (("baseos-0123456789abcdef/repodata/a-primary", "baseos-0123456789abcdef/repodata/b-updateinfo"), True),
        (("baseos-0123456789abcdef/repodata/a-primary", "epel-0123456789abcdef/repodata/a-primary",
          "epel-0123456789abcdef/repodata/b-updateinfo"), False),
        (("epel-0123456789abcdef/repodata/a-primary", "epel-0123456789abcdef/repodata/b-updateinfo"), False),
        (("mirror-0123456789abcdef/repodata/primary", "mirror-0123456789abcdef/repodata/updateinfo",
          "zabbix-0123456789abcdef/repodata/primary"), True),
    ],
)  # fmt: skip
def test_the_systems_own_archives_must_tell_of_holes(files: tuple[str, ...], told: bool) -> None:
    """CentOS' do not, and EPEL's advisories say nothing of the system's packages."""
    assert dnf.holes_told(cached(*files)) is told


def test_the_hosts_own_clock_ends_the_list_of_caches() -> None:
    assert dnf.now("100 /var/cache/dnf/a/repodata/primary.xml.gz\n200\n") == 200
    with pytest.raises(ValueError, match="invalid literal"):
        dnf.now("")


SETTINGS = """/etc/dnf/dnf.conf:[main]
/etc/dnf/dnf.conf:gpgcheck=1
/etc/dnf/dnf.conf:exclude=postfix* *.i686
/etc/dnf/dnf.conf:  kernel*,dovecot
/etc/yum.repos.d/a.repo:[inherits]
/etc/yum.repos.d/a.repo:excludepkgs=nginx
/etc/yum.repos.d/a.repo:[signed-lists]
/etc/yum.repos.d/a.repo:gpgcheck=0
/etc/yum.repos.d/a.repo:repo_gpgcheck = 1
/etc/yum.repos.d/b.repo:[off]
/etc/yum.repos.d/b.repo:enabled=0
/etc/yum.repos.d/b.repo:gpgcheck=0
/etc/yum.repos.d/b.repo:[open]
/etc/yum.repos.d/b.repo:gpgcheck = No
"""


def test_archives_whose_packages_nobody_signed_are_named() -> None:
    """What an archive does not say stands in the main section; one that is off lets nothing in."""
    assert dnf.unsigned(dnf.sections(SETTINGS)) == ("/etc/yum.repos.d/b.repo [open]",)
    open_by_default = SETTINGS.replace("dnf.conf:gpgcheck=1", "dnf.conf:gpgcheck=0")
    assert dnf.unsigned(dnf.sections(open_by_default))[0] == "/etc/yum.repos.d/a.repo [inherits]"


def test_what_the_main_section_excludes_is_held() -> None:
    """An archive may be kept from replacing the packages of another one, and architectures may be left out."""
    assert dnf.excluded(dnf.sections(SETTINGS)) == ("postfix*", "kernel*", "dovecot")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("dnf-automatic.timer enabled\nupgrade_type = security\napply_updates = yes\n", ("on", True)),
        ("dnf-automatic.timer disabled\napply_updates = yes\n", ("off", False)),
        ("dnf-automatic-install.timer enabled\napply_updates = no\n", ("on", False)),
        ("dnf5-automatic.timer enabled\napply_updates = no\napply_updates = yes\n", ("on", False)),
        ("dnf-automatic.timer \n", ("not installed", False)),
    ],
)
def test_automatic_updates_need_a_timer_and_a_setting(text: str, said: tuple[str, bool]) -> None:
    assert dnf.automatic(text) == said


LOCKS = """/etc/dnf/plugins/versionlock.conf:enabled = 1
/etc/dnf/plugins/versionlock.list:postfix-2:3.5.9-24.el9.*
/etc/dnf/plugins/versionlock.list:!dovecot-1:2.3.16-11.el9.*
/etc/dnf/plugins/versionlock.list:exim
/etc/dnf/versionlock.toml:version = "1.0"
/etc/dnf/versionlock.toml:[[packages]]
/etc/dnf/versionlock.toml:name = "openssl"
/etc/dnf/versionlock.toml:[[packages.conditions]]
/etc/dnf/versionlock.toml:key = "evr"
/etc/dnf/versionlock.toml:comparator = "="
/etc/dnf/versionlock.toml:value = "3.0.7-27.el9"
"""


def test_locked_packages_are_held() -> None:
    """A version that is shut out leaves the others; without its plugin nobody heeds the list."""
    assert versionlock.held(LOCKS) == ("openssl", "postfix", "exim")
    assert versionlock.held(LOCKS.replace("enabled = 1", "enabled = 0")) == ("openssl",)
    assert versionlock.held(LOCKS.partition("\n")[2]) == ("openssl",)
    assert versionlock.held(LOCKS.replace('comparator = "="', 'comparator = "!="')) == ("postfix", "exim")


def test_core_packages_that_are_newer_than_the_start_ask_for_a_reboot() -> None:
    found = rpm.start("1000 started\n900 systemd\n1100 glibc\n800 glibc\npackage dbus is not installed\n")
    assert found == rpm.Start(1000, ("glibc",))
    assert rpm.start("1100 glibc\n") is None


def test_packages_in_two_versions_are_not_whole() -> None:
    assert [(each.package, each.trouble) for each in rpm.twice("postfix.x86_64\n")] == [
        ("postfix", "installed in two versions")
    ]


@pytest.mark.parametrize(
    ("text", "red_hat"),
    [
        ('ID="rocky"\nID_LIKE="rhel centos fedora"', True), ('ID="rhel"\nID_LIKE="fedora"', True), ("ID=fedora", True),
        ('ID="ol"\nID_LIKE="fedora"', True), ('ID="amzn"\nID_LIKE="fedora"', False), ("ID=debian", False),
        ('ID="opensuse-leap"\nID_LIKE="suse opensuse"', False),
    ],
)  # fmt: skip
def test_the_family_is_told_by_os_release(text: str, red_hat: bool) -> None:
    assert os_release(text).red_hat is red_hat


@given(st.text())
def test_anything_is_read(text: str) -> None:
    dnf.waiting(text)
    dnf.holes_told(dnf.caches(text))
    found = dnf.sections("/etc/dnf/dnf.conf:[main]\n" + text)
    dnf.unsigned(found)
    dnf.excluded(found)
    dnf.automatic(text)
    rpm.start(text)
    rpm.twice(text)
    for file in ("/etc/dnf/versionlock.toml", "/etc/dnf/plugins/versionlock.list"):
        try:
            versionlock.held("/etc/dnf/plugins/versionlock.conf:\n" + f"{file}:{text}")
        except ValueError:
            continue  # what is no TOML is said to be none


def test_backports_are_told_by_the_changelog_and_by_advisories() -> None:
    rocky = OsRelease("rocky", "9.4", "Rocky Linux 9.4", ("rhel", "centos", "fedora"))
    smuggling = next(each for each in holes.holes("postfix") if each.id == "CVE-2023-51764")
    old = "2:3.5.9-24.el9"
    assert smuggling.open(old, rocky) is None
    assert smuggling.open(old, rocky, "", "") is None, "silence proves nothing there"
    assert smuggling.open(old, rocky, "", "CVE-2023-51764 Moderate/Sec. postfix-2:3.5.25-1.el9.x86_64") is True
    assert smuggling.open(old, rocky, "CVE-2023-51764\n", "") is False
    assert smuggling.open("2:3.5.25-1.el9", rocky) is False, "the authors mended that branch in 3.5.23"
    assert smuggling.open("2:3.50.1-1.el9", rocky) is False


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("5.14.0-70.el9", "5.14.0-70.1.1.el9_0"), ("4.18.0-348.el8", "4.18.0-348.2.1.el8_5"), ("1.0~rc1-1", "1.0-1"),
        ("1.0-1", "1.0^git1-1"), ("1.0^git1-1", "1.0.1-1"), ("3.5.9-24.el9", "2:3.5.8-1.el9"), ("1.0-9", "1.0-10"),
        ("1.0-1.el9", "1.0-1.el9_4.1"), ("1.0a-1", "1.0.1-1"),
    ],
)  # fmt: skip
def test_versions_are_ordered_as_rpm_orders_them(older: str, newer: str) -> None:
    assert order(older) < order(newer)
