"""Where DMARC and TLS reports are sent: the URIs of their rua= and ruf= (RFC 9989 §4.6, RFC 8460 §3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

# RFC 9989 §4.8: obs-dmarc-report-size, which reporters ignore.
_SIZE = re.compile(r"![0-9]+[kmgt]?\Z", re.IGNORECASE)
# RFC 3986, without the comma, exclamation mark and semicolon, which both standards want encoded.
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?#\[\]@$&'()*+=%-]+")
_HOST = re.compile(r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)+[A-Za-z0-9-]{1,63}")


@dataclass(frozen=True)
class ReportUri:
    """A destination. address: of a mailto, decoded. host: whose consent is needed. size: an obsolete limit."""

    text: str
    scheme: str
    address: str
    host: str
    size: str


def parse_uri(text: str) -> ReportUri | None:
    """Read one URI, None if no report can be sent there."""
    size = _SIZE.search(text)
    bare = text[: size.start()] if size else text
    if not _URI.fullmatch(bare):
        return None
    scheme, _, rest = bare.partition(":")
    address = unquote(rest.partition("?")[0]) if scheme.lower() == "mailto" else ""
    local, _, host = address.rpartition("@") if address else ("-", "", _authority(bare))
    if not local or local.startswith("//") or "@" in local or len(host) > 253 or not _HOST.fullmatch(host):
        return None
    return ReportUri(text, scheme.lower(), address, host.lower(), size[0] if size else "")


def _authority(uri: str) -> str:
    try:
        return urlsplit(uri).hostname or ""
    except ValueError:
        return ""
