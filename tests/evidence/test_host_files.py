"""Files, processes and tables on a host, as stat, ps and postconf show them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.files import files
from checks.evidence.postfix import postfix
from checks.evidence.postfix_tables import tables
from checks.evidence.processes import processes


def test_modes_owners_and_times_are_read() -> None:
    found = files("640|root|postfix|1795477457|regular file|/etc/postfix/a|b.cf\nstat: cannot statx '/x'\n")
    file = found["/etc/postfix/a|b.cf"]
    assert (file.mode, file.owner, file.group, file.changed) == (0o640, "root", "postfix", 1795477457)
    assert not file.for_all


def test_starts_are_counted_back_from_the_host_clock() -> None:
    (qmgr,) = processes("1000\n     24 qmgr            qmgr -l -t unix -u\n")
    assert (qmgr.name, qmgr.started, qmgr.arguments) == ("qmgr", 976, "qmgr -l -t unix -u")


MAIN = """mydestination =
alias_maps = hash:/etc/aliases
virtual_alias_maps = proxy:mysql:/etc/postfix/sql.cf, hash:/etc/postfix/virtual
address_verify_map = btree:/var/lib/postfix/verify_cache
smtp_tls_session_cache_database = btree:/var/lib/postfix/scache
smtpd_milters = inet:127.0.0.1:11332, unix:opendkim/opendkim.sock
smtpd_client_restrictions = check_client_access { lmdb:/etc/postfix/clients, timeout=1 }, check_policy_service inet:[::1]:10023
smtpd_forbidden_commands = CONNECT GET POST regexp:{{/^[^A-Z]/ Bogus}}
local_recipient_maps = proxy:unix:passwd.byname $alias_maps
"""
MASTER = "smtp inet n - y - - smtpd -o smtpd_sender_login_maps=pcre:/etc/postfix/logins\n"


def test_only_tables_that_are_looked_up_are_named() -> None:
    found = {table.written: table for table in tables(postfix(MAIN, MASTER, ""))}
    assert set(found) == {
        "proxy:mysql:/etc/postfix/sql.cf", "hash:/etc/postfix/virtual", "lmdb:/etc/postfix/clients",
        "pcre:/etc/postfix/logins",
    }  # fmt: skip
    assert found["hash:/etc/postfix/virtual"].made == "/etc/postfix/virtual.db"
    assert found["lmdb:/etc/postfix/clients"].made == "/etc/postfix/clients.lmdb"
    assert not found["pcre:/etc/postfix/logins"].source


def test_local_aliases_matter_where_mail_is_delivered_locally() -> None:
    found = tables(postfix(MAIN.replace("mydestination =", "mydestination = example.org"), MASTER, ""))
    assert "hash:/etc/aliases" in {table.written for table in found}


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    assert isinstance(files(text), dict)
    assert isinstance(processes(text), tuple)
    assert isinstance(tables(postfix(text, text, text)), tuple)
