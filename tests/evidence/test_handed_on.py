"""Mailboxes of an MX and users of a mailbox host, compared by tokens: what awk makes of lists of every shape."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.evidence import handed_on
from checks.evidence.awk import program
from checks.evidence.doveconf import doveconf
from checks.evidence.people import token_of
from checks.evidence.postfix import postfix

pytestmark = pytest.mark.skipif(not shutil.which("awk"), reason="no awk here")
WAYS = ("D|example.org|lmtp:box", "D|example.net|lmtp:box")
STATIC = "userdb static {\n}\n"
FILE = "passdb passwd-file {\n  passwd_file_path = /etc/dovecot/users\n}\n"


def told(*lines: str, delimiters: str = "+", fold: str = "", wanted: str = "") -> list[str]:
    names = {"delimiters": delimiters, "fold": fold, "wanted": wanted}
    given_ = [word for name, value in names.items() for word in ("-v", f"{name}={value}")]
    text = "".join(f"{line}\n" for line in (*WAYS, *lines)).replace("|", "\t")
    done = subprocess.run(
        ["awk", *given_, program("token", "mailboxes")], input=text, capture_output=True, text=True, check=True,
        timeout=20, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    return sorted(done.stdout.splitlines())


def of(*names: str) -> list[str]:
    return sorted(f"{at or '-'} {token_of(name)}" for name, _, at in (each.partition("@") for each in names))


@pytest.mark.parametrize(("lines", "taken"), [
    (("K|bob@example.org",), ("bob@example.org",)),
    (("K|Bob@Example.ORG",), ("bob@example.org",)),
    (("K|bob+lists@example.org",), ("bob@example.org",)),
    (("K|bob@elsewhere.example", "K|@example.org", "K|bob"), ()),
    (("K|bob@example.org", "A|bob@example.org|al@example.org"), ()),
    (("K|bob@example.org", "A|bob@example.org|al@example.org, Bob@example.org"), ("bob@example.org",)),
    (("K|bob@example.org", "A|bob@example.org|bob@example.org", "A|@example.org|al@example.net"), ("bob@example.org",)),
    (("K|bob@example.org", "A|@example.org|al@example.net"), ()),
    (("K|bob@example.org", "C|@example.org|@example.com"), ()),
    (("K|bob@example.org", "K|al@example.org", "C|bob@example.org|al@example.org"), ("al@example.org",)),
    (("K|bob@example.org", "T|bob@example.org|smtp:[old.example.org]"), ()),
    (("K|bob@example.org", "T|bob@example.org|lmtp:box"), ("bob@example.org",)),
])  # fmt: skip
def test_what_is_handed_on(lines: tuple[str, ...], taken: tuple[str, ...]) -> None:
    assert told(*lines)[: len(taken)] == of(*taken)
    assert told(*lines)[-1] == f"~ {len(taken)}"


def test_a_name_is_cut_at_the_delimiters_of_the_other_host() -> None:
    assert told("K|mary-jane@example.org", delimiters="+-")[0] == of("mary@example.org")[0]
    assert told("K|mary-jane@example.org", delimiters="")[0] == of("mary-jane@example.org")[0]


def test_those_asked_for_are_named() -> None:
    wanted = f"{token_of('mary')}/example.org"
    rows = told("K|mary-jane@example.org", "K|bob@example.org", delimiters="-", wanted=wanted)
    assert rows[0] == "mary-jane@example.org\tmary@example.org"
    assert handed_on.addresses("\n".join(rows)) == (handed_on.Taken("mary-jane@example.org", "mary@example.org"),)


def test_users_are_listed() -> None:
    assert told("U|bob@example.org", "U|al", "U|x@elsewhere.example") == [*of("al"), *of("bob@example.org"), "~ 3"]


def test_capitals_count_where_a_file_is_searched() -> None:
    assert of("bob@example.org")[0] not in told("U|Bob@example.org")
    assert of("bob@example.org")[0] in told("U|Bob@example.org", fold="1")


def test_what_cannot_be_read_out_has_no_end() -> None:
    assert handed_on.known("\n".join(told("K|bob@example.org", "X"))) is None


def test_users_without_a_domain_are_known_in_each() -> None:
    there = handed_on.known("example.org u0000001 u0000002\nexample.net u0000001\n~ 3\n")
    here = handed_on.known("- u0000002\nexample.org u0000001\n~ 2\n")
    assert there
    assert here
    assert handed_on.unknown(there, here) == (("example.net", "u0000001"),)


@given(st.text(max_size=200))
def test_any_output_is_read_or_not(text: str) -> None:
    found = handed_on.known(text)
    assert found is None or found.number >= 0
    handed_on.addresses(text)
    handed_on.missing(text)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.from_regex(r"[a-z0-9.+=~_-]{1,20}", fullmatch=True), min_size=1, max_size=8, unique=True))
def test_both_hosts_make_the_same_tokens(names: list[str]) -> None:
    there = handed_on.known("\n".join(told(*(f"K|{name}@example.org" for name in names), delimiters="")))
    here = handed_on.known("\n".join(told(*(f"U|{name}@example.org" for name in names))))
    assert there
    assert here
    assert there.names == here.names == {("example.org", token_of(name)) for name in names}


@pytest.mark.parametrize(("conf", "by"), [
    ("# 2.4.1\n" + STATIC + FILE, "cat /etc/dovecot/users"),
    (("# 2.3.21\nuserdb {\n  args = uid=vmail\n  driver = static\n}\npassdb {\n"
     "  args = scheme=CRYPT /etc/dovecot/users\n  driver = passwd-file\n}\n"), "cat /etc/dovecot/users"),
    ("# 2.4.1\nuserdb passwd-file {\n  passwd_file_path = /etc/dovecot/users\n}\n" + FILE, "doveadm user"),
    ("# 2.3.21\nuserdb {\n  driver = prefetch\n}\nuserdb {\n  driver = sql\n}\n", "doveadm user"),
    ("# 2.4.1\n" + FILE, ""),
    ("# 2.4.1\n" + STATIC + FILE.replace("users", "%{user | domain}/users"), ""),
    ("# 2.4.1\n" + STATIC + FILE + "passdb sql {\n}\n", ""),
    ("# 2.4.1\nuserdb static {\n  static_allow_all_users = yes\n}\n" + FILE, ""),
    ("# 2.3.21\nuserdb {\n  args = uid=vmail allow_all_users=yes\n  driver = static\n}\n", ""),
])  # fmt: skip
def test_users_are_listed_where_dovecot_can(conf: str, by: str) -> None:
    command = handed_on.users(doveconf(conf), {"example.org": ""})
    assert by in command
    assert bool(command) == bool(by)
    assert handed_on.takes_everybody(doveconf(conf)) == ("allow_all" in conf)


@pytest.mark.parametrize(("conf", "characters"), [
    ("recipient_delimiter = +-\n", "+-"),
    ('recipient_delimiter = "+#"\n', "+#"),
    ("recipient_delimiter = \n", ""),
    ("", "+"),
    ("recipient_delimiter = +\nprotocol lmtp {\n  recipient_delimiter = -\n}\n", "-"),
    ("recipient_delimiter = +\nprotocol imap {\n  recipient_delimiter = -\n}\n", "+"),
])  # fmt: skip
def test_delimiters_are_those_of_lmtp(conf: str, characters: str) -> None:
    assert handed_on.delimiters(doveconf(conf)) == characters


def test_tables_that_can_be_read_out() -> None:
    main = "virtual_mailbox_maps = proxy:hash:/a, ldap:/b, texthash:/c, proxy:mysql:/d, $other\nother = hash:/a\n"
    assert handed_on.tables(postfix(main, "", ""), "virtual_mailbox_maps") == ("hash:/a", "texthash:/c")


def test_doveadm_is_asked_as_each_version_has_it() -> None:
    assert "protocol=lmtp" in handed_on.look_up(doveconf("# 2.4.1\n"), ["a"])
    assert "service=lmtp" in handed_on.look_up(doveconf("# 2.3.21\n"), ["a"])
    assert handed_on.missing("67\n0\n75\n") == (True, False, None)
