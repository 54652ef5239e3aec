"""TLS reporting: where senders report failed encryption to (RFC 8460 §3)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from checks.evidence.report_uri import ReportUri, parse_uri

_FIELD = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.-]{0,31})=([\x20-\x3a\x3c-\x7e]+)")


class TlsRptError(ValueError):
    """A record with which senders send no reports; says why."""


@dataclass(frozen=True)
class TlsRptRecord:
    """The TXT record at _smtp._tls. rua: mailto and https destinations. extensions: other fields, as written."""

    text: str
    rua: tuple[ReportUri, ...]
    extensions: tuple[str, ...]


def select(txt: Iterable[str]) -> tuple[str, ...]:
    """Those of the TXT records at _smtp._tls that count; if not exactly one does, there are no reports."""
    return tuple(text for text in txt if text.startswith("v=TLSRPTv1;"))


def parse(text: str) -> TlsRptRecord:
    """Read a selected record. Raises TlsRptError."""
    if not text.startswith("v=TLSRPTv1;"):
        raise TlsRptError("the record does not begin with v=TLSRPTv1;")
    fields = [field.strip(" \t") for field in text.split(";")[1:]]
    if fields[-1] == "":
        fields.pop()
    rua: list[str] = []
    extensions: list[str] = []
    for field in fields:
        match = _FIELD.fullmatch(field)
        if not match:
            raise TlsRptError(f"{field[:60]!r} is not name=value")
        if match[1] == "rua":
            rua += [uri.strip(" \t") for uri in match[2].split(",")]
        else:
            extensions.append(field)
    return TlsRptRecord(text, _destinations(rua), tuple(extensions))


def _destinations(rua: list[str]) -> tuple[ReportUri, ...]:
    uris = []
    for text in rua:
        uri = parse_uri(text)
        if uri is None or uri.size or uri.scheme not in ("mailto", "https"):
            raise TlsRptError(f"rua: {text[:80]!r} is neither a mailto: nor an https: URI")
        uris.append(uri)
    if not uris:
        raise TlsRptError("there is no rua=, so nowhere to report to")
    return tuple(uris)
