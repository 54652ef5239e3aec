"""`make propose`: looks at each host once, by the usual gathering, and prints what an inventory could say of it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from checks.asked import asked_fleet
from checks.evidence.likely_roles import Seen
from checks.evidence.transcript import Transcript
from checks.looking import Looked, look
from checks.progress import Progress
from checks.proposal import Sight, proposal
from checks.run import fixtures

NOUNS = (
    "seen_name", "seen_listeners", "seen_services", "seen_webmail", "installed_postfix", "installed_exim",
    "postfix_domains", "exim_domains", "opensmtpd_domains", "dovecot_domains", "seen_keys", "exim_keys",
    "opensmtpd_keys", "smarthosts", "trusted_networks", "barred_by_firewall", "shut_to_strangers", "mail_exchangers",
    "seen_sources", "named_addresses",
)  # fmt: skip
_KEYS = ("seen_keys", "exim_keys", "opensmtpd_keys")
_DOMAINS = ("postfix_domains", "exim_domains", "opensmtpd_domains", "dovecot_domains")


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status: 0 if at least one host was seen, 4 if the inventory cannot be used, 6 if nothing was seen."""
    parser = argparse.ArgumentParser(prog="python -m checks.propose", description=__doc__)
    asked, targets = asked_fleet(parser, argv)
    transcript = Transcript(datetime.now(UTC).replace(microsecond=0))
    looked = look(targets, NOUNS, transcript, fixtures(), Progress(sys.stderr, lambda _: None))
    sights = [_sight(name, each) for name, each in looked.items()]
    sys.stdout.writelines(f"{line}\n" for line in proposal(sights, asked.inventory, str(transcript.clock.date())))
    return 0 if any(not sight.unreached for sight in sights) else 6


def _sight(name: str, looked: Looked) -> Sight:
    if not looked.reached:
        return Sight(name, unreached=looked.unseen[0])
    named = {domain: where for noun in _DOMAINS for each in looked.values[noun] for where, names in each.items()
             for domain in names}  # fmt: skip
    return Sight(
        name,
        _seen(looked, named),
        looked.one("seen_name", ("", "")),
        named,
        tuple(key for noun in _KEYS for each in looked.values[noun] for key in each),
        looked.one("seen_sources", ()),
        looked.one("named_addresses", ()),
        looked.unseen,
    )


def _seen(looked: Looked, named: Mapping[str, str]) -> Seen:
    running = looked.one("seen_services", {})
    through = [each for found in looked.values["smarthosts"] for each in found.values()]
    own = [each for each in through if each.program in ("Postfix", "Exim", "OpenSMTPD")]
    return Seen(
        listeners=looked.one("seen_listeners", None),
        mta=running.get("mta", ()),
        store=bool(running.get("store")),
        takes=tuple(name for name, where in named.items() if where != "Dovecot"),
        relayed=tuple(name for name, where in named.items() if where in ("relay_domains", "relay_to_domains")),
        barred=_barred(looked),
        trusts=tuple(dict.fromkeys(net for each in looked.values["trusted_networks"] for net in each)),
        smarthost=_server(own),
        backup=looked.one("mail_exchangers", ""),
        clients=tuple(dict.fromkeys(each.program for each in through if each not in own)),
        filters=running.get("filter", ()),
        lists=running.get("list", ()),
        webmail=looked.one("seen_webmail", ()),
    )


def _barred(looked: Looked) -> str:
    """What keeps strangers from port 25: a rule of the firewall, or of the mail server itself."""
    refused = looked.values["shut_to_strangers"]
    if refused and all(refused):
        return f"strangers are refused: {refused[0]}"
    return str(looked.one("barred_by_firewall", ""))


def _server(through: list[Any]) -> str:
    if not through:
        return ""
    first = through[0]
    return first.host if first.port == 25 else f"{first.host}:{first.port}"


if __name__ == "__main__":
    sys.exit(main())
