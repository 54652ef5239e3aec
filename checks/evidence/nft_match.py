"""The conditions of an nftables rule: comparisons, sets and the sources they name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from checks.evidence.firewall_rule import Flow, Limit, Match, Sources
from checks.evidence.nft_header import Bits
from checks.evidence.nft_literal import ABSENT, Undecidable, Value, hits, number
from checks.evidence.nft_set import Lookup, Sets, networks, parts
from checks.evidence.nft_value import Key, compile_key

Test = Callable[[Flow], bool | None]
# Greater than any address.
BEYOND = 1 << 130


@dataclass(frozen=True)
class Table:
    """The table a rule belongs to, with the sets, and the limits and quotas, that it may name."""

    family: str
    name: str
    sets: Sets
    limits: Mapping[str, Match | Limit]

    def lookup(self, kinds: tuple[str, ...], data: object, is_map: bool = False) -> Lookup:
        """As ``Sets.lookup``. Raises Undecidable."""
        return self.sets.lookup(self.family, self.name, kinds, data, is_map)


def compile_match(table: Table, match: object) -> Match:
    """A ``match`` of nft's JSON. What cannot be read gives a condition that cannot be told."""
    try:
        match match:
            case {"op": str(operator), "left": left, "right": right}:
                key = compile_key(left)
                return Match(_present(key, _comparison(table, operator, key, right)), key.general)
    except Undecidable:
        pass
    return Match(_untold)


def _untold(_: Flow) -> None:
    return None


def _present(key: Key, test: Callable[[Flow, tuple[Value, ...]], bool | None]) -> Test:
    """A field the packet does not have satisfies no comparison, not even ``!=``."""

    def whole(flow: Flow) -> bool | None:
        values = key(flow)
        return False if any(value is ABSENT for value in values) else test(flow, values)

    return whole


def _comparison(
    table: Table, operator: str, key: Key, right: object
) -> Callable[[Flow, tuple[Value, ...]], bool | None]:
    if operator in ("<", ">", "<=", ">="):
        low, high = _bounds(operator, number(key.kinds[0], right))
        return lambda _, values: values[0].within(low, high) if isinstance(values[0], Bits) else None
    if operator in ("in", "!"):
        flags = number(key.kinds[0], right)
        return lambda _, values: _any_flag(values[0], flags, operator == "in")
    if operator not in ("==", "!="):
        raise Undecidable(operator)
    hit = _hit(table, key, right)
    if operator == "==":
        return hit

    def miss(flow: Flow, values: tuple[Value, ...]) -> bool | None:
        found = hit(flow, values)
        return None if found is None else not found

    return miss


def _bounds(operator: str, limit: int) -> tuple[int, int]:
    return {
        "<": (0, limit - 1), "<=": (0, limit), ">": (limit + 1, BEYOND), ">=": (limit, BEYOND),
    }[operator]  # fmt: skip


def _any_flag(value: Value, flags: int, wanted: bool) -> bool | None:
    if not isinstance(value, Bits):
        return None
    some = value & flags
    if some.value:
        return wanted
    return not wanted if some.known == -1 else None


def _hit(table: Table, key: Key, right: object) -> Callable[[Flow, tuple[Value, ...]], bool | None]:
    if (isinstance(right, str) and right.startswith("@")) or (isinstance(right, dict) and "set" in right):
        lookup = table.lookup(key.kinds, right)

        def contained(flow: Flow, values: tuple[Value, ...]) -> bool | None:
            found = lookup(flow, values)
            return bool(found.results) if found.sure or not found.results else None

        return contained
    patterns = parts(key.kinds, right)

    def equal(_: Flow, values: tuple[Value, ...]) -> bool | None:
        hit = [hits(part, value) for part, value in zip(patterns, values, strict=True)]
        return False if False in hit else (None if None in hit else True)

    return equal


def sources(table: Table, match: object) -> Sources | None:
    """The source addresses that a condition ``ip saddr …`` or ``ip6 saddr @set`` asks for."""
    match match:
        case {"op": "==", "left": left, "right": right}:
            fields = left["concat"] if isinstance(left, dict) and "concat" in left else [left]
        case _:
            return None
    kinds = {"ip": "ipv4", "ip6": "ipv6"}
    for position, field in enumerate(fields if isinstance(fields, list) else ()):
        match field:
            case {"payload": {"protocol": ("ip" | "ip6") as protocol, "field": "saddr"}}:
                return _elements(table, right, kinds[protocol], position)
    return None


def _elements(table: Table, right: object, kind: str, position: int) -> Sources | None:
    match right:
        case str() if right.startswith("@"):
            try:
                named = table.sets.named(table.family, table.name, right)
            except Undecidable:
                return None
            return Sources(named.name, lambda: networks(named.elements, kind, position))
        case {"set": list(listed)}:
            return Sources("", lambda: networks(listed, kind, position))
    return Sources("", lambda: networks([right], kind, position))
