"""What on our side would explain a symptom in a log or a queue: checks of the host that shows it, and of its domains.

A symptom rests on all of them; where one fails, that one is the root cause and the symptom is what it explains.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from checks.evidence.log_events import Kind
from checks.evidence.replies import Reason
from checks.target import Fleet, Host

# What a host must have to be reached, or to reach anybody: routes, and who stands at the same cable.
ROUTES = ("outbound.no_route_discards", "outbound.neighbours_current", "outbound.router_answers")
_WAY_OUT = ("outbound.port25_open", "outbound.smarthost_answers", "firewall.lets_out", "firewall.admits_answers",
            *ROUTES, "client.port_open", "lmtp.reachable", "relay.next_hop_answers", "relay.routes_answer",
            "milter.content_filter_reachable", "services.sandbox_admits_network",
            "outbound.source_held")  # fmt: skip
_NAMES = ("outbound.resolver_answers", "firewall.lets_out", "firewall.admits_answers", "postfix.chroot_current",
          "resolver.asked_by_programs", "services.sandbox_admits_network")  # fmt: skip
_NAME_OF_OURS = ("ptr.exists", "ptr.forward_confirmed", "ptr.not_generic", "helo.full_name", "helo.resolves")
_ROOM = ("resources.disk_not_full", "resources.inodes_left", "resources.writable", "storage.takes_largest_message")
_TABLES = ("postfix.tables_usable", "postfix.maps_current", "services.running")
_FILTERS = ("milter.reachable", "milter.policy_server_reachable", "milter.content_filter_reachable", "clamav.answers")
_LOGIN = ("auth.takes_many_clients", "auth.socket_open_to_postfix", "auth.mechanisms_left", "auth.backend_set_up",
          "auth.passwords_readable", "dovecot.valid", "dovecot.files_there")  # fmt: skip
_STORE = ("lmtp.reachable", "dovecot.store_writable", "dovecot.valid", "dovecot.owner_valid",
          "mail_limits.mailboxes_hold_message",
          "limits.file_size_enough", "dovecot.mailboxes_writable")  # fmt: skip
_ALIASES = (
    "alias.programs_there",
    "alias.virtual_ends",
    "alias.catch_all_spares_users",
    "alias.rewriting_spares_users",
)
# On the hosts that have the mailboxes, wherever they are.
_RECIPIENTS = ("recipients.mailboxes_known", "recipients.extensions_known")
_KEYS = ("private_key.present", "private_key.matches", "private_key.unlocked", "private_key.before_its_certificate",
         "dovecot.files_there", "tls_settings.system_policy_current", "postfix.tls_files_there",
         "postfix.services_complete")  # fmt: skip
_SPAM_OF_OURS = ("queue.no_flood", "relay.closed", "auth.logins_from_few_networks", "auth.senders_usual")
_SIGNING = ("opendkim.valid", "opendkim.signers_have_keys", "opendkim.keys_usable", "milter.reachable",
            "services.sandbox_admits_network")  # fmt: skip

OF_REASON = {
    Reason.DNS_FAILURE: _NAMES,
    Reason.DOMAIN_UNKNOWN: _NAMES,
    Reason.TIMEOUT: (*_WAY_OUT, *_NAMES),
    Reason.NETWORK_UNREACHABLE: _WAY_OUT,
    Reason.CONNECTION_REFUSED: _WAY_OUT,
    Reason.CONNECTION_LOST: (*_WAY_OUT, *_STORE),
    Reason.LISTED: ("blocklist.address_not_listed", *_SPAM_OF_OURS),
    Reason.BLOCKED: ("blocklist.address_not_listed", *_SPAM_OF_OURS, *_NAME_OF_OURS),
    Reason.PTR_HELO: (*_NAME_OF_OURS, "helo.matches_ptr"),
    Reason.RATE_LIMITED: _SPAM_OF_OURS,
    Reason.CONTENT_REFUSED: _SPAM_OF_OURS,
    Reason.SENDER_AUTHENTICATION: _SIGNING,
    Reason.AUTH_REQUIRED: ("client.login_accepted", "client.configured", "client.logs_in_where_demanded",
                           "client.mechanism_offered"),
    Reason.AUTH_FAILED: ("client.login_accepted", "client.configured", "client.mechanism_offered", *_LOGIN),
    Reason.TLS_REQUIRED: ("tls_sending.used", "client.tls_fits_port"),
    Reason.TLS_FAILURE: ("tls_sending.levels_known", "tls_sending.demands_met", "tls_sending.policies_heeded",
                         "tls_sending.roots_known", "tls_sending.next_hop_trusted", *_KEYS),
    Reason.DISK_FULL: _ROOM,
    Reason.MAILBOX_FULL: (*_ROOM, "mail_limits.quotas_hold_message"),
    Reason.TOO_LARGE: ("mail_limits.size_bounded", "mail_limits.mailboxes_hold_message",
                       "mail_limits.quotas_hold_message"),
    Reason.LOOP: ("hostname.full", "hostname.localhost_is_loopback", "relay.domains_named", *_ALIASES),
    Reason.CONFIGURATION: (*_TABLES, *_FILTERS, *_STORE, "postfix.services_complete", "tls_sending.levels_known",
                           "postfix.valid", "alias.programs_there"),
    Reason.SERVER_BUSY: (*_FILTERS, *_STORE, "postfix.processes_left"),
    Reason.USER_UNKNOWN: ("postfix.tables_usable", "postfix.maps_current", *_ALIASES,
                          "relay.no_domain_of_others_claimed"),
    Reason.SENDER_REFUSED: ("helo.full_name", "hostname.full", "client.sender_allowed"),
    Reason.RELAY_DENIED: ("relay.takes_own_mail", "relay.users_may_send", "relay.clients_may_send",
                          "postfix.maps_current"),
    Reason.EXPIRED: (*_WAY_OUT, *_NAMES, "queue.retried_for_days"),
}  # fmt: skip
_ANY = ("services.running", "services.steady", "services.one_mta", "ports.held_by_mta", "hostname.full",
        "hostname.localhost_is_loopback", "postfix.valid", "postfix.instance_running", "postfix.addresses_held",
        "outbound.source_held",
        "postfix.tables_usable", "postfix.queue_folders_owned", "postfix.nothing_deferred_by_hand",
        "postfix_settings.restrictions_known", "relay.guarded", "dovecot.valid", "exim.valid",
        "exim.folders_writable", "opensmtpd.valid", "firewall.admits_answers", "firewall.no_peer_banned",
        *_ROOM)  # fmt: skip
OF_KIND = {
    Kind.TLS: _KEYS,
    Kind.MILTER: (*_FILTERS, *_SIGNING),
    Kind.MAP: (*_TABLES, *_LOGIN, "auth.passwords_private"),
    Kind.DNS: _NAMES,
    Kind.AUTHENTICATION: (*_LOGIN, "auth.nobody_anonymous"),
    Kind.PROCESS_LIMIT: ("postfix.processes_left", "limits.files_left", "limits.tasks_left", "resources.memory_left",
                         "mail_limits.sessions_enough", "mail_limits.processes_enough"),
    Kind.DISK: ("mail_limits.mailboxes_hold_message", "queue.readable", "storage.open_to_its_daemon"),
    Kind.CONFIGURATION: ("mail_limits.mailboxes_hold_message",
                         "postfix.services_complete", "postfix.queue_folders_owned", "postfix.tables_usable",
                         "postfix_settings.restrictions_known", "dovecot.no_obsolete_settings",
                         "milter.policy_server_reachable", "milter.failure_seen_to"),
    Kind.DELIVERY: (*_STORE, "queue.nothing_held"),
    Kind.CRASH: ("postfix.services_complete", "postfix.tables_usable", "postfix.queue_folders_owned",
                 "postfix_settings.restrictions_known", "resources.no_oom_kills", "resources.memory_left", *_KEYS,
                 *_LOGIN),
    Kind.CONNECTION: (*_WAY_OUT, *_LOGIN, *_FILTERS),
    Kind.DKIM: _SIGNING,
    Kind.OTHER: (*_TABLES, *_LOGIN, *_FILTERS, *_KEYS, "postfix.queue_folders_owned", "postfix.services_complete",
                 "postfix_settings.restrictions_known", "dovecot.store_writable"),
}  # fmt: skip


class Resting(Protocol):
    """A fixture's reading, as far as it is needed here."""

    def rests_on(self, check: str, target: str, instance: str | None = None) -> None: ...


def rest_on_reasons(t: Resting, host: Host, fleet: Fleet, reasons: Iterable[Reason]) -> None:
    """Refused or put off for these reasons: what explains them on this host, and on the domains that it sends for."""
    for check, target in dict.fromkeys(_of_reasons(host, fleet, reasons)):
        t.rests_on(check, target)


def _of_reasons(host: Host, fleet: Fleet, reasons: Iterable[Reason]) -> Iterator[tuple[str, str]]:
    for reason in reasons:
        for check in (*OF_REASON.get(reason, ()), "postfix.nothing_deferred_by_hand", "services.running"):
            yield check, host.name
        if reason is Reason.TIMEOUT:  # of whichever server of ours it is that does not answer in time
            yield from (("settings.replies_in_time", other.name) for other in fleet.hosts if other is not host)
        if reason is Reason.USER_UNKNOWN:
            yield from ((check, other.name) for other in fleet.hosts if other.store for check in _RECIPIENTS)
        if reason in (Reason.SENDER_AUTHENTICATION, Reason.BLOCKED, Reason.LISTED):
            for domain in fleet.domains:
                if host.name in {each.name for each in domain.hosts}:
                    yield from ((check, domain.name) for check in (
                        "spf.authorises_senders", "spf.valid", "spf.few_lookups", "dkim.signed", "dkim.published",
                        "dkim.matches_host", "dmarc.sound", "blocklist.domain_not_listed",
                    ))  # fmt: skip


def rest_on_kinds(t: Resting, host: Host, kinds: Iterable[Kind]) -> None:
    """A daemon complains: what explains it on this host."""
    for check in dict.fromkeys((*_ANY, *(check for kind in kinds for check in OF_KIND.get(kind, ())))):
        t.rests_on(check, host.name)
