"""The order of keys and certificates in Postfix's chain files (postconf(5), smtpd_tls_chain_files)."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from checks.evidence.pieces import pieces
from checks.evidence.postfix import Postfix
from checks.evidence.postfix_macro import words

# What stands in each file, by its heading alone: no line of a key leaves the host.
_HEADINGS = (
    'for f in {paths}; do [ -r "$f" ] || continue; echo "== $f"; '
    'sed -n "s/^-----BEGIN \\(.*\\)-----[[:space:]]*$/\\1/p" "$f" | head -n 50; done'
)
_KEY = re.compile(r"(?:[A-Z0-9]+ )?PRIVATE KEY")
_CERTIFICATE = re.compile(r"(?:X509 )?CERTIFICATE")


@dataclass(frozen=True)
class ChainFiles:
    """One list of files. parameter: the setting that names it, with its service where that has its own."""

    parameter: str
    paths: tuple[str, ...]


def chain_files(postfix: Postfix) -> tuple[ChainFiles, ...]:
    """Each list of chain files that is in use: of servers, and of clients that show a certificate."""
    return tuple(dict.fromkeys(_named(postfix)))


def _named(postfix: Postfix) -> Iterator[ChainFiles]:
    for service in postfix.services:
        if service.program not in ("smtpd", "smtp", "lmtp"):
            continue
        name = f"{service.program}_tls_chain_files"
        where = f" of {service.label}" if name in service.overrides else ""
        if paths := tuple(word for word in words(postfix.of(service, name)) if word.startswith("/")):
            yield ChainFiles(name + where, paths)


def query(paths: Iterable[str]) -> str:
    """The command that shows what these files hold."""
    return f"sudo sh -c {shlex.quote(_HEADINGS.format(paths=shlex.join(dict.fromkeys(paths))))}"


def headings(text: str) -> dict[str, tuple[str, ...]]:
    """Of each file, the headings in their order."""
    return {path: tuple(lines.splitlines()) for path, lines in pieces(text)}


def disorder(held: Iterable[tuple[str, tuple[str, ...]]]) -> str:
    """What Postfix stumbles over: each key must be followed by its certificates. Empty if nothing is out of order."""
    waiting, keyed = "", False
    for path, lines in held:
        for line in lines:
            if _KEY.fullmatch(line):
                if waiting:
                    return f"no certificate follows the key in {waiting}, but that in {path}"
                waiting, keyed = path, True
            elif _CERTIFICATE.fullmatch(line):
                if not keyed:
                    return f"the certificate in {path} stands before its key"
                waiting = ""
    return f"no certificate follows the key in {waiting}" if waiting else ""
