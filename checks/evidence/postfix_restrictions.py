"""Postfix's access restriction lists: read, and decided for one attempt to send mail (postconf(5), access(5)).

An attempt is a client, a sender and a recipient. Whatever Postfix would look up in the DNS, at a block list or a
policy server is taken to have no opinion, since such restrictions let nobody in whom the list itself would not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from checks.evidence.postfix_macro import words

MOST_DEPTH = 8

# Restrictions followed by an argument of their own.
_WITH_ARGUMENT = re.compile(
    r"check_\w+_access|check_policy_service|(reject|permit)_(rbl|rhsbl|dnswl|rhswl)_\w+|sleep|reject_maps_rbl_\w+"
)
# What a bare table stands for, by the list it is in.
_BARE_TABLE = {"client": "check_client_access", "helo": "check_helo_access", "sender": "check_sender_access"}

KNOWN = frozenset(
    re.findall(
        r"\w+",
        """permit reject defer warn_if_reject defer_if_permit defer_if_reject permit_mynetworks
    permit_sasl_authenticated permit_tls_all_clientcerts permit_tls_clientcerts permit_inet_interfaces
    permit_naked_ip_address
    permit_auth_destination permit_mx_backup reject_unauth_destination defer_unauth_destination check_relay_domains
    reject_unauth_pipelining reject_plaintext_session reject_multi_recipient_bounce reject_unlisted_recipient
    reject_unlisted_sender reject_unverified_recipient reject_unverified_sender reject_unknown_client_hostname
    reject_unknown_client reject_unknown_reverse_client_hostname reject_unknown_forward_client_hostname
    reject_unknown_hostname reject_unknown_helo_hostname reject_invalid_helo_hostname reject_invalid_hostname
    reject_non_fqdn_helo_hostname reject_non_fqdn_hostname reject_non_fqdn_sender reject_non_fqdn_recipient
    reject_unknown_sender_domain reject_unknown_recipient_domain reject_unknown_address
    reject_sender_login_mismatch reject_authenticated_sender_login_mismatch
    reject_unauthenticated_sender_login_mismatch reject_known_sender_login_mismatch
    reject_rbl_client reject_rhsbl_client reject_rhsbl_helo reject_rhsbl_sender reject_rhsbl_recipient
    reject_rhsbl_reverse_client permit_dnswl_client permit_rhswl_client check_policy_service sleep reject_maps_rbl
    reject_unknown_helo reject_non_fqdn_helo check_address_map check_recipient_maps reject_rbl
    check_client_access check_reverse_client_hostname_access check_helo_access check_sender_access
    check_recipient_access check_etrn_access check_ccert_access check_sasl_access check_client_a_access
    check_client_mx_access check_client_ns_access check_reverse_client_hostname_a_access
    check_reverse_client_hostname_mx_access check_reverse_client_hostname_ns_access check_helo_a_access
    check_helo_mx_access check_helo_ns_access check_sender_a_access check_sender_mx_access check_sender_ns_access
    check_recipient_a_access check_recipient_mx_access check_recipient_ns_access""",
    )
)


@dataclass(frozen=True)
class Step:
    """One restriction. warns: `warn_if_reject` stands before it, so that it rejects nobody."""

    name: str
    argument: str = ""
    warns: bool = False

    @property
    def table(self) -> str:
        """The lookup table an access restriction asks; `{table, option=…}` is read as its table."""
        inner = self.argument.strip("{} ").split(",")[0].strip()
        return (inner if self.argument.startswith("{") else self.argument) if self.name.endswith("_access") else ""

    def __str__(self) -> str:
        return f"{self.name} {self.argument}".strip()


def steps(value: str, kind: str = "recipient") -> tuple[Step, ...]:
    """The restrictions of a list. kind: client, helo, sender or recipient; a bare table takes its meaning from it."""
    found: list[Step] = []
    items = iter(words(value))
    warns = False
    for item in items:
        name = item.lower()
        if name == "warn_if_reject":
            warns = True
            continue
        if _WITH_ARGUMENT.fullmatch(name):
            found.append(Step(name, next(items, ""), warns))
        elif ":" in item:
            found.append(Step(_BARE_TABLE.get(kind, "check_recipient_access"), item, warns))
        else:
            found.append(Step(item if name not in KNOWN else name, "", warns))
        warns = False
    return tuple(found)


@dataclass(frozen=True)
class Attempt:
    """Somebody tries to send mail.

    client, sender, recipient, helo: the keys that Postfix would look up for each, most specific first (access(5)).
    foreign: the recipient is in none of the server's own domains. certified: shows a certificate of a public
    authority. backed_up: the MX records of the recipient's domain name this server, which anybody can do. said: who
    it is, in an administrator's words.
    """

    said: str
    client: tuple[str, ...]
    sender: tuple[str, ...]
    recipient: tuple[str, ...]
    foreign: bool
    trusted: bool = False
    authenticated: bool = False
    certified: bool = False
    backed_up: bool = False
    helo: tuple[str, ...] = ()

    def keys(self, restriction: str) -> tuple[str, ...]:
        """What an access restriction looks up for this attempt."""
        subject = re.match(r"check_(client|helo|sender|recipient)_access", restriction)
        return getattr(self, subject[1]) if subject else ()


class Action(Enum):
    """What a list decides."""

    PERMIT = "permit"
    REJECT = "reject"
    NONE = "none"


@dataclass(frozen=True)
class Decision:
    """The action, and the restriction that took it."""

    action: Action
    step: str = ""


_NONE = Decision(Action.NONE)

# Looks a key up in a table; None where there is no such entry.
Find = Callable[[str, str], str | None]


def decide(
    listed: tuple[Step, ...], attempt: Attempt, classes: Mapping[str, str], find: Find, depth: int = 0
) -> Decision:
    """What the list says to the attempt. classes: smtpd_restriction_classes, as written."""
    for step in listed:
        decision = _decide(step, attempt, classes, find, depth)
        if decision.action is Action.REJECT and step.warns:
            continue
        if decision.action is not Action.NONE:
            return decision
    return _NONE


def _decide(step: Step, attempt: Attempt, classes: Mapping[str, str], find: Find, depth: int) -> Decision:
    if step.table:
        return _looked_up(step, attempt, classes, find, depth)
    if step.name in classes and depth < MOST_DEPTH:
        return decide(steps(classes[step.name]), attempt, classes, find, depth + 1)
    if step.name in _permits(attempt):
        return Decision(Action.PERMIT, str(step))
    rejects = ("reject", "defer", "defer_if_permit", *(_FOREIGN if attempt.foreign else ()))
    return Decision(Action.REJECT, str(step)) if step.name in rejects else _NONE


_FOREIGN = ("reject_unauth_destination", "defer_unauth_destination", "check_relay_domains")


def _permits(attempt: Attempt) -> frozenset[str]:
    """The restrictions that let this attempt pass."""
    named = {"permit"}
    if attempt.trusted:
        named |= {"permit_mynetworks", "permit_inet_interfaces"}
    if attempt.authenticated:
        named.add("permit_sasl_authenticated")
    if attempt.certified:
        named.add("permit_tls_all_clientcerts")
    if attempt.backed_up:
        named.add("permit_mx_backup")
    if not attempt.foreign:
        named |= {"permit_auth_destination", "check_relay_domains"}
    return frozenset(named)


def _looked_up(step: Step, attempt: Attempt, classes: Mapping[str, str], find: Find, depth: int) -> Decision:
    found = next((value for key in attempt.keys(step.name) if (value := find(step.table, key)) is not None), None)
    if found is None:
        return _NONE
    first = (found.split(None, 1) or [""])[0]
    if first.upper() == "OK" or re.fullmatch(r"\d+", found.strip()):
        return Decision(Action.PERMIT, f"{step}: {found}"[:200])
    if re.match(r"(?i)(reject|defer|discard|[45]\d\d)\b(?!_)", first):
        return Decision(Action.REJECT, f"{step}: {found}"[:200])
    if depth >= MOST_DEPTH:
        return _NONE
    inner = decide(steps(found), attempt, classes, find, depth + 1)
    return Decision(inner.action, f"{step}: {inner.step}"[:200])


def unknown(listed: tuple[Step, ...], classes: Mapping[str, str]) -> tuple[str, ...]:
    """Restrictions that no Postfix knows: it answers every client with 451 Server configuration error."""
    return tuple(step.name for step in listed if step.name not in KNOWN and step.name not in classes)


def client_keys(name: str, address: str) -> tuple[str, ...]:
    """access(5): the name, its parent domains, the address, and the address cut at each of its dots or colons."""
    mark = ":" if ":" in address else "."
    parts = address.split(mark)
    return (*_parents(name), *(mark.join(parts[:n]) for n in range(len(parts), 0, -1)))


def _parents(name: str) -> tuple[str, ...]:
    labels = name.split(".")
    return tuple(".".join(labels[i:]) for i in range(len(labels)))


def helo_keys(name: str) -> tuple[str, ...]:
    """access(5): the name that a client greets with, and its parent domains."""
    return _parents(name)


def address_keys(local: str, domain: str) -> tuple[str, ...]:
    """access(5): the address, its domain, the parent domains, and the local part with its @."""
    return (f"{local}@{domain}", *_parents(domain), f"{local}@")
