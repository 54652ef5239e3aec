"""Whatever a web server says or does not say, a fetch ends in time and in one answer."""

from __future__ import annotations

import asyncio
import ssl
import time
from contextlib import suppress
from pathlib import Path

import pytest

from checks.evidence import http
from checks.evidence.observe import CONTROLLER, Line, Vantage
from checks.evidence.session import HostSessions
from checks.evidence.transcript import Answer
from tests.evidence.stub import Costs, Serve, says, self_signed, server_context

PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nversion: STSv1\n"


class _Elsewhere(Vantage):
    """HTTPS has a port of its own, which tests cannot have."""

    port = 0

    async def connect(self, observer: str, address: str, _port: int, seconds: float) -> Line:
        return await super().connect(observer, address, self.port, seconds)


async def _fetch(serve: Serve, context: ssl.SSLContext | None) -> Answer:
    async def quietly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            await serve(reader, writer)
        writer.close()

    server = await asyncio.start_server(quietly, "127.0.0.1", 0, ssl=context)
    vantage = _Elsewhere(HostSessions([], set()), Costs())  # type: ignore[arg-type]
    vantage.port = server.sockets[0].getsockname()[1]
    asked = http.question("stub", "https://stub.example.org/policy?a=1", "127.0.0.1", CONTROLLER)
    answer = await http.probe(asked, vantage)
    server.close()
    return answer


def fetch(tmp_path: Path, serve: Serve, *, tls: bool = True) -> Answer:
    context = server_context(self_signed(tmp_path / "stub.pem")) if tls else None
    return asyncio.run(_fetch(serve, context))


async def drips(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    for octet in PAGE:
        writer.write(bytes([octet]))
        await writer.drain()
        await asyncio.sleep(0.4)


def test_a_page_comes_with_certificate_headers_and_body(tmp_path: Path) -> None:
    answer = fetch(tmp_path, says(PAGE))
    assert answer.outcome == "HTTP/1.1 200 OK"
    assert "BEGIN CERTIFICATE" in answer.text
    assert answer.text.endswith("\n\nversion: STSv1\n")
    assert http.header(answer.text, "content-type") == "text/plain"


HOSTILE = {
    "endless page": (says(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 10_000_000, then=1), "HTTP/1.1 200 OK"),
    "endless headers": (says(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 1_000_000, then=1), "HTTP/1.1 200 OK"),
    "endless status": (says(b"HTTP/1.1 " + b"9" * 500_000, then=1), "HTTP/1.1 " + "9" * 191),
    "nothing": (says(), "closed without an answer"),
    "silence": (says(then=5), "silent for 0.5 s"),
    "one octet at a time": (drips, "silent for 0.5 s"),
    "half a page": (says(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\nversion"), "HTTP/1.1 200 OK"),
    "terminal escapes": (says(b"HTTP/1.1 200 \x1b[2J\r\n\r\n"), "HTTP/1.1 200 \x1b[2J"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_web_server_ends_the_fetch_and_not_us(name: str, tmp_path: Path) -> None:
    serve, outcome = HOSTILE[name]
    began = time.monotonic()
    answer = fetch(tmp_path, serve)
    assert answer.outcome == outcome
    assert len(answer.out) < 100_000
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("said", [b"", b"220 smtp\r\n", b"\x15\x03\x01\x00\x02\x02\x28", b"HTTP/1.1 400 Bad\r\n\r\n"])
def test_a_port_without_tls_is_told_as_such(said: bytes, tmp_path: Path) -> None:
    answer = fetch(tmp_path, says(said, then=0.2), tls=False)
    assert answer.outcome.startswith(("TLS failed: ", "silent for "))
    assert answer.out == b""
