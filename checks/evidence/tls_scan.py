"""Tries everything that a TLS port may agree to, one connection at a time: versions, suites, groups, and its habits.

What is found is written line by line, and read back from there:

    suites TLSv1.2 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 …      in the order in which the server chose them
    groups TLSv1.3 x25519 secp256r1
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from checks.evidence.client_hello import GROUPS, WEAK_SIGNATURES, Hello
from checks.evidence.server_hello import Alert, Choice
from checks.evidence.tls_profile import VERSIONS, of_version, suites

Ask = Callable[[Hello], Awaitable[Choice | Alert]]
MOST_CONNECTIONS = 120
_MOST_SUITES = 60  # of one version: enough to see what kind of server this is
_MASTER_SECRET, _RENEGOTIATION_INFO = 23, 0xFF01
_HABITS = (
    "order",
    "compression",
    "master-secret",
    "renegotiation",
    "signature",
    "weak-signature",
    "downgrade",
    "client-certificate",
)
_MODERN = ("TLSv1.2", "TLSv1.3")


async def scan(ask: Ask, name: str, pause: float) -> list[str]:
    """The lines that tell what the server agreed to. pause: seconds between two connections."""
    return await _Scan(ask, name, pause).run()


class _Scan:
    def __init__(self, ask: Ask, name: str, pause: float) -> None:
        self._ask, self._name, self._pause = ask, name, pause
        self.connections = 0
        self.lines: list[str] = []
        self.found: dict[str, list[str]] = {}

    async def run(self) -> list[str]:
        for version in reversed(VERSIONS):
            await self._suites(version)
        if self.found.get("TLSv1.2"):
            await self._habits()
        for version in _MODERN:
            await self._groups(version)
        self.lines.append(f"connections {self.connections}")
        return self.lines

    async def _choice(self, version: str, offered: list[str], **more: object) -> Choice | None:
        """What the server chooses of these suites in just this version; None if it declines."""
        if self.connections >= MOST_CONNECTIONS:
            return None
        if self.connections:
            await asyncio.sleep(self._pause)
        self.connections += 1
        codes = tuple(suites()[each] for each in offered if each in suites())
        answer = await self._ask(Hello(version, version, codes, name=self._name, **more))  # type: ignore[arg-type]
        return answer if isinstance(answer, Choice) and answer.version == version else None

    async def _suites(self, version: str) -> None:
        """All of a current version; of an old one the first is enough to see that it is on."""
        pool = [each for each in suites() if of_version(each, version)]
        chosen: list[str] = []
        while pool and (choice := await self._choice(version, pool)):
            chosen.append(choice.suite)
            if choice.suite not in pool or version not in _MODERN or len(chosen) == _MOST_SUITES:
                break
            pool.remove(choice.suite)
            if "_DHE_" in choice.suite and (line := f"groups DHE {choice.group}") not in self.lines:
                self.lines.append(line)
        if chosen:
            self.found[version] = chosen
            self.lines.append(f"suites {version} {' '.join(chosen)}")

    async def _groups(self, version: str) -> None:
        offered = [each for each in self.found.get(version, ()) if version == "TLSv1.3" or "_ECDHE_" in each]
        pool, chosen = list(GROUPS), list[str]()
        while offered and pool and (choice := await self._choice(version, offered, groups=tuple(pool))):
            if choice.group not in pool:
                break
            chosen.append(choice.group)
            pool.remove(choice.group)
        if chosen:
            self.lines.append(f"groups {version} {' '.join(chosen)}")

    async def _habits(self) -> None:
        """What else TLS 1.2 and its forerunners can do wrong."""
        chosen = self.found["TLSv1.2"]
        if choice := await self._choice("TLSv1.2", chosen[::-1], compression=True):
            self._note("order", "server" if len(chosen) > 1 and choice.suite == chosen[0] else "client")
            self._note("compression", "on" if choice.compression else "off")
            self._note("master-secret", "extended" if _MASTER_SECRET in choice.extensions else "plain")
            self._note("renegotiation", "secure" if _RENEGOTIATION_INFO in choice.extensions else "insecure")
            self._note("signature", choice.signature)
            self._note("client-certificate", "asked" if choice.asks_certificate else "not-asked")
        signed = [each for each in chosen if "_ECDHE_" in each or "_DHE_" in each]
        if signed:
            weak = await self._choice("TLSv1.2", signed, signatures=WEAK_SIGNATURES)
            self._note("weak-signature", weak.signature if weak and weak.signature in WEAK_SIGNATURES else "refused")
        oldest = next(version for version in VERSIONS if version in self.found)
        if oldest not in _MODERN and oldest != "SSLv3":
            fooled = await self._choice(oldest, self.found[oldest], fallback=True)
            self._note("downgrade", "unnoticed" if fooled else "noticed")

    def _note(self, what: str, seen: str) -> None:
        if seen:
            self.lines.append(f"{what} {seen}")


@dataclass(frozen=True)
class Scanned:
    """suites, groups: by version (groups also ``DHE``), best liked first. habits: order, compression …, if known."""

    suites: Mapping[str, tuple[str, ...]]
    groups: Mapping[str, tuple[str, ...]]
    habits: Mapping[str, str]


def scanned(text: str) -> Scanned:
    """What these lines tell."""
    suites_of: dict[str, tuple[str, ...]] = {}
    groups_of: dict[str, tuple[str, ...]] = {}
    habits: dict[str, str] = {}
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        version, _, names = rest.partition(" ")
        if word == "suites":
            suites_of[version] = tuple(names.split())
        elif word == "groups" and version == "DHE":
            groups_of[version] = (*groups_of.get(version, ()), names)
        elif word == "groups":
            groups_of[version] = tuple(names.split())
        elif word in _HABITS:
            habits[word] = rest
    return Scanned(suites_of, groups_of, habits)
