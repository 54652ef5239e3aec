"""An SMTP reply or reason taken apart: who said it, at which stage, with which codes, and its words without names.

Host names, addresses and URLs are masked, since a host called spamfilter.example may well say "user unknown".
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Spoken:
    """A reply taken apart; `text` is in lower case with addresses and host names masked."""

    code: str
    enhanced: str
    stage: str  # connect, helo, tls, auth, mail, rcpt, data or ""
    peer: str
    local: bool  # the peer is a service of this host: a private socket or a loopback address
    inside: bool  # the peer has a private address: a host of ours behind the same router
    by_us: bool  # our server said it to a client
    own_log: bool  # a warning or an error that our own server logged: its numbers are no reply codes
    port: str
    text: str


_PREFIX = re.compile(
    r"(?i)^\W*(diagnostic-code:|x-postfix;|smtp;|lmtp;|x-unix;|"
    r"[45]\.\d\.\d - [\w ]{3,40}(?= [45]\d\d[- ]')|status=\w+ \(|delivery temporarily suspended:|\(?delayed:|<<<|"
    r"[^\"]{0,80}expected response code [\"\d/]{3,13} but got code \"\d{3}\",? with message \"|"  # PHP
    r"remote server returned '|"  # Exchange: its own summary, then what the next server said
    r"\d[\d/:. ]{1,40}(am|pm)? - remote server at \S{1,255} \(\S{1,60}\) returned '|"
    r"([45]\d\d [45]\.\d{1,3}\.\d{1,3} |\S{1,255} \(\S{1,60}\) )?#?<(\S{1,255})?( \(\S{1,60}\))? ?"
    r"#[45]\.\d{1,3}\.\d{1,3} smtp;|"
    r"451 4\.4\.0 primary target ip address responded with: ?[\"“]?|"
    r"[^\"]{0,300}?the (server response|response from the remote server|error that the other server returned) was:|"
    r".{0,60}?\bdelivery \d{1,9}: (deferral|failure):)\s*"  # qmail-send
)
_EXCHANGE_OWN = re.compile(
    r"(?i)^42\d[ .]4\.[24]\.[12],? (?=unable to connect|connection (timed|dropped|refused|reset|failed))"
)
_EXIM_FIELD = re.compile(  # ciphers have numbers as codes do
    r" (?:X|CV|DN|PRX|QT|DT|S|P)=(?:\"[^\"]{0,200}\"|\S{0,200}[^\s:])(?=:?(?: |$))"
)
_EXIM = re.compile(r" T=\w| H=\S{1,255} \[| F=<|^H=\S{1,255} \[")
_EXIM_OWN = re.compile(  # what our Exim said to a client
    r"(?i)^.{0,600}?\bF=<\S{0,255}> .{0,80}?rejected (?:rcpt <\S{0,255}>|mail|after data|during [\w ]{1,40}): "
)
_TUPLE = re.compile(r"\(([2-5]\d\d), ?b?['\"]")  # Python's smtplib: (550, b'5.1.1 unknown')
_LETTRE = re.compile(r"(?i)\b((?:permanent|transient) error) \(([45]\d\d)\):?")  # Rust's lettre
_TIMEOUT_SET = re.compile(r"; timeout -?\d{1,9}(?=[;:]|$)")  # JavaMail names its setting, whatever happened
_NUMBERS = re.compile(  # numbers of a log that are no reply codes
    r"(?i)\b(e?[ug]id|pid|exit (?:status|code)|exited with (?:status |code )?|transport returned|signal|line)"
    r" ?[=:]? ?\d{1,10}\b"
)
_RETRY_OVER = re.compile(r"(?<=\S): retry timeout exceeded$")  # Exim, behind the last reply it had
_LOG_LINE = re.compile(  # Postfix, a whole line; without dsn= before 2.3
    r"(?i)^.{0,400}?(?:\bdsn=([245]\.\d{1,3}\.\d{1,3}), |\bdelay=[\d.]+, )status=\w+ \((.*)\)$"
)
_QMAIL = re.compile(  # its log joins words with underscores
    r"(?i)_does_not_like_|/remote_host_said:_|/giving_up_on_|\bdelivery \d{1,9}: \w+: \w+_"
)
_SAID_BARE = re.compile(
    r"(?i)^.{0,160}?\b(remote host|(?:(?<=server )|(?<=host ))[\w.-]{1,80}) said:()()\s*"
)  # qmail and clients
_GIVING_UP = re.compile(r"(?i)\W*giving up on [\da-f.:]{7,45}\W*$|>? ?#SMTP#$")
_EXPIRED = re.compile(  # Amazon SES, SparkPost: the last reply is quoted in the notice
    r"(?i)^(?:\d{3} )?[45]\.4\.7 .{0,20}message (?:expired|timeout)[^<(]{0,100}[<(](?:last transfail: )?"
    r"(\d{3}[ -][^>]{12,}.*?)[>)]?$"
)
_BY_US = re.compile(
    r"(?i)\bnoqueue:|\b(milter-)?reject: [\w-]+ from |; from=<\S{0,255}> to=<\S{0,255}> proto=|reject_warning:|"
    r"\brejected (rcpt|mail|ehlo|helo|connection)\b|"
    r"\brejected (after|during) |dropped: too many|"
    r"^(warning: )?\S{1,255}\[\S{1,60}\]: SASL [\w-]{1,30} authentication failed|authenticator failed for |"
    r"\bmilter(?: \([\w.-]{1,60}\))?: [^;]{0,200}?\breject=|ruleset=check_\w{1,40}, .{0,400}?\breject=|"  # sendmail
    r"^warning: (?:hostname \S{1,255} |.{0,80}? from \S{1,255}\[\S{1,60}\])|"  # Postfix's smtpd about a client
    r"\bsmtp-in: .{0,40}?failed command|\bsmtp event=failed-command\b"  # OpenSMTPD
)
_OWN_LOG = re.compile(r"(?i)^(?:\S{1,80}(?:\[\d{1,10}\])?: )?(?:warn|warning|fatal|panic): |\bsyserr\(")
_SAID = re.compile(
    r"(?i)\b(?:(?:host|server|remote host) +|H=(?=\S{1,255} \[[^\]]{1,60}\](?::\d+)?: SMTP error))"
    r"([\w.:-]{1,255}) ?\[([^\]\s]{0,120})\](?::(\d+))?(?: said|"
    r" refused to talk to me| SMTP error from remote (?:mail server|mailer) after [\w ]{3,40}(?::<\S{0,255}>)?"
    r"(?: SIZE=\d+)?)?:"
)
_LOCAL = re.compile(
    r"\[private/|\blmtp (error|timeout|connection closed|response) (from|after) |"
    r"(connect to|with|by|host|from) \S{0,255}\[(127\.\d+\.\d+\.\d+|::1|/[\w./-]+)\]"
)
_INSIDE = re.compile(r"\[(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|f[cd][0-9a-f]{2}:)")  # RFC 1918, RFC 4193
_STAGES = (
    (
        "data",
        (
            r"end of data|in reply to data|in reply to bdat|after data|(pipelined|after) (sending )?data|after bdat|"
            r"sending (message|data)|after i sent the message|smtpdataerror"
        ),
    ),
    (
        "rcpt",
        r"rcpt to|rcpt from|like recipient|in reply to rcpt|after rcpt|sending rcpt|smtp(recipientsref|addressfail)",
    ),
    (
        "mail",
        (
            r"in reply to mail from|mail from:|after (pipelined )?mail|mail from command|sending mail|"
            r"sender was rejected|smtpsender(refused|failed)"
        ),
    ),
    ("helo", r"in reply to (ehlo|helo|lhlo)|after (ehlo|helo|lhlo)|(ehlo|helo) handshake|smtpheloerror"),
    ("tls", r"in reply to starttls|after starttls"),
    ("auth", r"in reply to auth|after auth|sasl authentication failed|authentication(error|failedexception)\b"),
    ("connect", r"refused to talk to me|initial (server greeting|connection)|while performing|smtpconnecterror"),
)
_STAGE = tuple((name, re.compile(pattern)) for name, pattern in _STAGES)
_IN_REPLY = re.compile(r" ?\(in reply to [\w ]{1,30} command\)\)?$|\((?:in reply to )?end of data\)")
_CODE = re.compile(r"(?<![\w.#])(?!465|587)([2-5]\d\d)(?=[ \-#]|$)(?:[ -]?\(?#?([245]\.\d{1,3}\.\d{1,3})(?![\d.]))?")
_ENHANCED = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_URL = re.compile(r"https?://([\w.-]{1,200})(?::\d+)?(/\S{0,500})?")
_KEPT = re.compile(r"[?&](?:p|c)=\w+|/returnc/|/refused|#mailbox-full|/response_codes|/docs/smtplf|/sln\d+")
_MASKS = (
    (re.compile(r"<[^<>\s]{0,200}@[^<>\s]{0,200}>|<>(?= *:)"), "<addr>"),
    (re.compile(r"[\w.+=#$%'*/?^`{|}~-]{1,100}@[\w-][\w.-]{0,200}"), "addr"),
    (re.compile(r"[\w.-]{1,255}\[[^\]\s]{1,120}\](:\d+)?"), "peer"),
    (
        re.compile(
            r"\[?(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])\]?|\[?\b(?:[0-9a-f]{1,4}:){3,7}:?[0-9a-f:]{0,24}\]?|::1"
        ),
        "ipaddr",
    ),
)


def take_apart(reply: str, dsn: str = "") -> Spoken:
    """Who said it, at which stage, with which codes; the rest as masked text."""
    reply = reply.replace("\\n", " ")  # Exim's log shows the ends of a reply's lines like this
    raw = " ".join("".join(c if c.isprintable() else " " for c in reply).split())
    raw = _TIMEOUT_SET.sub("", _NUMBERS.sub(r"\1", raw))
    raw = _LETTRE.sub(r"\1 \2 ", _TUPLE.sub(r"\1 ", raw))
    raw = _EXIM_FIELD.sub("", raw) if _EXIM.search(raw) else raw
    if line := _LOG_LINE.match(raw):
        dsn, raw = dsn or line[1] or "", line[2]
    stripped = raw.replace("_", " ") if _QMAIL.search(raw) else raw
    while match := _PREFIX.match(stripped):
        stripped = stripped[match.end() :]
    stripped = _EXCHANGE_OWN.sub("", stripped)
    if inner := _EXPIRED.match(stripped):
        stripped = inner[1]
    stripped = _GIVING_UP.sub("", stripped)
    by_us = bool(_BY_US.search(stripped))
    stripped = _EXIM_OWN.sub("", stripped)
    said = _SAID.search(stripped) or _SAID_BARE.match(stripped)
    words = stripped[said.end() :] if said else stripped
    own_log = bool(_OWN_LOG.search(stripped)) and not by_us
    code, enhanced = _codes(words) if said or not own_log else ("", "")
    words = _RETRY_OVER.sub("", words) if code else words
    lowered = stripped.lower()
    where = f"host {said[1]}[{said[2]}]" if said else lowered
    return Spoken(
        code=code,
        enhanced=enhanced or dsn,
        peer=said[1] if said else "",
        port=(said[3] or "") if said else "",
        stage=next((name for name, pattern in _STAGE if pattern.search(lowered)), ""),
        local=bool(_LOCAL.search(where)),
        inside=bool(_INSIDE.search(where)),
        by_us=by_us,
        own_log=own_log,
        text=_mask(_IN_REPLY.sub("", words.lower()), code, enhanced),
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
