"""fail2ban: its jails see the logs of what they guard, and whom they ban stays out."""

import pytest


@pytest.mark.medium
def check_logins_guarded(guarded_login):
    """For every mail program in which users log in there is a jail that knows of failed logins.

    Fail2ban jail.conf: the jail [postfix] in its usual mode counts refused mail; failed logins are [postfix-sasl]'s, or
    those of mode "auth".

    Why: Guessers try the one port that nobody watches.

    Fix: `[postfix-sasl] enabled = true` (`[dovecot]`, `[exim]`) in /etc/fail2ban/jail.local; `fail2ban-client reload`.
    """
    assert guarded_login, "no jail that is switched on knows of its failed logins"


@pytest.mark.medium
def check_jails_see_the_log(blind_spot):
    """Every jail about mail reads the log that its program writes.

    Fail2ban jail.conf, backend and logpath: a jail reads the files or the journal that it is told to, and no others.

    Why: It runs, reports no error, and bans nobody; Debian 12 writes no mail.log by default.

    Fix: `backend = systemd` where only the journal has the log, else the right `logpath`; `journalmatch` must name the unit
    that runs (`systemctl list-units 'postfix*'`). `fail2ban-client status JAIL` shows what it watches.
    """
    assert not blind_spot, blind_spot


@pytest.mark.medium
def check_filters_match(counted_logins, policy):
    """Failed logins in the log are counted by the jails.

    Policy log_refusals: failed logins from which on it counts that none of them was noticed.

    Why: A filter of another version, or a log in another format, matches nothing, and nobody is banned.

    Fix: `fail2ban-regex /var/log/mail.log postfix-sasl` (`fail2ban-regex systemd-journal dovecot`) shows what is matched.
    """
    noticed = counted_logins.counted or counted_logins.logged < policy.log_refusals
    jails = ", ".join(counted_logins.jails)
    assert noticed, f"{counted_logins.logged} failed logins in the log, and {jails} counted none"


@pytest.mark.medium
def check_bans_bite(bans_without_effect):
    """Whom fail2ban has banned is kept out by the firewall.

    Fail2ban jail.conf, banaction: the command that bans must fit the firewall that is in effect.

    Why: After a change from iptables to nftables, or a reload of the firewall, bans stand in fail2ban's list alone.

    Fix: `banaction = nftables-multiport` (ufw: `ufw`; firewalld: `firewallcmd-rich-rules`) in jail.local;
    `fail2ban-client reload` after each reload of the firewall.
    """
    assert not bans_without_effect, f"banned, and yet let in: {', '.join(bans_without_effect)}"


@pytest.mark.medium
def check_ban_commands_there(lacking_commands):
    """The commands that fail2ban bans with are installed.

    Fail2ban jail.conf, banaction: the command that bans must fit the firewall that is in effect.

    Why: Each ban fails with an error in fail2ban's own log, and the guesser goes on.

    Fix: `banaction = nftables-multiport` and `banaction_allports = nftables-allports` in /etc/fail2ban/jail.local (or install
    the command), `systemctl restart fail2ban`.
    """
    assert not lacking_commands, f"not installed: {'; '.join(lacking_commands[:3])}"


@pytest.mark.medium
def check_service_names_known(unknown_names):
    """The names under which Postfix logs are those that fail2ban's filters wait for.

    Postfix postconf(5), syslog_name: it stands before the name of the daemon in each line of the log.

    Why: The filter passes over lines of another name, and whoever guesses passwords at that port is never banned.

    Fix: `postconf -P submission/inet/syslog_name=postfix/submission && postfix reload`; or write a filter that knows the name.
    """
    assert not unknown_names, f"no filter knows lines of {', '.join(unknown_names)}"


@pytest.mark.high
def check_no_friend_banned(banned_friends):
    """No host of the fleet is banned.

    Fail2ban jail.conf, ignoreip: addresses that are never banned.

    Why: Mail between the hosts stops, and each retry prolongs the ban.

    Fix: `fail2ban-client unban ADDRESS`; then add it to `ignoreip` in jail.local, and see why it failed so often.
    """
    assert not banned_friends, f"banned: {', '.join(banned_friends)}"


@pytest.mark.low
def check_few_exempted(wide_exemptions):
    """No large network of the Internet is exempt from bans.

    Fail2ban jail.conf, ignoreip: addresses that are never banned.

    Why: Guessers sit in every large network.

    Fix: Take it out of `ignoreip` in jail.local; name the few hosts that were meant.
    """
    assert not wide_exemptions, f"never banned: {', '.join(wide_exemptions)}"


@pytest.mark.medium
def check_bans_last(ban_seconds, policy):
    """Whom a jail has banned stays out for a while.

    Fail2ban jail.conf, bantime: seconds, or with a unit; ten minutes by default, negative for ever.

    Policy ban_seconds: how long a ban lasts at least.

    Why: The guesser is back before the next password is due, and is banned and forgotten a thousand times a day.

    Fix: `bantime = 1h` in /etc/fail2ban/jail.local (a bare number is seconds), then `fail2ban-client reload`.
    """
    assert not 0 <= ban_seconds < policy.ban_seconds, f"a ban lasts {ban_seconds} s"


@pytest.mark.medium
def check_bans_in_time(most_failures, policy):
    """A jail bans after a few failures.

    Fail2ban jail.conf, maxretry: how many failures within findtime lead to a ban; five by default.

    Policy ban_failures: after how many failures a ban comes at the latest.

    Why: Who may guess hundreds of times before anything happens finds weak passwords, and starts again elsewhere.

    Fix: `maxretry = 5` in /etc/fail2ban/jail.local, then `fail2ban-client reload`.
    """
    assert most_failures <= policy.ban_failures, f"it bans after {most_failures} failures"
