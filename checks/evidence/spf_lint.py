"""What is doubtful in SPF though it is no error: near misses, terms without effect, terms that find nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from checks.evidence import spf, spf_macro
from checks.evidence.lookup import Foresee, Lookup, at_once, canonical, queryable
from checks.evidence.spf_client import MAX_NAMES
from checks.evidence.spf_tree import SpfNode, target_name

# A tree with more terms is a permerror several times over; the rest of them need not be asked.
MAX_TERMS = 60

_MEANT_AS_SPF = re.compile(r"[\s\"'\ufeff\u00ef\u00bb\u00bf\\]*v?\s?=?\s?spf\s?1(?![0-9])", re.IGNORECASE)


@dataclass(frozen=True)
class Doubt:
    """Something to look at. domain: whose record. term: as written. why: what happens, in one line."""

    domain: str
    term: str
    why: str


@dataclass(frozen=True)
class VoidTerms:
    """Terms that find nothing for clients of one family; unknown: (name, type) that the DNS did not answer."""

    void: tuple[Doubt, ...]
    unknown: tuple[tuple[str, str], ...]


def near_misses(domain: str, txt: Iterable[str]) -> tuple[Doubt, ...]:
    """TXT records that someone meant as SPF and that no receiver reads as SPF. RFC 7208 §4.5."""
    doubts = []
    for text in txt:
        if spf.select([text]):
            continue
        if _MEANT_AS_SPF.match(text):
            why = "is not an SPF record: one begins with v=spf1 and then a space"
            doubts.append(Doubt(domain, text[:80], why))
        elif text.lower().startswith("spf2.0/"):
            doubts.append(Doubt(domain, text[:80], "is a Sender ID record, which RFC 7208 receivers ignore"))
    return tuple(doubts)


def without_effect(node: SpfNode) -> tuple[Doubt, ...]:
    """Terms of this record that receivers never look at, whatever they were meant to allow."""
    return tuple(Doubt(node.domain, term, why) for term, why in _without_effect(node))


def _without_effect(node: SpfNode) -> Iterator[tuple[str, str]]:
    if not node.record:
        return
    for directive in node.record.directives[len(node.directives) :]:
        yield directive.text, "stands after all and is never looked at (RFC 7208 §5.1)"
    if node.record.redirect and node.record.all:
        yield f"redirect={node.record.redirect}", "is ignored beside all (RFC 7208 §6.1)"
    for modifier in node.record.modifiers:
        if modifier.name in spf.MECHANISMS:
            yield modifier.text, f"is an unknown modifier and ignored: a mechanism is written {modifier.name}:"


def remarks(node: SpfNode) -> tuple[Doubt, ...]:
    """Terms of this record that it would better do without."""
    return tuple(Doubt(node.domain, term, why) for term, why in _remarks(node))


def _remarks(node: SpfNode) -> Iterator[tuple[str, str]]:
    counts = Counter(d.text.lower() for d in node.directives)
    yield from ((term, f"stands {n} times in the record") for term, n in counts.items() if n > 1)
    for directive in node.directives:
        if directive.mechanism == "ptr":
            yield directive.text, "ptr should not be used (RFC 7208 §5.5)"
        if "p" in spf_macro.letters(directive.target):
            yield directive.text, "the macro %{p} should not be used (RFC 7208 §7.2)"


def wide(root: SpfNode, prefix4: int, prefix6: int) -> tuple[Doubt, ...]:
    """Terms that let pass blocks wider than these prefix lengths, +all among them."""
    return tuple(
        Doubt(node.domain, d.text, "lets pass every address" if d.mechanism == "all" else "lets pass a wide block")
        for node in _passing(root)
        for d in node.directives
        if d.qualifier == "+" and _is_wide(d, prefix4, prefix6)
    )


def _passing(node: SpfNode) -> Iterator[SpfNode]:
    """The nodes whose pass is a pass of the whole: not those below ?include and the like."""
    yield node
    for child in node.children:
        if child.via[0] not in "-~?":
            yield from _passing(child)


def _is_wide(directive: spf.Directive, prefix4: int, prefix6: int) -> bool:
    if directive.network:
        return directive.network.prefixlen < (prefix4 if directive.network.version == 4 else prefix6)
    in_block = directive.prefix4 < prefix4 or directive.prefix6 < prefix6
    return directive.mechanism == "all" or (directive.mechanism in ("a", "mx") and in_block)


def too_many_exchanges(root: SpfNode, lookup: Lookup) -> tuple[Doubt, ...]:
    """mx terms with more than ten names, which are a permerror. RFC 7208 §4.6.4."""
    return tuple(
        Doubt(domain, d.text, f"{name} has more than ten MX records")
        for domain, d, name in _targets(root, ("mx",))
        if len(lookup(name, "MX").records) > MAX_NAMES
    )


def void_terms(root: SpfNode, lookup: Lookup, rdtype: str, foresee: Foresee = at_once) -> VoidTerms:
    """Terms that find nothing for clients with this type of address (A, AAAA); RFC 7208 §4.6.4: two at most."""
    void: list[Doubt] = []
    unknown: list[tuple[str, str]] = []
    types = {"a": rdtype, "mx": "MX", "exists": "A"}
    targets = _targets(root, tuple(types))
    foresee([(name, types[d.mechanism]) for _, d, name in targets])
    for domain, directive, name in targets:
        questions = [(name, types[directive.mechanism])]
        if directive.mechanism == "mx" and lookup(name, "MX").records:
            hosts = [canonical(r.rpartition(" ")[2]) for r in lookup(name, "MX").records[:MAX_NAMES]]
            questions = [(host, rdtype) for host in hosts if queryable(host)]
            foresee(questions)
        answers = [(question, lookup(*question)) for question in questions]
        unknown += [question for question, answer in answers if not answer.known]
        if nothing := [f"{rr} {host}" for (host, rr), answer in answers if answer.void]:
            void.append(Doubt(domain, directive.text, f"finds nothing: {', '.join(nothing)}"))
    return VoidTerms(tuple(void), tuple(unknown))


def _targets(root: SpfNode, mechanisms: tuple[str, ...]) -> list[tuple[str, spf.Directive, str]]:
    """The record's domain, the term, and the name it asks for, where that is the same for every client."""
    terms = ((node.domain, d) for node in root.walk() for d in node.directives if d.mechanism in mechanisms)
    targets = (
        (domain, d, target_name(d.domain_spec, domain, root.domain) if d.domain_spec else domain) for domain, d in terms
    )
    return [(domain, d, name) for domain, d, name in targets if name and queryable(name)][:MAX_TERMS]
