"""Names and addresses in the DNS, as nouns: what an observer's resolver says of a name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

import dns.exception
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from checks.evidence.command import Asking
from checks.evidence.dns import question
from checks.evidence.lookup import Answer, Foresee, Lookup
from checks.evidence.transcript import Answer as Recorded
from checks.evidence.transcript import NoEvidence


class Relying(Asking, Protocol):
    """A transcript that also notes what its answers rest on."""

    def rests_on(self, check: str, target: str, instance: str | None = None) -> None: ...


def _relies(t: Relying, observer: str) -> None:
    """Whatever a resolver says is worth as much as the resolver."""
    t.rests_on("observer.resolves", observer)
    t.rests_on("observer.tells_absence", observer)


def lookup(t: Relying, observer: str) -> Lookup:
    """A Lookup that asks the observer's resolver, through the transcript."""
    _relies(t, observer)

    def ask(name: str, rdtype: str) -> Answer:
        (recorded,) = t.ask(question(observer, name, rdtype))
        return read(recorded, rdtype, observer)

    return ask


def read(recorded: Recorded, rdtype: str, observer: str) -> Answer:
    """The recorded answer as records. Raises NoEvidence where the observer itself could not ask."""
    if recorded.outcome.startswith("no observer"):
        raise NoEvidence(recorded.outcome, (f"hosts.reached@{observer}",))
    rcode, *flags = recorded.outcome.split(" ")
    if not rcode.isupper():
        return Answer("timeout")
    return Answer(rcode, _records(recorded.text, rdtype), "ad" in flags)


def _records(text: str, rdtype: str) -> tuple[str, ...]:
    """Records of this type in presentation format, TXT strings joined; the answer follows CNAMEs by itself."""
    found = []
    for line in text.splitlines():
        words = line.split(None, 4)
        if len(words) == 5 and words[3] == rdtype:
            found.append(joined(words[4]) if rdtype == "TXT" else words[4])
    return tuple(found)


def joined(presentation: str) -> str:
    """The text of a TXT record in presentation format, its strings joined; what is none stays as it is."""
    try:
        rdata: Any = dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.TXT, presentation)
    except dns.exception.DNSException:
        return presentation
    return b"".join(rdata.strings).decode("latin-1")


def addresses(t: Relying, observer: str, name: str) -> tuple[str, ...]:
    """IPv4 and IPv6 addresses of a name, IPv4 first. Raises NoEvidence where the DNS gave no answer."""
    _relies(t, observer)
    recorded = t.ask(question(observer, name, "A"), question(observer, name, "AAAA"))
    found: list[str] = []
    for answer, rdtype in zip(recorded, ("A", "AAAA"), strict=True):
        known = read(answer, rdtype, observer)
        if not known.known:
            raise NoEvidence(f"{observer} got no answer for {rdtype} {name}", (f"observer.resolves@{observer}",))
        found += known.records
    return tuple(found)


def foresee(t: Asking, observer: str) -> Foresee:
    """Asks for all of these at once, so that questions that follow each other cost one round."""

    def ask(pairs: Iterable[tuple[str, str]]) -> None:
        t.ask(*(question(observer, name, rdtype) for name, rdtype in pairs))

    return ask
