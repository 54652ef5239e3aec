"""Logging in, as configurations have it: TLS before passwords, sender addresses, schemes of stored passwords, accounts."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence import accounts, aliases, stored_passwords, unix_socket
from checks.evidence.aliases import End
from checks.evidence.connecting import connections
from checks.evidence.postfix import postfix
from checks.evidence.postfix_login import anonymous, for_servers, in_clear, login_services, refused_early, unbound
from checks.evidence.postfix_peers import Peer, peers

MASTER = "submission inet n - y - - smtpd -o smtpd_sasl_auth_enable=yes\ncleanup unix n - y - 0 cleanup\nlmtp unix - - n - - lmtp\n"
USUAL = "queue_directory = /var/spool/postfix\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = private/auth\n"


def judged(main: str) -> tuple[str, str, str]:
    found = postfix(USUAL + main, MASTER, "")
    (service,) = login_services(found)
    return in_clear(found, service), anonymous(found, service), unbound(found, service)


@pytest.mark.parametrize(
    ("main", "clear"),
    [
        ("smtpd_tls_auth_only = no\nsmtpd_tls_security_level = may", True),
        ("smtpd_tls_auth_only = yes\nsmtpd_tls_security_level = may", False),
        ("smtpd_tls_auth_only = no\nsmtpd_tls_security_level = encrypt", False),
        ("smtpd_tls_auth_only = no\nsmtpd_tls_wrappermode = yes", False),
        ("smtpd_sasl_security_options = noanonymous, noplaintext", False),
        ("smtpd_enforce_tls = yes", False),
    ],
)
def test_passwords_outside_tls_are_seen(main: str, clear: bool) -> None:
    assert bool(judged(main)[0]) is clear


def test_both_option_lists_must_keep_anonymous_logins_away() -> None:
    assert judged("smtpd_sasl_security_options = noanonymous\nsmtpd_sasl_tls_security_options = noplaintext")[1]
    both = "smtpd_sasl_security_options = noanonymous\nsmtpd_sasl_tls_security_options = $smtpd_sasl_security_options"
    assert not judged(both)[1]


@pytest.mark.parametrize(
    ("main", "why"),
    [
        ("smtpd_sender_restrictions = reject_sender_login_mismatch\nsmtpd_sender_login_maps = hash:/x", ""),
        ("smtpd_sender_restrictions = reject_sender_login_mismatch", "smtpd_sender_login_maps is empty"),
        (
            "smtpd_sender_restrictions = permit_sasl_authenticated, reject_sender_login_mismatch\nsmtpd_sender_login_maps = hash:/x",
            "no restriction",
        ),
        (
            "smtpd_sender_restrictions = warn_if_reject reject_sender_login_mismatch\nsmtpd_sender_login_maps = hash:/x",
            "no restriction",
        ),
        (
            "smtpd_restriction_classes = mua\nmua = reject_authenticated_sender_login_mismatch\nsmtpd_recipient_restrictions = mua\nsmtpd_sender_login_maps = hash:/x",
            "",
        ),
    ],
)
def test_a_login_binds_the_sender(main: str, why: str) -> None:
    assert judged(main)[2].startswith(why)
    assert bool(judged(main)[2]) is bool(why)


@pytest.mark.parametrize(
    ("main", "why"),
    [
        ("smtpd_client_restrictions = permit_sasl_authenticated, reject", "smtpd_client_restrictions"),
        ("smtpd_helo_restrictions = permit_mynetworks, mua\nmua = permit_sasl_authenticated, defer", "smtpd_helo_restrictions"),
        ("smtpd_client_restrictions = permit_sasl_authenticated, check_client_access static:{530 5.7.0 Log in}", "client"),
        ("smtpd_client_restrictions = permit_sasl_authenticated, warn_if_reject reject", ""),
        ("smtpd_client_restrictions = permit_mynetworks, reject", ""),  # who is elsewhere is not to come here at all
        ("smtpd_sender_restrictions = permit_sasl_authenticated, reject", ""),  # at MAIL, after the login
        ("smtpd_client_restrictions = permit_sasl_authenticated, check_client_access cidr:/etc/postfix/blocked", ""),
    ],
)  # fmt: skip
def test_who_is_asked_at_once_cannot_have_logged_in(main: str, why: str) -> None:
    for delayed in ("yes", "no"):
        found = postfix(USUAL + f"smtpd_restriction_classes = mua\nsmtpd_delay_reject = {delayed}\n{main}", MASTER, "")
        (service,) = login_services(found)
        said = refused_early(found, service)
        assert bool(said) is (bool(why) and delayed == "no")
        assert why in said or not said


@pytest.mark.parametrize(
    ("delayed", "port", "spared"), [("yes", "587", True), ("no", "587", False), ("no", "25", True)]
)
def test_a_permit_for_logins_spares_nobody_at_connect(delayed: str, port: str, spared: bool) -> None:
    main = f"smtpd_delay_reject = {delayed}\nsmtpd_client_restrictions = permit_sasl_authenticated, reject_rbl_client bl.test"
    found = postfix(USUAL + main, MASTER.replace("submission", port, 1), "")
    (service,) = login_services(found)
    assert bool(for_servers(found, service)) is not spared


def test_peers_are_found_where_postfix_opens_them() -> None:
    main = (
        USUAL
        + "smtpd_milters = unix:opendkim/s.sock, { inet:localhost:11332, default_action = accept }, unix:/run/x.sock\n"
        "smtpd_recipient_restrictions = check_policy_service unix:private/policy, check_policy_service { inet:[::1]:10023 }\n"
        "virtual_transport = lmtp:inet:box.example.org:24\nnon_smtpd_milters =\n"
    )
    found = {peer.written: peer for peer in peers(postfix(main, MASTER, ""))}
    assert found["private/auth"] == Peer("login", "private/auth", "/var/spool/postfix/private/auth")
    assert found["unix:opendkim/s.sock"].path == "/var/spool/postfix/opendkim/s.sock"
    assert found["unix:/run/x.sock"].path == "/var/spool/postfix/run/x.sock"  # the service runs in a chroot
    assert found["inet:localhost:11332"].option("default_action") == "accept"
    assert found["inet:localhost:11332"].local
    assert (found["inet:[::1]:10023"].host, found["inet:[::1]:10023"].kind) == ("::1", "policy")
    assert (found["lmtp:inet:box.example.org:24"].host, found["lmtp:inet:box.example.org:24"].port) == (
        "box.example.org",
        "24",
    )


@pytest.mark.skipif(not Path("/usr/bin/awk").exists(), reason="no awk here")
def test_schemes_are_counted_and_no_hash_is_shown(tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text(
        "a:{PLAIN}geheim:1\n# b:{PLAIN}x\nc:$6$salt$geheim\nd:geheim::\ne:{ssha512.b64}geheim\nf:!:\ng:\ni:{CRYPT}!\nj:{SHA512-CRYPT}!$6$salt$geheim\nk:{PLAIN}!geheim\nh:$2y$05$geheim\n"
    )
    command = stored_passwords.count(str(users)).removeprefix("sudo ")
    said = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True).stdout
    assert "geheim" not in said
    assert stored_passwords.schemes(said, "CRAM-MD5") == {
        "PLAIN": 2, "SHA512-CRYPT": 1, "CRAM-MD5": 1, "SSHA512": 1, "BLF-CRYPT": 1,
    }  # fmt: skip


def test_an_account_can_log_in_with_a_shell_and_a_way_to_it() -> None:
    text = "root:0:locked:keys:/bin/bash\nvmail:5000:locked:none:/bin/bash\nold:1:set:none:/usr/sbin/nologin\nbad:x:y\nweb:33:set:none:/bin/sh\n"
    found = {each.name: each.can_log_in for each in accounts.accounts(text)}
    assert found == {"root": True, "vmail": False, "old": False, "web": True}


KNOWN = {"postmaster": "root", "root": 'admin, "|/usr/bin/filter -x, y"', "abuse": "/dev/null", "a": "b", "b": "a", "self": "self, x@example.com",
         "own": "me@local.example", "list": ":include:/etc/list"}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "ends"),
    [
        ("postmaster", [End("program", "/usr/bin/filter"), End("user", "admin")]),
        ("abuse", [End("nothing", "/dev/null")]),
        ("a", [End("loop", "a")]),
        ("self", [End("user", "self"), End("address", "x@example.com")]),
        ("own", [End("user", "me")]),
        ("list", [End("file", "/etc/list")]),
        ("nobody", [End("user", "nobody")]),
    ],
)
def test_aliases_are_followed_to_their_end(name: str, ends: list[End]) -> None:
    assert sorted(aliases.ends(name, KNOWN.get, ["local.example"]), key=str) == sorted(ends, key=str)


def test_a_socket_tells_who_is_kept_out_and_where() -> None:
    text = (
        "closed|drwx------ root:root|/var/spool/postfix/dkim|/var/spool/postfix/dkim/s\n"
        "open|srw-rw-rw- postfix:postfix|/run/a|/run/a\nmissing||/run/b|/run/b\nopen|srw-rw---- x:x|/run/dead|/run/dead\nlistens a\n"
    )
    found = unix_socket.unix_sockets(text)
    assert (
        found["/var/spool/postfix/dkim/s"]
        .trouble("postfix")
        .startswith("postfix may not enter /var/spool/postfix/dkim")
    )
    assert not found["/run/a"].trouble("postfix")
    assert found["/run/a"].for_all
    assert "does not exist" in found["/run/b"].trouble("postfix")
    assert "nothing listens" in found["/run/dead"].trouble("postfix")


def test_connections_tell_the_systems_reason() -> None:
    text = (
        "192.0.2.1/24 bash: connect: Connection refused\n192.0.2.1/24 status 1\nbox/24 connected\nbox/24 said 220 hello\n"
        "2001:db8::1/25 bash: line 1: /dev/tcp/2001:db8::1/25: Network is unreachable\n"
        "nosuch/24 bash: line 1: nosuch: Name or service not known\nnosuch/24 bash: line 1: /dev/tcp/nosuch/24: Invalid argument\n"
    )
    goals = [("192.0.2.1", "24"), ("box", "24"), ("2001:db8::1", "25"), ("silent", "24"), ("nosuch", "24")]
    assert [c.outcome for c in connections(text, goals)] == [
        "connection refused",
        "connected",
        "network is unreachable",
        "timed out",
        "name or service not known",
    ]


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    accounts.accounts(text)
    unix_socket.unix_sockets(text)
    stored_passwords.schemes(text, "PLAIN")
    connections(text, [("a", "1")])
    aliases.ends(text, {text: text}.get)
    aliases.ends("a", {"a": text}.get)


@given(st.text())
def test_any_parameters_have_peers(text: str) -> None:
    names = ("smtpd_milters", "smtpd_proxy_filter", "content_filter", "virtual_transport", "smtpd_sasl_path")
    main = USUAL + "".join(f"{name} = {text.splitlines()[0] if text.splitlines() else ''}\n" for name in names)
    peers(postfix(main, MASTER, ""))
