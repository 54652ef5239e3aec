"""Whom a host trusts without asking: claimed senders, daemons with all rights, libraries of nobody, routers that are gone."""

import ipaddress
import json

import pytest

from checks.evidence import interfaces, rspamd_dump
from checks.evidence.admins import daemons_as_root
from checks.evidence.foreign_programs import preloaded, run_there

RULE = {"type": "from", "filter": "email:domain", "map": "/etc/own.map", "prefilter": True, "action": "accept"}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({}, True),
        ({"prefilter": False, "score": -5}, False),
        ({"require_symbols": "R_DKIM_ALLOW"}, False),
        ({"action": "reject"}, False),
        ({"type": "ip"}, False),
    ],
)
def test_a_claimed_sender_is_believed_only_by_a_prefilter_that_accepts(changes: dict[str, object], named: bool) -> None:
    assert bool(rspamd_dump.believed({"multimap": {"OWN": {**RULE, **changes}}})) is named


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        ({"from": "@a.test", "want_spam": True}, True),
        ({"from": "@a.test", "apply": {"want_spam": True}}, True),
        ({"from": "@a.test", "whitelist": "yes"}, True),
        ({"from": "@a.test", "authenticated": True, "want_spam": True}, False),
        ({"ip": "192.0.2.0/24", "want_spam": True}, False),
        ({"from": "@a.test", "apply": {"actions": {"reject": 30}}}, False),
    ],
)
def test_settings_pass_a_claimed_sender_only_with_nothing_else_asked(rule: dict[str, object], named: bool) -> None:
    text = json.dumps({"settings": {"colleagues": rule}}).removesuffix("}") + ",}"
    assert bool(rspamd_dump.believed(rspamd_dump.sections(text))) is named


@pytest.mark.parametrize("text", ["", "[]", "no JSON", '{"a": 1}', '{"dns": 3}'])
def test_what_is_no_configuration_believes_nobody(text: str) -> None:
    assert rspamd_dump.believed(rspamd_dump.sections(text)) == ()
    assert rspamd_dump.name_servers(rspamd_dump.sections(text)) == ()


def test_name_servers_have_ports_and_weights() -> None:
    named = ["192.0.2.1", "192.0.2.2:53:10", "[2001:db8::1]:53", "master-slave:192.0.2.3:53"]
    found = rspamd_dump.name_servers({"options": {"dns": {"nameserver": named}}})
    assert found == ("192.0.2.1", "192.0.2.2", "2001:db8::1", "192.0.2.3")


def test_daemons_that_may_do_everything() -> None:
    rules = (
        "clamav ALL=(ALL) NOPASSWD: ALL\nwww-data ALL=(root) NOPASSWD: /usr/bin/true\nadmin ALL=(ALL) NOPASSWD: ALL\n"
    )
    assert daemons_as_root(rules) == ("clamav",)


def test_libraries_and_programs_of_nobody() -> None:
    assert preloaded("packaged /usr/lib/libjemalloc.so\n/usr/lib/libkeyaudit.so\n") == ("/usr/lib/libkeyaudit.so",)
    seen = "/etc/systemd/system/x.service:ExecStart=/var/tmp/.x/y\nprocess z of root: /tmp/systemd-private-1/tmp/z\n"
    assert run_there(seen) == ("/etc/systemd/system/x.service:ExecStart=/var/tmp/.x/y",)


ROUTES = "default via 192.0.2.1 dev eth0\n192.0.2.0/24 dev eth0 scope link\n198.51.100.0/24 via 192.0.2.9 dev eth0\n"


def test_a_route_by_a_router_is_told_from_the_default_and_from_the_own_network() -> None:
    def by(address: str) -> str:
        return interfaces.leading(ROUTES, ipaddress.ip_address(address))[1]

    assert [by(address) for address in ("198.51.100.7", "203.0.113.1", "192.0.2.7")] == ["192.0.2.9", "", ""]


def test_a_router_is_silent_where_nobody_has_its_address() -> None:
    seen = "192.0.2.9 dev eth0 FAILED\n192.0.2.8 dev eth0 lladdr 02:00:00:00:00:01 STALE\n192.0.2.7 dev wg0 FAILED\nnoarp wg0\n"
    assert interfaces.silent(seen) == {"192.0.2.9"}
