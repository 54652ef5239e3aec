"""The root's keys that a validating resolver was given to trust, and those that the root has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import dns.dnssec
import dns.exception
import dns.name
import dns.rdata
import dns.rdatatype
import dns.rdtypes.ANY.DNSKEY
import dns.rdtypes.ANY.DS

# unbound.conf(5): trust-anchor, trust-anchor-file, auto-trust-anchor-file. These keys are public.
QUERY = (
    "sudo sh -c 'command -v unbound-checkconf >/dev/null || exit 127; "
    "for o in trust-anchor-file auto-trust-anchor-file; do unbound-checkconf -o $o 2>/dev/null; done | "
    'while read -r f; do [ -f "$f" ] || continue; echo "file $f"; grep -v "^[[:space:]]*;" "$f" | head -n 40; done; '
    "echo file trust-anchor; unbound-checkconf -o trust-anchor 2>/dev/null'"
)
_SHA256 = 2  # RFC 4509 §2.1


@dataclass(frozen=True)
class Anchor:
    """A key of the root that is trusted. where: the file or option that names it; rdata: DS or DNSKEY."""

    where: str
    rdata: dns.rdata.Rdata

    @property
    def tag(self) -> int:
        """The key tag (RFC 4034 appendix B)."""
        return self.rdata.key_tag if isinstance(self.rdata, dns.rdtypes.ANY.DS.DS) else key_tag(self.rdata)

    def is_of(self, key: dns.rdata.Rdata) -> bool:
        """Whether this is the key, or its digest."""
        if not isinstance(self.rdata, dns.rdtypes.ANY.DS.DS):
            return bool(self.rdata == key)
        if self.tag != key_tag(key) or self.rdata.digest_type != _SHA256:
            return self.tag == key_tag(key)
        return bool(dns.dnssec.make_ds(dns.name.root, key, "SHA256") == self.rdata)


def key_tag(key: dns.rdata.Rdata) -> int:
    """The key tag of a DNSKEY."""
    return dns.dnssec.key_id(key)  # type: ignore[arg-type]


def anchors(text: str) -> tuple[Anchor, ...]:
    """The root's anchors that the command shows; lines of another shape, and other zones' anchors, are passed over."""
    where, found = "", []
    for line in text.splitlines():
        if line.startswith("file "):
            where = line[5:]
            continue
        words = line.partition(";")[0].replace('"', " ").split()
        kind = next((word for word in words[1:4] if word in ("DS", "DNSKEY")), "")
        if kind and words[0] == ".":
            found += [Anchor(where, rdata) for rdata in _read(kind, " ".join(words[words.index(kind) + 1 :]))]
    return tuple(found)


def keys(records: Iterable[str]) -> tuple[dns.rdata.Rdata, ...]:
    """DNSKEY records that are keys to enter by (RFC 4034 §2.1.1, SEP)."""
    return tuple(rdata for record in records for rdata in _read("DNSKEY", record) if getattr(rdata, "flags", 0) & 1)


def _read(kind: str, text: str) -> Iterator[dns.rdata.Rdata]:
    try:
        yield dns.rdata.from_text("IN", kind, text)
    except (dns.exception.DNSException, ValueError):
        return


def misfit(trusted: tuple[Anchor, ...], root: tuple[dns.rdata.Rdata, ...]) -> str:
    """Which anchors are none of the root's keys, if none is; empty if one is, or either is not known."""
    if not trusted or not root or any(anchor.is_of(key) for anchor in trusted for key in root):
        return ""
    held = ", ".join(dict.fromkeys(f"key {anchor.tag} in {anchor.where}" for anchor in trusted[:4]))
    return f"trusted is {held}; the root has {', '.join(f'{key_tag(key)}' for key in root[:4])}"
