"""Rspamd: its configuration can be read, its thresholds make sense, and its controller is guarded."""

import pytest


@pytest.mark.high
def check_valid(rspamd_trouble):
    """Rspamd can read its configuration.

    Rspamd rspamadm configtest: with an error in the configuration Rspamd does not start.

    Why: After the next restart mail waits for it, or comes in unexamined.

    Fix: `rspamadm configtest` names the file and line.
    """
    assert not rspamd_trouble, rspamd_trouble


@pytest.mark.medium
def check_thresholds_in_order(rspamd):
    """The worst spam is rejected, and what is less bad only marked.

    Rspamd metrics and actions: the action with the highest score that a message reaches is taken.

    Policy spam_rejected: spam is refused at the door from some score on.

    Why: All spam is delivered, or what should be marked is refused.

    Fix: `rspamadm configdump actions`; set them in local.d/actions.conf: reject = 15; add_header = 6; greylist = 4;
    """
    assert not rspamd.disorder, rspamd.disorder


@pytest.mark.medium
def check_thresholds_reached(unreached_thresholds, policy):
    """Spam can get as many points as it takes to be refused or marked.

    Rspamd metrics and actions: a message's score is the sum of its symbols' weights, mostly below 10 each.

    Policy spam_score_most: points that spam gets at most.

    Policy mx_catches: an MX refuses, holds back or marks spam; false where its filters only count.

    Why: Thresholds were raised "for a day" when a newsletter had been refused: since then all spam is delivered unmarked.

    Fix: local.d/actions.conf: reject = 15; add_header = 6; greylist = 4; then `systemctl reload rspamd`. For one sender that
    must pass, a rule of its own (multimap with a negative score).
    """
    most = f"spam gets no more than {policy.spam_score_most:g} points"
    assert not unreached_thresholds, f"{unreached_thresholds}: {most}, so that none is refused or marked"


@pytest.mark.high
def check_controller_guarded(rspamd):
    """Rspamd's controller cannot be reached from outside without a good password.

    Rspamd worker controller: it learns, shows mail's subjects and senders, and changes settings.

    Why: Strangers read whom the users write with, and teach the filter that their spam is none.

    Fix: `rspamadm pw`, and `password = "$2$…";` in local.d/worker-controller.inc, or bind_socket = "localhost:11334";
    """
    controller = rspamd.controller
    open_ = controller.open_sockets if controller and controller.password in ("", "(default)") else ()
    assert not open_, f"listens on {', '.join(open_)} with the password {controller.password or 'unset'}"


@pytest.mark.medium
def check_scanner_sees_attachments(scanner_limit, policy):
    """Rspamd hands attachments of a usual size to its virus scanner.

    Rspamd antivirus module, max_size: messages (or parts) above it are not scanned.

    Policy scanned_octets: up to which size everything is scanned.

    Why: Viruses come in documents and archives; what is above the limit passes unseen.

    Fix: max_size in local.d/antivirus.conf (octets), no larger than StreamMaxLength of clamd.conf; restart Rspamd.
    """
    assert scanner_limit >= policy.scanned_octets, f"max_size = {scanner_limit} octets"


@pytest.mark.high
def check_scanner_reachable(virus_scanner):
    """Rspamd reaches the virus scanner that it is told to ask.

    Rspamd antivirus module: a scanner that cannot be asked leaves the message unscanned, with a symbol of its own.

    Why: Viruses are delivered; only Rspamd's log says "failed to scan".

    Fix: `usermod -a -G clamav _rspamd` and restart Rspamd, or LocalSocketMode 666 in clamd.conf (and SocketMode of
    clamav-daemon.socket).
    """
    assert not virus_scanner, virus_scanner


@pytest.mark.high
def check_senders_not_believed(believed_senders):
    """No rule lets a message pass unexamined for what its sender merely claims.

    Rspamd multimap module: a prefilter with `action = "accept"` ends the examination before SPF, DKIM, DMARC and viruses.

    Why: Whoever writes such an address into his message, which costs nothing, gets spam, forgeries and viruses in.

    Fix: Let the rule lower the score (`score = -5` without prefilter and action), or require what cannot be forged:
    `require_symbols = "R_DKIM_ALLOW | R_SPF_ALLOW"`; then `systemctl reload rspamd`.
    """
    assert not believed_senders, "; ".join(believed_senders[:3])


@pytest.mark.high
def check_absence_not_refused(refusals_of_absence):
    """No rule refuses mail merely because it has no signature, or its domain no SPF or DMARC record.

    RFC 6376 §6.3: "modules that consume DKIM verification output SHOULD NOT determine message acceptability based solely on
    a lack of any signature".

    Rspamd force_actions module: the action of a rule whose expression holds stands before all scores.

    Why: Bounces, small senders and whatever lists and forwarders pass on are refused; the senders write by mail that their
    mail does not arrive.

    Fix: Take the rule out of local.d/force_actions.conf, or let it require something that speaks against the message as well
    (`R_DKIM_NA & BAYES_SPAM`), or give the symbol a score far below that of reject (local.d/policies_group.conf,
    local.d/composites.conf); `rspamadm configtest`, `systemctl reload rspamd`.
    """
    assert not refusals_of_absence, "; ".join(refusals_of_absence[:3])


@pytest.mark.high
def check_name_servers_answer(silent_name_servers):
    """The name servers that Rspamd has in its own options answer.

    Rspamd options, dns: `nameserver` goes before /etc/resolv.conf.

    Why: SPF, DKIM, DMARC and block lists count for nothing, and every message waits seconds for answers.

    Fix: `rspamadm configdump options` shows it; correct `dns { nameserver = [...] }` in local.d/options.inc, or take it out.
    """
    assert not silent_name_servers, f"no answer from {', '.join(silent_name_servers)}"


@pytest.mark.medium
def check_redis_reachable(redis_server):
    """Rspamd reaches the Redis that it keeps what it has learnt in.

    Rspamd redis module: Bayes, greylisting, rate limits, replies and history are kept there; without it they count for nothing.

    Why: More spam comes through, first messages wait for ever or not at all, and only Rspamd's log tells why.

    Fix: `rspamadm configdump redis` shows where it looks; `redis-cli -h HOST -p PORT ping` there; correct `servers` in
    local.d/redis.conf, or start Redis; then `systemctl reload rspamd`.
    """
    assert not redis_server, redis_server
