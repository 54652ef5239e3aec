"""Where a domain's mail goes: its MX records and the hosts they name (RFC 5321 §5.1, RFC 7505)."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from checks.evidence.lookup import Answer, Foresee, Lookup, at_once, canonical, queryable

# More hosts than any domain has; the others are counted and not looked at.
MAX_HOSTS = 30

_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


@dataclass(frozen=True)
class MxRecord:
    """An MX record. exchange: in lower case, without the last dot; empty in a null MX."""

    preference: int
    exchange: str


@dataclass(frozen=True)
class MxHost:
    """A host that an MX record names, and its addresses.

    problems: of its name and of what the DNS says of it, each in one line. unknown: questions without an answer.
    authenticated: its addresses were validated by DNSSEC, without which DANE does nothing for it.
    """

    name: str
    ip4: tuple[str, ...]
    ip6: tuple[str, ...]
    problems: tuple[str, ...]
    unknown: tuple[str, ...]
    authenticated: bool

    @property
    def addresses(self) -> tuple[str, ...]:
        return self.ip4 + self.ip6

    @property
    def not_public(self) -> tuple[str, ...]:
        """Addresses that no stranger can reach."""
        return tuple(a for a in self.addresses if not ipaddress.ip_address(a).is_global)


@dataclass(frozen=True)
class MxSet:
    """The MX records of a domain.

    state: ``hosts``; ``null``: it takes no mail (RFC 7505); ``implicit``: mail goes to its own address, for want of
    an MX (RFC 5321 §5.1); ``none``: nowhere; or ``unknown``. why: for unknown, the question without an answer.
    problems: of the set as a whole.
    """

    domain: str
    state: str
    records: tuple[MxRecord, ...] = ()
    hosts: tuple[MxHost, ...] = ()
    problems: tuple[str, ...] = ()
    why: str = ""
    authenticated: bool = False


def unreachable(host: MxHost, others: Iterable[MxHost]) -> str:
    """Addresses that no stranger can reach, where the domain has others that he can; empty if there are none.

    A fleet whose MX hosts all have such addresses is one that the Internet does not reach, and is not meant to.
    """
    reached = any(set(each.addresses) - set(each.not_public) for each in (host, *others))
    return f"{', '.join(host.not_public)}: no public address" if reached and host.not_public else ""


def parse_mx(text: str) -> MxRecord | None:
    """An MX record in presentation format, None if it is none."""
    preference, _, exchange = text.strip().partition(" ")
    if not preference.isdecimal() or not exchange.strip() or len(preference) > 5:
        return None
    return MxRecord(int(preference), canonical(exchange))


def mx_set(domain: str, lookup: Lookup, foresee: Foresee = at_once) -> MxSet:
    """Where mail for this domain goes, hosts in order of preference."""
    domain = canonical(domain)
    answer = lookup(domain, "MX")
    if not answer.known:
        return MxSet(domain, "unknown", why=f"MX {domain}: {answer.rcode}")
    records = tuple(sorted((r for r in map(parse_mx, answer.records) if r), key=lambda r: (r.preference, r.exchange)))
    if not records:
        return _without_mx(domain, lookup, answer)
    names = list(dict.fromkeys(record.exchange for record in records if record.exchange))[:MAX_HOSTS]
    asked = [name for name in names if queryable(name)]
    foresee([(name, rdtype) for name in asked for rdtype in ("CNAME", "A", "AAAA")])
    hosts = tuple(mx_host(name, lookup) for name in names)
    state = "hosts" if names else "null"
    return MxSet(domain, state, records, hosts, tuple(_problems(records)), "", answer.authenticated)


def _without_mx(domain: str, lookup: Lookup, answer: Answer) -> MxSet:
    addresses = [lookup(domain, rdtype) for rdtype in ("A", "AAAA")]
    unknown = [one.rcode for one in addresses if not one.known]
    if any(one.records for one in addresses):
        return MxSet(domain, "implicit", (), (mx_host(domain, lookup),), (), "", answer.authenticated)
    if unknown:
        return MxSet(domain, "unknown", why=f"addresses of {domain}: {unknown[0]}")
    return MxSet(domain, "none", authenticated=answer.authenticated)


def _problems(records: tuple[MxRecord, ...]) -> Iterable[str]:
    counts = Counter(record.exchange for record in records)
    if "" in counts and (len(counts) > 1 or counts[""] > 1):
        yield "a null MX stands beside other MX records (RFC 7505 §3)"
    if any(record.exchange == "" and record.preference for record in records):
        yield "a null MX has a preference other than 0 (RFC 7505 §3)"
    if len(counts) > MAX_HOSTS:
        yield f"there are {len(counts)} hosts, of which {MAX_HOSTS} were looked at"
    yield from (f"{name} stands in {n} MX records" for name, n in counts.items() if name and n > 1)


def mx_host(name: str, lookup: Lookup) -> MxHost:
    """What the DNS says of one host."""
    problem = name_problem(name)
    if problem or not queryable(name):
        return MxHost(name, (), (), (problem or f"{name[:80]!r} cannot be asked for in the DNS",), (), False)
    alias, ip4, ip6 = (lookup(name, rdtype) for rdtype in ("CNAME", "A", "AAAA"))
    answers = (("CNAME", alias), ("A", ip4), ("AAAA", ip6))
    unknown = tuple(f"{rdtype} {name}: {answer.rcode}" for rdtype, answer in answers if not answer.known)
    problems = []
    if alias.records:
        problems.append(f"{name} is an alias for {canonical(alias.records[0])} (RFC 2181 §10.3)")
    if ip4.void and ip6.void:
        problems.append(f"{name} has no address")
    return MxHost(
        name, _addresses(ip4), _addresses(ip6), tuple(problems), unknown, ip4.authenticated and ip6.authenticated
    )


def _addresses(answer: Answer) -> tuple[str, ...]:
    """In the one form that equal addresses share."""
    found = []
    for text in answer.records:
        try:
            found.append(str(ipaddress.ip_address(text)))
        except ValueError:
            continue  # not an address record
    return tuple(found)


def name_problem(name: str) -> str:
    """Why this cannot be the name of a mail host, empty if it can: RFC 5321 §2.3.5, RFC 1123 §2.1."""
    bare = canonical(name)
    try:
        ipaddress.ip_address(bare.strip("[]"))
    except ValueError:
        pass
    else:
        return f"{bare} is an address, not a name (RFC 5321 §5.1)"
    labels = bare.split(".")
    if labels[-1] in ("localhost", "localdomain"):
        return f"{bare} means another machine to everybody"
    if len(labels) < 2:
        return f"{bare[:80]!r} is not a full domain name"
    bad = next((label for label in labels if not _LABEL.fullmatch(label)), None)
    if bad is not None:
        return f"{bare[:80]}: {bad[:70]!r} is not a label of letters, digits and hyphens (RFC 1123 §2.1)"
    return f"{bare} ends in digits" if labels[-1].isdecimal() else ""
