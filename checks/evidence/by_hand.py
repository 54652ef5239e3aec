"""How a person would ask the same question by hand: the command that a finding names."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from urllib.parse import urlsplit

from checks.evidence.setting import setting
from checks.evidence.transcript import Question

# A longer script is a program of ours and nothing that a person would type.
_MOST_TYPED = 600
_STARTTLS = {"smtp": "smtp", "imap": "imap", "pop3": "pop3", "sieve": "sieve"}


def by_hand(questions: Sequence[Question]) -> str:
    """A command line that shows what the last of these showed; empty if none of them can be asked by hand."""
    return next((line for question in reversed(questions) if (line := _by_hand(question))), "")


def _by_hand(question: Question) -> str:
    if question.kind == "command" and len(question.text) > _MOST_TYPED:
        return ""
    if question.kind == "command":
        # Quoted twice, a script could be read by nobody.
        plain = "'" not in question.text
        return (
            f"ssh {question.target} {shlex.quote(question.text)}" if plain else f"on {question.target}: {question.text}"
        )
    if question.kind == "dns":
        name, rdtype, *server = question.text.split(" ")
        return " ".join(["dig", "+dnssec", *(["+norecurse"] if len(server) == 1 else []), *server, rdtype, name])
    if question.kind == "dialogue":
        return _dialogue(question.text)
    if question.kind == "tls":
        return _tls(question.text)
    if question.kind == "http":
        _, url, _, address, *_ = question.text.split(" ")
        host = urlsplit(url).hostname
        return f"curl -v --resolve {host}:443:{f'[{address}]' if ':' in address else address} {url}"
    if question.kind == "knock":
        address, _, _, _, ports = question.text.split(" ")
        return f"nmap -Pn -p {ports.removeprefix('ports=')} {address}"
    if question.kind == "clock":
        return f"ssh {question.target} date"
    return ""


def _dialogue(text: str) -> str:
    first, *lines = text.split("\n")
    where = setting(first)
    at = f"[{where.address}]:{where.port}" if ":" in where.address else f"{where.address}:{where.port}"
    name = f" -servername {where.name}" if where.name else ""
    version = "" if where.versions[1] == "TLSv1.3" else f" -cipher ALL@SECLEVEL=0 -{where.versions[1].lower()}"
    version = version.replace("tlsv1.", "tls1_").replace("tls1_0", "tls1")
    if where.implicit:
        return f"openssl s_client -connect {at}{name}{version}"
    if any(line.upper().endswith(("STARTTLS", "STLS")) for line in lines):
        return f"openssl s_client -starttls {_STARTTLS[where.protocol]} -connect {at}{name}{version}"
    return f"nc {where.address} {where.port}"


def _tls(text: str) -> str:
    """Nothing at hand offers all that we do; testssl.sh comes nearest."""
    first, *lines = text.split("\n")
    where = setting(first)
    at = f"[{where.address}]:{where.port}" if ":" in where.address else f"{where.address}:{where.port}"
    starttls = "" if where.implicit else f" -t {where.protocol}"
    return f"testssl.sh {'' if lines[-1] == 'try everything' else '-p -s '}-E{starttls} {at}".replace(
        "-p -s -E", "-p -E"
    )
