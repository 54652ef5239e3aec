"""How long Postfix's restriction lists keep a client waiting that they let in (postconf(5), sleep)."""

from __future__ import annotations

from collections.abc import Mapping

from checks.evidence.postfix_restrictions import steps

_ENDS = ("permit", "reject", "defer")
# With smtpd_delay_reject, which is the default, all of these are gone through before the reply to RCPT.
AT_RECIPIENT = ("client", "helo", "sender", "relay", "recipient")
LISTS = (*AT_RECIPIENT, "data", "end_of_data")


def seconds(value: str) -> int:
    """Of one list; what stands before a reject for all meets those alone who are refused anyway."""
    whole = 0
    for step in steps(value):
        if step.name in _ENDS:
            return whole if step.name == "permit" else 0
        if step.name == "sleep" and step.argument.isdecimal():
            whole += int(step.argument[:9])
    return whole


def kept_waiting(lists: Mapping[str, str], delay_reject: bool) -> tuple[tuple[str, int], ...]:
    """The lists before one reply, and the seconds until it comes, where there are any. lists: by client, helo, …"""
    found = {name: seconds(lists.get(name, "")) for name in LISTS}
    slow = {name: each for name, each in found.items() if each}
    together = [name for name in AT_RECIPIENT if name in slow] if delay_reject else []
    alone = [name for name in slow if name not in together]
    groups = [together, *([name] for name in alone)]
    return tuple((_said(group), sum(slow[name] for name in group)) for group in groups if group)


def _said(names: list[str]) -> str:
    return ", ".join(f"smtpd_{name}_restrictions" for name in names)
