"""An SPF record with all it includes, whoever the client may be: what receivers may have to look up at worst."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from checks.evidence import spf, spf_macro
from checks.evidence.lookup import Foresee, Lookup, at_once, canonical, queryable

# No receiver follows more than ten; beyond this many records even their number tells nothing more.
MAX_RECORDS = 40


@dataclass(frozen=True)
class SpfNode:
    """One domain's place in the tree.

    via: the term that led here, as written; empty at the root.
    state: ``record``; or why there is none to follow: ``none``, ``several``, ``syntax``, ``loop``, ``limit``,
        ``client`` (the name depends on who sends) or ``unknown`` (the DNS did not answer). why: the same in words.
    """

    domain: str
    via: str
    state: str
    why: str = ""
    record: spf.SpfRecord | None = None
    children: tuple[SpfNode, ...] = ()

    @property
    def lookups(self) -> int:
        """Terms that ask the DNS if nothing matches, here and below. RFC 7208 §4.6.4 allows ten."""
        own = sum(1 + _asks_for_p(d) for d in self.directives if d.mechanism in spf.LOOKUP_MECHANISMS)
        return own + bool(self.redirects) + sum(child.lookups for child in self.children)

    @property
    def directives(self) -> tuple[spf.Directive, ...]:
        """Those that can be reached: up to the first ``all``."""
        found = self.record.directives if self.record else ()
        stop = next((i for i, d in enumerate(found, 1) if d.mechanism == "all"), len(found))
        return found[:stop]

    @property
    def redirects(self) -> str:
        """The domain-spec of a redirect that takes effect: RFC 7208 §6.1: not beside an ``all``."""
        return self.record.redirect if self.record and not self.record.all else ""

    def walk(self) -> Iterator[SpfNode]:
        """This node and all below, each before its children."""
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def default(self) -> spf.Directive | None:
        """The ``all`` that decides for a stranger, own or redirected to; None where nothing does."""
        if self.record and self.record.all:
            return self.record.all
        return self.children[-1].default if self.redirects and self.children else None


def spf_tree(domain: str, lookup: Lookup, foresee: Foresee = at_once) -> SpfNode:
    """Follow every include and redirect from this domain's record."""
    return _Tree(canonical(domain), lookup, foresee).node(canonical(domain), "", ())


@dataclass
class _Tree:
    sender_domain: str
    lookup: Lookup
    foresee: Foresee
    records: int = 0
    texts: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def node(self, domain: str, via: str, above: tuple[str, ...]) -> SpfNode:
        self.records += 1
        if self.records > MAX_RECORDS:
            return SpfNode(domain, via, "limit", f"more than {MAX_RECORDS} records")
        if domain in above:
            return SpfNode(domain, via, "loop", f"{' > '.join((*above, domain))} goes in a circle")
        if not queryable(domain):
            return SpfNode(domain, via, "none", f"{domain[:80]!r} is not a domain name")
        answer = self.lookup(domain, "TXT")
        if not answer.known:
            return SpfNode(domain, via, "unknown", f"TXT {domain}: {answer.rcode}")
        selected = spf.select(answer.records)
        if len(selected) != 1:
            state = "several" if selected else "none"
            return SpfNode(domain, via, state, f"{domain} has {len(selected) or 'no'} SPF records")
        try:
            record = spf.parse(selected[0])
        except spf.SpfSyntaxError as error:
            return SpfNode(domain, via, "syntax", str(error))
        bare = SpfNode(domain, via, "record", "", record)
        return SpfNode(domain, via, "record", "", record, tuple(self.children(bare, (*above, domain))))

    def children(self, node: SpfNode, above: tuple[str, ...]) -> Iterator[SpfNode]:
        terms = [(d.text, d.domain_spec) for d in node.directives if d.mechanism == "include"]
        terms += [(f"redirect={node.redirects}", node.redirects)] if node.redirects else []
        targets = [(via, spec, target_name(spec, node.domain, self.sender_domain)) for via, spec in terms]
        names = [name for _, _, name in targets if name and queryable(name)]
        self.foresee([(name, "TXT") for name in names[: MAX_RECORDS - self.records]])
        for via, spec, name in targets:
            if name is None:
                yield SpfNode(spec, via, "client", f"{spec} depends on who sends")
            else:
                yield self.node(name, via, above)


def target_name(spec: str, domain: str, sender_domain: str) -> str | None:
    """The name a domain-spec means for every client, None if it depends on the client or the local part."""
    target = spf_macro.parse(spec)
    if not spf_macro.letters(target) <= {"d", "o"}:
        return None
    return canonical(spf_macro.expand(target, lambda letter: domain if letter == "d" else sender_domain))


def _asks_for_p(directive: spf.Directive) -> bool:
    return "p" in spf_macro.letters(directive.target)
