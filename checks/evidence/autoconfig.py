"""What mail programs are told of a domain's servers: config-v1.1.xml, as Thunderbird, Evolution and K-9 ask for it.

Source: Mozilla, ISPDB configuration file format 1.1; draft-ietf-mailmaint-autoconfig.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree import ElementTree as ET

PATH = "/mail/config-v1.1.xml"
# A page of entities or types is none that a mail server's owner writes, and could grow without end.
_NOT_PLAIN = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_MOST_SERVERS = 20
# Others (jmap, exchange, pop3) need no port, or are asked of nobody here.
_KINDS = ("imap", "smtp")


class NotAutoconfig(ValueError):
    """The page tells mail programs nothing; the message says why."""


@dataclass(frozen=True)
class Server:
    """One server that is named. kind: imap or smtp; tls: SSL, STARTTLS or plain, as the page says."""

    kind: str
    host: str
    port: int
    tls: str

    def __str__(self) -> str:
        return f"{self.kind} {self.host}:{self.port}"


def servers(page: str, domain: str) -> tuple[Server, ...]:
    """The servers that the page names to the domain's users. Raises NotAutoconfig."""
    if _NOT_PLAIN.search(page):
        raise NotAutoconfig("it declares a document type, which programs need not read")
    try:
        root = ET.fromstring(page.strip())  # noqa: S314 - entities, the danger, are refused above
    except (ET.ParseError, ValueError) as error:
        raise NotAutoconfig(f"not XML: {error}") from error
    if root.tag != "clientConfig":
        raise NotAutoconfig(f"its root is <{root.tag[:40]}>, not <clientConfig>")
    named = [each for tag in ("incomingServer", "outgoingServer") for each in root.iter(tag)
             if each.get("type", "").lower() in _KINDS]  # fmt: skip
    found = tuple(_server(each, domain) for each in named[:_MOST_SERVERS])
    if not found:
        raise NotAutoconfig("it names no server for IMAP or submission")
    return found


def _server(element: ET.Element, domain: str) -> Server:
    kind = element.get("type", "").lower()[:20]
    host = _said(element, "hostname").replace("%EMAILDOMAIN%", domain).lower().rstrip(".")
    port = _said(element, "port")
    if not re.fullmatch(r"[a-z0-9._-]{1,253}", host):
        raise NotAutoconfig(f"a server of type {kind or '(none)'} has no hostname")
    if not re.fullmatch(r"\d{1,5}", port):
        raise NotAutoconfig(f"{host} has no port")
    return Server(kind, host, int(port), _said(element, "socketType"))


def _said(element: ET.Element, tag: str) -> str:
    return (element.findtext(tag) or "").strip()[:300]
