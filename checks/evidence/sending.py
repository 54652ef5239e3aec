"""How a mail server sends: by which name it greets others, and what it makes of TLS, whichever server it is."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from checks.evidence import postfix_tls
from checks.evidence.exim import Driver, Exim, items
from checks.evidence.opensmtpd import Opensmtpd
from checks.evidence.postfix import Postfix, Service

_RELEVANT = ("smtp_helo_name", "myhostname", "smtp_tls_security_level", "smtp_use_tls", "smtp_enforce_tls",
             "smtp_dns_support_level", "smtp_tls_CAfile", "smtp_tls_CApath", "smtp_tls_policy_maps",
             "smtp_tls_protocols", "smtp_tls_mandatory_protocols")  # fmt: skip
_VERIFYING = ("verify", "secure")
_DEMANDING = ("encrypt", "dane-only", "fingerprint", *_VERIFYING)


@dataclass(frozen=True)
class Way:
    """One way out of a mail server.

    helo: the name it greets others by; empty where that is decided for each message. no_tls: the setting that keeps
    it from using TLS; no_policies: why it does not heed DANE or MTA-STS; no_roots: why it could verify nobody though
    it is told to. demands: the setting by which it delivers to nobody without TLS; too_old: the one that leaves it
    without TLS 1.2. Each empty if all is well; None where this mail server knows no such thing. bound: the addresses
    that it is told to send from, if it is.
    """

    label: str
    helo: str
    no_tls: str
    no_policies: str | None
    no_roots: str | None
    demands: str = ""
    too_old: str | None = None
    bound: tuple[str, ...] = ()

    def source(self, usual: str) -> str:
        """The address that it sends from, where the host would send from the usual one."""
        return next((each for each in self.bound if (":" in each) == (":" in usual)), usual)


def of_postfix(postfix: Postfix) -> Iterator[Way]:
    """The transport that mail takes by default, and others whose own options differ from main.cf."""
    default = postfix["default_transport"].partition(":")[0]
    for service in postfix.services:
        differs = any(name in service.overrides for name in _RELEVANT)
        if service.program == "smtp" and service.type == "unix" and (service.name == default or differs):
            yield Way(f"Postfix {service.name}", postfix.of(service, "smtp_helo_name"), _postfix_tls(postfix, service),
                      _postfix_policies(postfix, service), _postfix_roots(postfix, service, "smtp"),
                      _postfix_demands(postfix, service), _postfix_too_old(postfix, service),
                      addresses(postfix.of(service, f"smtp_bind_address{v}") for v in ("", "6")))  # fmt: skip
        elif service.program == "lmtp" and "lmtp" in postfix["virtual_transport"]:
            yield Way(f"Postfix {service.name}", "", "", None, _postfix_roots(postfix, service, "lmtp"))


def addresses(values: Iterable[str]) -> tuple[str, ...]:
    """Those of these values that are addresses, and not names, tables or left open."""
    found = []
    for value in values:
        with suppress(ValueError):
            found.append(str(ipaddress.ip_address(value.strip().strip("[]"))))
    return tuple(found)


def level(postfix: Postfix, service: Service, prefix: str = "smtp") -> str:
    """The TLS level in effect, the settings before Postfix 2.3 included."""
    if found := postfix.of(service, f"{prefix}_tls_security_level"):
        return found
    if postfix.of(service, f"{prefix}_enforce_tls") == "yes":
        return "encrypt"
    return "may" if postfix.of(service, f"{prefix}_use_tls") == "yes" else "none"


def _postfix_tls(postfix: Postfix, service: Service) -> str:
    value = postfix.of(service, "smtp_tls_security_level")
    return f"smtp_tls_security_level = {value or '(empty)'}" if level(postfix, service) == "none" else ""


def _postfix_demands(postfix: Postfix, service: Service) -> str:
    found = level(postfix, service)
    return f"smtp_tls_security_level = {found}" if found in _DEMANDING else ""


def _postfix_too_old(postfix: Postfix, service: Service) -> str:
    """What holds for receivers that TLS is demanded of (DANE, MTA-STS, a table), and for all others."""
    for name in ("smtp_tls_protocols", "smtp_tls_mandatory_protocols"):
        value = postfix.of(service, name)
        if "TLSv1.2" not in postfix_tls.allowed(value):
            return f"{name} = {value}"
    return ""


def _postfix_policies(postfix: Postfix, service: Service) -> str:
    """DANE needs three settings; a table that is asked for each domain is taken to be an MTA-STS resolver."""
    found = level(postfix, service)
    if "socketmap:" in postfix.of(service, "smtp_tls_policy_maps"):
        return ""
    if not found.startswith("dane"):
        return f"smtp_tls_security_level = {found}, and no smtp_tls_policy_maps asks for MTA-STS"
    needed = {"smtp_dns_support_level": "dnssec", "smtp_host_lookup": "dns"}
    wrong = [f"{n} = {postfix.of(service, n)}" for n, v in needed.items() if v not in postfix.of(service, n)]
    return f"smtp_tls_security_level = {found}, but {', '.join(wrong)}" if wrong else ""


def _postfix_roots(postfix: Postfix, service: Service, prefix: str) -> str:
    """verify and secure need a list of authorities."""
    if level(postfix, service, prefix) not in _VERIFYING or postfix["tls_append_default_CA"] == "yes":
        return ""
    given = any(postfix.of(service, f"{prefix}_tls_{name}") for name in ("CAfile", "CApath"))
    return (
        "" if given else f"{prefix}_tls_security_level = {level(postfix, service, prefix)}, without {prefix}_tls_CAfile"
    )


def of_exim(exim: Exim) -> Iterator[Way]:
    """Each transport that speaks SMTP."""
    for driver in exim.smtp_transports:
        helo = driver.get("helo_data").replace("$primary_hostname", exim.get("primary_hostname"))
        names = ("hosts_avoid_tls", "hosts_avoid_esmtp")  # without ESMTP there is no STARTTLS (RFC 3207 §4)
        avoids = next((f"{name} = *" for name in names if "*" in items(driver.get(name))), "")
        tries = any(items(driver.get(name)) for name in ("hosts_try_dane", "hosts_require_dane"))
        no_dane = "" if tries else "hosts_try_dane is empty"
        if tries and not items(driver.get("dnssec_request_domains")):
            no_dane = "hosts_try_dane is set, but dnssec_request_domains is empty"
        yield Way(f"Exim {driver.name}", helo if "$" not in helo else "",
                  avoids, no_dane, None, _exim_demands(driver),
                  bound=addresses(items(driver.get("interface"))))  # fmt: skip


def _exim_demands(driver: Driver) -> str:
    names = ("hosts_require_tls", "hosts_require_dane", "tls_verify_hosts")
    return next((f"{name} = *" for name in names if "*" in items(driver.get(name))), "")


def of_opensmtpd(conf: Opensmtpd) -> Iterator[Way]:
    """Each action that relays. OpenSMTPD itself knows neither DANE nor MTA-STS."""
    for action in conf.actions.values():
        if action.method == "relay":
            words = dict(zip(action.options, action.options[1:], strict=False))
            plain = re.match(r"smtp\+notls://", words.get("host", ""))
            demands = "relay tls" if "tls" in action.options and "host" not in words else ""
            no_tls = f"host {plain[0]}" if plain else ""
            named = words.get("src", "")
            bound = addresses(conf.tables.get(named.strip("<>"), ()) if named.startswith("<") else [named])
            yield Way(f"OpenSMTPD {action.name}", words.get("helo", ""), no_tls, None, None, demands, bound=bound)
