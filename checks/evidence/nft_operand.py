"""The values an nftables rule puts somewhere (a mark, an address, a port): constants, expressions and maps."""

from __future__ import annotations

from checks.evidence.firewall_rule import Flow, Match
from checks.evidence.nft_header import UNKNOWN, Bits
from checks.evidence.nft_literal import ABSENT, Undecidable, Value, number
from checks.evidence.nft_match import Table
from checks.evidence.nft_value import Read, compile_key


def operand(table: Table, kind: str, value: object, part: int = 0) -> Read:
    """What ends up there; unknown where it cannot be told. part: of a map's concatenated values."""
    try:
        match value:
            case {"map": {"key": key, "data": data}}:
                return _mapped(table, kind, key, data, part)
            case {"range": _} | {"prefix": _}:
                return lambda _: UNKNOWN
            case dict() if "|" not in value:
                reads = compile_key(value).reads
                return reads[0]
        constant = number(kind, value)
    except Undecidable:
        try:
            return compile_key(value).reads[0]
        except Undecidable:
            return lambda _: UNKNOWN
    return lambda _: Bits(constant)


def _mapped(table: Table, kind: str, key: object, data: object, part: int) -> Read:
    asked = compile_key(key)
    lookup = table.lookup(asked.kinds, data, is_map=True)

    def value(flow: Flow) -> Value:
        values = asked(flow)
        if any(one is ABSENT for one in values):
            return ABSENT
        found = lookup(flow, values)
        if not found.sure:
            return UNKNOWN
        if not found.results:
            return ABSENT
        match found.results[0]:
            case {"concat": list(parts)} if part < len(parts):
                return _constant(kind, parts[part])
            case result:
                return _constant(kind, result) if part == 0 else ABSENT

    return value


def _constant(kind: str, value: object) -> Bits:
    try:
        return Bits(number(kind, value))
    except Undecidable:
        return UNKNOWN


def present(value: object, read: Read) -> Match:
    """What the packet does not have, or a map does not hold for it, ends the rule."""
    mapped = isinstance(value, dict) and "map" in value

    def test(flow: Flow) -> bool | None:
        found = read(flow)
        return None if mapped and found is UNKNOWN else found is not ABSENT

    return Match(test)
