"""Who receives what a rule of the host's own sends to another of its ports: nobody, if nothing listens there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from checks.evidence.conversation import Step
from checks.evidence.firewall import Address, Decision, Family, Rewrite
from checks.evidence.sockets import Listener

# Tables by which one tells whose rule it is, and the command that shows it there.
_KEPT_BY = {"firewalld": "firewall-cmd --list-all-zones, forward-ports"}


def received(
    steps: tuple[Step, ...], family: Family, own: frozenset[Address], listeners: Iterable[Listener]
) -> tuple[Step, ...]:
    """The steps; the first is rejected if the rules lead it, whatever else holds, to a port where nothing listens.

    own: the addresses of the host. RFC 9293 §3.5.2: a connection that does not exist is answered with a reset.
    """
    sent = _sent_to(steps[0].decision, own) if steps else None
    if sent is None or any(_takes(each, family, sent) for each in listeners):
        return steps
    kept = _KEPT_BY.get(sent.rule.table)
    why = f"{sent.rule} sends it to port {sent.port} of this host, where nothing listens" + (
        f" ({kept})" if kept else ""
    )
    decision = Decision("reject", sent.rule, why, None, steps[0].decision.rewritten, frozenset({"reject"}))
    return (replace(steps[0], decision=decision), *steps[1:])


def _sent_to(decision: Decision, own: frozenset[Address]) -> Rewrite | None:
    """The one rule that surely gives what is admitted another port of this host; None where it may go elsewhere."""
    moves = [each for each in decision.rewritten if each.kind in ("dnat", "redirect", "tproxy", "mangle")]
    if decision.admits is not True or len(moves) != 1:
        return None
    (move,) = moves
    here = move.kind == "redirect" or (move.kind == "dnat" and move.address in own)
    return move if here and move.certain and move.port is not None else None


def _takes(listener: Listener, family: Family, sent: Rewrite) -> bool:
    """Whether such a socket takes it; what is redirected goes to an address of the interface that it came by."""
    if listener.protocol != "tcp" or listener.port != sent.port:
        return False
    return listener.serves(4 if family == "ipv4" else 6) and (sent.kind == "dnat" or not listener.loopback)
