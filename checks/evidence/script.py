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
