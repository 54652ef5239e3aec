"""What an inventory could say of the hosts that `make propose` looked at, as YAML with the evidence beside each line.

Hosts are hostile input here more than anywhere: what is printed is pasted into an inventory, where Ansible would run
``{{ … }}``. So a value is written as one only if it is a plain name, address or word; the rest is shown in comments.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from checks.evidence.dkim_signing import SigningKey
from checks.evidence.domain_list import domain
from checks.evidence.likely_roles import Seen, likely_roles
from checks.evidence.networks import network
from checks.roles import roles

_SELECTOR = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?", re.IGNORECASE)
_SERVER = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,252}(?::\d{1,5})?")
_LONGEST = 160


@dataclass(frozen=True)
class Sight:
    """What one host showed. unseen: what could not be looked at, and why; hostname: with where it stands.

    domains: with the setting that names each; keys: that mail is signed with; sources: addresses it sends from, and
    addresses: those that the DNS has for its name.
    """

    name: str
    seen: Seen = field(default_factory=Seen)
    hostname: tuple[str, str] = ("", "")
    domains: Mapping[str, str] = field(default_factory=dict)
    keys: tuple[SigningKey, ...] = ()
    sources: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    unreached: str = ""


def proposal(sights: Iterable[Sight], inventory: str, today: str) -> Iterator[str]:
    """The lines of an inventory that says what was seen."""
    looked = list(sights)
    taken = frozenset(name for sight in looked for name in sight.domains)
    yield f"# What the hosts of {harmless(inventory)} showed on {today}. Nothing was written anywhere: compare it with"
    yield "# what you know, and copy what is right into your inventory. The words: checks/roles.yml, checks/policy.yml."
    yield "all:"
    yield "  hosts:"
    for sight in looked:
        if sight.unreached:
            yield f"    {json.dumps(sight.name)}: {{}} # not reached: {harmless(sight.unreached)}"
            continue
        yield f"    {json.dumps(sight.name)}:"
        yield from (f"      {line}" for line in (*_host(sight, taken), *_not_said(sight)))


def _host(sight: Sight, taken: frozenset[str]) -> Iterator[str]:
    yield from _hostname(sight)
    found = likely_roles(sight.seen)
    for role, why in found:
        yield f"# {role}: {harmless(why)}"
    yield f"mailassay_roles: [{', '.join(role for role, _ in found)}]" + (
        "" if found else " # no part in mail was seen"
    )
    yield from _listeners(sight)
    if sight.seen.smarthost:
        yield from _value("smarthost", sight.seen.smarthost, _SERVER, "all mail is sent through it")
    if any(role == "internal-relay" for role, _ in found):
        networks = ", ".join(f'"{net}"' for word in sight.seen.clients_of_it if (net := network(word)))
        yield f"mailassay_trusted_networks: [{networks}] # its own list of whom it sends for"
    if any(roles()[role].sends for role, _ in found) and not sight.seen.smarthost:
        yield from _egress(sight)
    yield from _domains(sight, taken)


def _hostname(sight: Sight) -> Iterator[str]:
    name, where = sight.hostname
    if domain(name) and name.lower() != sight.name.lower():
        yield f"mailassay_hostname: {domain(name)} # {harmless(where)}"
    elif name and name.lower() != sight.name.lower():
        yield f"# {harmless(where)} says {harmless(name)}, which is no public name: set mailassay_hostname"


def _listeners(sight: Sight) -> Iterator[str]:
    """Ports that others reach; they need a line of their own only where they differ from what the roles say."""
    open_ = [e for e in sight.seen.listeners or () if not e.loopback and e.protocol == "tcp"]
    for port in sorted({e.port for e in open_}):
        here = [e for e in open_ if e.port == port]
        held = ", ".join(dict.fromkeys(e.process for e in here if e.process)) or "a program that only root may see"
        yield f"# listens on {', '.join(dict.fromkeys(e.address for e in here))} port {port}: {harmless(held)}"


def _value(key: str, value: str, form: re.Pattern[str], why: str) -> Iterator[str]:
    if form.fullmatch(value):
        yield f"mailassay_{key}: {json.dumps(value)} # {harmless(why)}"
    else:
        yield f"# mailassay_{key}: {harmless(value)} is not a plain value; {harmless(why)}"


def _egress(sight: Sight) -> Iterator[str]:
    here = [a for a in sight.sources if _address(a)]
    if not here:
        return
    public = [a for a in here if ipaddress.ip_address(a).is_global]
    if set(here) <= set(sight.addresses):
        yield f"# sends from {', '.join(here)}, the addresses of its name: mailassay_egress is not needed"
    elif public:
        listed = ", ".join(map(json.dumps, public))
        yield f"mailassay_egress: [{listed}] # it sends from here; its name has {_or_none(sight.addresses)}"
    else:
        yield f"# mailassay_egress: it sends from {', '.join(here)}, not public: give the address that NAT puts there"


def _address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _or_none(addresses: tuple[str, ...]) -> str:
    return ", ".join(a for a in addresses if _address(a)) or "none"


def _domains(sight: Sight, taken: frozenset[str]) -> Iterator[str]:
    """Domains that mail is taken for, and those that mail is only signed for, each with its selectors."""
    signed = {domain(key.domain) for key in sight.keys} - {""}
    names = list(dict.fromkeys((*filter(domain, sight.domains), *sorted(signed))))
    anyone = [key for key in sight.keys if not domain(key.domain)]
    for key in anyone:
        said = f"signs with selector {key.selector} ({key.where}) for {key.domain}"
        yield f"# {harmless(said)}"
    if not names:
        return
    yield "mailassay_domains:"
    for name in names:
        selectors, wheres = _selectors(sight, name)
        row = {"name": name} | ({} if name in taken else {"kind": "inbound-elsewhere"})
        fields = [f"{key}: {value}" for key, value in row.items()]
        fields += [f"selectors: [{', '.join(map(json.dumps, selectors))}]"] if selectors else []
        why = [sight.domains.get(name, ""), *wheres, "" if name in taken else "no host here takes its mail"]
        yield f"  - {{{', '.join(fields)}}} # {harmless('; '.join(filter(None, why)))}"


def _selectors(sight: Sight, name: str) -> tuple[list[str], list[str]]:
    mine = [key for key in sight.keys if domain(key.domain) == name and _SELECTOR.fullmatch(key.selector)]
    return list(dict.fromkeys(key.selector for key in mine)), list(dict.fromkeys(key.where for key in mine))


def _not_said(sight: Sight) -> Iterator[str]:
    for why in sight.unseen:
        yield f"# could not look: {harmless(why)}"


def harmless(text: str) -> str:
    """One line of a comment: nothing ends it, moves a terminal's cursor, or would be run by Ansible if uncommented."""
    plain = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in " ".join(text.split()))
    plain = plain.replace("{{", "{ {").replace("{%", "{ %").replace("{#", "{ #")
    return plain if len(plain) <= _LONGEST else f"{plain[:_LONGEST]}…"
