"""Postfix's configuration in effect, as `postconf` tells it: main.cf, and the services of master.cf with their -o."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from types import MappingProxyType

from checks.evidence.postfix_macro import closing, expand, words

# services(5): the names master.cf may use for ports of mail.
_PORTS = {"smtp": 25, "smtps": 465, "submissions": 465, "submission": 587, "lmtp": 24, "qmqp": 628}
# Options of daemons that the next word belongs to: single_server(3), multi_server(3), trigger_server(3).
_WITH_VALUE = frozenset(("-o", "-c", "-i", "-m", "-n", "-s", "-t"))
_LOOPBACK = ("127.", "[::1]", "localhost", "loopback")


@dataclass(frozen=True)
class Service:
    """One service of master.cf. overrides: its -o options; line: as `postconf -M` prints it."""

    name: str
    type: str
    private: str
    chroot: str
    process_limit: str
    command: str
    overrides: Mapping[str, str] = field(default_factory=dict)
    line: str = ""

    @property
    def program(self) -> str:
        """The daemon it runs: smtpd, postscreen, lmtp …"""
        return self.command.split(None, 1)[0]

    @property
    def port(self) -> str:
        """The port (or service name) of an inet service, without an address in front of it."""
        return self.name.rpartition(":")[2]

    @property
    def number(self) -> int | None:
        """The port's number, where it is one or a name that mail uses."""
        return int(self.port) if re.fullmatch(r"\d{1,5}", self.port) else _PORTS.get(self.port)

    @property
    def loopback(self) -> bool:
        """Bound by its own line to an address that only this machine reaches."""
        return ":" in self.name and self.name.startswith(_LOOPBACK)

    @property
    def jailed(self) -> bool:
        """Runs in a chroot; `-` means no since Postfix 3.0."""
        return self.chroot == "y"

    @property
    def label(self) -> str:
        """What tells it from the others: the number of its port, else its name."""
        return str(self.number) if self.type == "inet" and self.number and ":" not in self.name else self.name


@dataclass(frozen=True)
class Postfix:
    """raw: every parameter's value as written; services: master.cf; warnings: postconf's own.

    instance: the configuration directory of a further instance (postmulti(1)), empty for the first.
    """

    raw: Mapping[str, str]
    services: tuple[Service, ...]
    warnings: tuple[str, ...]
    instance: str = ""

    @cached_property
    def parameters(self) -> Mapping[str, str]:
        """Every parameter's value with $names expanded."""
        return MappingProxyType({name: expand(value, self.raw) for name, value in self.raw.items()})

    def __getitem__(self, name: str) -> str:
        """A parameter's value; one that this version does not know is empty."""
        return self.parameters.get(name, "")

    def knows(self, name: str) -> bool:
        """Whether this version has the parameter."""
        return name in self.raw

    def words(self, name: str) -> tuple[str, ...]:
        """A list parameter, split as Postfix splits lists."""
        return words(self[name])

    def service(self, port: int) -> Service | None:
        """The inet service that listens on a port, by number or by its name in services(5)."""
        return next((s for s in self.services if s.type == "inet" and s.number == port), None)

    def of(self, service: Service, name: str) -> str:
        """A parameter as this service sees it: its -o options, in itself and in what it refers to, else main.cf."""
        if not service.overrides:
            return self[name]
        value = service.overrides.get(name, self.raw.get(name, ""))
        return expand(value, {**self.raw, **service.overrides} if "$" in value else {})

    def process_limit(self, service: Service) -> int:
        """How many processes of a service may run at once (master(5), maxproc); 0: any number."""
        named = service.process_limit.rstrip("?")
        limit = named if named.isdecimal() else self["default_process_limit"]
        return int(limit) if limit.isdecimal() else 0

    @property
    def alone(self) -> bool:
        """Whether it is the only instance of Postfix on its host."""
        return not self.instance and not self.words("multi_instance_directories")

    @property
    def smtp_servers(self) -> tuple[Service, ...]:
        """The services that speak SMTP with clients: smtpd on a port of its own, or behind postscreen."""
        return tuple(s for s in self.services if s.program == "smtpd" and s.type in ("inet", "pass"))

    def loopback(self, service: Service) -> bool:
        """Only this machine reaches the service."""
        everywhere = {"127.0.0.1", "::1", "[::1]", "localhost", "loopback-only"}
        named = set(words(self.of(service, "inet_interfaces"))) or {"all"}
        here = all(name in everywhere or name.startswith("127.") for name in named)
        return service.loopback or (":" not in service.name and service.type == "inet" and here)


def parameters(text: str) -> dict[str, str]:
    """``name = value`` lines of `postconf`; other lines (warnings) are passed over."""
    found = {}
    for line in text.splitlines():
        name, equals, value = line.partition(" =")
        if equals and re.fullmatch(r"\w{1,100}", name):
            found[name] = value.strip()
    return found


def services(text: str) -> tuple[Service, ...]:
    """The services of `postconf -Mf` or `postconf -M`; -o options are read off the command."""
    logical: list[str] = []
    for line in text.splitlines():
        if line[:1].isspace() and logical:
            logical[-1] += " " + line.strip()
        elif line.strip() and not line.startswith("#"):
            logical.append(line.strip())
    return tuple(found for line in logical if (found := _service(line)))


def _service(line: str) -> Service | None:
    fields = line.split(None, 7)
    if len(fields) < 8:
        return None
    name, kind, private, _, chroot, _, limit, command = fields
    return Service(name, kind, private, chroot, limit, command, MappingProxyType(_overrides(command)), line)


def _overrides(command: str) -> dict[str, str]:
    """master(5): ``-o name=value`` without blanks, or ``-o { name = value }``."""
    found = {}
    for option in re.finditer(r"(?:^|\s)-o\s+", command):
        at = option.end()
        end = closing(command, at) if command[at : at + 1] == "{" else -1
        text = command[at + 1 : end] if end > 0 else (command[at:].split(None, 1) or [""])[0]
        name, equals, value = text.partition("=")
        if equals:
            found[name.strip()] = value.strip()
    return found


def stray_words(service: Service) -> tuple[str, ...]:
    """Words of a service's command that are no options: no daemon but pipe(8) and spawn(8) runs with them."""
    if service.program in ("pipe", "spawn"):
        return ()
    command, found, at = service.command, [], len(service.program)
    while word := re.compile(r"\s*(\S+)").match(command, at):
        at = word.end()
        if word[1] in _WITH_VALUE and (value := re.compile(r"\s*(\{|\S+)").match(command, at)):
            end = closing(command, value.start(1)) if value[1] == "{" else -1
            at = end + 1 if end > 0 else (re.compile(r"\S*").match(command, value.start(1)) or value).end()
        elif not word[1].startswith("-"):
            found.append(word[1])
    return tuple(found)


@lru_cache(maxsize=64)
def postfix(main: str, master: str, warnings: str, instance: str = "") -> Postfix:
    """From the outputs of `postconf` (all parameters), `postconf -M`, and what both wrote on standard error.

    Kept for a while, since a dozen fixtures read the same and its values are worked out once.
    """
    said = tuple(dict.fromkeys(line for line in warnings.splitlines() if line.strip()))
    return Postfix(MappingProxyType(parameters(main)), services(master), said, instance)


def instances(main: str) -> tuple[str, ...]:
    """The configuration directories of further instances, from the first one's `postconf` (postmulti(1))."""
    return words(parameters(main).get("multi_instance_directories", ""))
