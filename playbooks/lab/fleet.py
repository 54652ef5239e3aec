"""Which hosts the lab has: their suite, their packages, their addresses and their disks."""

from dataclasses import dataclass, field

from paths import SUITE

MIB = 1024**2
GIB = 1024**3

# What every host has, whatever it does; `sudo` is for the audit, libfaketime for wrong clocks.
EVERYWHERE = (
    "systemd", "systemd-sysv", "libpam-systemd", "dbus", "iproute2", "nftables", "openssh-server", "python3", "sudo",
    "procps", "ca-certificates", "logrotate", "libfaketime", "faketime", "unattended-upgrades", "chrony",
    "iputils-ping", "netbase", "openssl",
)  # fmt: skip

# Most hosts are of an older release than the others; `MAILASSAY_LAB_SUITE=noble` makes Ubuntu's of them.
OLDER = SUITE or "bookworm"

NETWORKS = {"controller": 0, "mail": 1, "outside": 2}


@dataclass(frozen=True)
class Address:
    """An address pair of the lab: the same last part in IPv4 and IPv6, so that they are easy to tell."""

    network: str
    last: int

    @property
    def v4(self) -> str:
        """The IPv4 address, without its prefix length (24)."""
        return f"10.77.{NETWORKS[self.network]}.{self.last}"

    @property
    def v6(self) -> str:
        """The IPv6 address, without its prefix length (64)."""
        return f"fd77:0:0:{NETWORKS[self.network]}::{self.last}"


@dataclass(frozen=True)
class Host:
    """One machine of the lab; `disks` are mount points with a file system of their own, in bytes."""

    name: str
    fqdn: str
    suite: str
    addresses: tuple[Address, ...]
    roles: tuple[str, ...]
    packages: tuple[str, ...] = ()
    disks: dict[str, int] = field(default_factory=dict)
    names: tuple[str, ...] = ()  # the names in its certificate
    listens: tuple[int, ...] = (22,)  # it has not started before these ports listen
    weary: bool = False  # short of memory, overloaded, with an expired certificate: neglected1


CONTROLLER = Address("controller", 2)

MX12 = ("postfix", "opendkim", "opendmarc", "rsyslog", "fail2ban", "python3-systemd")
SUBMISSION = ("postfix", "dovecot-core", "opendkim", "rsyslog", "fail2ban", "python3-systemd", "ufw")
SPOOL = {"/var/spool/postfix": 4 * GIB}

HOSTS = (
    Host(
        "ns1", "ns1.test", OLDER, (Address("mail", 53), Address("mail", 54), Address("mail", 55)),
        ("nftables", "nameserver", "postfix", "nullclient"), ("knot", "unbound", "nginx-light", "postfix"),
        names=("ns1.test",), listens=(22, 53, 443),
    ),
    Host(
        "mx1", "mx1.alpha.test", OLDER, (Address("mail", 11),), ("nftables", "postfix", "mx", "fail2ban"), MX12,
        SPOOL, names=("mx1.alpha.test",), listens=(22, 25),
    ),
    Host(
        "mx2", "mx2.alpha.test", "trixie", (Address("mail", 12),), ("nftables", "postfix", "mx", "rspamd", "clamav"),
        ("postfix", "rspamd", "clamav-daemon", "clamav-freshclam"), SPOOL, names=("mx2.alpha.test",),
        listens=(22, 25, 11332),
    ),
    Host(
        "submit1", "submit1.alpha.test", OLDER, (Address("mail", 13),),
        ("ufw", "postfix", "submission", "fail2ban"), SUBMISSION, SPOOL,
        names=("submit1.alpha.test", "smtp.alpha.test"), listens=(22, 465, 587),
    ),
    Host(
        "box1", "box1.alpha.test", "trixie", (Address("mail", 14),), ("nftables", "mailbox", "fail2ban"),
        ("dovecot-imapd", "dovecot-lmtpd", "fail2ban", "python3-systemd"), {"/srv/mail": 4 * GIB},
        names=("box1.alpha.test", "imap.alpha.test"), listens=(22, 24, 143, 993),
    ),
    Host(
        "relay1", "relay1.alpha.test", OLDER, (Address("mail", 21),), ("iptables", "exim"),
        ("exim4-daemon-light", "iptables-persistent"), {"/var/spool/exim4": 4 * GIB},
        names=("relay1.alpha.test",), listens=(22, 25),
    ),
    Host(
        "relay2", "relay2.alpha.test", "trixie", (Address("mail", 22),), ("firewalld", "opensmtpd"),
        ("opensmtpd", "opensmtpd-filter-dkimsign", "firewalld"), {"/var/spool/smtpd": 4 * GIB},
        names=("relay2.alpha.test",), listens=(22, 25),
    ),
    Host(
        "neglected1", "mail.neglected.test", OLDER, (Address("mail", 19),), ("neglected",),
        ("postfix", "dovecot-imapd", "dovecot-pop3d", "rsyslog"), {"/var/mail": 96 * MIB},
        names=("mail.neglected.test",), weary=True, listens=(22, 25, 143),
    ),
    Host(
        "outside1", "outside1.outside.test", OLDER, (Address("outside", 10), Address("outside", 25)),
        ("nftables", "outside", "postfix", "remote", "client"), ("postfix",), names=("mx.outside.test",),
        listens=(22, 25),
    ),
)  # fmt: skip

BY_NAME = {host.name: host for host in HOSTS}
