"""Fetches one small page over HTTPS from an observer, follows nothing, and keeps the certificates that were shown."""

from __future__ import annotations

import asyncio
import re
import ssl
from urllib.parse import urlsplit

from checks.evidence import tls
from checks.evidence.observe import Line, NoObserver, NotConnected, Vantage
from checks.evidence.transcript import Answer, Question

_TEXT = re.compile(r"GET (?P<url>https://\S+) at (?P<address>\S+) from (?P<observer>\S+)")
# RFC 8461 §3.3 lets senders limit a policy to 64 KiB; headers come on top.
MOST_OCTETS = 80 * 1024


def question(target: str, url: str, address: str, observer: str) -> Question:
    """Fetch this https URL from the server at this address."""
    return Question(target, "http", f"GET {url} at {address} from {observer}")


async def probe(asked: Question, vantage: Vantage) -> Answer:
    """outcome: the status line, or why there is none. out: certificates, then headers, an empty line and the body."""
    match = _TEXT.fullmatch(asked.text)
    if match is None:
        raise ValueError(f"not a fetch: {asked.text!r}")
    try:
        async with vantage.line(match["observer"], match["address"], 443, vantage.connect_seconds) as line:
            async with asyncio.timeout(vantage.greeting_seconds):
                return await _fetch(line, match["url"])
    except NotConnected as error:
        return Answer(error.outcome)
    except NoObserver as error:
        return Answer(f"no observer: {error}")
    except TimeoutError:
        return Answer(f"silent for {vantage.greeting_seconds:g} s")
    except (ssl.SSLError, OSError) as error:
        return Answer(f"TLS failed: {tls.reason(error)}")


async def _fetch(line: Line, url: str) -> Answer:
    parts = urlsplit(url)
    await line.writer.start_tls(tls.context(*tls.ANY), server_hostname=parts.hostname)
    shown = "".join(f"{text}\n" for text in tls.describe(line.writer.get_extra_info("ssl_object")))
    asked = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    lines = (f"GET {asked} HTTP/1.0", f"Host: {parts.hostname}", "User-Agent: mailassay", "", "")
    line.writer.write("\r\n".join(lines).encode("ascii", "replace"))
    octets = await _read(line.reader)
    head, _, body = octets.partition(b"\r\n\r\n")
    status, _, headers = head.partition(b"\r\n")
    content = shown.encode() + headers.replace(b"\r\n", b"\n") + b"\n\n" + body
    outcome = status.decode("latin-1")[:200] or "closed without an answer"
    return Answer(outcome, content, truncated=len(octets) >= MOST_OCTETS)


async def _read(reader: asyncio.StreamReader) -> bytes:
    octets = b""
    while len(octets) < MOST_OCTETS and (chunk := await reader.read(MOST_OCTETS - len(octets))):
        octets += chunk
    return octets


def header(page: str, name: str) -> str:
    """The value of a header of a page that was fetched; empty if it has none of that name."""
    head = page.partition("\n\n")[0]
    found = re.search(rf"^{re.escape(name)}:[ \t]*(.*)$", head, re.IGNORECASE | re.MULTILINE)
    return found[1].strip() if found else ""
