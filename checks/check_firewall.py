"""Firewall: the rules in effect let mail through, and nothing that nobody asked for."""

import pytest


@pytest.mark.critical
def check_admits(barred):
    """The firewall lets strangers talk to every public mail port, over each IP version.

    Policy ports: the public ports of the host, where they differ from what its roles say.

    Why: Mail from everybody behind the wrong side of this rule waits at the sender, and is returned after some days.

    Fix: nftables: `nft list ruleset`, and before the rule or policy that is named `tcp dport 25 accept` (in an `inet`
    table it serves both IP versions) and `ct state established,related accept`; ufw: `ufw allow 25/tcp`; firewalld:
    `firewall-cmd --permanent --add-service=smtp && firewall-cmd --reload`; iptables and ip6tables each need the rule. A rule
    that leads to a port where nothing listens (`redirect`, `dnat`, a forward-port) goes, or the filter behind it comes back.
    """
    assert not barred, f"{barred[0]}"


@pytest.mark.high
def check_admits_clients(client_barred):
    """The firewall lets the site's own networks talk to the mail ports that are for them.

    Policy trusted_networks: networks whose hosts may send through this one without a login.

    Why: What the application servers send waits in their queues, and nobody reads those.

    Fix: nftables: before the rule or policy that is named `ip saddr NETWORK tcp dport 25 accept`. A rule that leads to a port
    where nothing listens is left of a filter that is gone: take it out (firewalld: `firewall-cmd --permanent --zone=ZONE
    --remove-forward-port=port=25:proto=tcp:toport=N && firewall-cmd --reload`).
    """
    assert not client_barred, f"{client_barred[0]}"


@pytest.mark.critical
def check_admits_mx(mx_barred):
    """The firewall of a mailbox host lets in the MXs that hand mail to it.

    RFC 2033 §3: mail is handed over LMTP to the system that stores it; what cannot be handed over stays in the queue.

    Why: One MX delivers and the other one's queue grows, until its mail is returned after some days.

    Fix: nftables: in the rule for the port of LMTP name the address of the MX (`ip saddr { … } tcp dport 24 accept`), over
    IPv6 too; `nft -f /etc/nftables.conf`.
    """
    assert not mx_barred, f"{mx_barred[0]}"


@pytest.mark.high
def check_admits_dns_by_udp_and_tcp(half_barred):
    """Whoever may ask a DNS server by UDP may ask it by TCP, too.

    RFC 7766 §5: all general-purpose DNS implementations must support both UDP and TCP transport.

    Why: Long answers (DNSSEC, SPF, DKIM keys) come by TCP: to some they are there, to others never.

    Fix: nftables: `udp dport 53 accept` and `tcp dport 53 accept`; ufw: `ufw allow 53`; firewalld: `--add-service=dns`.
    """
    assert not half_barred, f"{half_barred[0]}"


@pytest.mark.high
def check_default_deny(firewall_default):
    """The firewall drops what no rule admits, over each IP version.

    Policy default_deny: hosts filter what comes in themselves.

    Why: Whatever is started on this host is open to the world at once: a database, a filter's control port, a debugger.

    Fix: nftables: `policy drop;` on the input chain (admit ssh first); ufw: `ufw default deny incoming`; ip6tables has a
    policy of its own: `ip6tables -P INPUT DROP`. If rules were lost: `systemctl restart nftables`.
    """
    assert firewall_default.admits is not True, f"a packet that no rule is about is let in: {firewall_default.why}"


@pytest.mark.medium
def check_nothing_else_open(opened):
    """Strangers reach nothing on the host but its public mail ports, ssh, and what the site lists.

    Policy open_ports: ports besides mail's and ssh's that strangers may reach.

    Why: What nobody asked for, nobody updates and nobody watches.

    Fix: Stop the service, bind it to 127.0.0.1, admit only those who need it, or list it in mailassay_open_ports.
    """
    who = opened.listener.process or "a process that was not told"
    ways = " and ".join(opened.families)
    assert not opened.families, f"{who} is open to strangers over {ways}: {opened.steps[0].decision.why}"


@pytest.mark.high
def check_source_port_opens_nothing(trusted_sources):
    """Strangers reach no more by sending from a certain port, such as that of mail or DNS.

    Nmap Reference Guide, --source-port: "One surprisingly common misconfiguration is to trust traffic based only on the
    source port number."

    Why: Whoever connects chooses the port that he sends from: to him every port is open that the rules keep shut.

    Fix: Take out the rule that is named and let answers in by `ct state established,related accept` (iptables: `-m conntrack
    --ctstate ESTABLISHED,RELATED -j ACCEPT`); then save the rules, for IPv6 too.
    """
    assert not trusted_sources, f"strangers reach {trusted_sources}"


@pytest.mark.high
def check_lets_out(held_back):
    """The firewall lets the host reach other mail servers (unless a smarthost takes its mail), name servers and its CA.

    Policy smarthost: a host behind a smarthost needs no outbound port 25 of its own.

    Why: Mail piles up in the queue, "Connection timed out" or "Name service error", though every remote server is fine; or the
    next renewal of a certificate fails, where certbot or acme.sh cannot ask for it.

    Fix: nftables: `nft list chain inet filter output`; admit `tcp dport 25` for the mail server's user, port 53 over udp and
    tcp, and `tcp dport 443` for root where certificates are renewed here, before the rule that is named.
    """
    assert not held_back, f"{held_back[0]}"


@pytest.mark.critical
def check_lets_mail_on(cut_off_peer):
    """The firewall lets Postfix reach the servers that its mail goes through: LMTP, filters, milters, next hops.

    Postfix architecture overview: mail that is taken is handed on over the network, as the user postfix.

    Why: Mail is taken and gets no further: it waits in the queue, "Connection timed out", though the other server is fine.

    Fix: nftables: `nft list chain inet filter output`; admit the port that is named before the rule that is named.
    """
    assert not cut_off_peer, f"{cut_off_peer[0]}"


@pytest.mark.high
def check_lets_probes_out(probes_held_back):
    """A host that others are looked at from may connect to the ports that are looked at.

    Policy observer: where outside probes start.

    Why: What this host cannot reach says nothing of the servers: a port that is open looks closed from here.

    Fix: `nft list chain inet filter output` (or iptables -S OUTPUT) on the observer; take out the rule that is named.
    """
    assert not probes_held_back, f"{probes_held_back[0]}"


@pytest.mark.critical
def check_admits_answers(unanswered):
    """The firewall lets in the answers to what the host itself asked.

    Policy smarthost: a host behind a smarthost asks no mail servers but that one.

    Why: The host sends its question, and never hears the answer: no name resolves and no mail leaves.

    Fix: nftables: `ct state established,related accept` at the head of the input chain.
    """
    assert not unanswered, f"{unanswered[0]}"


@pytest.mark.high
def check_admits_control_messages(lost_messages):
    """The firewall lets in the ICMP messages that mail needs: "packet too big", and over IPv6 neighbour discovery.

    RFC 4890 §4.3.1: these ICMPv6 error messages must not be dropped; RFC 4890 §4.4.1: nor must neighbour discovery.

    Why: Small replies pass and large messages hang in DATA until they time out; without neighbour discovery IPv6 is dead.

    Fix: nftables: `meta l4proto { icmp, ipv6-icmp } accept`; RFC 4890 has a finer list.
    """
    assert not lost_messages, f"{lost_messages[0]}"


@pytest.mark.high
def check_no_peer_banned(banned_peer):
    """No host of the fleet stands in a set of blocked addresses (fail2ban, CrowdSec, sshguard).

    Policy smarthost: the server that takes this host's mail is one of its peers.

    Why: Mail between the two hosts waits, while both of them are fine by themselves.

    Fix: `fail2ban-client set JAIL unbanip ADDRESS` (or `cscli decisions delete --ip ADDRESS`), then list the fleet's
    addresses in `ignoreip`.
    """
    assert not banned_peer, f"blocked by {', '.join(str(each.name) for each in banned_peer)}"


@pytest.mark.medium
def check_loaded_at_boot(boot_loaders):
    """Something loads the firewall's rules at the next boot.

    Policy firewall_units: the units that load firewall rules.

    Why: The rules were loaded by hand; after the next reboot the host stands open, and nobody notices.

    Fix: `nft list ruleset` into /etc/nftables.conf and `systemctl enable nftables`; for iptables
    `apt install iptables-persistent`; `systemctl enable ufw` or `firewalld` where one of these is used.
    """
    seen = ", ".join(f"{unit.name} is {unit.file_state or 'not enabled'}" for unit in boot_loaders)
    assert any(unit.at_boot for unit in boot_loaders), seen or "no unit that would load them is installed"


@pytest.mark.high
def check_saved_as_running(lost_at_boot):
    """The rules that the next boot loads admit what the rules in effect admit, and no more.

    Policy firewall_units: the units that load firewall rules.

    Why: A rule that was added by hand is gone after the next reboot: mail stops, or the host stands open, at the worst time.

    Fix: nftables: bring /etc/nftables.conf up to date (`nft list ruleset` shows what is in effect; leave out the tables of
    fail2ban and of container engines); iptables: `netfilter-persistent save`; ufw: enter the rule with `ufw`, not `iptables`.
    """
    assert not lost_at_boot, f"{'; '.join(lost_at_boot[:3])}"


@pytest.mark.high
def check_saved_rules_load(file_flaws):
    """The file of rules that nftables loads at boot can be loaded then, before there is a network.

    systemd.special(7), network-pre.target: a firewall is set up before any network; nftables.service is ordered so.

    Why: nft takes the whole file or nothing of it: after the next reboot the host has no firewall at all.

    Fix: `unshare -n nft -c -f /etc/nftables.conf` names the lines. Write addresses in the place of names, or give the
    names in /etc/hosts.
    """
    assert not file_flaws, "; ".join(f"{flaw}" for flaw in file_flaws[:3])


@pytest.mark.high
def check_runtime_is_permanent(unkept_zones):
    """What firewalld has in effect is what it keeps for the next reload.

    Policy firewall_units: the units that load firewall rules.

    Why: The next `firewall-cmd --reload`, by whichever package update, takes away what somebody added without --permanent.

    Fix: If the rules in effect are right: `firewall-cmd --runtime-to-permanent`; if the kept ones are: `firewall-cmd --reload`.
    """
    assert not unkept_zones, f"{'; '.join(unkept_zones[:5])}"


@pytest.mark.high
def check_port25_not_intercepted(interceptions):
    """What the host sends to other mail servers goes to them.

    Policy smarthost: the server that takes the mail of a host that sends none itself.

    Why: A rule of an antivirus or a proxy takes the connections: STARTTLS is gone, DANE and MTA-STS fail, and SPF sees
    another address.

    Fix: `nft list ruleset` and `iptables-save -t nat`: take the redirection of port 25 away, or let the mail server's user
    pass it.
    """
    assert not interceptions, f"connections to port 25 are sent elsewhere by {'; '.join(interceptions[:2])}"


@pytest.mark.low
def check_limits_spare_peers(counted_peers):
    """Rules that count connections let the fleet's own hosts through.

    Policy peer_connections_per_minute: connections that every host of the fleet may open to a mail port in a minute.

    Why: A limit that is meant for strangers puts off the mail of the relay behind which everybody sits, at busy times only.

    Fix: Admit the fleet's addresses before the rule that counts.
    """
    rules = " and ".join(dict.fromkeys(counted_peers.values()))
    assert not counted_peers, f"{', '.join(list(counted_peers)[:10])}: counted by {rules}"


@pytest.mark.medium
def check_only_mta_sends(others_let_out):
    """Only the mail server's own user opens connections to others' port 25.

    Policy outbound_25_only_mta: the firewall lets nobody else out to port 25.

    Why: A hole in a web application is enough to send spam from the mail server's address, past its limits and its log.

    Fix: nftables, in the output chain: `tcp dport 25 meta skuid != postfix reject` (Exim: Debian-exim).
    """
    assert not others_let_out, f"user nobody: {others_let_out[0]}"


@pytest.mark.medium
def check_ssh_restricted(ssh_admitted):
    """Strangers do not reach sshd, where the site says from where administrators come.

    Policy ssh_from: networks that administrators come from.

    Why: What strangers cannot reach they can neither guess passwords at nor break into.

    Fix: nftables: `ip saddr { NETWORKS } tcp dport 22 accept` in the place of the rule that is named.
    """
    assert not ssh_admitted, f"{ssh_admitted[0]}"


@pytest.mark.high
def check_admits_admins(admins_barred):
    """Administrators reach sshd from where the site says that they come.

    Policy ssh_from: networks that administrators come from.

    Why: Nobody gets onto the host when it must be mended.

    Fix: nftables: `ip saddr { NETWORKS } tcp dport 22 accept` before the rule that is named.
    """
    assert not admins_barred, f"{'; '.join(admins_barred[:3])}"


@pytest.mark.high
def check_bans_heeded(inert_bans):
    """Whoever is banned is kept out.

    fail2ban, Proper fail2ban configuration: its rule must stand before those that accept.

    Why: The guard counts, bans and reports, and the guessers go on: an earlier rule lets them in.

    Fix: Put the ban before the rule that is named: nftables: a chain with a lower priority (fail2ban's nftables actions use
    -1); iptables: `banaction` inserts at the head of INPUT, so start fail2ban after the firewall.
    """
    assert not inert_bans, f"{'; '.join(inert_bans[:3])}"
