"""Postfix's configuration as postconf prints it: values expanded, services read, restriction lists decided."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence import postfix_relay
from checks.evidence.postfix import parameters, postfix, services, stray_words
from checks.evidence.postfix_macro import expand, words
from checks.evidence.postfix_restrictions import KNOWN, client_keys, steps

KNOWN_VALUES = {"compatibility_level": "3.6", "name": "x", "empty": "", "twice": "$name$name", "loop": "a$loop"}


@pytest.mark.parametrize(
    ("value", "expanded"),
    [
        ("plain", "plain"),
        ("$name ${name} $(name)", "x x x"),
        ("$$name", "$name"),
        ("$recipient", "$recipient"),
        ("$twice", "xx"),
        ("$loop", "a$loop"),
        ("${name?yes}${empty?no}", "yes"),
        ("${empty:default}${name:default}", "default"),
        ("${name?{a}:{b}} ${empty?{a}:{b}} ${nosuch?{a}:{b}}", "a b b"),
        ("${{$compatibility_level} <level {1} ? {} : {permit_mynetworks, reject}}", "permit_mynetworks, reject"),
        ("${{$compatibility_level} >=level {3.10} ? {new} : {old}}", "old"),
        ("${{$name} == {x} ? {dane} : {may}}", "dane"),
        ("${name", "${name"),
    ],
)
def test_names_are_expanded_as_postfix_does(value: str, expanded: str) -> None:
    assert expand(value, KNOWN_VALUES) == expanded


def test_a_value_that_doubles_itself_is_bounded() -> None:
    known = {f"a{n}": f"$a{n + 1}$a{n + 1}" for n in range(64)} | {"a64": "x" * 100}
    assert len(expand("$a0", known)) <= 65536


def test_items_in_braces_stay_whole() -> None:
    assert words("check_client_access static:{530 5.7.0 Log in}, { a b , c} d") == (
        "check_client_access", "static:{530 5.7.0 Log in}", "{ a b , c}", "d",
    )  # fmt: skip


MASTER = """smtp       inet  n       -       y       -       -       smtpd
127.0.0.1:10025 inet n   -       n       -       -       smtpd -o mynetworks=127.0.0.0/8
submission inet  n       -       y       -       -       smtpd -o { smtpd_recipient_restrictions = permit_sasl_authenticated, reject } -o syslog_name=postfix/$service_name -o mua=$name
cut line
"""


def test_options_of_services_are_read_in_both_forms() -> None:
    smtp, inner, submission = services(MASTER)
    assert (smtp.label, inner.label, submission.label) == ("25", "127.0.0.1:10025", "587")
    assert inner.loopback
    assert not smtp.loopback
    assert submission.overrides["smtpd_recipient_restrictions"] == "permit_sasl_authenticated, reject"
    assert submission.overrides["syslog_name"] == "postfix/$service_name"


def test_a_service_sees_its_own_options_also_in_what_refers_to_them() -> None:
    found = postfix("name = a\nmua = $name\nother = $mua\n", MASTER.replace("mua=$name", "mua=b"), "")
    submission = found.service(587)
    assert submission is not None
    assert found["other"] == "a"
    assert found.of(submission, "other") == "b"


def smtpd(main: str) -> postfix_relay.Smtpd:
    found = postfix(main, MASTER.splitlines()[0], "")
    return postfix_relay.smtpd(found, found.smtp_servers[0])


def relays(main: str, tables: dict[tuple[str, str], str] | None = None) -> bool:
    """Whether a stranger may relay."""
    known = tables or {}
    strangers = postfix_relay.strangers(["example.org"])
    return any(smtpd(main).passes(attempt, lambda table, key: known.get((table, key))) for attempt in strangers)


@pytest.mark.parametrize(
    ("main", "is_open"),
    [
        ("smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination", False),
        ("smtpd_relay_restrictions = permit_mynetworks permit_sasl_authenticated defer_unauth_destination", False),
        ("smtpd_recipient_restrictions = permit_mynetworks, reject_unauth_destination", False),
        ("smtpd_relay_restrictions = permit_mynetworks, warn_if_reject reject_unauth_destination, permit", True),
        ("smtpd_relay_restrictions = permit", True),
        ("smtpd_relay_restrictions = permit_mx_backup, reject_unauth_destination", True),
        ("smtpd_relay_restrictions = permit_tls_all_clientcerts, reject_unauth_destination", True),
        ("smtpd_relay_restrictions = permit_mynetworks\nsmtpd_client_restrictions = permit_mynetworks, reject", False),
        ("smtpd_restriction_classes = ours\nours = reject_unauth_destination\nsmtpd_relay_restrictions = ours", False),
        ("smtpd_relay_restrictions = ${nosuch?{permit}:{reject_unauth_destination}}", False),
    ],
)
def test_open_relays_are_told_from_closed_ones(main: str, is_open: bool) -> None:
    assert relays(main) is is_open


@pytest.mark.parametrize(
    ("table", "key", "value", "is_open"),
    [
        ("check_client_access hash:/c", "192", "OK", True),
        ("check_client_access hash:/c", "192", "192", True),
        ("check_client_access hash:/c", "192", "DUNNO", False),
        ("check_client_access hash:/c", "192", "550 no", False),
        ("check_client_access hash:/c", "192", "permit_sasl_authenticated, reject", False),
        ("check_client_access hash:/c", "192", "permit", True),
        ("check_sender_access hash:/c", "example.org", "OK", True),
        ("check_sender_access hash:/c", "example.net", "OK", False),
        ("check_recipient_access hash:/c", "elsewhere.example", "OK", True),
        ("check_sender_access { hash:/c, search_order=sender }", "example.org", "OK", True),
        ("hash:/c", "elsewhere.example", "OK", True),
    ],
)
def test_access_tables_may_open_a_relay(table: str, key: str, value: str, is_open: bool) -> None:
    main = f"smtpd_relay_restrictions = permit_mynetworks, {table}, reject_unauth_destination"
    assert relays(main, {("hash:/c", key): value}) is is_open


@pytest.mark.parametrize(
    ("main", "guarded"),
    [
        ("smtpd_relay_restrictions = permit_mynetworks", False),
        ("smtpd_relay_restrictions = permit_mynetworks, reject", True),
        ("smtpd_relay_restrictions = warn_if_reject reject_unauth_destination", False),
        ("smtpd_relay_restrictions = permit, reject_unauth_destination", False),
        ("smtpd_recipient_restrictions = defer_if_permit", True),
        ("smtpd_restriction_classes = a\na = reject\nsmtpd_recipient_restrictions = a", True),
    ],
)
def test_what_smtpd_requires_is_known(main: str, guarded: bool) -> None:
    assert smtpd(main).guarded is guarded


def test_a_misspelt_restriction_is_named() -> None:
    assert smtpd("smtpd_sender_restrictions = reject_unkown_sender_domain").unknown == (
        "smtpd_sender_restrictions: reject_unkown_sender_domain",
    )
    assert "reject_unknown_sender_domain" in KNOWN


def test_a_client_is_looked_up_by_its_name_and_its_networks() -> None:
    assert client_keys("a.example", "192.0.2.1") == ("a.example", "example", "192.0.2.1", "192.0.2", "192.0", "192")


@given(st.text(alphabet="${}()?:<>=! ab,\n-o"))
def test_any_value_is_expanded_split_and_read(text: str) -> None:
    assert isinstance(expand(text, {"a": text, "b": "$a"}), str)
    assert all(words(text))
    assert isinstance(steps(text), tuple)
    assert isinstance(services(f"smtp inet n - y - - smtpd {text}"), tuple)
    assert isinstance(parameters(text), dict)


@pytest.mark.parametrize(("command", "stray"), [
    ("smtpd -o smtpd_relay_restrictions=permit_sasl_authenticated, reject", ("reject",)),
    ("smtpd -v -o { smtpd_relay_restrictions = permit_sasl_authenticated, reject } -o a=b", ()),
    ("smtpd", ()),
    ("smtpd -o", ()),
    ("pipe flags=DRhu user=vmail argv=/usr/bin/maildrop -d ${recipient}", ()),
    ("qmgr -o { a = b", ("a", "=", "b")),
])  # fmt: skip
def test_words_that_are_no_options_are_told(command: str, stray: tuple[str, ...]) -> None:
    (service,) = services(f"submission inet n - y - - {command}")
    assert stray_words(service) == stray
