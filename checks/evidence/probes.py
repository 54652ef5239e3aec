"""Which probe answers which kind of question."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from checks.evidence import canary, clock, dialogue, dns, http, knock, roots, stranger, tls_offer
from checks.evidence.observe import Vantage
from checks.evidence.transcript import Answer, Question

PROBES: Mapping[str, Callable[[Question, Vantage], Awaitable[Answer]]] = {
    "canary": canary.probe,
    "clock": clock.probe,
    "dns": dns.probe,
    "http": http.probe,
    "dialogue": dialogue.probe,
    knock.KIND: knock.probe,
    "roots": roots.probe,
    "stranger": stranger.probe,
    "tls": tls_offer.probe,
}
