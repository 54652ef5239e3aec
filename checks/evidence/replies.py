"""What an SMTP reply or a reason for deferral means: its class, the side at fault, plain words and what to do.

The tables are data: replies.yml (words, first match wins) and reply_codes.yml (RFC 5321 codes, IANA enhanced codes).
Receivers reuse 550 5.7.1 for everything, so the words decide first and the codes only when no rule knows the words.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from checks.evidence import own_table
from checks.evidence.reply_text import Spoken, take_apart

LIMIT = 2000  # characters of a reply that are looked at; Postfix logs at most some 1,000


class Reason(StrEnum):
    """The closed list of classes; replies.yml has each one's side, meaning and remedy."""

    ACCEPTED = "accepted"
    BLOCKED = "blocked"
    LISTED = "listed"
    RATE_LIMITED = "rate_limited"
    MAILBOX_FULL = "mailbox_full"
    USER_UNKNOWN = "user_unknown"
    DOMAIN_UNKNOWN = "domain_unknown"
    AUTH_REQUIRED = "auth_required"
    AUTH_FAILED = "auth_failed"
    TLS_REQUIRED = "tls_required"
    TLS_FAILURE = "tls_failure"
    SENDER_AUTHENTICATION = "sender_authentication"
    PTR_HELO = "ptr_helo"
    TOO_LARGE = "too_large"
    CONTENT_REFUSED = "content_refused"
    GREYLISTED = "greylisted"
    DNS_FAILURE = "dns_failure"
    TIMEOUT = "timeout"
    CONNECTION_REFUSED = "connection_refused"
    NETWORK_UNREACHABLE = "network_unreachable"
    CONNECTION_LOST = "connection_lost"
    RELAY_DENIED = "relay_denied"
    SENDER_REFUSED = "sender_refused"
    RECIPIENT_REFUSED = "recipient_refused"
    SERVER_BUSY = "server_busy"
    DISK_FULL = "disk_full"
    LOOP = "loop"
    POLICY = "policy"
    PROTOCOL = "protocol"
    CONFIGURATION = "configuration"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


class Side(StrEnum):
    """Who has to act, seen from the audited host."""

    OURS = "ours"
    THEIRS = "theirs"
    NETWORK = "network"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class ReplyClass:
    """One classified reply; `permanent` is None for words without a code whose retry nobody can tell."""

    reason: Reason
    side: Side
    permanent: bool
    code: str  # "550", or "" when no server spoke
    enhanced: str  # "5.7.1", or ""
    peer: str  # the server that answered, or ""
    block_list: str  # the list named, or ""
    means: str
    do: str


@dataclass(frozen=True)
class CodeMeaning:
    """A reply code or enhanced status code in plain words."""

    code: str
    enhanced: str
    means: str
    side: Side
    reason: Reason


@dataclass(frozen=True)
class _Rule:
    reason: Reason
    side: Side | None
    code: str
    any: str
    unless: str
    stage: str


def classify(reply: str, dsn: str = "", *, by_us: bool = False) -> ReplyClass:
    """The class of a reply, a DSN diagnostic or a queue's or log's reason; never an error, at worst `unknown`.

    `dsn` is the status code logged beside it, used when the text has none; `by_us` says that our own server gave
    this reply to a client (a line with "NOQUEUE: reject" tells so itself). RFC 5321 §4.2, RFC 3463 §2.
    """
    return _classify(reply[:LIMIT], dsn, by_us)


@lru_cache(maxsize=8192)
def _classify(reply: str, dsn: str, by_us: bool) -> ReplyClass:
    spoken = take_apart(reply, dsn)
    spoken = replace(spoken, by_us=True) if by_us else spoken
    reason, side = _decide(spoken)
    known = _tables().reasons[reason]
    first = (spoken.code or spoken.enhanced)[:1]
    permanent = first == "5" if first in ("4", "5") else not known["temporary"]
    named = reason in (Reason.LISTED, Reason.CONFIGURATION)
    block_list = next((name for pattern, name in _tables().lists if pattern.search(spoken.text)), "") if named else ""
    return ReplyClass(
        reason,
        _seen_from_here(reason, side, spoken),
        permanent,
        spoken.code,
        spoken.enhanced,
        spoken.peer,
        block_list,
        known["means"],
        known["do"],
    )


def explain_code(code: str, enhanced: str = "") -> CodeMeaning:
    """Plain words for a reply code and an enhanced status code; the enhanced one is more exact and wins.

    RFC 5321 §4.2.3; IANA registry "Simple Mail Transfer Protocol (SMTP) Enhanced Status Codes Registry".
    """
    basic = _tables().basic.get(code)
    detail = _tables().enhanced.get(enhanced[2:])
    words = [entry["means"] for entry in (basic, detail) if entry and entry["means"] != "no further detail"]
    best = next((e for e in (detail, basic) if e and e["reason"] != Reason.UNKNOWN), detail or basic)
    if best is None:
        return CodeMeaning(code, enhanced, "a code of no registry", Side.UNKNOWN, Reason.UNKNOWN)
    return CodeMeaning(code, enhanced, "; ".join(words), Side(best["side"]), Reason(best["reason"]))


def _decide(spoken: Spoken) -> tuple[Reason, Side | None]:
    if spoken.code[:1] in ("2", "3"):
        return Reason.ACCEPTED, None
    codes = f"{spoken.code} {spoken.enhanced}"
    for rule in _tables().rules:
        if not _found(rule.code, codes) or not _found(rule.stage, spoken.stage):
            continue
        if _found(rule.any, spoken.text) and not (rule.unless and _found(rule.unless, spoken.text)):
            exact = explain_code("", spoken.enhanced)
            if rule.reason is Reason.POLICY and not rule.side and exact.reason in _EXACT:
                return exact.reason, exact.side  # "prohibited" says less than 5.2.1 does
            ours = spoken.local or spoken.by_us or spoken.own_log
            if ours and rule.reason is Reason.SERVER_BUSY:  # our own filter or mailbox server fails
                return Reason.CONFIGURATION, rule.side
            return rule.reason, rule.side
    return _by_code(spoken)


def _found(pattern: str, text: str) -> bool:
    """An empty pattern is found in every text."""
    return not pattern or _compiled(pattern).search(text) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compiled when first needed: all of them together cost more than the rest of a small audit's judging."""
    return re.compile(pattern)


_EXACT = (  # classes whose enhanced codes servers do not use for anything else
    Reason.USER_UNKNOWN,
    Reason.DOMAIN_UNKNOWN,
    Reason.SENDER_REFUSED,
    Reason.SENDER_AUTHENTICATION,
    Reason.PTR_HELO,
)


def _by_code(spoken: Spoken) -> tuple[Reason, Side | None]:
    """No rule knows the words: the enhanced code, then the stage of the dialogue, then the reply code."""
    if spoken.own_log and "peer" not in spoken.text and "ipaddr" not in spoken.text:
        return Reason.CONFIGURATION, Side.OURS  # a warning or an error of a mail server that names no client
    known = explain_code(spoken.code, spoken.enhanced)
    forbidden = known.reason is Reason.PROTOCOL and spoken.enhanced in ("5.7.0", "5.7.1")  # "500 5.7.1 go away"
    if known.reason is not Reason.UNKNOWN and not forbidden:
        return known.reason, known.side
    if spoken.stage == "connect" and spoken.code[:1] == "5":
        return Reason.BLOCKED, None
    if spoken.stage == "rcpt" and spoken.code == "550" and not spoken.enhanced.startswith("5.7"):
        return Reason.USER_UNKNOWN, None
    if spoken.stage == "data" and spoken.code[:1] == "5":
        return Reason.CONTENT_REFUSED, None
    return (Reason.POLICY if spoken.code[:1] == "5" else Reason.UNKNOWN), None


_WIRE = (
    Reason.TIMEOUT,
    Reason.CONNECTION_REFUSED,
    Reason.NETWORK_UNREACHABLE,
    Reason.CONNECTION_LOST,
    Reason.DNS_FAILURE,
)


_REACHED = (Reason.CONNECTION_REFUSED, Reason.TIMEOUT, Reason.NETWORK_UNREACHABLE, Reason.RELAY_DENIED)


def _seen_from_here(reason: Reason, side: Side | None, spoken: Spoken) -> Side:
    """The reason's usual side, corrected for who spoke: a service of our own, our server to a client, or an MX."""
    usual = side or Side(_tables().reasons[reason]["side"])
    if reason in (Reason.UNKNOWN, Reason.ACCEPTED):
        return usual
    if spoken.local or (spoken.inside and reason in _REACHED):
        return Side.OURS
    if spoken.by_us and reason in (Reason.CONFIGURATION, Reason.DISK_FULL):
        return Side.OURS  # what we could not do for the client
    if spoken.own_log and (reason is Reason.CONFIGURATION or side is Side.OURS):
        return Side.OURS
    if spoken.by_us:
        swapped = {Side.OURS: Side.THEIRS, Side.THEIRS: Side.OURS}.get(usual, usual)
        return Side.THEIRS if reason is Reason.USER_UNKNOWN else swapped
    if side is None and reason in _WIRE and spoken.code:
        return Side.THEIRS  # a server reports trouble behind itself
    if reason in (Reason.CONFIGURATION, Reason.DISK_FULL, Reason.LOOP) and usual is Side.OURS and spoken.peer:
        return Side.THEIRS  # words of an MTA about its own host, but it is not ours that says them
    if reason is Reason.RELAY_DENIED and spoken.peer and not _relays_for_us(spoken):
        return Side.THEIRS  # an MX that does not know the domain it is MX for
    return usual


_RELAYHOST = re.compile(r"(?i)^((smtp|mail)-?(out|auth|relay)|authsmtp|out(going|bound)|email-smtp|smarthost)[\w-]*\.")


def _relays_for_us(spoken: Spoken) -> bool:
    """A server that takes mail from clients, by its port or its name, rather than the recipient's MX."""
    return spoken.port in ("465", "587", "2525") or bool(_RELAYHOST.match(spoken.peer))


@dataclass(frozen=True)
class _Tables:
    reasons: Mapping[Reason, Mapping[str, Any]]
    rules: Sequence[_Rule]
    lists: Sequence[tuple[re.Pattern[str], str]]
    basic: Mapping[str, Mapping[str, str]]
    enhanced: Mapping[str, Mapping[str, str]]


@cache
def _tables() -> _Tables:
    here = Path(__file__).parent
    words = own_table.read(here / "replies.yml")
    codes = own_table.read(here / "reply_codes.yml")
    nouns = {name: f"({_any(parts)})" for name, parts in words["words"].items()}
    return _Tables(
        reasons={Reason(name): entry for name, entry in words["reasons"].items()},
        rules=[_rule(entry, nouns) for entry in words["rules"]],
        lists=[(re.compile(pattern), name) for pattern, name in words["lists"]],
        basic=codes["basic"],
        enhanced=codes["enhanced"],
    )


def _any(parts: str | Sequence[str]) -> str:
    return parts if isinstance(parts, str) else "|".join(parts)


def _rule(entry: Mapping[str, Any], words: Mapping[str, str]) -> _Rule:
    def one(key: str) -> str:
        return re.sub(r"~(\w+)~", lambda m: words[m[1]].replace("(", "(?:"), _any(entry.get(key, "")))

    side = Side(entry["side"]) if "side" in entry else None
    said = one("any")
    if not said:
        raise ValueError(f"a rule for {entry['reason']} without patterns")
    return _Rule(Reason(entry["reason"]), side, one("code"), said, one("unless"), one("stage"))
