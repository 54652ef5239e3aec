"""Postfix's configuration in effect, as `postconf` tells it: main.cf, and the services of master.cf with their -o."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

_REFERENCE = re.compile(r"\$(?:\{(\w+)(?:[?:][^}]*)?\}|\((\w+)\)|(\w+))")


@dataclass(frozen=True)
class Service:
    """One service of master.cf. overrides: its -o options."""

    name: str
    type: str
    private: str
    chroot: str
    process_limit: str
    command: str
    overrides: Mapping[str, str] = field(default_factory=dict)
    line: str = ""

    @property
    def port(self) -> str:
        """The port (or service name) of an inet service, without an address in front of it."""
        return self.name.rpartition(":")[2]


@dataclass(frozen=True)
class Postfix:
    """parameters: every parameter's value with $names expanded; services: master.cf; warnings: postconf's own."""

    parameters: Mapping[str, str]
    services: tuple[Service, ...]
    warnings: tuple[str, ...]

    def __getitem__(self, name: str) -> str:
        """A parameter's value; one that this version does not know is empty."""
        return self.parameters.get(name, "")

    def words(self, name: str) -> tuple[str, ...]:
        """A list parameter, split as Postfix splits lists."""
        return tuple(re.split(r"[\s,]+", self[name].strip())) if self[name].strip() else ()

    def service(self, port: int) -> Service | None:
        """The inet service that listens on a port, by number or by its name in services(5)."""
        names = {
            str(port),
            {25: "smtp", 465: "submissions", 587: "submission"}.get(port, ""),
            *(["smtps"] if port == 465 else []),
        }
        return next((s for s in self.services if s.type == "inet" and s.port in names), None)

    def of(self, service: Service, name: str) -> str:
        """A parameter as this service sees it: its -o override, else main.cf."""
        value = service.overrides.get(name)
        return self[name] if value is None else expand(value, {**self.parameters, **service.overrides})


def parameters(text: str) -> dict[str, str]:
    """``name = value`` lines of `postconf`; other lines (warnings) are passed over."""
    found = {}
    for line in text.splitlines():
        name, equals, value = line.partition(" =")
        if equals and re.fullmatch(r"\w+", name):
            found[name] = value.strip()
    return found


def expand(value: str, known: Mapping[str, str], depth: int = 8) -> str:
    """The value with $name, ${name} and $(name) replaced; conditional forms keep their name's value (postconf(5))."""

    def value_of(match: re.Match[str]) -> str:
        name = match[1] or match[2] or match[3]
        return expand(known[name], known, depth - 1) if name in known and depth > 0 else match[0]

    return _REFERENCE.sub(value_of, value)[:65536]


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
    words = line.split(None, 7)
    if len(words) < 8:
        return None
    name, kind, private, _, chroot, _, limit, command = words
    overrides = {m[1]: (m[3] if m[3] is not None else m[2]).strip()
                 for m in re.finditer(r"-o\s+\{?\s*(\w+)\s*=\s*(([^\s{}][^\s}]*)?|[^}]*)\}?", command)}  # fmt: skip
    return Service(name, kind, private, chroot, limit, command, MappingProxyType(overrides), line)


def postfix(main: str, master: str, warnings: str) -> Postfix:
    """From the outputs of `postconf` (all parameters), `postconf -M`, and what both wrote on standard error."""
    raw = parameters(main)
    expanded = {name: expand(value, raw) for name, value in raw.items()}
    said = tuple(line for line in warnings.splitlines() if line.strip())
    return Postfix(MappingProxyType(expanded), services(master), said)
