"""nftables' sets and maps, anonymous or named: what a packet's value finds in them."""

from __future__ import annotations

import ipaddress
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from checks.evidence.firewall import Network
from checks.evidence.firewall_rule import Flow
from checks.evidence.nft_header import UNKNOWN, Bits
from checks.evidence.nft_literal import Name, Pattern, Span, Undecidable, Value, hits, pattern


@dataclass(frozen=True)
class NamedSet:
    """A set or map as listed: its elements in nft's JSON.

    over: each element carries a limit, and matches beyond it (True) or below it (False); None: there is none.
    """

    family: str
    table: str
    name: str
    elements: tuple[object, ...]
    over: bool | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """What no other set has."""
        return self.family, self.table, self.name


@dataclass(frozen=True)
class Found:
    """What a lookup may yield. sure: exactly the one result there is, or none; else any of them, or none."""

    results: tuple[object, ...]
    sure: bool


Scalar = int | str
Pairs = list[tuple[tuple[Pattern, ...], object]]


@dataclass
class Elements:
    """The elements of one set, arranged for lookup. A set's results are all None; a map's are in nft's JSON."""

    mapped: bool = False
    exact: dict[tuple[Scalar, ...], object] = field(default_factory=dict)
    spans: list[tuple[int, int, object]] = field(default_factory=list)
    loose: Pairs = field(default_factory=list)
    default: tuple[object, ...] = ()

    def find(self, values: Sequence[Value]) -> Found:
        """What these values, none of them absent, find."""
        plain = tuple(value.value if isinstance(value, Bits) else str(value) for value in values)
        known = all(isinstance(value, str) or (isinstance(value, Bits) and value.known == -1) for value in values)
        if known and plain in self.exact:
            return Found((self.exact[plain],), sure=True)
        if known:
            at = bisect_right(self.spans, plain[0], key=lambda span: span[0]) if self.spans else 0
            if at and self.spans[at - 1][1] >= plain[0]:  # type: ignore[operator]
                return Found((self.spans[at - 1][2],), sure=True)
        if list(values) == [UNKNOWN] and not self.mapped:
            return Found((None,) if self.exact or self.spans or self.loose or self.default else (), sure=False)
        return self._search(values, self.loose if known else list(self._all()))

    def _search(self, values: Sequence[Value], pairs: Pairs) -> Found:
        maybe: list[object] = []
        for patterns, result in pairs:
            hit = [hits(part, value) for part, value in zip(patterns, values, strict=True)]
            if all(hit):
                return Found((result,), sure=True)
            if False not in hit and result not in maybe[-1:]:
                maybe.append(result)
        return Found((*maybe, *self.default), sure=not maybe)

    def _all(self) -> Iterator[tuple[tuple[Pattern, ...], object]]:
        for key, result in self.exact.items():
            yield tuple(Name(part) if isinstance(part, str) else Span(part, part) for part in key), result
        for low, high, result in self.spans:
            yield (Span(low, high),), result
        yield from self.loose


def compile_elements(kinds: tuple[str, ...], listed: Sequence[object], is_map: bool) -> Elements:
    """The elements of a set or map. Raises Undecidable."""
    elements = Elements(mapped=is_map)
    for entry in listed:
        match entry:
            case [key, result] if is_map:
                _add(elements, kinds, bare(key), result)
            case list() if is_map:
                raise Undecidable("map element")
            case _:
                _add(elements, kinds, bare(entry), None)
    elements.spans.sort(key=lambda span: span[0])
    return elements


def bare(entry: object) -> object:
    """An element without its timeout, counter and comment."""
    match entry:
        case {"elem": {"val": value}}:
            return value
    return entry


def parts(kinds: tuple[str, ...], key: object) -> tuple[Pattern, ...]:
    """The patterns of one element. Raises Undecidable."""
    operands = key["concat"] if isinstance(key, dict) and "concat" in key else [key]
    if not isinstance(operands, list) or len(operands) != len(kinds):
        raise Undecidable("concatenation")
    return tuple(pattern(kind, operand) for kind, operand in zip(kinds, operands, strict=True))


def _add(elements: Elements, kinds: tuple[str, ...], key: object, result: object) -> None:
    if key == "*":
        elements.default = (result,)
        return
    patterns = parts(kinds, key)
    plain: list[Scalar] = []
    for part in patterns:
        if isinstance(part, Span) and part.low == part.high:
            plain.append(part.low)
        elif isinstance(part, Name) and not part.wildcard:
            plain.append(part.text)
    if len(plain) == len(patterns):
        elements.exact.setdefault(tuple(plain), result)
    elif len(patterns) == 1 and isinstance(patterns[0], Span):
        elements.spans.append((patterns[0].low, patterns[0].high, result))
    else:
        elements.loose.append((patterns, result))


def networks(listed: Sequence[object], kind: str, position: int) -> tuple[Network, ...]:
    """The addresses of this kind (ipv4, ipv6) that elements hold; position: of the address in a concatenation."""
    make = ipaddress.IPv6Address if kind == "ipv6" else ipaddress.IPv4Address
    found: list[Network] = []
    for entry in listed:
        key = bare(entry)
        operands = key.get("concat") if isinstance(key, dict) else None
        if isinstance(operands, list) and position < len(operands):
            key = operands[position]
        try:
            span = pattern(kind, key)
            if isinstance(span, Span):
                found.extend(ipaddress.summarize_address_range(make(span.low), make(span.high)))
        except (Undecidable, ValueError):  # not an address: nothing that can be blocked
            continue
    return tuple(found)


@dataclass(frozen=True)
class Lookup:
    """A set as a rule uses it. name: None for an anonymous one."""

    elements: Elements
    name: tuple[str, str, str] | None = None

    def __call__(self, flow: Flow, values: tuple[Value, ...]) -> Found:
        """What these values find, with what rules on the packet's way have added or deleted."""
        for name, key, present in reversed(flow.touched) if self.name else ():
            if name == self.name and key == values:
                return Found((None,) if present else (), sure=True)
        return self.elements.find(values)


class Sets:
    """The named sets of a ruleset, each arranged once for every kind of key it is asked with."""

    def __init__(self, named: Sequence[NamedSet]):
        self._named = {one.key: one for one in named}
        self._ready: dict[tuple[object, ...], Lookup] = {}

    def named(self, family: str, table: str, reference: str) -> NamedSet:
        """The set that ``@name`` in a rule of this table means. Raises Undecidable."""
        found = self._named.get((family, table, reference.removeprefix("@")))
        if found is None:
            raise Undecidable(reference)
        return found

    def lookup(self, family: str, table: str, kinds: tuple[str, ...], data: object, is_map: bool) -> Lookup:
        """The set or map of a rule: ``@name`` or ``{"set": [...]}``. Raises Undecidable."""
        match data:
            case {"set": list(listed)}:
                return Lookup(compile_elements(kinds, listed, is_map))
            case str() if data.startswith("@"):
                named = self.named(family, table, data)
                key = (named.key, kinds, is_map)
                if key not in self._ready:
                    elements = compile_elements(kinds, named.elements, is_map)
                    self._ready[key] = Lookup(elements, named.key)
                return self._ready[key]
        raise Undecidable("set")
