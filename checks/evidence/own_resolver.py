"""What a host's own resolver says, asked from the host itself: one question over UDP, as bash can put it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype

# Any number will do: the socket takes answers from the server alone.
_ID = 0x4D41
# Asks the server $s for {query}, twice at most: a lost packet is no silence.
_ONE = (
    'a=; for try in 1 2; do [ -n "$a" ] || a=$(timeout 8 bash -c \'exec 3<>"/dev/udp/$0/53" || exit; '
    'printf "$1" | dd bs=512 iflag=fullblock 2>/dev/null >&3; '
    'timeout 3 dd bs=4096 count=1 <&3 2>/dev/null | od -An -v -tx1 | tr -d " \\n"\' "$s" {query} 2>/dev/null); done'
)
_TOOLS = "command -v bash >/dev/null && command -v od >/dev/null || exit 127; "
_SERVERS = "sed -n 's/^nameserver[[:space:]]*//p' /etc/resolv.conf"


def each(name: str, rdtype: str) -> str:
    """The command that asks every name server of /etc/resolv.conf (the C library heeds three) at once."""
    return _asked_at_once(f"$({_SERVERS} | head -n 3)", name, rdtype)


def asked_of(servers: Iterable[str], name: str, rdtype: str) -> str:
    """The same of these name servers, whatever stands in /etc/resolv.conf."""
    return _asked_at_once(shlex.join(servers), name, rdtype)


def each_its_own(questions: Mapping[str, tuple[str, str]]) -> str:
    """The command that asks each of these servers, by address, its own question (name, type), without recursion."""
    told = " ".join(f"{address} {shlex.quote(_wire(*asked, recurse=False))}" for address, asked in questions.items())
    one = _ONE.format(query='"$q"')
    asked = f'{{ {one}; echo "$s ${{a:-silent}}"; }} &'
    return f"{_TOOLS}set -- {told}; while [ $# -gt 1 ]; do s=$1 q=$2; shift 2; {asked} done; wait"


def _asked_at_once(servers: str, name: str, rdtype: str) -> str:
    one = _ONE.format(query=shlex.quote(_wire(name, rdtype)))
    return f'{_TOOLS}for s in {servers}; do {{ {one}; echo "$s ${{a:-silent}}"; }} & done; wait'


def said_by_each(text: str, rdtype: str) -> dict[str, Heard]:
    """By server: what it said."""
    rows = (line.split(" ", 1) for line in text.splitlines() if " " in line)
    return {server: _read(digits.strip(), rdtype) for server, digits in rows}


def query(*questions: tuple[str, str]) -> str:
    """The command that asks the first name server of /etc/resolv.conf for each (name, type), with DNSSEC."""
    first = f's=$({_SERVERS} | head -n 1); [ -n "$s" ] || exit 3'
    return _in_turn(first, *(_wire(name, rdtype) for name, rdtype in questions))


def checked_and_not(server: str, name: str, rdtype: str, *others: tuple[str, str]) -> str:
    """The command that asks this server first without validation (RFC 4035 §3.2.2, CD), then all with it."""
    unchecked = _wire(name, rdtype, checked=False)
    asked = (unchecked, *(_wire(*question) for question in ((name, rdtype), *others)))
    return _in_turn(f"s={shlex.quote(server)}", *asked)


def _in_turn(first: str, *wires: str) -> str:
    listed = " ".join(shlex.quote(wire) for wire in wires)
    one = _ONE.format(query='"$q"')
    return f'{_TOOLS}{first}; for q in {listed}; do {one}; echo "$a"; [ -n "$a" ] || break; done'


def _wire(name: str, rdtype: str, recurse: bool = True, checked: bool = True) -> str:
    message = dns.message.make_query(name, rdtype, want_dnssec=True, payload=1232 if checked else 4096)
    message.id = _ID
    message.flags |= dns.flags.AD  # RFC 6840 §5.7: ask to be told whether it was validated
    if not recurse:
        message.flags &= ~dns.flags.RD
    if not checked:
        message.flags |= dns.flags.CD
    return "".join(f"\\x{octet:02x}" for octet in message.to_wire())


@dataclass(frozen=True)
class Heard:
    """One answer. rcode: empty where there was none. cut: more than a UDP message holds (TC, RFC 1035 §4.1.1)."""

    rcode: str = ""
    authenticated: bool = False
    cut: bool = False
    records: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.rcode or 'no answer'}{' ad' if self.authenticated else ''}"


def answers(text: str, *questions: tuple[str, str]) -> tuple[Heard, ...]:
    """What was heard for each question (name, type), with its records of that type."""
    lines = [line.strip() for line in text.splitlines()]
    return tuple(_read(lines[n], rdtype) if n < len(lines) else Heard() for n, (_name, rdtype) in enumerate(questions))


def in_words(text: str) -> list[str]:
    """What either command printed, each answer as text of dnspython, a record a line; other lines as they are."""
    lines = []
    for line in text.splitlines():
        server, _, digits = line.rpartition(" ")
        try:
            said = str(_message(digits)).splitlines()
            lines += [f"{server} {each}".strip() for each in said if not each.startswith(";")]
        except (ValueError, dns.exception.DNSException):
            lines.append(line)
    return lines


def is_asked_by(command: str) -> bool:
    """Whether this is one of these commands."""
    return "/dev/udp/$0/53" in command


def _message(digits: str) -> dns.message.Message:
    return dns.message.from_wire(bytes.fromhex(digits), ignore_trailing=True)


def _read(digits: str, rdtype: str) -> Heard:
    try:
        message = _message(digits)
        asked = dns.rdatatype.from_text(rdtype)
        records = tuple(str(rdata) for rrset in message.answer if rrset.rdtype == asked for rdata in rrset)
    except (ValueError, dns.exception.DNSException):
        return Heard()
    flags = message.flags
    return Heard(dns.rcode.to_text(message.rcode()), bool(flags & dns.flags.AD), bool(flags & dns.flags.TC), records)
