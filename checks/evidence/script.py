"""What an outside dialogue says to each mail service: enough to judge it by, and nothing that a guard would count.

A stock fail2ban counts refused recipients and failed logins; its stricter modes count connections that end without
QUIT. So nobody is named as a recipient here, nobody logs in, and every dialogue says goodbye.
"""

from __future__ import annotations

from checks.evidence.dialogue import OWN_ADDRESS

# Every port of a mail server speaks one of four protocols.
PROTOCOLS = {"smtp": "smtp", "submission": "smtp", "submissions": "smtp", "imap": "imap", "imaps": "imap",
             "pop3": "pop3", "pop3s": "pop3", "sieve": "sieve"}  # fmt: skip

_SENDER = "MAIL FROM:<>"


def hello(observer: str) -> str:
    """EHLO with the observer's public name, or with its address where it has no name (RFC 5321 §4.1.3)."""
    return f"EHLO {observer or OWN_ADDRESS}"


def lines(service: str, observer: str) -> tuple[str, ...]:
    """The lines of the one dialogue that most outside checks read. service: as in PROTOCOLS; observer: public name."""
    greet = hello(observer)
    match service:
        case "smtp":
            # MAIL before the second EHLO: RFC 3207 §4.2 makes the server forget the first.
            return (greet, "STARTTLS", _SENDER, greet, "VRFY postmaster", "QUIT")
        case "submission":
            return (greet, _SENDER, "RSET", "STARTTLS", greet, "QUIT")
        case "submissions":
            return (greet, "QUIT")
        case "imap":
            return ("a CAPABILITY", "b STARTTLS", "c CAPABILITY", "d LOGOUT")
        case "imaps":
            return ("a CAPABILITY", "b LOGOUT")
        case "pop3":
            return ("CAPA", "STLS", "CAPA", "QUIT")
        case "pop3s":
            return ("CAPA", "QUIT")
        case _:
            return ("STARTTLS", "LOGOUT")


def attempts(service: str, observer: str, stranger: str, postmasters: tuple[str, ...], nobody: str) -> tuple[str, ...]:
    """Recipients that a server must refuse, or take, each named once; no message is ever sent.

    stranger: an address of somebody else's domain, postmasters: those of the server's own domains, nobody: an address
    of an own domain that does not exist. Refused recipients are counted by guards: hold this seldom.
    """
    greet = hello(observer)
    relay = (_SENDER, f"RCPT TO:<{stranger}>", "RSET")
    if service == "submissions":
        return (greet, *relay, "QUIT")
    if service == "submission":
        return (greet, "STARTTLS", greet, *relay, "QUIT")
    own = [f"RCPT TO:<{address}>" for address in (*postmasters, nobody) if address]
    return (greet, *relay, *([_SENDER, *own, "RSET"] if own else []), "QUIT")


# Ends of data that a server must not take for one, RFC 5321 §4.1.1.4: only CRLF.CRLF is.
FALSE_ENDS = ("LF.LF", "LF.CRLF", "CRLF.LF", "CR.CR", "LF.CR", "CRLF.CR", "CR.CRLF", "CRLFNUL.CRLF")


def false_end(observer: str, recipient: str, end: str) -> tuple[str, ...]:
    """A message whose data ends wrongly; a server that takes it says so, others go on waiting."""
    return (hello(observer), _SENDER, f"RCPT TO:<{recipient}>", "DATA", f"[end of data {end}]", "QUIT")


def wrong_logins(service: str, observer: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Logins with a password that nobody has. Guards count them."""
    if PROTOCOLS[service] == "imap":
        before = () if service == "imaps" else ("a STARTTLS",)
        return (*before, *(f"b{n} LOGIN [wrong login {name}]" for n, name in enumerate(names)), "c LOGOUT")
    greet = hello(observer)
    start = [greet] if service == "submissions" else [greet, "STARTTLS", greet]
    return (*start, *(f"AUTH PLAIN [wrong login {name}]" for name in names), "QUIT")


def right_login(service: str, observer: str, name: str) -> tuple[str, ...]:
    """A login with the password of this name, and goodbye. RFC 4954 §4, RFC 5034 §4, RFC 5804 §2.1, RFC 9051 §6.2.3."""
    greet = hello(observer)
    match service:
        case "submission" | "submissions":
            start = [greet] if service == "submissions" else [greet, "STARTTLS", greet]
            return (*start, f"AUTH PLAIN [login {name}]", "QUIT")
        case "imap" | "imaps":
            return (*(() if service == "imaps" else ("a STARTTLS",)), f"b LOGIN [login {name}]", "c LOGOUT")
        case "pop3" | "pop3s":
            return (*(() if service == "pop3s" else ("STLS",)), f"AUTH PLAIN [login {name}]", "QUIT")
        case _:
            return ("STARTTLS", f'AUTHENTICATE "PLAIN" "[login {name}]"', "LOGOUT")


def nameless(recipient: str) -> tuple[str, ...]:
    """A client whose EHLO gives no name that could be one (RFC 5321 §4.1.1.1, §4.1.3), up to its recipient."""
    return ("EHLO -no_name-", _SENDER, f"RCPT TO:<{recipient}>", "RSET", "QUIT")


def relay_forms(stranger: str, own: str, server: str) -> dict[str, tuple[str, str]]:
    """Senders and recipients by which servers were talked into relaying.

    stranger: an address of somebody else's; own: a domain of ours; server: the address that is spoken to. Each more
    brings the observer nearer to a ban: guards count refused recipients. RFC 2505 §2.1; RFC 5321 §3.6.1 (source
    routes), §4.1.3 (address literals).
    """
    user, _, domain = stranger.partition("@")
    literal = f"[IPv6:{server}]" if ":" in server else f"[{server}]"
    return {
        "from an own address": (f"postmaster@{own}", stranger),
        "from a name without a domain": ("postmaster", stranger),
        "from an address literal": ("probe@[127.0.0.1]", stranger),
        "percent": ("", f"{user}%{domain}@{own}"),
        "bang path": ("", f"{domain}!{user}@{own}"),
        "quoted": ("", f'"{stranger}"@{own}'),
        "source route": ("", f"@{own}:{stranger}"),
        "percent before an address": ("", f"{user}%{domain}@{literal}"),
        "quoted before an address": ("", f'"{stranger}"@{literal}'),
    }
