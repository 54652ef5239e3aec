"""Writes small nftables rulesets as `nft -j list ruleset` would print them, and packets to ask about."""

from __future__ import annotations

import ipaddress
import json
from dataclasses import replace
from typing import Any

from checks.evidence import nft
from checks.evidence.firewall import Packet

A = ipaddress.ip_address


SMTP = Packet("ipv4", "in", "tcp", 25, 40000, A("198.51.100.5"), A("192.0.2.25"), "eth0")


SMTP6 = replace(SMTP, family="ipv6", source=A("2001:db8:9::5"), destination=A("2001:db8::25"))


OUT = replace(SMTP, direction="out", source=SMTP.destination, destination=SMTP.source, interface_in=None,
              interface_out="eth0")  # fmt: skip


ACCEPT, DROP, REJECT, RETURN = ({"accept": None}, {"drop": None}, {"reject": None}, {"return": None})


NEW = {"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": "new"}}
# Nothing that a packet description holds tells its length.


UNKNOWABLE = {"match": {"op": ">", "left": {"meta": {"key": "length"}}, "right": 100}}


def payload(protocol: str, field: str, right: object, op: str = "==") -> dict[str, Any]:
    return {"match": {"op": op, "left": {"payload": {"protocol": protocol, "field": field}}, "right": right}}


def meta(key: str, right: object, op: str = "==") -> dict[str, Any]:
    return {"match": {"op": op, "left": {"meta": {"key": key}}, "right": right}}


def dport(right: object) -> dict[str, Any]:
    return payload("tcp", "dport", right)


def to(verb: str, chain: str) -> dict[str, Any]:
    return {verb: {"target": chain}}


def chain(name: str, *rules: list[Any], table: str = "filter", family: str = "inet", **base: object) -> list[Any]:
    """A chain and its rules; base: hook, prio, policy, type."""
    place = {"family": family, "table": table}
    if base:
        base = {"type": "filter", "prio": 0, "policy": "accept", **base}
    listed: list[Any] = [{"chain": {**place, "name": name, **base}}]
    return listed + [
        {"rule": {**place, "chain": name, "handle": 10 + number, "expr": rule}} for number, rule in enumerate(rules)
    ]


def ruleset(*parts: list[Any]) -> nft.Ruleset:
    return nft.parse(json.dumps({"nftables": [{"metainfo": {}}, *(one for part in parts for one in part)]}))


def inputs(*rules: list[Any], policy: str = "drop") -> nft.Ruleset:
    return ruleset(chain("input", *rules, hook="input", policy=policy))


def named_set(name: str, elements: list[Any], kind: str = "set", **more: object) -> list[Any]:
    return [{kind: {"family": "inet", "table": "filter", "name": name, "elem": elements, **more}}]


RATE = {"limit": {"rate": 10, "burst": 5, "per": "second"}}


OVER = {"limit": {"rate": 10, "burst": 5, "per": "second", "inv": True}}


SADDR = {"payload": {"protocol": "ip", "field": "saddr"}}
