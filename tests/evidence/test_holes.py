"""Known holes: Debian's order of versions, and which version of which release has a hole."""

from __future__ import annotations

import subprocess
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from checks.evidence import holes
from checks.evidence.debian_version import DebianVersion
from checks.evidence.os_release import OsRelease

BOOKWORM = OsRelease("debian", "12", "Debian 12")
FUTURE = OsRelease("debian", "15", "Debian 15")
VERSIONS = st.from_regex(r"([0-9]:)?[0-9][0-9a-z.+~]{0,12}(-[0-9][0-9a-z.+~]{0,8})?", fullmatch=True)


def hole(name: str, source: str) -> holes.Hole:
    return next(each for each in holes.holes(source) if each.id == name)


@settings(max_examples=150, deadline=None)
@given(VERSIONS, VERSIONS)
@example("1.0~rc1-1", "1.0-1")
@example("4.96-15", "4.96-15+deb12u1")
@example("1:2.3", "2.4.1+dfsg1-6")
def test_versions_are_ordered_as_dpkg_orders_them(left: str, right: str) -> None:
    for words, ours in (("lt", DebianVersion(left) < DebianVersion(right)),
                        ("eq", DebianVersion(left) == DebianVersion(right))):  # fmt: skip
        theirs = subprocess.run(["dpkg", "--compare-versions", left, words, right], check=False).returncode == 0
        assert ours == theirs, (left, words, right)


@given(st.text(), st.text())
def test_any_text_is_a_version(left: str, right: str) -> None:
    assert (DebianVersion(left) < DebianVersion(right)) in (True, False)


def test_what_the_authors_released_is_told_apart() -> None:
    assert str(DebianVersion("1:2.3.19.1+dfsg1-2.1+deb12u7").released) == "2.3.19.1"
    assert str(DebianVersion("6.8.0p2-4+b4").released) == "6.8.0p2"


@pytest.mark.parametrize(
    ("version", "is_open"),
    [("4.96-15+deb12u1", True), ("4.96-15+deb12u2", False), ("4.96-15+deb12u10", False), ("4.99.5-1", False)],
)
def test_the_release_of_the_distribution_decides(version: str, is_open: bool) -> None:
    """Debian mends old versions: 4.96 with a high enough revision has not got the hole."""
    assert hole("CVE-2023-42115", "exim4").open(version, BOOKWORM) is is_open


def test_a_hole_without_a_published_remedy_is_not_reported() -> None:
    assert hole("CVE-2026-94057", "exim4").open("4.96-15+deb12u10", BOOKWORM) is False


def test_an_unlisted_release_is_judged_by_the_authors_versions_and_by_the_changelog() -> None:
    found = hole("CVE-2026-45185", "exim4")
    assert found.open("4.99.3-1", FUTURE) is False
    assert found.open("4.87-1", FUTURE) is False
    assert found.open("4.98-1", FUTURE) is None
    assert found.open("4.98-1", FUTURE, "cve-2026-45185\n") is False
    assert found.open("4.98-1", FUTURE, "EXIM-Security-2026-05-01.1\n") is False
    assert found.open("4.98-1", FUTURE, "CVE-2019-10149\n") is True


def test_packages_that_are_installed_are_read() -> None:
    listing = "postfix\t3.7.11-0+deb12u1\tii \nexim4-base\t4.96-15\trc \nsendmail-bin\t\tun \nclamav-base\t1.4.6\tiF \n"
    assert [each.name for each in holes.installed(listing)] == ["Postfix", "ClamAV"]


@given(st.text())
def test_any_listing_is_read(text: str) -> None:
    holes.installed(text)
    holes.installed(f"postfix\t{text}\t{text}")


def test_every_hole_can_be_looked_up() -> None:
    """Every source of the table has a package that tells its version, every rank is known, every version is one."""
    sources = {source for source, _ in holes.packages().values()}
    known = [each for source in sources for each in holes.holes(source)]
    assert len(known) == len(holes._table()["holes"])
    assert {each.rank for each in known} == {"takeover", "abuse"}
    assert all(each.until for each in known)
    assert isinstance(holes.checked(), date)
