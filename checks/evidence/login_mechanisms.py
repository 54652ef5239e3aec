"""By which SASL mechanisms a program may log in to a server that mail is sent through (RFC 4954 §3, RFC 4422 §3.1).

They are rules: ``NAME`` is one that may be used, ``!NAME`` one that may not, ``*`` any; the first that fits decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from checks.evidence.postfix import Postfix, Service
from checks.evidence.postfix_macro import words

# Without a password that is stored: a certificate, a ticket, a token that is fetched anew.
WITHOUT_PASSWORD = frozenset({"EXTERNAL", "GSSAPI", "GS2-KRB5", "OAUTHBEARER", "XOAUTH2"})
_RULE = re.compile(r"!?[A-Z0-9_-]{1,40}|STATIC:ALL")


def of_client(postfix: Postfix, service: Service) -> tuple[str, ...]:
    """What smtp_sasl_mechanism_filter and the security options leave of a transport's mechanisms inside TLS.

    noplaintext is in Postfix's default, and takes PLAIN and LOGIN away. A filter with tables in it is not looked into.
    """
    named = [word.upper() for word in words(postfix.of(service, "smtp_sasl_mechanism_filter"))]
    known = named if all(_RULE.fullmatch(word) for word in named) else []
    rules = tuple("*" if word == "STATIC:ALL" else word for word in known)
    if "noplaintext" in words(postfix.of(service, "smtp_sasl_tls_security_options")):
        return ("!PLAIN", "!LOGIN", *(rules or ("*",)))
    return rules


def usable(rules: tuple[str, ...], offered: Iterable[str]) -> tuple[str, ...]:
    """Those of the offered mechanisms that the rules allow; without rules all."""
    return tuple(name for name in offered if not rules or _allowed(rules, name))


def _allowed(rules: tuple[str, ...], name: str) -> bool:
    first = next((rule for rule in rules if rule.removeprefix("!") in (name, "*")), "!")
    return not first.startswith("!")


def spelled(rules: tuple[str, ...]) -> str:
    """The rules in words."""
    wanted = [rule for rule in rules if rule[0] != "!" and rule != "*"]
    barred = [rule[1:] for rule in rules if rule[0] == "!"]
    return " or ".join(wanted) if wanted else f"none of {', '.join(barred)}"
