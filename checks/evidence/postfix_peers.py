"""Whom Postfix must reach to do its work: login service, milters, policy servers, content filters, LMTP servers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from checks.evidence.postfix import Postfix, Service
from checks.evidence.postfix_macro import closing, words
from checks.evidence.postfix_restrictions import steps

_LISTS = tuple(f"smtpd_{name}_restrictions" for name in (
    "client", "helo", "sender", "relay", "recipient", "data", "end_of_data", "etrn"
))  # fmt: skip
_TRANSPORTS = ("local_transport", "virtual_transport", "relay_transport", "default_transport", "mailbox_transport",
               "fallback_transport", "address_verify_local_transport", "address_verify_virtual_transport",
               "address_verify_relay_transport")  # fmt: skip
# `host:port`, `[host]:port`, `inet:host:port`; a port may have a name (services(5)).
_INET = re.compile(r"(?:inet6?:)?(?:\[([^\]\s]{1,255})\]|([^\s:\[\]]{1,255})):([\w-]{1,40})")


@dataclass(frozen=True)
class Peer:
    """One of them. written: as the configuration says it; path: of its socket, as Postfix opens it, or empty.

    host, port: where it listens on the network. jailed: the daemon that asks runs in Postfix's chroot.
    options: what braces add to it (default_action, connect_timeout).
    """

    kind: str
    written: str
    path: str = ""
    host: str = ""
    port: str = ""
    jailed: bool = field(default=False, compare=False)
    options: tuple[tuple[str, str], ...] = field(default=(), compare=False)

    @property
    def local(self) -> bool:
        """On this machine."""
        return bool(self.path) or self.host in ("localhost", "::1") or self.host.startswith("127.")

    def option(self, name: str) -> str:
        """What braces say of it; empty if they do not."""
        return dict(self.options).get(name, "")


def peers(postfix: Postfix, ways: Iterable[str] = (), others: Iterable[str] = ()) -> tuple[Peer, ...]:
    """All of them, each once. ways: what transport_maps says of own domains (transport(5), ``transport:nexthop``).

    others: what it says of the domains of others; a server that own mail takes as well is told once.
    """
    found = [*_logins(postfix), *_milters(postfix), *_policies(postfix), *_filters(postfix), *_next_hops(postfix)]
    found += [_way(value, postfix) for value in ways]
    known = {(peer.host, peer.port) for peer in found if peer}
    routes = [replace(way, kind="route") for value in others if (way := _way(value, postfix)) and way.host]
    found += [route for route in routes if (route.host, route.port) not in known]
    return tuple(dict.fromkeys(peer for peer in found if peer))


def _logins(postfix: Postfix) -> Iterator[Peer | None]:
    for service in postfix.smtp_servers:
        asks = postfix.of(service, "smtpd_sasl_auth_enable") == "yes"
        if asks and postfix.of(service, "smtpd_sasl_type") == "dovecot":
            yield _peer("login", postfix.of(service, "smtpd_sasl_path"), postfix, service, default="unix")


def _milters(postfix: Postfix) -> Iterator[Peer | None]:
    asking = [(s, "smtpd_milters") for s in postfix.smtp_servers]
    asking += [(s, "non_smtpd_milters") for s in postfix.services if s.program == "cleanup"]
    for service, name in asking:
        for word in words(postfix.of(service, name)):
            yield _peer("milter", word, postfix, service)


def _policies(postfix: Postfix) -> Iterator[Peer | None]:
    names = postfix.words("smtpd_restriction_classes")
    for service in postfix.smtp_servers:
        for name in (*_LISTS, *names):
            for step in steps(postfix.of(service, name)):
                if step.name == "check_policy_service":
                    yield _peer("policy", step.argument, postfix, service)


def _filters(postfix: Postfix) -> Iterator[Peer | None]:
    for service in postfix.smtp_servers:
        yield _peer("filter", postfix.of(service, "smtpd_proxy_filter"), postfix, service, default="inet")
        yield _hop("filter", postfix.of(service, "content_filter"), postfix)


def _next_hops(postfix: Postfix) -> Iterator[Peer | None]:
    for name in _TRANSPORTS:
        yield lmtp_hop(postfix, postfix[name])


def lmtp_hop(postfix: Postfix, value: str) -> Peer | None:
    """The LMTP server that ``transport:nexthop`` hands mail to; None where it is none."""
    return _hop("lmtp", value, postfix) if _program(postfix, value) == "lmtp" else None


def _way(value: str, postfix: Postfix) -> Peer | None:
    """Where mail for an own domain goes: a mailbox server (LMTP), or another server in brackets."""
    lmtp = _program(postfix, value) == "lmtp"
    return _hop("lmtp" if lmtp else "hop", value, postfix) if lmtp or "[" in value else None


def _program(postfix: Postfix, value: str) -> str:
    name = value.partition(":")[0]
    return next((s.program for s in postfix.services if s.name == name), "")


def _hop(kind: str, value: str, postfix: Postfix) -> Peer | None:
    """``transport:nexthop``; a transport with no next hop of its own goes wherever the message does."""
    name, _, hop = value.partition(":")
    service = next((s for s in postfix.services if s.name == name and s.type == "unix"), None)
    if service is None or not hop or service.program not in ("lmtp", "smtp"):
        return None
    port = postfix["lmtp_tcp_port"] or "24"
    if not hop.startswith("unix:") and not _INET.fullmatch(hop):
        hop = f"{hop}:{port if service.program == 'lmtp' else 'smtp'}"
    return _peer(kind, hop, postfix, service, default="inet", written=value)


def _peer(
    kind: str, value: str, postfix: Postfix, service: Service, *, default: str = "", written: str = ""
) -> Peer | None:
    place, options = _in_braces(value.strip())
    written = written or place
    type_, colon, rest = place.partition(":")
    if colon and type_ in ("unix", "local"):
        place, default = rest, "unix"
    if default == "unix" and not place.startswith(("inet:", "inet6:")):
        return Peer(kind, written, _path(place, postfix, service), jailed=service.jailed, options=options)
    match = _INET.fullmatch(place)
    if match is None or "$" in place:
        return None
    return Peer(kind, written, host=match[1] or match[2], port=match[3], jailed=service.jailed, options=options)


def _path(place: str, postfix: Postfix, service: Service) -> str:
    """Where the socket is for somebody outside the chroot: daemons work in the queue directory."""
    queue = postfix["queue_directory"].rstrip("/")
    if place.startswith("/"):
        return f"{queue}{place}" if service.jailed else place
    return f"{queue}/{place}"


def _in_braces(value: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """``{ inet:host:port, name = value }`` as the place and its options."""
    if not value.startswith("{") or closing(value, 0) != len(value) - 1:
        return value, ()
    place, *rest = [part.strip() for part in value[1:-1].split(",")]
    pairs = (part.partition("=") for part in rest)
    return place, tuple((name.strip(), found.strip()) for name, equals, found in pairs if equals)
