"""The table of roles on checks/README.md: what each asks for, worked out from roles.yml and the checks themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from checks.catalogue import Check
from checks.domain_rows import kinds
from checks.evidence.dns import question
from checks.evidence.transcript import Answer, Lacking, Transcript
from checks.resolve import Fixtures, Resolver, Skip, target_kind
from checks.roles import Port, Role, roles
from checks.run import fixtures, recorded_inventory
from checks.target import CONTROLLER, Fleet, fleet

_ABOUT = (
    "What `mailassay_roles` may hold; a host may have several. Ports: those that strangers must reach, and those for",
    "the site's own networks (`mailassay_trusted_networks`); of `465 or 587` one will do. Out: port 25 of everybody,",
    "unless `mailassay_smarthost` names a server. DNS: what must be published for the host.",
)
_NAME = "host.example.org"


def lines(catalogue: Mapping[str, Check]) -> Iterator[str]:
    """The section, line by line."""
    common = _asked(catalogue, _fleet(None))
    yield from ("## Roles", "", "What `mailassay_roles` may hold; a host may have several. Ports: those that strangers")
    yield from (
        "must reach, and those for the site's own networks; `587 or 465` means that one will do. Out: port 25 of",
    )
    yield from ("everybody, unless `mailassay_smarthost` names a server. DNS: what must be published for the host.", "")
    yield from ("| role | what it does | from strangers | from our networks | out | DNS |", "|" + " --- |" * 6)
    for role in roles().values():
        row = role.name, role.title, _ports(role.ports), _ports(role.inside), _out(role), _dns(role)
        yield f"| {' | '.join(row)} |"
    yield from ("", "Every host, whatever its roles, and every domain get: " + _short(common, catalogue) + ".", "")
    yield from ("| role | is asked besides |", "| --- | --- |")
    for role in roles().values():
        yield f"| {role.name} | {_short(_asked(catalogue, _fleet(role)) - common, catalogue) or 'nothing'} |"
    yield from _of_domains(catalogue)


def _of_domains(catalogue: Mapping[str, Check]) -> Iterator[str]:
    """The kinds of mail domains, and what each is not asked for."""
    yield from (
        "",
        "## Mail domains",
        "",
        "What `kind` may be in an entry of `mailassay_domains`; a bare name is hosted.",
    )
    yield from ("Whatever else is said of a domain rests on domain.exists and domain.leads_here.", "")
    yield from ("| kind | what it is | its MX records | is not asked |", "|" + " --- |" * 4)
    asked = {name: _asked(_about_domains(catalogue), _domain_fleet(name)) for name in kinds()}
    every = frozenset[str]().union(*asked.values())
    for kind in kinds().values():
        mx = " or ".join("a null MX" if state == "null" else "our hosts" if kind.ours else "hosts" for state in kind.mx)
        yield f"| {kind.name} | {kind.title} | {mx} | {_listed(every - asked[kind.name])} |"


def _listed(ids: frozenset[str]) -> str:
    return ", ".join(sorted(ids)) or "nothing"


def _about_domains(catalogue: Mapping[str, Check]) -> Mapping[str, Check]:
    known = fixtures()
    return {name: made for name, made in catalogue.items() if target_kind(name, made.parameters, known) == "domain"}


def _domain_fleet(kind: str) -> Fleet:
    """One host that does everything for a domain of this kind."""
    host = {
        "mailassay_domains": [{"name": "example.org", "kind": kind, "selectors": ["s"]}],
        "mailassay_roles": ["mx", "submission"],
    }
    return fleet(recorded_inventory("domains", {_NAME: host}))


def _ports(ports: tuple[Port, ...]) -> str:
    found = dict.fromkeys(" or ".join(map(str, sorted({p.number, p.instead or p.number}))) for p in ports)
    return ", ".join(found) or "none"


def _out(role: Role) -> str:
    if role.sends:
        return "25"
    return "its smarthost" if role.mta else "none"


def _dns(role: Role) -> str:
    wanted = [
        ("MX", role.name in ("mx", "backup-mx")),
        ("A or AAAA", bool(role.ports) or role.sends),
        ("PTR, SPF", role.sends),
    ]
    return ", ".join(word for word, asked in wanted if asked) or "none"


def _fleet(role: Role | None) -> Fleet:
    """One host with this role, known to the DNS, that serves one domain."""
    host: dict[str, object] = {"mailassay_domains": ["example.org"], "mailassay_trusted_networks": ["192.0.2.0/24"]}
    host |= {"mailassay_roles": [role.name] if role else [], "mailassay_outbound_to": ["mx.example.net"]}
    if role and role.mta and not role.sends:
        host["mailassay_smarthost"] = "relay.example.org"
    return fleet(recorded_inventory("roles", {_NAME: host}))


def _asked(catalogue: Mapping[str, Check], targets: Fleet) -> frozenset[str]:
    """The checks that ask for evidence on this fleet; the others know from the inventory that they have no part."""
    known = fixtures()
    return frozenset(name for name, made in catalogue.items() if _asks(made, targets, known))


def _asks(made: Check, targets: Fleet, known: Fixtures) -> bool:
    transcript = Transcript(datetime(2026, 1, 1, tzinfo=UTC))
    transcript.record(question(CONTROLLER, _NAME, "A"), Answer("NOERROR", f"{_NAME}. 300 IN A 192.0.2.1".encode()))
    transcript.record(question(CONTROLLER, _NAME, "AAAA"), Answer("NOERROR"))
    transcript.gathering = True
    for target in targets.targets(target_kind(made.id, made.parameters, known)):
        try:
            cases = Resolver(target, targets, transcript, known).cases(made.parameters)
        except Lacking:
            return True
        if any(not isinstance(case.error, Skip) for case in cases):
            return True
    return False


def _short(ids: frozenset[str], catalogue: Mapping[str, Check]) -> str:
    """The checks by topic: all of a topic as ``topic.*``."""
    by_topic: dict[str, list[str]] = {}
    for name in catalogue:
        by_topic.setdefault(name.partition(".")[0], []).append(name)
    whole = [f"{topic}.\\*" if set(those) <= ids else ", ".join(t for t in those if t in ids) for topic, those in
             by_topic.items()]  # fmt: skip
    return ", ".join(each for each in whole if each)
