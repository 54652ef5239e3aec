"""How much a mailbox may hold, and how large a message in it may be, by Dovecot's quota settings (2.3 and 2.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.evidence.doveconf import Block, Dovecot

_SIZE = re.compile(r"(\d{1,12}) ?([bkmgt]?)(?:i?b)?", re.IGNORECASE)
_FACTORS = {"b": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}
# Of 2.3's rules, the one for all mailboxes; others change it for single folders.
_RULE = re.compile(r"\*:(?:storage|bytes)=(.+)")


def limits(dovecot: Dovecot) -> tuple[tuple[str, int], ...]:
    """Each limit of a mailbox or of a message in octets, with the setting that says so; none for what is unlimited."""
    found = _new(dovecot) if dovecot.version >= (2, 4) else _old(dovecot)
    return tuple((setting, octets) for setting, octets in found if octets)


def _new(dovecot: Dovecot) -> Iterator[tuple[str, int]]:
    for root in dovecot.top.all("quota"):
        name = root.name.strip('"')
        for own in ("storage_size", "mail_size"):
            value = root.get(own) or root.get(f"quota_{own}") or dovecot.get(f"quota_{own}")
            yield f"quota {name}: {own} = {value}", octets(value, "b")


def _old(dovecot: Dovecot) -> Iterator[tuple[str, int]]:
    for plugin in dovecot.top.all("plugin"):
        if plugin.get("quota"):
            yield from _rules(plugin)
            value = plugin.get("quota_max_mail_size")
            yield f"quota_max_mail_size = {value}", octets(value, "b")


def _rules(plugin: Block) -> Iterator[tuple[str, int]]:
    for setting, value in plugin.settings.items():
        rule = _RULE.fullmatch(value) if re.fullmatch(r"quota\d*_rule\d*", setting) else None
        if rule:
            yield f"{setting} = {value}", octets(rule[1], "k" if "storage=" in value else "b")


def octets(value: str, unit: str) -> int:
    """A size as Dovecot writes it ("5M", "10 M", "unlimited"); 0 for none. unit: of a bare number."""
    match = _SIZE.fullmatch(value.strip())
    return int(match[1]) * _FACTORS[match[2].lower() or unit] if match else 0
