"""What a host does for mail, concluded from what runs and listens on it: proposed roles, each with its evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from checks.evidence.networks import network
from checks.evidence.sockets import Listener

_SUBMISSION, _STORE = (465, 587), (143, 993, 110, 995)
# Programs that pass sessions on to other servers. Dovecot and nginx do it as well; only their settings tell.
_PROXIES = ("haproxy", "stunnel", "stunnel4", "perdition")


@dataclass(frozen=True)
class Seen:
    """What a host showed. None: it could not be seen.

    mta: names of the mail transfer agents; store: the host has a mail store; filters, lists, webmail: names of what
    runs of these. takes: domains that it takes mail for; relayed: those of them that it passes on. barred: what keeps
    strangers from port 25; empty if nothing does. trusts: networks whose hosts may send through it. smarthost:
    through which it sends. clients: programs that send through somebody else's server.
    """

    listeners: tuple[Listener, ...] | None = None
    mta: tuple[str, ...] = ()
    store: bool = False
    takes: tuple[str, ...] = ()
    relayed: tuple[str, ...] = ()
    barred: str = ""
    trusts: tuple[str, ...] = ()
    smarthost: str = ""
    backup: str = ""
    clients: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    webmail: tuple[str, ...] = ()

    def on(self, *ports: int) -> tuple[Listener, ...]:
        """Its listeners on these ports that other hosts reach."""
        return tuple(e for e in self.listeners or () if e.protocol == "tcp" and e.port in ports and not e.loopback)

    @property
    def clients_of_it(self) -> tuple[str, ...]:
        """The networks of other hosts that it sends for."""
        return tuple(word for word in self.trusts if (net := network(word)) is not None and not net.is_loopback)


def likely_roles(seen: Seen) -> tuple[tuple[str, str], ...]:
    """Role and evidence, in the order in which mail passes them."""
    found = [*_incoming(seen), *_for_users(seen)]
    if seen.mta and not found:
        found = list(_alone(seen))
    if seen.clients:
        found.append(("client", f"sends through another server: {', '.join(seen.clients)}"))
    return tuple(found)


def _incoming(seen: Seen) -> Iterator[tuple[str, str]]:
    doors = seen.on(25)
    if not seen.mta or not doors:
        return
    where = f"{', '.join(seen.mta)} listens on {_places(doors)}"
    if seen.lists:
        yield "list", f"{', '.join(seen.lists)} runs; {where}"
    if seen.takes and not seen.barred:
        yield _door(seen), f"{where}, for {_some(seen.takes)}{seen.backup and f'; {seen.backup}'}"
    elif seen.clients_of_it:
        why = seen.barred or "it takes mail for no domain of its own"
        yield "internal-relay", f"{where}, for {_some(seen.clients_of_it)}; {why}"
        if not seen.smarthost:
            yield "outbound", "delivers what it takes from them to the Internet itself"


def _door(seen: Seen) -> str:
    """An MX; where all mail goes on to other servers, a backup by its MX records, or a filter by what runs on it."""
    if not seen.relayed or set(seen.relayed) != set(seen.takes) or seen.store:
        return "mx"
    if seen.backup:
        return "backup-mx"
    return "filter" if seen.filters else "mx"


def _for_users(seen: Seen) -> Iterator[tuple[str, str]]:
    submission, read = seen.on(*_SUBMISSION), seen.on(*_STORE)
    passed_on = [e for e in (*submission, *read) if e.process in _PROXIES]
    if passed_on:
        yield "proxy", f"{passed_on[0].process} listens on {_places(passed_on)}"
        return
    if seen.mta and submission:
        yield "submission", f"{', '.join(seen.mta)} listens on {_places(submission)}"
    if seen.store and read:
        yield "mailbox", f"a mail store listens on {_places(read)}"
    if seen.webmail and seen.on(443, 80):
        yield "webmail", f"{', '.join(seen.webmail)}, and a web server listens on {_places(seen.on(443, 80))}"


def _alone(seen: Seen) -> Iterator[tuple[str, str]]:
    """A mail transfer agent that nobody else talks to."""
    if seen.listeners is None:
        return
    how = f"sends through {seen.smarthost}" if seen.smarthost else "delivers to the Internet itself (no smarthost)"
    if not seen.on(25, *_SUBMISSION):
        yield "null-client", f"{', '.join(seen.mta)} listens on loopback only, and {how}"


def _places(listeners: Iterable[Listener]) -> str:
    return ", ".join(dict.fromkeys(f"{e.address}:{e.port}" for e in listeners))


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
