"""Who may send what through OpenSMTPD: its rules, decided for strangers and for users who logged in (smtpd.conf(5))."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from checks.evidence.opensmtpd import Criterion, Listener, Opensmtpd, Rule

# The same strangers as everywhere: RFC 5737 and RFC 3849 keep them out of everybody's own lists.
STRANGERS = ("192.0.2.200", "2001:db8::c8")
_ELSEWHERE = "elsewhere.example"
# What a client says or does as it pleases.
_CLAIMED = ("tls", "helo", "mail-from", "from mail-from")


@dataclass(frozen=True)
class Attempt:
    """Somebody tries to send mail. domain: of the recipient; tags: of the listeners that can be reached."""

    client: str
    domain: str = _ELSEWHERE
    authenticated: bool = False
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decision:
    """The rule that decides, if one does, and what becomes of the mail: relayed, kept, or refused."""

    outcome: str
    rule: Rule | None = None


def decide(conf: Opensmtpd, files: Mapping[str, str], attempt: Attempt) -> Decision:
    """What the rules say: the first one that matches. files: the text of each file that a table is kept in."""
    for rule in conf.rules:
        if all(_holds(conf, files, each, attempt) for each in _complete(rule)):
            if not rule.action:
                if any(each.what in _CLAIMED for each in rule.criteria):
                    continue  # whom it refuses claims something else
                return Decision("refused", rule)
            action = conf.actions.get(rule.action)
            return Decision("relayed" if action and action.method == "relay" else "kept", rule)
    return Decision("refused")


def _complete(rule: Rule) -> tuple[Criterion, ...]:
    """The rule's conditions, with those that hold where it names none: from local, for local."""
    named = {each.what.partition(" ")[0] for each in rule.criteria}
    missing = [Criterion(f"{word} local") for word in ("from", "for") if word not in named]
    return (*rule.criteria, *missing)


def _holds(conf: Opensmtpd, files: Mapping[str, str], criterion: Criterion, attempt: Attempt) -> bool:
    """Whether a condition holds for the attempt. What a client may claim holds; what is unknown does not."""
    if criterion.what in _CLAIMED:
        return True
    members = [member for value in criterion.values for member in table_members(conf, files, value)]
    match criterion.what:
        case "from any" | "for any":
            found = True
        case "from src":
            found = any(_within(attempt.client, member) for member in members)
        case "auth" | "from auth":
            found = attempt.authenticated
        case "for domain":
            found = any(_same_domain(attempt.domain, member) for member in members)
        case "for rcpt-to":
            found = any(member == "*" for member in members)
        case "tag":
            found = bool(set(members) & set(attempt.tags))
        case _:
            found = False
    return found is not criterion.negated


def table_members(conf: Opensmtpd, files: Mapping[str, str], value: str) -> tuple[str, ...]:
    """The members of a table that ``<name>`` stands for; any other value stands for itself."""
    if not value.startswith("<"):
        return (value,)
    members = conf.tables.get(value.strip("<>"), ())
    if len(members) == 1 and members[0].startswith("file:"):
        text = files.get(members[0].removeprefix("file:"), "")
        return tuple(line.split()[0] for line in text.splitlines() if line.strip() and not line.startswith("#"))
    return members


def _within(client: str, member: str) -> bool:
    try:
        return ipaddress.ip_address(client) in ipaddress.ip_network(member.strip("[]"), strict=False)
    except ValueError:
        return False


def _same_domain(domain: str, member: str) -> bool:
    return (
        member == "*"
        or domain == member.lower()
        or (member.startswith(("*.", ".")) and domain.endswith(member.lstrip("*")))
    )


def trusted(conf: Opensmtpd, files: Mapping[str, str]) -> tuple[str, ...]:
    """The networks whose hosts may relay without a login."""
    relaying = [rule for rule in conf.rules if (action := conf.actions.get(rule.action)) and action.method == "relay"]
    values = [v for rule in relaying for c in rule.criteria if c.what == "from src" and not c.negated for v in c.values]
    return tuple(dict.fromkeys(member for value in values for member in table_members(conf, files, value)))


def reachable(conf: Opensmtpd) -> tuple[Listener, ...]:
    """The listeners that others than this machine can reach."""
    return tuple(listener for listener in conf.listeners if not listener.loopback)


def demand(conf: Opensmtpd, client: str, ports: Collection[str]) -> str:
    """The first listener that such a client reaches, if each of these asks for a certificate or a login first."""
    family = ipaddress.ip_address(client).version
    at = [each for each in reachable(conf) if each.port in ports and _serves(each, family)]
    asked = [_asks(each) for each in at]
    return f"listen on {at[0].interface} … {asked[0]}" if asked and all(asked) else ""


def _serves(listener: Listener, family: int) -> bool:
    """Whether it takes connections of this IP version (4 or 6); an interface or a name stands for both."""
    try:
        return ipaddress.ip_address(listener.interface).version == family
    except ValueError:
        other = "inet6" if family == 4 else "inet4"
        return other not in listener.options


def _asks(listener: Listener) -> str:
    if "verify" in listener.words:
        return "tls-require verify: it must show a certificate of its own"
    return "auth: it must log in first (530), and has no login" if "auth" in listener.words else ""


def tags(listeners: tuple[Listener, ...]) -> tuple[str, ...]:
    """The tags of these listeners, with which rules tell them apart."""
    return tuple(tag for listener in listeners if (tag := listener.after("tag")))
