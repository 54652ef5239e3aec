"""A zone file for tests: answers by name and type, and NXDOMAIN for every name it does not know."""

from __future__ import annotations

from checks.evidence.lookup import Answer, Lookup


def zone(text: str, asked: list[tuple[str, str]] | None = None, signed: bool = False) -> Lookup:
    """A lookup that answers from lines ``name TYPE record``; ``name TYPE !SERVFAIL`` answers with that code.

    A name above one that exists answers NOERROR without records, as the DNS does (RFC 8020 §2).
    asked: collects the questions put. signed: every answer was validated by DNSSEC.
    """
    records: dict[tuple[str, str], list[str]] = {}
    names: set[str] = set()
    for line in filter(None, map(str.strip, text.splitlines())):
        name, rdtype, record = line.split(None, 2)
        records.setdefault((name, rdtype), []).append(record)
        labels = name.split(".")
        names.update(".".join(labels[i:]) for i in range(len(labels)))

    def lookup(name: str, rdtype: str) -> Answer:
        if asked is not None:
            asked.append((name, rdtype))
        found = tuple(records.get((name, rdtype), ()))
        if found and found[0].startswith("!"):
            return Answer(found[0][1:])
        return Answer("NOERROR" if name in names else "NXDOMAIN", found, signed)

    return lookup


def txt(name: str, *texts: str) -> Lookup:
    """A lookup with TXT records at one name and nothing else."""
    return zone("\n".join(f"{name} TXT {text}" for text in texts))
