"""The nftables ruleset in effect, as `nft -j list ruleset` prints it: tables, chains, sets and rules."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from checks.evidence.firewall import RuleRef
from checks.evidence.firewall_rule import Chain, Limit, Match, Rule, Step
from checks.evidence.firewall_ruleset import Ruleset
from checks.evidence.nft_match import Table, sources
from checks.evidence.nft_set import NamedSet, Sets
from checks.evidence.nft_statement import compile_statement, quota
from checks.evidence.nft_text import rule_text

__all__ = ["NftError", "Ruleset", "parse"]

# Families a host's own IP traffic never meets.
ELSEWHERE = {"arp", "bridge"}


class NftError(ValueError):
    """A text that is no ruleset in nft's JSON; says what is wrong with it and where."""


def parse(text: str) -> Ruleset:
    """The ruleset in the output of ``nft -j list ruleset`` (libnftables-json(5)). Raises NftError.

    An expression or statement that is not known makes its rule undecidable, not the ruleset unreadable.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NftError(f"not JSON: {str(error)[:200]}") from error
    listed = document.get("nftables") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise NftError("no list named nftables")
    try:
        return Ruleset("nft", tuple(_chains(listed)))
    except RecursionError as error:
        raise NftError("expressions nested too deep") from error


def _objects(listed: Iterable[object], *kinds: str) -> Iterator[tuple[str, dict[str, object]]]:
    """The objects of these kinds. Raises NftError where one has no name or table."""
    for number, entry in enumerate(listed):
        if not isinstance(entry, dict):
            raise NftError(f"object {number} is no object")
        for kind in kinds & entry.keys():
            body = entry[kind]
            if not isinstance(body, dict) or not all(
                isinstance(body.get(word), str) for word in ("family", "table", "chain" if kind == "rule" else "name")
            ):
                raise NftError(f"object {number}: a {kind} without family, table or name")
            if body["family"] not in ELSEWHERE:
                yield kind, body


def _chains(listed: list[object]) -> Iterator[Chain]:
    sets = Sets([_set(body) for _, body in _objects(listed, "set", "map")])
    tables: dict[tuple[str, str], Table] = {}
    for _, body in _objects(listed, "chain", "rule"):
        place = (str(body["family"]), str(body["table"]))
        if place not in tables:
            tables[place] = Table(*place, sets, _limits(listed, place))
    rules: dict[tuple[str, str, str], list[Rule]] = {}
    for _, body in _objects(listed, "rule"):
        table = tables[str(body["family"]), str(body["table"])]
        chain = rules.setdefault((table.family, table.name, str(body["chain"])), [])
        chain.append(_rule(table, body, len(chain) + 1))
    for _, body in _objects(listed, "chain"):
        key = (str(body["family"]), str(body["table"]), str(body["name"]))
        yield _chain(body, key, tuple(rules.get(key, ())))


def _chain(body: dict[str, object], key: tuple[str, str, str], rules: tuple[Rule, ...]) -> Chain:
    policy = "drop" if body.get("policy") == "drop" else "accept"
    ref = RuleRef("nft", *key, f"policy {policy}")
    hook, priority, device = body.get("hook"), body.get("prio"), body.get("dev")
    if not isinstance(hook, str):
        return Chain(ref, rules)
    devices = None if device is None else tuple(map(str, device if isinstance(device, list) else [device]))
    kind = body.get("type")
    return Chain(
        ref,
        rules,
        hook=hook,
        kind=kind if isinstance(kind, str) else "filter",
        priority=priority if isinstance(priority, int) else 0,
        policy=policy,
        devices=devices,
    )


def _set(body: dict[str, object]) -> NamedSet:
    elements, statements = body.get("elem"), body.get("stmt")
    over = None
    for statement in statements if isinstance(statements, list) else ():
        if isinstance(statement, dict) and statement.keys() & {"limit", "ct count", "quota"}:
            over = any(isinstance(inner, dict) and inner.get("inv") is True for inner in statement.values())
    return NamedSet(
        str(body["family"]),
        str(body["table"]),
        str(body["name"]),
        tuple(elements) if isinstance(elements, list) else (),
        over,
    )


def _limits(listed: list[object], place: tuple[str, str]) -> dict[str, Match | Limit]:
    """The limits and quotas that a table's rules use by name."""
    found: dict[str, Match | Limit] = {}
    for kind, body in _objects(listed, "limit", "quota"):
        if (body["family"], body["table"]) == place:
            found[str(body["name"])] = quota(body) if kind == "quota" else Limit(body.get("inv") is True)
    return found


def _rule(table: Table, body: dict[str, object], position: int) -> Rule:
    handle, statements = body.get("handle"), body.get("expr")
    ref = RuleRef(
        "nft",
        table.family,
        table.name,
        str(body["chain"]),
        rule_text(body),
        handle if isinstance(handle, int) else None,
        position,
    )
    steps: list[Step] = []
    asked = None
    for statement in statements if isinstance(statements, list) else ():
        steps.extend(compile_statement(table, ref, statement))
        if isinstance(statement, dict) and "match" in statement:
            asked = asked or sources(table, statement["match"])
    return Rule(ref, tuple(steps), asked)
