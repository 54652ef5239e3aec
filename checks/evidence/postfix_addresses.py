"""Addresses of the host itself that Postfix is told to listen on or to send from."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from checks.evidence.firewall import Address
from checks.evidence.postfix import Postfix, Service
from checks.evidence.postfix_macro import words

_FROM = ("smtp_bind_address", "smtp_bind_address6", "lmtp_bind_address", "lmtp_bind_address6")


def named(postfix: Postfix) -> Iterator[tuple[str, Address]]:
    """Each address with the setting that names it: postconf(5) inet_interfaces, smtp_bind_address; master(5).

    Names of hosts and interfaces, wildcard addresses, and 127.0.0.0/8, which every host has, are passed over.
    """
    for setting in ("inet_interfaces", *_FROM):
        yield from _addresses(setting, postfix[setting])
    for service in postfix.services:
        yield from _of_service(service)


def in_front(postfix: Postfix) -> Iterator[tuple[str, Address]]:
    """Addresses of proxies or translators in front of the host: postconf(5) proxy_interfaces."""
    yield from _addresses("proxy_interfaces", postfix["proxy_interfaces"])


def _of_service(service: Service) -> Iterator[tuple[str, Address]]:
    if service.type == "inet" and ":" in service.name:
        yield from _addresses(f"{service.name} in master.cf", service.name.rpartition(":")[0])
    for setting in ("inet_interfaces", *_FROM):
        yield from _addresses(f"-o {setting} of {service.name} in master.cf", service.overrides.get(setting, ""))


def _addresses(setting: str, value: str) -> Iterator[tuple[str, Address]]:
    for word in words(value):
        try:
            address = ipaddress.ip_address(word.strip("[]"))
        except ValueError:
            continue
        if not address.is_unspecified and not (address.version == 4 and address.is_loopback):
            yield setting, address
