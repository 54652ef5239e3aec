"""Mail servers on loopback that behave badly on purpose, and a dialogue held with them."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import ssl
import warnings
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from checks.evidence import dialogue, tls
from checks.evidence.observe import CONTROLLER, Vantage
from checks.evidence.session import HostSessions
from checks.evidence.setting import Setting, question
from checks.evidence.transcript import Answer

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Costs:
    """Little patience, so that tests are quick."""

    connect_timeout: int = 2
    greeting_timeout: float = 0.5
    dialogue_timeout: float = 2
    dns_timeout: int = 1
    tls_scan_pause: float = 0


def talk(
    serve: Serve, *lines: str, protocol: str = "smtp", implicit: bool = False, address: str = "127.0.0.1",
    versions: tuple[str, str] = tls.ANY, costs: Costs | None = None,
) -> Answer:  # fmt: skip
    """Hold a dialogue with a server that does what ``serve`` says."""
    return asyncio.run(_talk(serve, lines, protocol, implicit, address, versions, costs or Costs()))


async def _talk(
    serve: Serve, lines: tuple[str, ...], protocol: str, implicit: bool, address: str, versions: tuple[str, str],
    costs: Costs,
) -> Answer:  # fmt: skip
    async def quietly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, ssl.SSLError):
            await serve(reader, writer)
        writer.close()

    server = await asyncio.start_server(quietly, address, 0)
    port = server.sockets[0].getsockname()[1]
    vantage = Vantage(HostSessions([], set()), costs)  # type: ignore[arg-type]
    where = Setting(protocol, address, port, CONTROLLER, implicit, versions, "stub.example.org")
    answer = await dialogue.probe(question("stub", where, *lines), vantage)
    server.close()
    return answer


def says(*pieces: bytes, then: float = 0) -> Serve:
    """A server that says all this at once, whatever it hears, and waits some seconds."""

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
        await writer.drain()
        await asyncio.sleep(then)

    return serve


def answers(greeting: bytes, replies: dict[str, bytes], certificate: Path | None = None) -> Serve:
    """A server that greets and gives the reply to each line by its first word; STARTTLS leads to TLS."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        while line := (await reader.readline()).decode("latin-1").strip():
            word = line.split()[0].upper()
            writer.write(replies.get(word, b"500 what?\r\n"))
            await writer.drain()
            if word == "STARTTLS" and certificate is not None:
                await writer.start_tls(server_context(certificate))

    return serve


def server_context(certificate: Path, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> ssl.SSLContext:
    """A server that speaks this version of TLS and no other."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version
    context.load_cert_chain(certificate)
    return context


@cache
def key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def self_signed(path: Path) -> Path:
    """A certificate for stub.example.org and 127.0.0.1, with its key in the same file."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stub.example.org")])
    now = datetime.now(UTC)
    names = [x509.DNSName("stub.example.org"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder(name, name, key().public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key(), hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key().private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + made.public_bytes(pem))
    return path
