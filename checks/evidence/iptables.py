"""The iptables ruleset in effect, as `iptables-save` or `ip6tables-save` prints it (legacy, or on nf_tables)."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field

from checks.evidence.firewall import Family, Network, RuleRef
from checks.evidence.firewall_rule import Chain, Rule, Sources, Step
from checks.evidence.firewall_ruleset import Ruleset
from checks.evidence.ipset import Ipset, Ports, parse_ipset
from checks.evidence.iptables_line import Line, read_line
from checks.evidence.iptables_match import conditions
from checks.evidence.iptables_option import Context
from checks.evidence.iptables_target import action

__all__ = ["IptablesError", "Ruleset", "parse"]

# Linux, include/uapi/linux/netfilter_ipv4.h.
PRIORITIES = {"raw": -300, "mangle": -150, "filter": 0, "security": 50, "nat": -100}
HOOKS = {"PREROUTING": "prerouting", "INPUT": "input", "FORWARD": "forward", "OUTPUT": "output",
         "POSTROUTING": "postrouting"}  # fmt: skip
_COUNTERS = re.compile(r"\[\d+:\d+\]\s*")
_CHAIN = re.compile(r":(\S+)\s+(\S+)(?:\s|$)")


class IptablesError(ValueError):
    """A text that iptables-save does not write; says in which line and why."""


@dataclass
class _Table:
    name: str
    policies: dict[str, str] = field(default_factory=dict)
    lines: dict[str, list[Line]] = field(default_factory=dict)


def parse(text: str, family: Family, ipset: str | None = None) -> Ruleset:
    """The ruleset that iptables-save (ipv4) or ip6tables-save (ipv6) prints; nothing, if there are no tables.

    ipset: the output of ``ipset save``; without it, rules that ask for a set are undecided. Raises IptablesError
    (and IpsetError). Tells nf_tables from legacy by the heading comment.
    """
    shared = "(nf_tables)" in "\n".join(line for line in text.splitlines() if line.startswith("#"))
    context = Context(family, None if ipset is None else parse_ipset(ipset))
    engine = "iptables" if shared else "iptables-legacy"
    chains = [chain for table in _tables(text) for chain in _chains(context, engine, table)]
    return Ruleset(engine, tuple(chains), shared)


def _tables(text: str) -> list[_Table]:
    tables: list[_Table] = []
    current: _Table | None = None
    for number, raw in enumerate(text.splitlines(), 1):
        line = _COUNTERS.sub("", raw.strip(), count=1) if raw.lstrip().startswith("[") else raw.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("*") and current is None:
            current = _Table(line[1:])
        elif current is None:
            raise IptablesError(f"line {number}: {line[:60]!r} stands in no table")
        elif line == "COMMIT":
            tables.append(current)
            current = None
        else:
            _note(current, number, line)
    if current is not None:
        raise IptablesError(f"cut off: table {current.name} has no COMMIT")
    return tables


def _note(table: _Table, number: int, line: str) -> None:
    chain = _CHAIN.match(line)
    if chain is not None:
        table.policies[chain[1]] = chain[2]
        table.lines[chain[1]] = []
        return
    try:
        read = read_line(line)
    except ValueError as error:
        raise IptablesError(f"line {number}: {error}") from error
    if read.chain not in table.lines:
        raise IptablesError(f"line {number}: there is no chain {read.chain[:60]!r}")
    table.lines[read.chain].append(read)


def _chains(context: Context, engine: str, table: _Table) -> list[Chain]:
    family = "ip" if context.family == "ipv4" else "ip6"
    called = frozenset(name for name, policy in table.policies.items() if policy == "-")
    chains = []
    for name, policy in table.policies.items():
        ref = RuleRef(engine, family, table.name, name, f"policy {policy}")
        rules = tuple(
            _rule(context, _ref(ref, line, position), line, called)
            for position, line in enumerate(table.lines[name], 1)
        )
        hook = "" if policy == "-" else HOOKS.get(name, "")
        chains.append(
            Chain(
                ref,
                rules,
                hook=hook,
                kind="nat" if table.name == "nat" else "filter",
                priority=PRIORITIES.get(table.name, 0),
                policy="drop" if policy == "DROP" else "accept",
            )
        )
    return chains


def _ref(chain: RuleRef, line: Line, position: int) -> RuleRef:
    return RuleRef(chain.engine, chain.family, chain.table, chain.chain, line.text, None, position)


def _rule(context: Context, ref: RuleRef, line: Line, chains: frozenset[str]) -> Rule:
    steps: list[Step] = [step for extension in line.matches for step in conditions(context, extension)]
    if line.target is not None:
        steps.extend(action(ref, line.target, line.goto, chains))
    return Rule(ref, tuple(steps), _sources(context, line))


def _sources(context: Context, line: Line) -> Sources | None:
    """The source addresses, or the set of such, that the rule asks for."""
    own = line.matches[0].get("-s")
    if own is not None and not own.negated and own.values:
        text = own.values[0]
        return Sources("", lambda: _networks(text))
    for extension in line.matches:
        option = extension.get("--match-set") if extension.name == "set" else None
        if option is not None and not option.negated and option.values[1:2] and option.values[1].startswith("src"):
            return _set_sources(option.values[0], (context.ipsets or {}).get(option.values[0]))
    return None


def _set_sources(name: str, found: Ipset | None) -> Sources:
    entries = found.entries if found is not None else ()
    listed = [entry.parts[0] for entry in entries if not entry.nomatch]
    return Sources(name, lambda: tuple(part for part in listed if not isinstance(part, str | Ports)))


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return (ipaddress.ip_network(text, strict=False),)
    except ValueError:
        return ()
