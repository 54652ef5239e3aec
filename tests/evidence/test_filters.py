"""Rspamd's thresholds and controller, the system's TLS policy, Dovecot's master users and Sieve extensions."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.doveconf import doveconf
from checks.evidence.rspamd_conf import rspamd
from checks.evidence.rspamd_dump import notes_points, sections, sets_thresholds
from checks.evidence.sieve_marks import reads_points
from checks.evidence.tls_policy import lowered

DUMP = """== actions
{
    "reject": 15,
    "add_header": 6,
    "greylist": 4
}
== worker
{
    "normal": {
        "bind_socket": "localhost:11333"
    }
}
{
    "controller": {
        "bind_socket": ["*:11334", "/run/rspamd/controller.sock mode=0660"],
        "password": "(default)"
    }
}
"""


def test_thresholds_and_controller_are_read() -> None:
    found = rspamd(DUMP)
    assert found.thresholds == {"reject": 15, "add header": 6, "greylist": 4}
    assert found.disorder == ""
    assert found.controller is not None
    assert found.controller.open_sockets == ("*:11334",)
    assert found.controller.password == "(default)"


@pytest.mark.parametrize(
    ("actions", "disorder"),
    [
        ('{"reject": 15, "add_header": 20}', "add header at 20, reject at 15"),
        ('{"reject": null, "add_header": 6}', "nothing is ever rejected"),
        ("{}", "nothing is ever rejected"),
        ('{"reject": 15, "add_header": 6, "greylist": 8}', ""),  # a matter of taste
    ],
)
def test_thresholds_the_wrong_way_round_are_seen(actions: str, disorder: str) -> None:
    assert rspamd(f"== actions\n{actions}\n== worker\n").disorder == disorder


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("MinProtocol TLSv1.2\nCipherString DEFAULT@SECLEVEL=2\n", ()),
        ("MinProtocol TLSv1\n", ("MinProtocol = TLSv1",)),
        (
            "MinProtocol None\nCipherString DEFAULT:@SECLEVEL=0\n",
            ("MinProtocol = None", "CipherString = DEFAULT:@SECLEVEL=0"),
        ),
        ("policy DEFAULT\n", ()),
        ("policy LEGACY:AD-SUPPORT\n", ("crypto policy LEGACY:AD-SUPPORT",)),
        ("CipherString ALL@SECLEVEL=10\n", ()),
    ],
)
def test_a_lowered_policy_is_seen(text: str, settings: tuple[str, ...]) -> None:
    assert lowered(text) == settings


def test_master_users_and_their_networks_are_read() -> None:
    old = doveconf(
        "# 2.3.19\npassdb {\n  args = /etc/dovecot/masters\n  driver = passwd-file\n  master = yes\n  override_fields = allow_nets=192.0.2.0/28\n}\n"
    )
    new = doveconf(
        "# 2.4.1\npassdb masters {\n  driver = passwd-file\n  master = yes\n  passwd_file_path = /etc/dovecot/masters\n}\n"
    )
    assert [(p.path, p.master, p.nets) for p in (*old.passdbs, *new.passdbs)] == [
        ("/etc/dovecot/masters", True, True),
        ("/etc/dovecot/masters", True, False),
    ]


def test_extensions_for_users_are_read_in_both_versions() -> None:
    old = doveconf(
        "# 2.3.19\nplugin {\n  sieve_extensions = +vnd.dovecot.execute -include\n  sieve_global_extensions = +vnd.dovecot.pipe\n}\n"
    )
    new = doveconf("# 2.4.1\nsieve_extensions {\n  vnd.dovecot.filter = yes\n  vacation-seconds = no\n}\n")
    assert old.sieve_extensions == ("vnd.dovecot.execute",)
    assert new.sieve_extensions == ("vnd.dovecot.filter",)


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    rspamd(f"== actions\n{text}\n== worker\n{text}")
    lowered(text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_json_is_read(value: object) -> None:
    text = json.dumps({"controller": value, "reject": value})
    found = rspamd(f"== actions\n{text}\n== worker\n{text}\n{text}")
    assert isinstance(found.disorder, str)
    assert found.controller is None or isinstance(found.controller.open_sockets, tuple)


@pytest.mark.parametrize(
    ("actions", "out_of_reach"),
    [
        ('{"reject": 1500, "add_header": 1000, "greylist": null}', "add header at 1000, reject at 1500"),
        ('{"reject": 1500, "greylist": 4}', "reject at 1500"),
        ('{"reject": 999, "add_header": 6}', ""),
        ('{"reject": 999, "rewrite_subject": 8}', ""),
        ('{"reject": 15}', ""),
        ("{}", ""),  # that nothing is rejected is told elsewhere
    ],
)
def test_thresholds_that_no_score_reaches_are_seen(actions: str, out_of_reach: str) -> None:
    assert rspamd(f"== actions\n{actions}\n== worker\n").out_of_reach(100) == out_of_reach


@pytest.mark.parametrize(
    ("settings", "other"),
    [
        ("{}", False),
        ('{"own": {"id": "own", "apply": {"actions": {"reject": 8}}}}', True),
        ('{"own": {"actions": {"reject": 8}}}', True),
        ('{"own": {"rcpt": "a@a.test", "apply": {"groups_disabled": ["rbl"]}}, "odd": [1]}', False),
        ('"https://settings.a.test/rspamd"', True),
        ('{"redis": {"server": "127.0.0.1"}}', True),
    ],
)
def test_settings_may_give_mail_other_thresholds(settings: str, other: bool) -> None:
    assert sets_thresholds(f'{{\n    "settings": {settings},\n}}') is other


def test_points_are_told_by_headers_and_read_by_scripts() -> None:
    assert notes_points(sections('{"milter_headers": {"use": ["x-spam-level", {}]}}'))
    assert not notes_points(sections('{"milter_headers": {"use": "authentication-results"}}'))
    assert reads_points('if header :contains "X-Spam-Level" "*****" { fileinto "Junk"; }')
    assert not reads_points('if header :is "X-Spam" "Yes" { fileinto "Junk"; }')


@given(st.text())
def test_any_dump_is_read(text: str) -> None:
    sets_thresholds(text)
    sets_thresholds(json.dumps({"settings": {"a": text, "b": {"apply": text}}}))
    reads_points(text)
