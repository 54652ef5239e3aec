"""`make propose`: what it concludes, that it loads as an inventory, and that a hostile host cannot write into one."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence import domain_list
from checks.evidence.dkim_signing import SigningKey
from checks.evidence.likely_roles import Seen, likely_roles
from checks.evidence.sockets import Listener
from checks.inventory import read_inventory
from checks.proposal import Sight, harmless, proposal
from checks.target import fleet


def listener(port: int, process: str = "master", address: str = "0.0.0.0") -> Listener:
    return Listener("tcp", address, port, process, "")


def names(seen: Seen) -> list[str]:
    return [role for role, _ in likely_roles(seen)]


MX = Seen((listener(25),), mta=("postfix",), takes=("example.org",))
CASES = {
    "takes mail for a domain from strangers": (MX, ["mx"]),
    "its users log in": (Seen((listener(587), listener(25, address="127.0.0.1")), mta=("postfix",)), ["submission"]),
    "users read mail": (Seen((listener(993, "dovecot"),), store=True), ["mailbox"]),
    "only its own networks, and it delivers": (
        Seen((listener(25),), mta=("exim",), trusts=("10.0.0.0/8",)),
        ["internal-relay", "outbound"],
    ),
    "only its own networks, through a smarthost": (
        Seen((listener(25),), mta=("exim",), trusts=("10.0.0.0/8",), smarthost="out.example.org"),
        ["internal-relay"],
    ),
    "the firewall lets no stranger in": (
        Seen((listener(25),), mta=("postfix",), takes=("example.org",), barred="firewall", trusts=("10.0.0.0/8",)),
        ["internal-relay", "outbound"],
    ),
    "nobody talks to it": (
        Seen((listener(25, address="127.0.0.1"),), mta=("postfix",), smarthost="r"),
        ["null-client"],
    ),
    "an application's own sender": (Seen((), clients=("msmtp",)), ["client"]),
    "haproxy": (Seen((listener(993, "haproxy"), listener(465, "haproxy"))), ["proxy"]),
    "a list manager": (
        Seen((listener(25),), ("postfix",), takes=("l.example.org",), lists=("mailman",)),
        ["list", "mx"],
    ),
    "a backup": (
        Seen((listener(25),), ("postfix",), takes=("a.example",), relayed=("a.example",), backup="MX 20"),
        ["backup-mx"],
    ),
    "a filter": (
        Seen((listener(25),), ("postfix",), takes=("a.example",), relayed=("a.example",), filters=("amavis",)),
        ["filter"],
    ),
    "webmail": (Seen((listener(443, "nginx"),), webmail=("/usr/share/roundcube",)), ["webmail"]),
    "nothing of mail": (Seen((listener(22, "sshd"),)), []),
    "nothing could be seen": (Seen(None, mta=("postfix",)), []),
}


@pytest.mark.parametrize("what", CASES)
def test_roles_follow_from_what_is_seen(what: str) -> None:
    seen, expected = CASES[what]
    assert names(seen) == expected


def read_back(folder: Path, *sights: Sight) -> dict[str, dict[str, object]]:
    """The proposal's text, loaded as an inventory: what it says of each host."""
    path = folder / "hosts.yml"
    path.write_text("\n".join(proposal(sights, "there", "2026-11-26")) + "\n")
    inventory = read_inventory(path)
    fleet(inventory)
    return {host.name: dict(host.mailassay) for host in inventory.hosts}


def test_a_proposal_loads_as_an_inventory(tmp_path: Path) -> None:
    key = SigningKey("example.org", "s1", "", "KeyTable s1")
    relay = Seen((listener(25),), mta=("exim",), trusts=("10.0.0.0/8", "[fd00::]/8"))
    signing = SigningKey("elsewhere.example", "s2", "", "rspamd")
    sights = (
        Sight("mx1", MX, ("mx1.example.org", "postconf"), {"example.org": "mydestination"}, (key, signing)),
        Sight("relay1", relay, sources=("8.8.8.8",), unseen=("needs root: x",)),
        Sight("gone", unreached="no route to host"),
    )
    said = read_back(tmp_path, *sights)
    assert said["mx1"] == {
        "mailassay_hostname": "mx1.example.org",
        "mailassay_roles": ["mx"],
        "mailassay_domains": [
            {"name": "example.org", "selectors": ["s1"]},
            {"name": "elsewhere.example", "kind": "inbound-elsewhere", "selectors": ["s2"]},
        ],
    }
    assert said["relay1"]["mailassay_trusted_networks"] == ["10.0.0.0/8", "fd00::/8"]
    assert said["relay1"]["mailassay_egress"] == ["8.8.8.8"]
    assert said["gone"] == {}


HOSTILE = (
    "{{ lookup('pipe', 'touch /tmp/owned') }}",
    "x\n      mailassay_become: none",
    "a: !!python/object/apply:os.system ['id']",
    "# \x1b[2J\u2028\u202e",
    "'\"]}",
)


@pytest.mark.parametrize("word", HOSTILE)
def test_a_hostile_host_writes_nothing_into_the_inventory(tmp_path: Path, word: str) -> None:
    """Whatever a host calls itself, its domains, selectors, programs or smarthost: no value and no key comes of it."""
    seen = Seen(
        (listener(25, word),), (word,), True, (word,), (word,), word, (word, "10.0.0.0/8"), word, word, (word,), (word,)
    )
    keys = (SigningKey(word, word, word, word), SigningKey("example.org", word, word, word))
    said = read_back(tmp_path, Sight("mx1", seen, (word, word), {word: word}, keys, (word,), (word,), (word,)))
    assert set(said["mx1"]) <= {"mailassay_roles", "mailassay_domains", "mailassay_trusted_networks"}
    text = (tmp_path / "hosts.yml").read_text()
    assert "{{" not in text
    assert all(line.isprintable() for line in text.splitlines())


@given(st.text())
def test_a_comment_is_one_line_that_nothing_runs(text: str) -> None:
    said = harmless(text)
    assert "{{" not in said
    assert "{%" not in said
    assert said.isprintable() or not said
    assert yaml.safe_load(f"a: 1 # {said}\n") == {"a": 1}


@given(st.text())
def test_only_plain_names_are_domains(text: str) -> None:
    assert set(domain_list.domain(text)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_.")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Example.ORG.", "example.org"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("localhost", ""),
        ("192.0.2.1", ""),
        ("host.localdomain", ""),
        ("user@example.org", ""),
        ("a..example", ""),
        (f"{'a' * 64}.example", ""),
    ],
)
def test_a_domain_is_recognised(text: str, expected: str) -> None:
    assert domain_list.domain(text) == expected


def test_exims_lists_are_followed_to_their_files() -> None:
    named, commands = domain_list.of_exim(
        "domainlist local_domains = @ : Example.org : lsearch;/etc/exim4/domains : dsearch;/srv/mail : mysql;SELECT 1 : /f"
    )
    assert named == ("example.org",)
    assert [("/etc/exim4/domains" in c, "/srv/mail" in c, "/f" in c) for c in commands] == [
        (True, False, False), (False, True, False), (False, False, True),
    ]  # fmt: skip


def test_a_file_of_users_gives_away_no_user(tmp_path: Path) -> None:
    """The command itself cuts the addresses off, on the host."""
    import subprocess

    users = tmp_path / "users"
    users.write_text("# c\nalice@example.org:{SHA512}x::\nbob@example.net:{PLAIN}secret\nlocal:{PLAIN}y\n")
    command = domain_list.of_users(str(users)).removeprefix("sudo ")
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["example.net", "example.org"]
