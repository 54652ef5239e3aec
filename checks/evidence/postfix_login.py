"""What Postfix asks of users who log in: TLS before the password, and a sender address of their own."""

from __future__ import annotations

from collections.abc import Mapping

from checks.evidence.postfix import Postfix, Service
from checks.evidence.postfix_relay import leaving, smtpd, stranger
from checks.evidence.postfix_restrictions import Action, Step, decide, steps

# postconf(5): each refuses a sender address that belongs to another login; the last two only some of them.
BINDING = frozenset(
    (
        "reject_sender_login_mismatch",
        "reject_authenticated_sender_login_mismatch",
        "reject_known_sender_login_mismatch",
    )
)

# postconf(5): what tells mail servers of strangers from home connections, which users have.
_FOR_SERVERS = frozenset((
    "reject_unknown_client_hostname", "reject_unknown_client", "reject_unknown_reverse_client_hostname",
    "reject_invalid_helo_hostname", "reject_invalid_hostname", "reject_non_fqdn_helo_hostname",
    "reject_non_fqdn_hostname", "reject_unknown_helo_hostname", "reject_unknown_hostname", "reject_rbl_client",
    "reject_rhsbl_client", "reject_rhsbl_helo", "reject_rhsbl_reverse_client",
))  # fmt: skip

# Without smtpd_delay_reject these are gone through at connect and at EHLO, when nobody can have logged in.
_BEFORE_LOGIN = ("smtpd_client_restrictions", "smtpd_helo_restrictions")


def login_services(postfix: Postfix) -> tuple[Service, ...]:
    """The SMTP services, reachable for others than this machine, in which users log in."""
    return tuple(
        s for s in postfix.smtp_servers
        if postfix.of(s, "smtpd_sasl_auth_enable") == "yes" and not postfix.loopback(s)
    )  # fmt: skip


def in_clear(postfix: Postfix, service: Service) -> str:
    """The settings by which the service takes passwords outside TLS; empty if it does not."""
    names = ("smtpd_tls_auth_only", "smtpd_tls_security_level", "smtpd_sasl_security_options")
    only, level, options = (postfix.of(service, name) for name in names)
    demanded = level in ("encrypt", "fingerprint") or postfix.of(service, "smtpd_enforce_tls") == "yes"
    within = postfix.of(service, "smtpd_tls_wrappermode") == "yes"
    if only == "yes" or demanded or within or "noplaintext" in options:
        return ""
    return f"smtpd_tls_auth_only = {only}, smtpd_tls_security_level = {level or '(none)'}"


def anonymous(postfix: Postfix, service: Service) -> str:
    """The option list that does not keep the ANONYMOUS mechanism away; empty if all do."""
    names = ("smtpd_sasl_security_options", "smtpd_sasl_tls_security_options")
    open_ = [n for n in names if "noanonymous" not in postfix.of(service, n).replace(",", " ").split()]
    return f"{open_[0]} = {postfix.of(service, open_[0]) or '(empty)'}" if open_ else ""


def unbound(postfix: Postfix, service: Service) -> str:
    """Why a login does not tell whose addresses it may use; empty if it does."""
    found = smtpd(postfix, service)
    if not any(_bound(listed, found.classes) for listed in found.lists.values()):
        return "no restriction compares the sender address with the login"
    return "" if postfix.of(service, "smtpd_sender_login_maps") else "smtpd_sender_login_maps is empty"


def for_servers(postfix: Postfix, service: Service) -> str:
    """A restriction meant for strangers' servers that users meet before their login counts; empty if there is none."""
    found = smtpd(postfix, service)
    # Servers of strangers come to port 25 as well, and may be what a list is for that is gone through at connect.
    early = _BEFORE_LOGIN if _at_once(postfix, service) and service.number != 25 else ()
    for kind, listed in found.lists.items():
        for step in _flat(listed, found.classes):
            if step.name == "permit_sasl_authenticated" and kind not in early:
                break
            if step.name in _FOR_SERVERS and not step.warns:
                return f"{kind}: {step}"
    return ""


def refused_early(postfix: Postfix, service: Service) -> str:
    """A restriction that is to spare who logged in, and is asked before anybody could; empty if there is none."""
    if not _at_once(postfix, service):
        return ""
    found = smtpd(postfix, service)
    attempts = (stranger(), leaving("user.example"))
    for name in _BEFORE_LOGIN:
        unknown, known = (decide(found.lists.get(name, ()), who, found.classes, _static) for who in attempts)
        if unknown.action is Action.REJECT and known.action is not Action.REJECT:
            place = "master.cf" if "smtpd_delay_reject" in service.overrides else "main.cf"
            word = unknown.step.split()[0]
            return f"smtpd_delay_reject = no ({place}), and {name} refuses at once who has not logged in: {word}"
    return ""


def _at_once(postfix: Postfix, service: Service) -> bool:
    return postfix.of(service, "smtpd_delay_reject") == "no"


def _static(table: str, _key: str) -> str | None:
    """DATABASE_README: a static table has one answer to everything; no other is looked into here."""
    kind, _, value = table.partition(":")
    return value.strip("{} ") if kind == "static" else None


def _flat(listed: tuple[Step, ...], classes: Mapping[str, str]) -> list[Step]:
    return [inner for step in listed for inner in (steps(classes[step.name]) if step.name in classes else (step,))]


def _bound(listed: tuple[Step, ...], classes: Mapping[str, str]) -> bool:
    """A restriction that binds stands in the list, and nothing before it lets every user pass."""
    flat = _flat(listed, classes)
    place = next((n for n, step in enumerate(flat) if step.name in BINDING and not step.warns), None)
    if place is None:
        return False
    user = leaving("user.example")
    return decide(tuple(flat[:place]), user, classes, lambda _table, _key: None).action is not Action.PERMIT
