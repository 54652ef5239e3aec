"""How many sessions Dovecot lets users have at once: of one user from one address, and of all of them."""

from __future__ import annotations

from collections.abc import Iterator

from checks.evidence.doveconf import Block, Dovecot

_PROTOCOLS = ("imap", "pop3")
# Dovecot's own values; 2.4's doveconf leaves out what is not set.
_CLIENTS, _USER_SESSIONS = 1000, 10
_LOGIN_PROCESSES, _IMAP_PROCESSES = 100, 1024


def of_one_user(dovecot: Dovecot) -> Iterator[tuple[str, int]]:
    """For each protocol that users read mail by: how many sessions one user may have from one address."""
    name = "mail_max_userip_connections"
    common = _number(dovecot.get(name), _USER_SESSIONS)
    for protocol in _served(dovecot):
        own = [block.get(name) for block in dovecot.top.all("protocol") if block.name == protocol and block.get(name)]
        yield protocol, _number(own[-1], common) if own else common


def at_once(dovecot: Dovecot) -> Iterator[tuple[str, int]]:
    """For each service that a session passes through: how many sessions it can hold."""
    for protocol in _served(dovecot):
        for service in (f"{protocol}-login", protocol):
            block = next((b for b in dovecot.top.all("service") if b.name == service), None)
            yield service, _room(dovecot, service, block)


def _served(dovecot: Dovecot) -> tuple[str, ...]:
    return tuple(name for name in _PROTOCOLS if name in dovecot.protocols)


def _room(dovecot: Dovecot, service: str, block: Block | None) -> int:
    """Processes times clients; where a process ends after one client, it never has more."""
    own = block.settings if block else {}
    login = service.endswith("-login")
    usual = _number(dovecot.get("default_process_limit"), _LOGIN_PROCESSES) if login else _IMAP_PROCESSES
    processes = _number(own.get("process_limit", ""), usual)
    once = (own.get("service_count") or own.get("restart_request_count") or "1") == "1"
    clients = 1 if once or not login else _number(own.get("client_limit", ""), _CLIENTS)
    return processes * clients


def _number(value: str, otherwise: int) -> int:
    """0 and words stand for what Dovecot has by itself."""
    return int(value) if value.isdecimal() and value.isascii() and int(value[:9]) else otherwise
