"""What a TLS server agrees to is seen from its first answer, whatever it is: a real one, one of the last century, a liar."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.evidence import tls_offer, tls_scan
from checks.evidence.client_hello import GROUPS, Hello, written
from checks.evidence.observe import CONTROLLER, Vantage
from checks.evidence.server_hello import Alert, Choice, NotTls, read
from checks.evidence.session import HostSessions
from checks.evidence.setting import Setting
from checks.evidence.tls import ANY
from checks.evidence.tls_offer import SCAN, SCANNED, offer_line, taken
from checks.evidence.tls_profile import VERSIONS, Profile, of_version, profiles, suites
from checks.evidence.transcript import Answer, Question
from tests.evidence.stub import Costs, self_signed

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
VERSION_CODES = {"SSLv3": 0x0300, "TLSv1.0": 0x0301, "TLSv1.1": 0x0302, "TLSv1.2": 0x0303}


def asked(serve: Serve, line: str, context: ssl.SSLContext | None = None) -> Answer:
    """What the probe makes of a server on loopback that speaks TLS at once, or whatever it speaks."""

    async def quietly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, ssl.SSLError):
            await serve(reader, writer)
        writer.close()

    async def run() -> Answer:
        server = await asyncio.start_server(quietly, "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        where = Setting("imap", "127.0.0.1", port, CONTROLLER, True, ANY, "stub.example.org", 60)
        vantage = Vantage(HostSessions([], set()), Costs(greeting_timeout=1))  # type: ignore[arg-type]
        answer = await tls_offer.probe(Question("stub", "tls", f"{where}\n{line}"), vantage)
        server.close()
        return answer

    return asyncio.run(run())


def openssl(certificate: Path, least: ssl.TLSVersion, most: ssl.TLSVersion, ciphers: str = "DEFAULT") -> ssl.SSLContext:
    """A real server."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate)
    made.set_ciphers(ciphers)
    made.minimum_version, made.maximum_version = least, most
    return made


async def _wait(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read(1)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return self_signed(tmp_path / "stub.pem")


def record(kind: int, content: bytes, version: int = 0x0301) -> bytes:
    return bytes([kind]) + version.to_bytes(2, "big") + len(content).to_bytes(2, "big") + content


def message(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def server_hello(version: int, suite: str, extensions: bytes | None = None) -> bytes:
    body = version.to_bytes(2, "big") + bytes(32) + b"\0" + suites()[suite].to_bytes(2, "big") + b"\0"
    return message(2, body + (b"" if extensions is None else len(extensions).to_bytes(2, "big") + extensions))


def relic(version: str, suite: str, *further: bytes) -> Serve:
    """A server that agrees to something that no library speaks any more, if it is offered."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readexactly(5)
        offered = await reader.readexactly(int.from_bytes(head[3:], "big"))
        highest = int.from_bytes(offered[4:6], "big")
        count = int.from_bytes(offered[39:41], "big")
        codes = {offered[41 + at : 43 + at] for at in range(0, count, 2)}
        if VERSION_CODES[version] > highest or suites()[suite].to_bytes(2, "big") not in codes:
            writer.write(record(21, b"\x02\x28"))
            return
        flight = server_hello(VERSION_CODES[version], suite) + b"".join(further) + message(14, b"")
        writer.write(record(22, flight, VERSION_CODES[version]))
        await writer.drain()
        await reader.read(1)

    return serve


def test_a_current_server_declines_old_versions_and_weak_suites(certificate: Path) -> None:
    server = openssl(certificate, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)
    assert taken(asked(_wait, offer_line("SSLv3", "TLSv1.1"), server).outcome) is None
    assert taken(asked(_wait, offer_line("TLSv1.2", "TLSv1.2", "users"), server).outcome) is None


def test_an_alert_is_named() -> None:
    outcome = asked(relic("TLSv1.2", "TLS_RSA_WITH_NULL_SHA"), offer_line("SSLv3", "TLSv1.1")).outcome
    assert outcome == "declined: handshake failure"


def test_an_old_version_is_found(certificate: Path) -> None:
    server = openssl(certificate, ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_3, "ALL:@SECLEVEL=0")
    answer = asked(_wait, offer_line("SSLv3", "TLSv1.1"), server)
    assert answer.outcome == "chose TLSv1.1 TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA x25519"
    assert answer.text.startswith("* connected from 127.0.0.1\n")


def test_a_suite_outside_the_profile_is_found(certificate: Path) -> None:
    server = openssl(certificate, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3, "AECDH-AES128-SHA:@SECLEVEL=0")
    assert taken(asked(_wait, offer_line("TLSv1.2", "TLSv1.2", "users"), server).outcome) == (
        "TLSv1.2", "TLS_ECDH_anon_WITH_AES_128_CBC_SHA", "x25519",
    )  # fmt: skip


PRIME = (b"\0\x40" + b"\xff" * 64) + b"\0\x01\x02" + b"\0\x40" + b"\x01" * 64
RELICS = {
    "SSL 3.0": (relic("SSLv3", "TLS_RSA_WITH_RC4_128_SHA"), "SSLv3", "TLSv1.1", "SSLv3 TLS_RSA_WITH_RC4_128_SHA"),
    "RC4": (relic("TLSv1.2", "TLS_RSA_WITH_RC4_128_MD5"), "TLSv1.2", "TLSv1.2", "TLSv1.2 TLS_RSA_WITH_RC4_128_MD5"),
    "3DES": (
        relic("TLSv1.2", "TLS_RSA_WITH_3DES_EDE_CBC_SHA"), "TLSv1.2", "TLSv1.2", "TLSv1.2 TLS_RSA_WITH_3DES_EDE_CBC_SHA",
    ),
    "export grade": (
        relic("TLSv1.0", "TLS_RSA_EXPORT_WITH_RC4_40_MD5", message(12, PRIME)), "SSLv3", "TLSv1.1",
        "TLSv1.0 TLS_RSA_EXPORT_WITH_RC4_40_MD5 rsa 512",
    ),
    "a short prime": (
        relic("TLSv1.0", "TLS_DHE_RSA_WITH_AES_128_CBC_SHA", message(12, PRIME)), "SSLv3", "TLSv1.1",
        "TLSv1.0 TLS_DHE_RSA_WITH_AES_128_CBC_SHA dh 512",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RELICS)
def test_what_no_library_speaks_any_more_is_found(name: str) -> None:
    serve, low, high, outcome = RELICS[name]
    assert asked(serve, offer_line(low, high)).outcome == f"chose {outcome}"


def test_a_scan_finds_all_that_a_server_agrees_to(certificate: Path) -> None:
    ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-SHA:@SECLEVEL=0"
    answer = asked(_wait, SCAN, openssl(certificate, ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_3, ciphers))
    found = tls_scan.scanned(answer.text)
    assert answer.outcome == SCANNED
    assert list(found.suites) == ["TLSv1.3", "TLSv1.2", "TLSv1.1"]
    assert set(found.suites["TLSv1.2"]) == {
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    }  # fmt: skip
    assert {"x25519", "secp256r1"} <= set(found.groups["TLSv1.3"])
    assert found.habits["compression"] == "off"
    assert found.habits["renegotiation"] == "secure"
    assert found.habits["master-secret"] == "extended"
    assert found.habits["downgrade"] == "noticed"
    assert answer.text.splitlines()[-1].startswith("* asked ")


def test_a_scan_ends_with_a_server_that_agrees_to_everything() -> None:
    connections = 0

    async def ask(offered: Hello) -> Choice | Alert:
        nonlocal connections
        connections += 1
        version = offered.high
        suite = next(name for name, code in suites().items() if code == offered.suites[0])
        return Choice(version, suite, 1, offered.groups[0], "rsa_pkcs1_md5")

    lines = asyncio.run(tls_scan.scan(ask, "stub.example.org", 0))
    assert connections <= tls_scan.MOST_CONNECTIONS
    assert tls_scan.scanned("\n".join(lines)).habits["compression"] == "on"


async def _plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(100)
    writer.write(b"a BAD what was that\r\n" * 3)


async def _silent(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
    await asyncio.sleep(2)


async def _endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(100)
    while True:
        writer.write(record(22, b"\x02\x00\xff\xff" + b"x" * 8000))
        await writer.drain()


@pytest.mark.parametrize("serve", [_plain, _silent, _endless])
def test_what_is_no_answer_is_no_verdict_on_the_offer(serve: Serve) -> None:
    with pytest.raises(ValueError, match="TLS failed: "):
        taken(asked(serve, offer_line("SSLv3", "TLSv1.1")).outcome)


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_whatever_comes_is_read_or_refused(octets: bytes) -> None:
    for answer in (octets, record(22, octets), record(22, message(2, octets)),
                   record(22, server_hello(0x0303, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA") + message(12, octets))):  # fmt: skip
        with contextlib.suppress(NotTls):
            assert isinstance(read(answer), Choice | Alert | None)


@given(st.integers(0, 200))
def test_an_answer_that_is_cut_is_waited_for(size: int) -> None:
    whole = record(22, server_hello(0x0303, "TLS_RSA_WITH_AES_128_CBC_SHA") + message(11, b"\0\0\0") + message(14, b""))
    found = read(whole[: min(size, len(whole) - 1)])
    assert found is None or not getattr(found, "whole", True)
    assert read(whole) == Choice("TLSv1.2", "TLS_RSA_WITH_AES_128_CBC_SHA", whole=True)


@given(st.text(max_size=300))
def test_whatever_a_scan_recorded_is_read(text: str) -> None:
    assert isinstance(tls_scan.scanned(text).habits, dict)


def test_an_offer_is_well_formed() -> None:
    for version in VERSIONS:
        codes = tuple(code for name, code in suites().items() if of_version(name, version))
        octets = written(Hello("SSLv3", version, codes, name="stub.example.org"))
        assert octets[:1] == b"\x16"
        assert len(octets) == 5 + int.from_bytes(octets[3:5], "big")
        assert int.from_bytes(octets[6:9], "big") == len(octets) - 9


@pytest.mark.parametrize("profile", profiles().values(), ids=lambda profile: profile.name)
def test_every_profile_allows_something_and_nothing_that_is_broken(profile: Profile) -> None:
    allowed = [name for name in suites() if profile.allows_suite(name)]
    assert allowed
    assert any(profile.allows_group(group) for group in GROUPS)
    broken = ("_NULL_", "_RC4_", "EXPORT", "_DES_", "_RC2_", "0xFF")
    assert not [name for name in allowed if any(word in name for word in broken)]
    assert not profile.allows_suite("0x1234")
    assert not profile.allows_group("dh 512")


def test_profiles_say_what_their_authors_say() -> None:
    def of(name: str) -> set[str]:
        return {suite for suite in suites() if profiles()[name].allows_suite(suite)}

    assert len(of("mozilla-intermediate")) == 3 + 6
    assert len(of("ncsc-nl-sufficient")) == 4 + 5 + 3
    assert of("ncsc-nl-good") < of("ncsc-nl-sufficient") < of("ncsc-nl-phase-out")
    assert of("mozilla-modern") < of("mozilla-intermediate") < of("mozilla-old")
    assert "TLS_RSA_WITH_AES_128_GCM_SHA256" not in of("ncsc-nl-phase-out")
