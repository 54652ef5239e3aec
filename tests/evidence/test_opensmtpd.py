"""OpenSMTPD: its configuration as it is written, and its rules, decided for strangers and for users."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.opensmtpd import included, opensmtpd, paused, with_parts
from checks.evidence.opensmtpd_relay import Attempt, decide, demand, reachable, tags, trusted
from checks.evidence.sending import of_opensmtpd
from checks.evidence.smarthost import of_opensmtpd as smarthosts_of
from checks.fixtures.relay_others import of_opensmtpd as relaying

STRANGER, FRIEND, USER = Attempt("192.0.2.200"), Attempt("10.1.2.3"), Attempt("192.0.2.200", authenticated=True)

CONF = """
pki mx cert "/etc/ssl/mx.pem"   # a comment, with "quotes"
lan = "eth0"
table aliases file:/etc/aliases
table friends { 10.0.0.0/8, \\
    2001:db8:1::/48 }
smtp max-message-size "25M"
listen on lo
listen on $lan tls pki mx hostname mx.example.org
listen on eth0 port submission tls-require pki mx auth tag USERS
action "local" maildir alias <aliases>
action "out" relay helo mx.example.org
match from any for domain "example.org" action "local"
match for local action "local"
match auth from any for any action "out"
match from src <friends> for any action "out"
"""


def test_listeners_tables_and_settings_are_read() -> None:
    found = opensmtpd(CONF)
    assert [(listener.interface, listener.port) for listener in reachable(found)] == [("eth0", "25"), ("eth0", "587")]
    assert tags(reachable(found)) == ("USERS",)
    assert found.tables["friends"] == ("10.0.0.0/8", "2001:db8:1::/48")
    assert found.setting("smtp", "max-message-size") == "25M"
    assert found.rule_files == ()  # aliases are compared with no rule
    assert trusted(found, {}) == ("10.0.0.0/8", "2001:db8:1::/48")


@pytest.mark.parametrize(
    ("attempt", "outcome"),
    [
        (STRANGER, "refused"),
        (FRIEND, "relayed"),
        (USER, "relayed"),
        (Attempt("192.0.2.200", "example.org"), "kept"),
        (Attempt("2001:db8:1::1"), "relayed"),
    ],
)
def test_the_first_rule_that_matches_decides(attempt: Attempt, outcome: str) -> None:
    assert decide(opensmtpd(CONF), {}, attempt).outcome == outcome


@pytest.mark.parametrize(
    ("rule", "outcome"),
    [
        ("match from any for any action out", "relayed"),
        ("match from any for domain { example.com, elsewhere.example } action out", "relayed"),
        ("match from any mail-from <ours> for any action out", "relayed"),  # anybody may claim to be one of us
        ("match !from src <friends> for any action out", "relayed"),
        ("match from any tag USERS for any action out", "relayed"),
        ("match from any tag NOBODY for any action out", "refused"),
        ("match from auth for any action out", "refused"),
        ("match for any action out", "refused"),  # from local is meant
        ("match from any reject\nmatch from any for any action out", "relayed"),  # for local is meant
        ("match from any for any reject\nmatch from any for any action out", "refused"),
        ("match from any mail-from <bad> for any reject\nmatch from any for any action out", "relayed"),
        ("match from src <file> for any action out", "relayed"),
    ],
)
def test_strangers_are_relayed_or_refused(rule: str, outcome: str) -> None:
    conf = opensmtpd(f"table file file:/etc/hosts.ok\ntable friends {{ 10.0.0.0/8 }}\naction out relay\n{rule}\n")
    files = {"/etc/hosts.ok": "# ours\n192.0.2.0/24\n"}
    assert decide(conf, files, Attempt("192.0.2.200", tags=("USERS",))).outcome == outcome


def test_ways_out_and_smarthosts_are_told() -> None:
    text = 'action a relay host smtp+notls://mail.example.net helo x.example.org\naction b relay host "smtps://me@mail.example.net" auth <s>\n'
    (plain, sealed) = of_opensmtpd(opensmtpd(text))
    assert (plain.helo, plain.no_tls, sealed.no_tls) == ("x.example.org", "host smtp+notls://", "")
    assert [(s.port, s.tls, s.login) for s in smarthosts_of(opensmtpd(text))] == [
        (25, "none", False),
        (465, "implicit", True),
    ]


WORDS = [
    "match",
    "from",
    "src",
    "<a>",
    "{",
    "}",
    '"x"',
    "=",
    ",",
    "#",
    "!",
    "\\",
    "\n",
    "relay",
    "action",
    "listen",
    "on",
    "$y",
]


def test_what_is_paused_is_named() -> None:
    assert paused("MDA running\nMTA paused\nSMTP running\n") == ("MTA",)
    assert paused("") == ()


def test_the_files_of_certificates_are_found() -> None:
    assert opensmtpd(CONF).pki("cert") == ("/etc/ssl/mx.pem",)
    assert opensmtpd(CONF).pki("key") == ()


@given(st.lists(st.sampled_from(WORDS)).map(" ".join))
def test_any_text_is_read(text: str) -> None:
    found = opensmtpd(text)
    decide(found, {}, STRANGER)
    trusted(found, {})
    tuple(of_opensmtpd(found))
    smarthosts_of(found)


@given(st.text())
def test_any_characters_are_read(text: str) -> None:
    decide(opensmtpd(text), {"x": text}, USER)


def test_included_files_stand_in_their_places() -> None:
    text = 'a = "b"\n  include "/etc/smtpd.d/rules.conf"\n# include "/etc/never"\nmatch for local action "local"\n'
    assert included(text) == ("/etc/smtpd.d/rules.conf",)
    whole = with_parts(text, {"/etc/smtpd.d/rules.conf": 'match from any for domain $a action "in"'})
    assert [rule.line for rule in opensmtpd(whole).rules] == [
        "match from any for domain b action in",
        "match for local action local",
    ]


def test_an_included_file_that_cannot_be_read_leaves_the_rest() -> None:
    assert with_parts('include "/x"\nlisten on lo\n', {}) == "\nlisten on lo\n"


def test_a_listener_without_logins_is_not_for_users() -> None:
    text = 'listen on eth0 smtps pki a\nlisten on eth0 port 587 tls-require pki a auth <users>\naction "out" relay\n'
    found = {port: (each.for_users, each.user_refused) for port, each in relaying(opensmtpd(text), {}, "example.org")}
    assert found == {"465": (False, "no rule takes it"), "587": (True, "no rule takes it")}


@pytest.mark.parametrize(
    ("options", "client", "asked"),
    [
        ("auth", "10.1.2.3", "auth"),
        ("tls pki mx auth <users>", "10.1.2.3", "auth"),
        ("tls-require verify pki mx", "10.1.2.3", "certificate"),
        ("auth-optional", "10.1.2.3", ""),
        ("tls tag auth", "10.1.2.3", ""),
        ("auth inet6", "10.1.2.3", ""),
        ("port 587 auth", "10.1.2.3", ""),
        ("auth\nlisten on eth1", "10.1.2.3", ""),
        ("auth\nlisten on 10.0.0.1", "2001:db8::1", "auth"),
        ("auth\nlisten on lo", "2001:db8::1", "auth"),
    ],
)
def test_what_each_listener_asks_of_a_client_is_told(options: str, client: str, asked: str) -> None:
    found = demand(opensmtpd(f"listen on eth0 {options}\n"), client, {"25"})
    assert asked in found
    assert bool(found) == bool(asked)
