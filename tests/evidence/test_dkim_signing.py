"""The keys that a signer's configuration names are found as the signer itself finds them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.dkim_signing import SigningKey, exim, rspamd, rspamd_maps
from checks.evidence.opendkim import Opendkim, dataset, opendkim, parse_conf
from checks.evidence.transcript import NoEvidence

CONF = """
# Log to syslog
Syslog\t\tyes
Domain first.example.org
domain\tlast.example.org   # opendkim -e Domain says last
KeyTable       refile:/etc/opendkim/key.table
SigningTable   refile:/etc/opendkim/signing.table
"""
FILES = {
    "/etc/opendkim/key.table": """
# keys
mail example.org:s1:/etc/opendkim/keys/s1.private
any %:s2:/etc/opendkim/keys/%.private   # trailing
inline example.net:s3:MIIEow
 spaced example.net:s4:/etc/opendkim/keys/s4.private
""",
    "/etc/opendkim/signing.table": """
*@example.org mail
*@*.example.org any
*@example.net inline:i@example.net
*@spaced.example spaced
*@example.org any
""",
}


def _opendkim(conf: str = CONF) -> Opendkim:
    parsed = parse_conf(conf)
    assert set(parsed.files) <= set(FILES)
    return opendkim(parsed, FILES)


def _records(keys: tuple[SigningKey, ...]) -> list[str]:
    return [key.record for key in keys]


def test_the_last_line_of_opendkim_conf_wins() -> None:
    """opendkim 2.11 -e Domain: names ignore case, a hash begins a comment anywhere, the last line wins."""
    assert parse_conf(CONF).get("DOMAIN") == "last.example.org"


@pytest.mark.parametrize(
    ("address", "records"),
    [
        ("a@example.org", ["s1._domainkey.example.org"]),
        ("A@EXAMPLE.ORG", ["s1._domainkey.example.org"]),
        ("a@sub.example.org", ["s2._domainkey.sub.example.org"]),
        ("a@example.net", ["s3._domainkey.example.net"]),
        ("a@spaced.example", []),
        ("a@example.com", []),
    ],
)
def test_opendkim_selects_by_pattern(address: str, records: list[str]) -> None:
    assert _records(_opendkim().keys_for(address)) == records


def test_opendkim_fills_in_the_sender_and_keeps_inline_keys_out_of_paths() -> None:
    assert _opendkim().keys_for("a@sub.example.org")[0].path == "/etc/opendkim/keys/sub.example.org.private"
    assert _opendkim().keys_for("a@example.net")[0].path == ""


def test_opendkim_multiple_signatures() -> None:
    keys = _opendkim(CONF + "MultipleSignatures yes\n").keys_for("a@example.org")
    assert _records(keys) == ["s1._domainkey.example.org", "s2._domainkey.example.org"]


def test_opendkim_names_keys_it_lacks() -> None:
    """opendkim -Q on the same refile: a pattern with white space before it is never found."""
    assert _opendkim().missing_keys() == ("spaced",)


def test_opendkim_file_tables_have_no_patterns() -> None:
    """The classic mistake: *@example.org in a table of type file: matches nobody."""
    signer = _opendkim(CONF.replace("refile:/etc/opendkim/signing", "file:/etc/opendkim/signing"))
    assert not signer.keys_for("a@example.org")


@pytest.mark.parametrize(
    ("table", "address", "signed"),
    [
        ("example.org=mail", "a@example.org", True),
        ("example.org=mail", "a@sub.example.org", False),
        (".example.org=mail", "a@sub.example.org", True),
        ("a@*=mail", "a@example.com", True),
        ("*=mail", "b@example.com", True),
        ("a@.example.org=mail", "a@x.sub.example.org", True),
    ],
)
def test_opendkim_searches_other_tables_by_steps(table: str, address: str, signed: bool) -> None:
    signer = _opendkim(f"KeyTable csl:mail=example.org:s1:/k\nSigningTable {table}\n")
    assert bool(signer.keys_for(address)) is signed


def test_opendkim_single_key() -> None:
    conf = "Domain example.org, example.net\nSelector s9\nKeyFile /etc/dkim.key\n"
    assert _records(_opendkim(conf).keys()) == ["s9._domainkey.example.org", "s9._domainkey.example.net"]
    assert not _opendkim(conf).keys_for("a@sub.example.org")
    assert _records(_opendkim(conf + "SubDomains yes").keys_for("a@sub.example.org")) == ["s9._domainkey.example.org"]
    assert not _opendkim(conf + "Mode v").keys_for("a@example.org")


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("refile:/etc/t", "refile"),
        ("/etc/t", "file"),
        ("/etc/t.db", "db"),
        ("a.example, b.example", "csl"),
        ("mail=example.org:s1:/k", "csl"),
        ("Dsn:mysql://h", "dsn"),
        ("csl:/a", "csl"),
    ],
)
def test_opendkim_data_sets(value: str, kind: str) -> None:
    """opendkim(8) DATA SETS."""
    assert dataset(value)[0] == kind


def test_opendkim_paths_may_hold_colons() -> None:
    signer = _opendkim("KeyTable csl:m=example.org:s1:/k/a:b.private\nSigningTable csl:example.org=m\n")
    assert signer.keys_for("a@example.org")[0].path == "/k/a:b.private"


def test_opendkim_tables_in_databases_are_unreadable_not_empty() -> None:
    conf = "KeyTable dsn:mysql://u:p@h/db\nSigningTable refile:/etc/opendkim/signing.table\n"
    assert _opendkim(conf).unreadable == ("dsn:mysql://u:p@h/db",)


# Recorded from rspamadm 3.4.
RSPAMD = """{
    "try_fallback": true, "use_redis": false, "path": "/var/lib/rspamd/dkim/$domain.$selector.key",
    "use_domain": "header", "use_esld": true, "selector": "dkim2026",
    "selector_map": "/etc/rspamd/maps/sel.map",
    "domain": {
        "example.net": {"selector": "old", "path": "/k/old.key"},
        "example.org": {"selectors": [
            {"path": "/k/example.key", "selector": "ds"}, {"path": "/k/ed.key", "selector": "ed"}]},
        "example.com": {"path": "/k/com.key"}
    }
}"""


def test_rspamd_domains_then_the_fallback() -> None:
    keys = rspamd(RSPAMD)
    assert _records(keys) == [
        "old._domainkey.example.net", "ds._domainkey.example.org", "ed._domainkey.example.org",
        "dkim2026._domainkey.example.com", "dkim2026._domainkey.$domain",
    ]  # fmt: skip
    filled = keys[-1].for_domain("example.edu")
    assert (filled.record, filled.path) == (
        "dkim2026._domainkey.example.edu", "/var/lib/rspamd/dkim/example.edu.dkim2026.key",
    )  # fmt: skip
    assert rspamd_maps(RSPAMD) == ("selector_map = /etc/rspamd/maps/sel.map",)


@pytest.mark.parametrize(
    ("text", "records"),
    [
        ('{"enabled": false, "path": "/k/$domain", "selector": "s"}', []),
        ("[]", []),
        ("{}", []),
        ('{"path": "/k/$domain", "selector": "s"}', ["s._domainkey.$domain"]),
        ('{"path": "/k/$domain", "selector": "s", "try_fallback": false}', []),
        (
            '{"path": "/k", "try_fallback": false, "domain": {"A.example": {"selector": "t"}, "b.example": 1}}',
            ["t._domainkey.a.example"],
        ),
        ('{"domain": {"a.example": {"selectors": [{"selector": "t", "path": "/k"}, 1]}}}', ["t._domainkey.a.example"]),
    ],
)
def test_rspamd_settings(text: str, records: list[str]) -> None:
    assert _records(rspamd(text)) == records


@pytest.mark.parametrize("text", ["", "cannot read", "[" * 100_000])
def test_rspamd_output_that_is_no_json(text: str) -> None:
    with pytest.raises(NoEvidence):
        rspamd(text)


# Recorded from exim 4.96 -bP transports, without the options that are not about DKIM.
EXIM = """
remote_smtp transport:
driver = smtp
dkim_canon = relaxed
dkim_domain = example.org : example.net
dkim_hash = sha256
dkim_private_key = /etc/exim4/dkim/$dkim_domain-$dkim_selector.key
dkim_selector = s1 : s2
dkim_strict =

plain transport:
driver = smtp
dkim_domain =
dkim_private_key =
dkim_selector =

dyn transport:
driver = smtp
dkim_domain = ${lc:${domain:$h_from:}}
dkim_private_key = ${if exists{/etc/exim4/dkim/$dkim_domain.key}{/etc/exim4/dkim/$dkim_domain.key}{0}}
dkim_selector = 2026
"""


def test_exim_transports() -> None:
    keys = exim(EXIM)
    assert _records(keys)[:4] == [
        "s1._domainkey.example.org", "s2._domainkey.example.org",
        "s1._domainkey.example.net", "s2._domainkey.example.net",
    ]  # fmt: skip
    assert keys[0].for_domain("example.org").path == "/etc/exim4/dkim/example.org-s1.key"
    assert (keys[0].depends_on_sender, keys[4].depends_on_sender, len(keys)) == (False, True, 5)
    filled = keys[4].for_domain("example.com")
    assert (filled.record, filled.path) == ("2026._domainkey.example.com", "/etc/exim4/dkim/example.com.key")


def test_exim_lists_with_another_separator() -> None:
    text = "t transport:\ndkim_domain = <; a.example ; b.example\ndkim_selector = s::1\ndkim_private_key = /k\n"
    assert _records(exim(text)) == ["s:1._domainkey.a.example", "s:1._domainkey.b.example"]


@given(st.text(max_size=200), st.text("KeyTablSignig refil:/*@.=%,#\n", max_size=120), st.emails())
def test_any_configuration_is_read(odd: str, likely: str, address: str) -> None:
    for text in (odd, likely):
        conf = parse_conf(text + "\nKeyTable /k\nSigningTable refile:/s")
        signer = opendkim(conf, {"/k": odd, "/s": likely})
        found = [*signer.keys_for(address), *signer.keys_for(odd), *signer.keys(), *exim(text), *exim(EXIM + likely)]
        assert all(key.where for key in found)
        try:
            rspamd(text)
        except NoEvidence:
            continue


def test_patterns_with_many_asterisks_are_quick() -> None:
    signer = opendkim(parse_conf("KeyTable /k\nSigningTable refile:/s"), {"/s": "*a" * 20_000 + "*b x", "/k": ""})
    assert not signer.keys_for("a" * 40_000)
