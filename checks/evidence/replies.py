"""What an SMTP reply or a reason for deferral means: its class, the side at fault, plain words and what to do.

The tables are data: replies.yml (words, first match wins) and reply_codes.yml (RFC 5321 codes, IANA enhanced codes).
Receivers reuse 550 5.7.1 for everything, so the words decide first and the codes only when no rule knows the words.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

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
class Spoken:
    """A reply taken apart; `text` is in lower case with addresses and host names masked."""

    code: str
    enhanced: str
    stage: str  # connect, helo, tls, auth, mail, rcpt, data or ""
    peer: str
    local: bool  # the peer is a service of this host: a private socket or a loopback address
    by_us: bool  # our server said it to a client
    port: str
    text: str


@dataclass(frozen=True)
class _Rule:
    reason: Reason
    side: Side | None
    code: re.Pattern[str] | None
    any: re.Pattern[str]
    unless: re.Pattern[str] | None
    stage: re.Pattern[str] | None


_PREFIX = re.compile(r"(?i)^\W*(diagnostic-code:|x-postfix;|smtp;|lmtp;|x-unix;|remote host said:|"
                     r"status=\w+ \(|delivery temporarily suspended:|\(?delayed:|<<<)\s*")
_BY_US = re.compile(r"(?i)\bnoqueue:|\b(milter-)?reject: \w+ from |reject_warning:|\brejected (rcpt|mail|ehlo|helo|connection)\b|"
                    r"\brejected (after|during) |dropped: too many")
_SAID = re.compile(r"(?i)\b(?:host|server|remote host) +([\w.:-]{1,255}) ?\[([^\]\s]{0,120})\](?::(\d+))?(?: said| refused to talk to me)?:")
_LOCAL = re.compile(r"\[private/|(connect to|with|by|host|from) \S{0,255}\[(127\.\d+\.\d+\.\d+|::1|/[\w./-]+)\]")
_STAGES = (
    ("data", r"end of data|in reply to data|in reply to bdat|after data|(pipelined|after) (sending )?data|after bdat|sending (message|data)"),
    ("rcpt", r"rcpt to|rcpt from|in reply to rcpt|after rcpt|sending rcpt"),
    ("mail", r"in reply to mail from|mail from:|after (pipelined )?mail|mail from command|sending mail"),
    ("helo", r"in reply to (ehlo|helo|lhlo)|after (ehlo|helo|lhlo)|(ehlo|helo) handshake"),
    ("tls", r"in reply to starttls|after starttls"),
    ("auth", r"in reply to auth|after auth|sasl authentication failed"),
    ("connect", r"refused to talk to me|initial (server greeting|connection)|while performing"),
)
_STAGE = tuple((name, re.compile(pattern)) for name, pattern in _STAGES)
_IN_REPLY = re.compile(r" ?\(in reply to [\w ]{1,30} command\)\)?$|\((?:in reply to )?end of data\)")
_CODE = re.compile(r"(?<![\w.#])([2-5]\d\d)(?=[ \-#]|$)(?:[ -]?\(?#?([245]\.\d{1,3}\.\d{1,3})(?![\d.]))?")
_ENHANCED = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_URL = re.compile(r"https?://([\w.-]{1,200})(?::\d+)?(/\S{0,500})?")
_KEPT = re.compile(r"[?&](?:p|c)=\w+|/returnc/|/refused|#mailbox-full|/response_codes")
_MASKS = (
    (re.compile(r"<[^<>\s]{0,200}@[^<>\s]{0,200}>|<>(?= *:)"), "<addr>"),
    (re.compile(r"[\w.+=#$%'*/?^`{|}~-]{1,100}@[\w-][\w.-]{0,200}"), "addr"),
    (re.compile(r"[\w.-]{1,255}\[[^\]\s]{1,120}\](:\d+)?"), "peer"),
    (re.compile(r"\[?(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])\]?|\[?\b(?:[0-9a-f]{1,4}:){3,7}:?[0-9a-f:]{0,24}\]?|::1"), "ipaddr"),
)


def classify(reply: str, dsn: str = "") -> ReplyClass:
    """The class of a reply, a DSN diagnostic or a queue's or log's reason; never an error, at worst `unknown`.

    `dsn` is the status code logged beside it, used when the text has none. RFC 5321 §4.2, RFC 3463 §2.
    """
    return _classify(reply[:LIMIT], dsn)


@lru_cache(maxsize=8192)
def _classify(reply: str, dsn: str) -> ReplyClass:
    spoken = take_apart(reply, dsn)
    reason, side = _decide(spoken)
    known = _tables().reasons[reason]
    first = (spoken.code or spoken.enhanced)[:1]
    permanent = first == "5" if first in ("4", "5") else not known["temporary"]
    named = reason in (Reason.LISTED, Reason.CONFIGURATION)
    block_list = next((name for pattern, name in _tables().lists if pattern.search(spoken.text)), "") if named else ""
    return ReplyClass(reason, _seen_from_here(reason, side, spoken), permanent, spoken.code, spoken.enhanced,
                      spoken.peer, block_list, known["means"], known["do"])


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


def take_apart(reply: str, dsn: str = "") -> Spoken:
    """Who said it, at which stage, with which codes; the rest as masked text."""
    raw = " ".join("".join(c if c.isprintable() else " " for c in reply).split())
    stripped = raw
    while (match := _PREFIX.match(stripped)):
        stripped = stripped[match.end():]
    said = _SAID.search(stripped)
    words = stripped[said.end():] if said else stripped
    code, enhanced = _codes(words)
    lowered = stripped.lower()
    where = f"host {said[1]}[{said[2]}]" if said else lowered
    return Spoken(
        code=code, enhanced=enhanced or dsn, peer=said[1] if said else "", port=(said[3] or "") if said else "",
        stage=next((name for name, pattern in _STAGE if pattern.search(lowered)), ""),
        local=bool(_LOCAL.search(where)),
        by_us=bool(_BY_US.search(stripped)), text=_mask(_IN_REPLY.sub("", words.lower()), code, enhanced),
    )


def _codes(words: str) -> tuple[str, str]:
    match = _CODE.search(words)
    near = _ENHANCED.search(words)
    if match is None:
        return "", near[1] if near else ""
    return match[1], match[2] or (near[1] if near else "")


def _mask(text: str, code: str, enhanced: str) -> str:
    """Without the codes that a multi-line reply repeats in each line, and without names that mislead."""
    if code:
        text = re.sub(rf"(?<![\w.]){code}(?:[ -]+#?{re.escape(enhanced or code)}(?![\d.]))?[ -]+", " ", text)
    text = _URL.sub(lambda m: " ".join([m[1], *_KEPT.findall(m[2] or "")]), text)
    for pattern, name in _MASKS:
        text = pattern.sub(name, text)
    return " ".join(text.split())


def _decide(spoken: Spoken) -> tuple[Reason, Side | None]:
    if spoken.code[:1] in ("2", "3"):
        return Reason.ACCEPTED, None
    codes = f"{spoken.code} {spoken.enhanced}"
    for rule in _tables().rules:
        if (rule.code and not rule.code.search(codes)) or (rule.stage and not rule.stage.search(spoken.stage)):
            continue
        if rule.any.search(spoken.text) and not (rule.unless and rule.unless.search(spoken.text)):
            return rule.reason, rule.side
    return _by_code(spoken)


def _by_code(spoken: Spoken) -> tuple[Reason, Side | None]:
    """No rule knows the words: the enhanced code, then the stage of the dialogue, then the reply code."""
    known = explain_code(spoken.code, spoken.enhanced)
    if known.reason is not Reason.UNKNOWN:
        return known.reason, known.side
    if spoken.stage == "connect" and spoken.code[:1] == "5":
        return Reason.BLOCKED, None
    if spoken.stage == "rcpt" and spoken.code == "550" and not spoken.enhanced.startswith("5.7"):
        return Reason.USER_UNKNOWN, None
    if spoken.stage == "data" and spoken.code[:1] == "5":
        return Reason.CONTENT_REFUSED, None
    return (Reason.POLICY if spoken.code[:1] == "5" else Reason.UNKNOWN), None


_WIRE = (Reason.TIMEOUT, Reason.CONNECTION_REFUSED, Reason.NETWORK_UNREACHABLE, Reason.CONNECTION_LOST, Reason.DNS_FAILURE)


def _seen_from_here(reason: Reason, side: Side | None, spoken: Spoken) -> Side:
    """The reason's usual side, corrected for who spoke: a service of our own, our server to a client, or an MX."""
    usual = side or Side(_tables().reasons[reason]["side"])
    if reason in (Reason.UNKNOWN, Reason.ACCEPTED):
        return usual
    if spoken.local:
        return Side.OURS
    if spoken.by_us:
        swapped = {Side.OURS: Side.THEIRS, Side.THEIRS: Side.OURS}.get(usual, usual)
        return Side.THEIRS if reason is Reason.USER_UNKNOWN else swapped
    if side is None and reason in _WIRE and spoken.code:
        return Side.THEIRS  # a server reports trouble behind itself
    if reason is Reason.RELAY_DENIED and spoken.peer and spoken.port not in ("465", "587"):
        return Side.THEIRS  # an MX that does not know the domain it is MX for
    return usual


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
    words = yaml.safe_load((here / "replies.yml").read_text("utf-8"))
    codes = yaml.safe_load((here / "reply_codes.yml").read_text("utf-8"))
    return _Tables(
        reasons={Reason(name): entry for name, entry in words["reasons"].items()},
        rules=[_rule(entry, words["words"]) for entry in words["rules"]],
        lists=[(re.compile(pattern), name) for pattern, name in words["lists"]],
        basic=codes["basic"], enhanced=codes["enhanced"],
    )


def _rule(entry: Mapping[str, Any], words: Mapping[str, str]) -> _Rule:
    def one(key: str) -> re.Pattern[str] | None:
        parts = entry.get(key)
        if not parts:
            return None
        pattern = "|".join([parts] if isinstance(parts, str) else parts)
        return re.compile(re.sub(r"~(\w+)~", lambda m: words[m[1]].replace("(", "(?:"), pattern))

    side = Side(entry["side"]) if "side" in entry else None
    said = one("any")
    if said is None:
        raise ValueError(f"a rule for {entry['reason']} without patterns")
    return _Rule(Reason(entry["reason"]), side, one("code"), said, one("unless"), one("stage"))
