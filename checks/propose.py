"""`make propose`: looks at each host once, by the usual gathering, and prints what an inventory could say of it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from checks.catalogue import Check
from checks.evidence.likely_roles import Seen
from checks.evidence.transcript import Transcript
from checks.gather import gather, just
from checks.inventory import InventoryProblem, read_inventory
from checks.progress import Progress
from checks.proposal import Sight, proposal
from checks.resolve import Resolver, Skip
from checks.run import fixtures
from checks.target import Fleet, Host, fleet

# Each noun is looked at by itself, so that what cannot be seen of one leaves the others.
NOUNS = (
    "login", "seen_name", "seen_listeners", "seen_services", "seen_webmail", "installed_postfix", "installed_exim",
    "postfix_domains", "exim_domains", "opensmtpd_domains", "dovecot_domains", "seen_keys", "exim_keys",
    "opensmtpd_keys", "smarthosts", "trusted_networks", "barred_by_firewall", "shut_to_strangers", "mail_exchangers",
    "seen_sources", "named_addresses",
)  # fmt: skip
_DOMAINS = ("postfix_domains", "exim_domains", "opensmtpd_domains", "dovecot_domains")


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status: 0 if at least one host was seen, 4 if the inventory cannot be used, 6 if nothing was seen."""
    parser = argparse.ArgumentParser(prog="python -m checks.propose", description=__doc__)
    parser.add_argument("--inventory", required=True, metavar="PATH")
    parser.add_argument("--limit", metavar="PATTERN", help="as in ansible --limit")
    asked = parser.parse_args(argv)
    try:
        targets = fleet(read_inventory(asked.inventory, asked.limit), datetime.now(UTC).date())
    except (InventoryProblem, ValueError) as error:
        sys.stderr.write(f"{' '.join(str(error).split())}\n")
        return 4
    transcript = Transcript(datetime.now(UTC).replace(microsecond=0))
    gather(just(_selection(targets)), targets, transcript, fixtures(), Progress(sys.stderr, lambda _: None))
    sights = [look(host, targets, transcript) for host in targets.hosts]
    sys.stdout.writelines(f"{line}\n" for line in proposal(sights, asked.inventory, str(transcript.clock.date())))
    return 0 if any(not sight.unreached for sight in sights) else 6


def _selection(targets: Fleet) -> list[tuple[Check, Host]]:
    """The nouns as if each were what a check asks for."""

    def nothing() -> None: ...

    made = [Check(f"propose.{noun}", nothing, "low", noun, "", "", "", (noun,), (), frozenset()) for noun in NOUNS]
    return [(each, host) for host in targets.hosts for each in made]


def look(host: Host, targets: Fleet, transcript: Transcript) -> Sight:
    """What this host showed."""
    resolver = Resolver(host, targets, transcript, fixtures())
    values: dict[str, list[Any]] = {}
    unseen: list[str] = []
    for noun in NOUNS:
        cases = resolver.cases((noun,))
        values[noun] = [case.values[noun] for case in cases if case.error is None]
        unseen += [str(c.error) for c in cases if c.error is not None and not isinstance(c.error, Skip)]
        if noun == "login" and not values[noun]:
            return Sight(host.name, unreached=unseen[0])
    return _sight(host, values, tuple(dict.fromkeys(unseen)))


def _sight(host: Host, values: Mapping[str, list[Any]], unseen: tuple[str, ...]) -> Sight:
    def one(noun: str, otherwise: Any) -> Any:
        return next(iter(values[noun]), otherwise)

    named = {name: where for noun in _DOMAINS for each in values[noun] for where, names in each.items()
             for name in names}  # fmt: skip
    keys = tuple(key for noun in ("seen_keys", "exim_keys", "opensmtpd_keys") for each in values[noun] for key in each)
    return Sight(
        host.name,
        _seen(one, values, named),
        one("seen_name", ("", "")),
        named,
        keys,
        one("seen_sources", ()),
        one("named_addresses", ()),
        unseen,
    )


def _seen(one: Callable[[str, Any], Any], values: Mapping[str, list[Any]], named: Mapping[str, str]) -> Seen:
    running = one("seen_services", {})
    through = [each for found in values["smarthosts"] for each in found.values()]
    own = [each for each in through if each.program in ("Postfix", "Exim", "OpenSMTPD")]
    return Seen(
        listeners=one("seen_listeners", None),
        mta=running.get("mta", ()),
        store="store" in running and bool(running["store"]),
        takes=tuple(name for name, where in named.items() if where != "Dovecot"),
        relayed=tuple(name for name, where in named.items() if where in ("relay_domains", "relay_to_domains")),
        barred=_barred(one, values),
        trusts=tuple(dict.fromkeys(net for each in values["trusted_networks"] for net in each)),
        smarthost=_server(own),
        backup=one("mail_exchangers", ""),
        clients=tuple(dict.fromkeys(each.program for each in through if each not in own)),
        filters=running.get("filter", ()),
        lists=running.get("list", ()),
        webmail=one("seen_webmail", ()),
    )


def _barred(one: Callable[[str, Any], Any], values: Mapping[str, list[Any]]) -> str:
    """What keeps strangers from port 25: a rule of the firewall, or of the mail server itself."""
    refused = values["shut_to_strangers"]
    if refused and all(refused):
        return f"strangers are refused: {refused[0]}"
    return str(one("barred_by_firewall", ""))


def _server(through: list[Any]) -> str:
    if not through:
        return ""
    first = through[0]
    return first.host if first.port == 25 else f"{first.host}:{first.port}"


if __name__ == "__main__":
    sys.exit(main())
