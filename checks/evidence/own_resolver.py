"""What a host's own resolver says, asked from the host itself: one question over UDP, as bash can put it."""

from __future__ import annotations

import shlex

import dns.exception
import dns.flags
import dns.message
import dns.rcode

# Any number will do: the socket takes answers from the server alone.
_ID = 0x4D41
_ASK = (
    "command -v bash >/dev/null && command -v od >/dev/null || exit 127; "
    "s=$(sed -n 's/^nameserver[[:space:]]*//p' /etc/resolv.conf | head -n 1); [ -n \"$s\" ] || exit 3; "
    'for q in {queries}; do timeout 8 bash -c \'exec 3<>"/dev/udp/$0/53" || exit; '
    'printf "$1" | dd bs=512 iflag=fullblock 2>/dev/null >&3; '
    'timeout 3 dd bs=4096 count=1 <&3 2>/dev/null | od -An -v -tx1 | tr -d " \\n"; echo\' "$s" "$q" 2>/dev/null; done'
)


def query(*questions: tuple[str, str]) -> str:
    """The command that asks the first name server of /etc/resolv.conf for each (name, type), with DNSSEC."""
    return _ASK.format(queries=" ".join(shlex.quote(_wire(name, rdtype)) for name, rdtype in questions))


def _wire(name: str, rdtype: str) -> str:
    message = dns.message.make_query(name, rdtype, want_dnssec=True, payload=1232)
    message.id = _ID
    message.flags |= dns.flags.AD  # RFC 6840 §5.7: ask to be told whether it was validated
    return "".join(f"\\x{octet:02x}" for octet in message.to_wire())


def answers(text: str, count: int) -> tuple[str, ...]:
    """For each question the RCODE, with ``ad`` if validated, as in ``NOERROR ad``; empty for one without an answer."""
    lines = [line.strip() for line in text.splitlines()]
    return tuple(_read(lines[n]) if n < len(lines) else "" for n in range(count))


def _read(digits: str) -> str:
    try:
        message = dns.message.from_wire(bytes.fromhex(digits), ignore_trailing=True)
    except (ValueError, dns.exception.DNSException):
        return ""
    return dns.rcode.to_text(message.rcode()) + (" ad" if message.flags & dns.flags.AD else "")
