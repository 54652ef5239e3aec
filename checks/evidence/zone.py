"""What name servers say of a zone, and how long its signatures last (RFC 1034 §4.3.1, RFC 4034)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import dns.dnssec
import dns.exception
import dns.name
import dns.rdata
from dns.rdtypes.ANY.DNSKEY import DNSKEY
from dns.rdtypes.ANY.DS import DS

from checks.evidence.lookup import canonical
from checks.evidence.transcript import Answer

_SIGNATURE = re.compile(
    r"(?m)^(?P<name>\S+) \d+ IN RRSIG (?P<type>[A-Z0-9]+) \d{1,3} \d+ \d+ (?P<end>\d{14}) (?P<begin>\d{14}) "
)
_SOA = re.compile(r"(?m)^(?P<owner>\S+) \d+ IN SOA \S+ \S+ (?P<serial>\d{1,10}) ")
# RFC 9904, RFC 9905: what may still be signed with, and the names of what may not.
_CURRENT = {8, 10, 13, 14, 15, 16}
_OLD = {1: "RSAMD5", 3: "DSA", 5: "RSASHA1", 6: "DSA-NSEC3-SHA1", 7: "RSASHA1-NSEC3-SHA1", 12: "ECC-GOST"}


@dataclass(frozen=True)
class Signature:
    """An RRSIG record: what it signs, and from when to when."""

    name: str
    rdtype: str
    begins: datetime
    ends: datetime

    def left(self, clock: datetime) -> float:
        """The part of its life that is left; negative once it is over."""
        life = (self.ends - self.begins).total_seconds()
        return (self.ends - clock).total_seconds() / life if life > 0 else -1.0


@dataclass(frozen=True)
class Served:
    """What one name server, asked without recursion, said of a zone's SOA. serial: empty without one."""

    server: str
    address: str
    outcome: str
    serial: str

    @property
    def where(self) -> str:
        return f"{self.server} {self.address}"

    @property
    def trouble(self) -> str:
        """Why it does not serve the zone; empty if it does."""
        rcode, *flags = self.outcome.split(" ")
        if rcode != "NOERROR":
            return f"answers {rcode}" if rcode.isupper() else f"gives no answer ({self.outcome})"
        if "aa" not in flags:
            return "is not authoritative for the zone (lame delegation)"
        return "" if self.serial else "knows no SOA of the zone"


def served(server: str, address: str, answer: Answer) -> Served:
    """Read one server's answer."""
    soa = _SOA.search(answer.text)
    return Served(server, address, answer.outcome, soa["serial"] if soa else "")


def apex(answer: Answer) -> str:
    """The zone that a name is in, from the answer to its SOA: in the answer or the authority section."""
    soa = _SOA.search(answer.text)
    return canonical(soa["owner"]) if soa else ""


def own_records(name: str, rdtype: str, answer: str) -> tuple[str, ...]:
    """What the server says of this name itself: the records, or the alias alone.

    What is behind an alias only a server adds that happens to serve that zone as well (RFC 1034 §4.3.2, step 3a).
    """
    rows = [line.split(None, 4) for line in answer.splitlines()]
    own = [row for row in rows if len(row) == 5 and row[0].rstrip(".").lower() == name.rstrip(".").lower()]
    alias = tuple(sorted(f"CNAME {row[4]}" for row in own if row[3] == "CNAME"))
    return alias or tuple(sorted(row[4] for row in own if row[3] == rdtype))


def signatures(texts: Iterable[str]) -> Iterator[Signature]:
    """Every signature in these answers."""
    for text in texts:
        for found in _SIGNATURE.finditer(text):
            try:
                begins, ends = (
                    datetime.strptime(found[w], "%Y%m%d%H%M%S").replace(tzinfo=UTC) for w in ("begin", "end")
                )
            except ValueError:
                continue
            yield Signature(canonical(found["name"]), found["type"], begins, ends)


def unmatched(name: str, keys: Iterable[str], delegations: Iterable[str]) -> str:
    """How the parent's DS records fail to match the zone's DNSKEY records (presentation format); empty if one does.

    RFC 4035 §5.2: a DS must name a key of the zone, with its tag, its algorithm and its digest.
    """
    known = [key for text in keys if isinstance(key := _rdata("DNSKEY", text), DNSKEY)]
    above = [ds for text in delegations if isinstance(ds := _rdata("DS", text), DS)]
    owner = dns.name.from_text(name)
    if not above or any(_names_key(owner, ds, key) for ds in above for key in known):
        return ""
    tags = " and ".join(str(tag) for tag in sorted({ds.key_tag for ds in above}))
    own = " and ".join(str(tag) for tag in sorted({dns.dnssec.key_id(key) for key in known}))
    more = ", with another digest" if tags == own else ""
    return f"the parent's DS record is of key {tags}{more}, and the zone's keys are {own or 'none'}"


def _rdata(rdtype: str, text: str) -> dns.rdata.Rdata | None:
    try:
        return dns.rdata.from_text("IN", rdtype, text)
    except (dns.exception.DNSException, ValueError):
        return None


def _names_key(owner: dns.name.Name, ds: DS, key: DNSKEY) -> bool:
    if (ds.key_tag, ds.algorithm) != (dns.dnssec.key_id(key), key.algorithm):
        return False
    try:
        return bool(dns.dnssec.make_ds(owner, key, ds.digest_type, validating=True) == ds)
    except (dns.exception.UnsupportedAlgorithm, dns.exception.DeniedByPolicy):
        return True  # a digest that cannot be made here says nothing


def _moment(digits: str) -> datetime:
    return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)


def outdated(keys: Iterable[str], delegations: Iterable[str]) -> tuple[str, ...]:
    """What of a zone's DNSKEY and DS records (presentation format) rests on algorithms that are no more.

    A DS with SHA-1 is harmless beside one with SHA-256 (RFC 4509 §3).
    """
    numbers = {_number(text, 2) for text in keys}
    found = [f"keys of algorithm {n} ({_OLD.get(n, 'unknown')})" for n in sorted(numbers - _CURRENT)]
    digests = {_number(text, 2) for text in delegations}
    if digests and digests <= {1}:
        found.append("the DS at the parent has a SHA-1 digest only")
    return tuple(found)


def _number(text: str, place: int) -> int:
    words = text.split()
    return int(words[place]) if len(words) > place and re.fullmatch(r"\d{1,3}", words[place]) else -1


def iterations(nsec3param: Iterable[str]) -> int:
    """How often the names of a zone are hashed besides the first time (NSEC3PARAM); 0 without any."""
    return max((_number_of(text) for text in nsec3param), default=0)


def _number_of(text: str) -> int:
    words = text.split()
    return int(words[2]) if len(words) > 2 and re.fullmatch(r"\d{1,5}", words[2]) else 0
