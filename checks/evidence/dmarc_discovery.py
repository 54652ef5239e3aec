"""Which DMARC policy applies to a domain, and which domains belong together: the DNS tree walk (RFC 9989 §4.10)."""

from __future__ import annotations

from dataclasses import dataclass

from checks.evidence import dmarc
from checks.evidence.dmarc import DmarcRecord
from checks.evidence.lookup import Foresee, Lookup, at_once, canonical, queryable
from checks.evidence.report_uri import ReportUri

# RFC 9989 §4.10: with eight labels or more the walk goes on at the last seven, so that it has eight queries at most.
_LABELS = 8


@dataclass(frozen=True)
class Step:
    """One query of a tree walk. state: ``record``, ``none``, ``several`` (all discarded) or ``unknown``."""

    domain: str
    state: str
    record: DmarcRecord | None = None
    rcode: str = "NOERROR"


@dataclass(frozen=True)
class Organization:
    """An organizational domain. unknown: domains whose answer was missing, without which it is not certain."""

    domain: str
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class DmarcPolicy:
    """What receivers do with mail From this domain that fails DMARC.

    state: ``found``, ``none`` (DMARC does not apply) or ``unknown``. found_at: the domain with the record;
    relation: it is the ``author`` domain itself, the ``organizational`` domain or the ``psd``.
    tag: the one that decides. published: its policy. effective: the same after t=y. why: for none and unknown.
    """

    state: str
    found_at: str = ""
    relation: str = ""
    record: DmarcRecord | None = None
    tag: str = ""
    published: str = ""
    effective: str = ""
    why: str = ""


@dataclass(frozen=True)
class ReportConsent:
    """Does the host of a report URI accept reports about a domain? RFC 9990 §4.

    state: ``same organization``, ``given``, ``missing`` or ``unknown``. name: of the TXT record that gives it.
    rua: the destinations it prefers, if any.
    """

    state: str
    name: str = ""
    rua: tuple[ReportUri, ...] = ()
    why: str = ""


def walk_names(domain: str) -> tuple[str, ...]:
    """The domains that a full tree walk asks about, the first its start. RFC 9989 §4.10."""
    labels = canonical(domain).split(".")
    above = labels[1:] if len(labels) < _LABELS else labels[1 - _LABELS :]
    return (".".join(labels), *(".".join(above[i:]) for i in range(len(above))))


def tree_walk(domain: str, lookup: Lookup, foresee: Foresee = at_once) -> tuple[Step, ...]:
    """The steps from this domain up to the first with psd=y or psd=n, or to the top."""
    names = [name for name in walk_names(domain) if queryable(f"_dmarc.{name}")]
    foresee([(f"_dmarc.{name}", "TXT") for name in names])
    steps: list[Step] = []
    for name in names:
        steps.append(_step(name, lookup))
        record = steps[-1].record
        if record and record.psd != "u":
            break
    return tuple(steps)


def _step(domain: str, lookup: Lookup) -> Step:
    answer = lookup(f"_dmarc.{domain}", "TXT")
    if not answer.known:
        return Step(domain, "unknown", rcode=answer.rcode)
    selected = dmarc.select(answer.records)
    if len(selected) != 1:
        return Step(domain, "several" if selected else "none", rcode=answer.rcode)
    return Step(domain, "record", dmarc.parse(selected[0]), answer.rcode)


def organization(steps: tuple[Step, ...]) -> Organization:
    """The organizational domain that a tree walk finds. RFC 9989 §4.10.2."""
    unknown = tuple(step.domain for step in steps if step.state == "unknown")
    start = steps[0].domain if steps else ""
    found = [(step.domain, step.record) for step in steps if step.record]
    for domain, record in found:
        if record.psd == "n":
            return Organization(domain, unknown)
        if record.psd == "y" and domain != start:
            return Organization(_one_below(domain, start), unknown)
    return Organization(min((d for d, _ in found), key=lambda d: d.count("."), default=start), unknown)


def _one_below(parent: str, domain: str) -> str:
    labels = domain.split(".")
    return ".".join(labels[-(parent.count(".") + 2) :])


def discover(author: str, lookup: Lookup, foresee: Foresee = at_once) -> DmarcPolicy:
    """The policy for mail From this domain. RFC 9989 §4.10.1. A DNS error makes it unknown, never none."""
    steps = tree_walk(author, lookup, foresee)
    if steps and steps[0].record:
        return _policy(steps[0].domain, "author", steps[0].record, "p")
    unknown = [step for step in steps if step.state == "unknown"]
    if unknown:
        return DmarcPolicy("unknown", why=f"TXT _dmarc.{unknown[0].domain}: {unknown[0].rcode}")
    records = {step.domain: step.record for step in steps if step.record}
    home = organization(steps).domain
    found_at = home if home in records else next((d for d, r in records.items() if r.psd == "y"), None)
    if found_at is None:
        several = [step.domain for step in steps if step.state == "several"]
        why = f"_dmarc.{several[0]} has several DMARC records, which count as none" if several else "no DMARC record"
        return DmarcPolicy("none", why=why)
    exists = lookup(canonical(author), "MX")
    if not exists.known:
        return DmarcPolicy("unknown", found_at, why=f"MX {canonical(author)}: {exists.rcode}")
    relation = "organizational" if found_at == home else "psd"
    # RFC 9989 §3.2.13: NXDOMAIN, and nothing else, is a domain that does not exist.
    return _policy(found_at, relation, records[found_at], "np" if exists.rcode == "NXDOMAIN" else "sp")


def _policy(found_at: str, relation: str, record: DmarcRecord, tag: str) -> DmarcPolicy:
    if not record.applies:
        why = f"the record at _dmarc.{found_at} has neither a valid policy nor a report address"
        return DmarcPolicy("none", found_at, relation, record, why=why)
    return DmarcPolicy("found", found_at, relation, record, tag, record.published(tag), record.effective(tag))


def aligned(author: str, identifier: str, mode: str, lookup: Lookup, foresee: Foresee = at_once) -> bool | None:
    """Is an authenticated domain aligned with the author domain? mode: ``r`` or ``s``; None if not known.

    RFC 9989 §4.10.2.
    """
    if canonical(author) == canonical(identifier):
        return True
    if mode == "s":
        return False
    ours = organization(tree_walk(author, lookup, foresee))
    theirs = organization(tree_walk(identifier, lookup, foresee))
    if ours.unknown or theirs.unknown:
        return None
    return ours.domain == theirs.domain


def report_consent(policy_domain: str, destination: str, lookup: Lookup, foresee: Foresee = at_once) -> ReportConsent:
    """May reports about the domain with the record go to this host? RFC 9990 §4."""
    related = aligned(policy_domain, destination, "r", lookup, foresee)
    if related:
        return ReportConsent("same organization")
    name = f"{canonical(policy_domain)}._report._dmarc.{canonical(destination)}"
    if not queryable(name):
        return ReportConsent("missing", name[:253], why="the name that would give consent is too long")
    answer = lookup(name, "TXT")
    if not answer.known:
        return ReportConsent("unknown", name, why=f"TXT {name}: {answer.rcode}")
    records = [dmarc.parse(text) for text in dmarc.select(answer.records)]
    if not records:
        if related is None:
            return ReportConsent("unknown", name, why=f"the organization of {destination} is not known")
        return ReportConsent("missing", name, why=f"there is no TXT v=DMARC1 at {name}")
    rua = tuple(uri for record in records for uri in record.rua if uri.host == canonical(destination))
    return ReportConsent("given", name, rua)
