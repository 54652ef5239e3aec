"""Who may send what through a Postfix service: its restriction lists, decided for strangers and for users."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from checks.evidence.postfix import Postfix, Service
from checks.evidence.postfix_restrictions import (
    MOST_DEPTH,
    Action,
    Attempt,
    Find,
    Step,
    address_keys,
    client_keys,
    decide,
    helo_keys,
    steps,
    unknown,
)

# The lists that smtpd asks, in its order. The last two decide together whether mail is relayed.
_LISTS = {
    "smtpd_client_restrictions": "client",
    "smtpd_helo_restrictions": "helo",
    "smtpd_sender_restrictions": "sender",
    "smtpd_relay_restrictions": "recipient",
    "smtpd_recipient_restrictions": "recipient",
}
_OTHERS = {"smtpd_data_restrictions": "recipient", "smtpd_end_of_data_restrictions": "recipient"}
_DECIDE_RELAYING = ("smtpd_relay_restrictions", "smtpd_recipient_restrictions")
# Without a working one of these smtpd refuses to run (src/smtpd/smtpd_check.c).
_REQUIRED = frozenset(
    (
        "reject_unauth_destination",
        "defer_unauth_destination",
        "reject",
        "defer",
        "defer_if_permit",
        "check_relay_domains",
    )
)
# The parameters that say which domains mail is taken for.
OWN_DOMAINS = ("mydestination", "relay_domains", "virtual_alias_domains", "virtual_mailbox_domains")

# Strangers and a recipient elsewhere: RFC 5737, RFC 3849 and RFC 2606 keep these out of everybody's own lists.
STRANGERS = ("192.0.2.200", "198.51.100.200", "203.0.113.200", "2001:db8::c8")
_NAME = "client.stranger.example"
_ELSEWHERE = address_keys("somebody", "elsewhere.example")
_SENDERS = {"": ("<>",), "stranger": address_keys("somebody", "stranger.example")}


@dataclass(frozen=True)
class Passed:
    """An attempt that no list refuses. step: the restriction that lets it pass, empty if there is none."""

    attempt: Attempt
    step: str


@dataclass(frozen=True)
class Smtpd:
    """One SMTP service's lists, as it sees them. classes: the restriction classes."""

    service: Service
    lists: Mapping[str, tuple[Step, ...]]
    classes: Mapping[str, str]

    @property
    def tables(self) -> tuple[str, ...]:
        """Every lookup table that an access restriction asks, in the lists or a class."""
        return tuple(dict.fromkeys(step.table for step in self.every_step if step.table))

    @property
    def helo_tables(self) -> tuple[str, ...]:
        """Those of them that are asked for the name that a client greets by."""
        return tuple(dict.fromkeys(step.table for step in self.every_step if step.name == "check_helo_access"))

    @property
    def every_step(self) -> Iterator[Step]:
        """The restrictions of the lists and of the classes."""
        for listed in (*self.lists.values(), *(steps(value) for value in self.classes.values())):
            yield from listed

    @property
    def unknown(self) -> tuple[str, ...]:
        """Restrictions that no Postfix knows, with the list they stand in."""
        return tuple(f"{name}: {word}" for name, listed in self.lists.items() for word in unknown(listed, self.classes))

    @property
    def guarded(self) -> bool:
        """Holds a restriction without which smtpd refuses to run: has_required() of src/smtpd/smtpd_check.c."""
        return any(self._requires(self.lists.get(name, ())) for name in _DECIDE_RELAYING)

    def _requires(self, listed: tuple[Step, ...], depth: int = 0) -> bool:
        for step in listed:
            if step.name == "permit" and not step.warns:
                return False
            if step.name in _REQUIRED and not step.warns:
                return True
            if (
                step.name in self.classes
                and depth < MOST_DEPTH
                and self._requires(steps(self.classes[step.name]), depth + 1)
            ):
                return True
        return False

    def passes(self, attempt: Attempt, find: Find) -> Passed | None:
        """The attempt, if no list refuses it."""
        opened = ""
        for name in _LISTS:
            decision = decide(self.lists.get(name, ()), attempt, self.classes, find)
            if decision.action is Action.REJECT:
                return None
            if decision.action is Action.PERMIT and name in _DECIDE_RELAYING and not opened:
                opened = f"{name}: {decision.step}"
        return Passed(attempt, opened)

    def refused_by(self, attempt: Attempt, find: Find) -> str:
        """The restriction that refuses the attempt; empty if none does."""
        for name in _LISTS:
            decision = decide(self.lists.get(name, ()), attempt, self.classes, find)
            if decision.action is Action.REJECT:
                return f"{name}: {decision.step}"
        return ""


def smtpd(postfix: Postfix, service: Service) -> Smtpd:
    """The restriction lists as one service of master.cf sees them."""
    lists = {name: steps(postfix.of(service, name), kind) for name, kind in (_LISTS | _OTHERS).items()}
    names = postfix.words("smtpd_restriction_classes")
    return Smtpd(service, lists, {name: postfix.of(service, name) for name in names})


def strangers(own_domains: Iterable[str]) -> tuple[Attempt, ...]:
    """Attempts to relay that every server must refuse: strangers, also those who claim to be one of its users."""
    own = [("forged", address_keys("postmaster", domain)) for domain in own_domains]
    senders = [*_SENDERS.items(), *own]
    found = [
        Attempt("anybody" if who != "forged" else f"anybody who claims to be of {sender[1]}",
                client_keys(_NAME, address), sender, _ELSEWHERE, foreign=True)
        for who, sender in senders for address in STRANGERS
    ]  # fmt: skip
    first = replace(found[0], sender=_SENDERS["stranger"])
    certified = replace(first, certified=True, said="anybody with a certificate of a known authority")
    backed_up = replace(first, backed_up=True, said="anybody, to domains whose MX records name this server")
    return (*found, certified, backed_up)


def pretending(names: Iterable[str]) -> tuple[Attempt, ...]:
    """Strangers who greet by the name of one of the site's own servers, which anybody can."""
    client_ = client_keys(_NAME, STRANGERS[0])
    return tuple(
        Attempt(f"anybody who says HELO {name}", client_, _SENDERS["stranger"], _ELSEWHERE, foreign=True,
                helo=helo_keys(name)) for name in names
    )  # fmt: skip


def stranger() -> Attempt:
    """Somebody who claims nothing, and wants to send to somewhere else."""
    return Attempt("anybody", client_keys(_NAME, STRANGERS[0]), _SENDERS["stranger"], _ELSEWHERE, foreign=True)


def arriving(domain: str) -> Attempt:
    """A stranger's mail for a user of this server."""
    client = client_keys(_NAME, STRANGERS[0])
    return Attempt("a stranger", client, _SENDERS["stranger"], address_keys("postmaster", domain), foreign=False)


def leaving(domain: str) -> Attempt:
    """An authenticated user's mail to somewhere else."""
    sender = address_keys("postmaster", domain)
    return Attempt("a user", client_keys(_NAME, STRANGERS[0]), sender, _ELSEWHERE, foreign=True, authenticated=True)


def of_our_own(name: str, address: str, domain: str, trusted: bool) -> Attempt:
    """What users write to each other, as another server of the site hands it over."""
    users = address_keys("postmaster", domain)
    client_ = client_keys(name, address)
    return Attempt(f"{name} [{address}]", client_, users, users, foreign=False, trusted=trusted, helo=helo_keys(name))


def client(address: str, domain: str, trusted: bool) -> Attempt:
    """Mail to somewhere else from a host of the site's own. trusted: its address is in mynetworks."""
    sender = address_keys("postmaster", domain)
    return Attempt(f"a client ({address})", client_keys("", address), sender, _ELSEWHERE, foreign=True, trusted=trusted)


def keys(attempts: Iterable[Attempt]) -> tuple[str, ...]:
    """Everything that these attempts may look up."""
    return tuple(dict.fromkeys(k for a in attempts for k in (*a.client, *a.helo, *a.sender, *a.recipient)))
