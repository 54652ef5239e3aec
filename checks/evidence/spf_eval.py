"""SPF as a receiver sees it: may this address send for this domain, by which term of whose record (RFC 7208 §4)."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field, replace

from checks.evidence import spf, spf_macro
from checks.evidence.lookup import Answer, Foresee, Lookup, at_once, canonical, is_under, queryable
from checks.evidence.spf_client import MAX_NAMES, Client

# RFC 7208 §4.6.4: terms that ask the DNS, and those of them that find nothing.
MAX_LOOKUPS = 10
MAX_VOID_LOOKUPS = 2

_RESULTS = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}


@dataclass(frozen=True)
class SpfResult:
    """What check_host() says. RFC 7208 §2.6.

    result: none, neutral, pass, fail, softfail, temperror or permerror.
    matched: the directive that decided, as written; empty if none did. domain: in whose record it stands.
    chain: the domains followed to there by include and redirect, beginning with the one asked for.
    why: what is wrong, in one line, unless a directive matched.
    lookups: terms that asked the DNS. void_terms: those that found nothing, two at most.
    voids: each (name, type) that found nothing; receivers that count these, not the terms, are stricter.
    explanation: what the domain says to a refused sender, None if nothing.
    """

    result: str
    matched: str = ""
    domain: str = ""
    chain: tuple[str, ...] = ()
    why: str = ""
    lookups: int = 0
    void_terms: int = 0
    voids: tuple[tuple[str, str], ...] = ()
    explanation: str | None = None


def check_host(
    ip: str, domain: str, sender: str, lookup: Lookup, helo: str = "", foresee: Foresee = at_once
) -> SpfResult:
    """Evaluate SPF for a client's address, a domain and a sender (``postmaster@…`` for a HELO identity).

    RFC 7208 §4.1. Raises ValueError if ip is not an address; all else has a result.
    """
    address = ipaddress.ip_address(ip)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped  # RFC 7208 §5: still an IPv4 address
    local, _, sender_domain = sender.rpartition("@")
    sender = f"{local or 'postmaster'}@{sender_domain}"  # RFC 7208 §4.3
    evaluation = _Evaluation(Client(address, sender, helo, lookup, foresee))
    found = evaluation.check(canonical(domain), ())
    return replace(found, lookups=evaluation.lookups, void_terms=evaluation.void_terms, voids=tuple(evaluation.voids))


class _EvaluationError(Exception):
    """No further term is looked at: a permerror or temperror."""

    def __init__(self, result: str, why: str, chain: tuple[str, ...] = ()) -> None:
        self.found = SpfResult(result, chain=chain, why=why)
        super().__init__(why)


@dataclass
class _Evaluation:
    """One run of check_host(), with the counters that all its records share."""

    client: Client
    lookups: int = 0
    void_terms: int = 0
    voids: list[tuple[str, str]] = field(default_factory=list)

    def check(self, domain: str, chain: tuple[str, ...]) -> SpfResult:
        """check_host() for one domain: the first, an included one or one redirected to."""
        chain = (*chain, domain)
        if not queryable(domain) or "." not in domain or domain.startswith("["):
            return SpfResult("none", chain=chain, why=f"{domain[:80]!r} is not a domain name")  # RFC 7208 §4.3
        answer = self.client.lookup(domain, "TXT")
        if not answer.known:
            return SpfResult("temperror", chain=chain, why=f"TXT {domain}: {answer.rcode}")
        records = spf.select(answer.records)
        if not records:
            return SpfResult("none", chain=chain, why=f"{domain} has no SPF record")
        if len(records) > 1:
            return SpfResult("permerror", chain=chain, why=f"{domain} has {len(records)} SPF records")
        try:
            return self.evaluate(spf.parse(records[0]), domain, chain)
        except spf.SpfSyntaxError as error:
            return SpfResult("permerror", chain=chain, why=f"{domain}: {error}")
        except _EvaluationError as stop:
            return replace(stop.found, chain=stop.found.chain or chain)

    def evaluate(self, record: spf.SpfRecord, domain: str, chain: tuple[str, ...]) -> SpfResult:
        """Left to right until a mechanism matches. RFC 7208 §4.6.2, §4.7."""
        self.look_ahead(record, domain)
        for directive in record.directives:
            if directive.mechanism == "include":
                matched = self.include(directive, domain, chain)
            else:
                here = SpfResult("pass", directive.text, domain, chain)
                matched = here if self.matches(directive, domain) else None
            if matched:
                result = _RESULTS[directive.qualifier]
                said = self.explanation(record, domain) if result == "fail" else None
                return replace(matched, result=result, explanation=said)
        if record.redirect:
            return self.redirect(record.redirect, domain, chain)
        return SpfResult("neutral", domain=domain, chain=chain, why=f"no term of {domain} matches")

    def redirect(self, spec: str, domain: str, chain: tuple[str, ...]) -> SpfResult:
        """RFC 7208 §6.1: the other record takes this one's place; that there is none is a permerror."""
        target = self.counted_target(spec, f"redirect={spec}", domain)
        found = self.check(target, chain)
        return replace(found, result="permerror") if found.result == "none" else found

    def include(self, directive: spf.Directive, domain: str, chain: tuple[str, ...]) -> SpfResult | None:
        """RFC 7208 §5.2: pass matches; fail, softfail and neutral do not; anything else ends the evaluation."""
        found = self.check(self.counted_target(directive.domain_spec, directive.text, domain), chain)
        if found.result == "temperror":
            raise _EvaluationError("temperror", found.why, found.chain)
        if found.result in ("permerror", "none"):
            raise _EvaluationError("permerror", found.why, found.chain)
        return found if found.result == "pass" else None

    def matches(self, directive: spf.Directive, domain: str) -> bool:
        """Does a mechanism other than include match?"""
        if directive.mechanism == "all":
            return True
        if directive.network:
            return self.client.in_network(directive)
        target = self.counted_target(directive.domain_spec, directive.text, domain)
        if not queryable(target):
            return False  # RFC 7208 §4.8 leaves it open; a name that cannot be asked for has no records
        before = len(self.voids)
        matched = self.ask_mechanism(directive, target)
        if not matched and len(self.voids) > before:
            self.void_terms += 1
            if self.void_terms > MAX_VOID_LOOKUPS:
                names = ", ".join(f"{rdtype} {name}" for name, rdtype in self.voids)
                raise _EvaluationError("permerror", f"more than two terms find nothing: {names}")
        return matched

    def ask_mechanism(self, directive: spf.Directive, target: str) -> bool:
        if directive.mechanism == "exists":
            return bool(self.ask(target, "A").records)  # RFC 7208 §5.7: A, whatever the client's family
        if directive.mechanism == "ptr":
            self.note_void(self.client.address.reverse_pointer, "PTR", self.client.reverse())
            return any(is_under(name, target) for name in self.client.validated_names())
        names = self.exchanges(directive, target) if directive.mechanism == "mx" else [target]
        return any(
            self.client.is_among(self.ask(name, self.client.rdtype).records, directive.prefix4, directive.prefix6)
            for name in names
        )

    def exchanges(self, directive: spf.Directive, target: str) -> list[str]:
        """The hosts of an mx mechanism. RFC 7208 §5.4: without MX records there are none."""
        names = [canonical(record.rpartition(" ")[2]) for record in self.ask(target, "MX").records]
        if len(names) > MAX_NAMES:
            why = f"{directive.text}: {target} has {len(names)} MX records, more than ten"
            raise _EvaluationError("permerror", why)
        names = [name for name in names if queryable(name)]  # not the null MX of RFC 7505
        self.client.foresee([(name, self.client.rdtype) for name in names])
        return names

    def ask(self, name: str, rdtype: str) -> Answer:
        answer = self.client.lookup(name, rdtype)
        if not answer.known:
            raise _EvaluationError("temperror", f"{rdtype} {name}: {answer.rcode}")
        self.note_void(name, rdtype, answer)
        return answer

    def note_void(self, name: str, rdtype: str, answer: Answer) -> None:
        if answer.void:
            self.voids.append((name, rdtype))

    def counted_target(self, spec: str, term: str, domain: str) -> str:
        """Count a term that asks the DNS, and say for which name it asks."""
        target = spf_macro.parse(spec)
        # RFC 7208 §4.6.4: the PTR query of %{p} is included in the overall limit.
        self.lookups += 2 if "p" in spf_macro.letters(target) else 1
        if self.lookups > MAX_LOOKUPS:
            raise _EvaluationError("permerror", f"more than ten terms ask the DNS; {term} of {domain} is beyond them")
        return self.client.name(target, domain) if spec else domain

    def look_ahead(self, record: spf.SpfRecord, domain: str) -> None:
        """Name the questions of this record's terms, as many as it may still ask."""
        types = {"include": "TXT", "a": self.client.rdtype, "mx": "MX", "exists": "A"}
        uses_ptr = any(d.mechanism == "ptr" for d in record.directives)
        questions = [(self.client.address.reverse_pointer, "PTR")] if uses_ptr else []
        asking = [d for d in record.directives if d.mechanism in types and "p" not in spf_macro.letters(d.target)]
        for d in asking[: MAX_LOOKUPS - self.lookups]:
            name = self.client.name(d.target, domain) if d.domain_spec else domain
            questions.append((name, types[d.mechanism]))
        self.client.foresee([q for q in questions if queryable(q[0])])

    def explanation(self, record: spf.SpfRecord, domain: str) -> str | None:
        """RFC 7208 §6.2: on any trouble, as if there were no exp; its lookup counts for nothing."""
        if not record.exp:
            return None
        name = self.client.name(spf_macro.parse(record.exp), domain)
        texts = self.client.lookup(name, "TXT").records if queryable(name) else ()
        if len(texts) != 1:
            return None
        try:
            text = spf_macro.parse(texts[0], explanation=True)
        except spf_macro.MacroSyntaxError:
            return None
        return spf_macro.expand(text, lambda letter: self.client.macro(letter, domain))
