"""The targets of an audit, known from the inventory alone: hosts, endpoints, domains and observers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Protocol

from checks.connection import Connection
from checks.domain_file import HOSTS, KEY, from_file
from checks.domain_rows import CUSTOMER, BadDomain, Kind, Row, read_row
from checks.policy import PREFIX, Policy, PolicyProblem, policy
from checks.roles import SERVICES, Port, Role, role
from checks.state import LIVE, BadState, State, read_state

CONTROLLER = "controller"


class Entry(Protocol):
    """A host as an inventory tells of it, live or from the record of an earlier run."""

    @property
    def name(self) -> str: ...
    @property
    def connection(self) -> Connection | None: ...
    @property
    def mailassay(self) -> Mapping[str, object]: ...


class Source(Protocol):
    """An inventory: the hosts to audit, and those that a limit left out (an observer may be among them)."""

    @property
    def site(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def hosts(self) -> Sequence[Entry]: ...
    @property
    def others(self) -> Sequence[Entry]: ...


# Hosts where users' mail enters; an MX sends bounces only, and a smarthost passes on what others have signed.
_SIGNERS = ("submission", "list")


@dataclass(frozen=True)
class Host:
    """A machine of the inventory, reached at its management address; inside evidence only.

    state: live again once the last day that the inventory gives is past.
    """

    name: str
    connection: Connection | None
    roles: tuple[Role, ...]
    policy: Policy
    state: State = LIVE
    kind: str = "host"

    def has(self, *names: str) -> bool:
        """Whether the host has one of these roles."""
        return any(role.name in names for role in self.roles)

    @property
    def retired(self) -> bool:
        return self.state.word == "retired"

    @property
    def mta(self) -> bool:
        return any(role.mta for role in self.roles)

    @property
    def store(self) -> bool:
        return any(role.store for role in self.roles)

    @property
    def sends(self) -> bool:
        """Delivers to the Internet itself, and not through a smarthost."""
        return any(role.sends for role in self.roles) and not self.policy.smarthost

    @property
    def serves_others(self) -> bool:
        """Whether it has a port that other hosts, or users, connect to."""
        return bool(self.ports or self.inside_ports)

    @property
    def public_name(self) -> str:
        """The name other servers know it by, as far as the inventory says; empty if it does not."""
        return self.policy.hostname or (self.name if "." in self.name else "")

    @cached_property
    def ports(self) -> tuple[Port, ...]:
        """Public mail ports: the site's own list, or those its roles ask for."""
        if self.policy.ports:
            return tuple(_port(entry, self.name) for entry in self.policy.ports)
        return tuple({port.number: port for role in self.roles for port in role.ports}.values())

    @cached_property
    def inside_ports(self) -> tuple[Port, ...]:
        """Mail ports for the site's own networks alone."""
        public = {port.number for port in self.ports}
        asked = [port for role in self.roles for port in role.inside if port.number not in public]
        # A role that takes no other port in its place has the last word.
        asked.sort(key=lambda port: not port.instead)
        return tuple({port.number: port for port in asked}.values())


@dataclass(frozen=True)
class Endpoint:
    """A public name and port, with the hosts behind it; judged once, however many those are."""

    name: str
    fqdn: str
    port: Port
    hosts: tuple[Host, ...]
    policy: Policy
    addresses: tuple[str, ...] = ()
    kind: str = "endpoint"

    @property
    def service(self) -> str:
        return self.port.service


@dataclass(frozen=True)
class Domain:
    """A mail domain. is_a: its kind, as domain_kinds.yml has it. customer: whose DNS it is, if it is not ours."""

    name: str
    is_a: Kind
    selectors: tuple[str, ...]
    hosts: tuple[Host, ...]
    policy: Policy
    customer: str = ""
    kind: str = "domain"

    @property
    def foundations(self) -> tuple[str, ...]:
        """References of what all else that is said of it rests on, each on those before it."""
        return tuple(f"{check}@{self.name}" for check in ("domain.exists", "domain.leads_here"))

    @property
    def mx_hosts(self) -> tuple[Host, ...]:
        """Hosts of the inventory that receive for it."""
        return tuple(host for host in self.hosts if host.has("mx", "backup-mx"))

    @property
    def senders(self) -> tuple[Host, ...]:
        """Hosts whose mail its SPF record must let pass: not those that are still being built."""
        sending = self.hosts if self.is_a.sends else ()
        return tuple(host for host in sending if host.sends and host.state.word != "building")

    @property
    def signers(self) -> tuple[Host, ...]:
        """Hosts that must sign its mail."""
        signing = self.hosts if self.is_a.sends else ()
        return tuple(host for host in signing if host.has(*_SIGNERS) and host.sends)


@dataclass(frozen=True)
class Observer:
    """Where outside probes start. host: None for the controller."""

    name: str
    host: Host | None
    policy: Policy
    kind: str = "observer"


Target = Host | Endpoint | Domain | Observer


@dataclass(frozen=True)
class Fleet:
    """All targets of one audit. others: hosts of the inventory that a limit left out of it."""

    site: str
    hosts: tuple[Host, ...]
    endpoints: tuple[Endpoint, ...]
    domains: tuple[Domain, ...]
    observers: tuple[Observer, ...]
    others: tuple[Host, ...] = ()

    def targets(self, kind: str) -> tuple[Target, ...]:
        """The targets of one kind: host, endpoint, domain or observer."""
        by_kind: Mapping[str, tuple[Target, ...]] = {
            "host": self.hosts, "endpoint": self.endpoints, "domain": self.domains, "observer": self.observers,
        }  # fmt: skip
        return by_kind[kind]

    def observer(self, target: Target) -> Observer:
        """The observer that looks at this target."""
        return next(o for o in self.observers if o.name == target.policy.observer)


def fleet(inventory: Source, today: date = date.min) -> Fleet:
    """The targets of an inventory on this day. Raises PolicyProblem or ValueError with one clear line."""
    folder = _folder(inventory.source)
    everyone = {entry.name: _host(entry, today, folder) for entry in inventory.hosts}
    hosts = tuple(everyone.values())
    standing = [host for host in hosts if not host.retired]
    others = tuple(_host(entry, today, folder) for entry in inventory.others)
    watchers = _observers(hosts, others)
    return Fleet(inventory.site, hosts, _endpoints(standing), _domains(standing), watchers, others)


def _folder(source: str) -> Path:
    path = Path(source).expanduser()
    return path if path.is_dir() else path.parent


def _host(entry: Entry, today: date, folder: Path) -> Host:
    where = f"host {entry.name}"
    chosen = policy({**entry.mailassay, **_domains_from_file(entry, folder)}, where)
    try:
        state = read_state(chosen.state)
    except BadState as error:
        raise PolicyProblem(f"{where}: {PREFIX}state: {error}") from error
    if isinstance(chosen.active, str):
        try:
            ip_address(chosen.active)
        except ValueError as error:
            raise PolicyProblem(f"{where}: {PREFIX}active: {error}; give the address that the pair shares") from error
    roles = tuple(role(str(name), where) for name in chosen.roles)
    return Host(entry.name, entry.connection, roles, chosen, LIVE if state.over(today) else state)


def _domains_from_file(entry: Entry, folder: Path) -> dict[str, object]:
    """The host's domains where they stand in a file; those that nobody has read from the hosts yet are none."""
    named = entry.mailassay.get(KEY)
    if not isinstance(named, str):
        return {}
    return {KEY: [] if named == HOSTS else from_file(named, folder)}


def _port(entry: Any, where: str) -> Port:
    if isinstance(entry, Mapping):
        return Port(**entry)
    if not isinstance(entry, int) or entry not in SERVICES:
        raise PolicyProblem(f"{where}: mailassay_ports: {entry!r} is no mail port; give number and service")
    return Port(entry, SERVICES[entry])


def _endpoints(hosts: Iterable[Host]) -> tuple[Endpoint, ...]:
    """Endpoints that the hosts share by name are one; explicit ones stand in place of the host's own name."""
    found: dict[str, Endpoint] = {}
    for host in hosts:
        for fqdn, port, addresses in _faces(host):
            name = f"{fqdn or host.name}:{port.number}"
            behind = found[name].hosts if name in found else ()
            found[name] = Endpoint(name, fqdn, port, (*behind, host), host.policy, addresses)
    return tuple(found.values())


def _faces(host: Host) -> Iterable[tuple[str, Port, tuple[str, ...]]]:
    if not host.policy.endpoints:
        yield from ((host.public_name, port, ()) for port in host.ports)
        return
    for entry in host.policy.endpoints:
        if not isinstance(entry, Mapping) or not {"name", "ports"} <= set(entry):
            raise PolicyProblem(f"host {host.name}: mailassay_endpoints: each entry needs name and ports")
        for port in entry["ports"]:
            yield str(entry["name"]), _port(port, f"host {host.name}"), tuple(entry.get("addresses", ()))


def _domains(hosts: Iterable[Host]) -> tuple[Domain, ...]:
    """Each domain once, with all hosts that name it; the last to say something of it counts."""
    rows: dict[str, Row] = {}
    behind: dict[str, list[Host]] = {}
    for host in hosts:
        for entry in host.policy.domains or ():
            row = _row(entry, host.name)
            known = rows.get(row.name)
            rows[row.name] = replace(row, selectors=row.selectors or known.selectors) if known else row
            behind.setdefault(row.name, []).append(host)
    return tuple(
        Domain(name, row.kind, row.selectors, tuple(behind[name]), behind[name][0].policy, _customer(row))
        for name, row in rows.items()
    )


def _row(entry: Any, host: str) -> Row:
    try:
        return read_row(entry)
    except BadDomain as error:
        raise PolicyProblem(f"host {host}: {PREFIX}domains: {error}") from error


def _customer(row: Row) -> str:
    """Whose DNS it is, if it is not ours: the customer's name, or that of the domain where none is given."""
    return (row.customer or row.name) if row.dns == CUSTOMER else ""


def _observers(hosts: tuple[Host, ...], others: tuple[Host, ...]) -> tuple[Observer, ...]:
    found: dict[str, Observer] = {}
    by_name = {host.name: host for host in (*others, *hosts)}
    for host in hosts:
        name = host.policy.observer
        if name in found:
            continue
        if name != CONTROLLER and name not in by_name:
            raise PolicyProblem(f"host {host.name}: mailassay_observer: {name!r} is neither controller nor a host")
        found[name] = Observer(name, by_name.get(name), host.policy)
    return tuple(found.values())
