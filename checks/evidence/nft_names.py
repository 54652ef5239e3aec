"""The names nftables prints instead of numbers: protocols, TCP flags, ICMP types, connection states and the like."""

from __future__ import annotations

# IANA, Assigned Internet Protocol Numbers; the spellings are those of /etc/protocols.
PROTOCOLS = {
    "hopopt": 0, "ip": 0, "icmp": 1, "igmp": 2, "ipencap": 4, "ipv4": 4, "tcp": 6, "egp": 8, "udp": 17,
    "dccp": 33, "ipv6": 41, "ipv6-route": 43, "ipv6-frag": 44, "rsvp": 46, "gre": 47, "esp": 50, "ah": 51,
    "icmpv6": 58, "ipv6-icmp": 58, "ipv6-nonxt": 59, "ipv6-opts": 60, "eigrp": 88, "ospf": 89, "ospfigp": 89,
    "ipip": 94, "pim": 103, "ipcomp": 108, "comp": 108, "vrrp": 112, "l2tp": 115, "sctp": 132,
    "mobility-header": 135, "mh": 135, "udplite": 136, "mptcp": 262,
}  # fmt: skip

TCP_FLAGS = {"fin": 1, "syn": 2, "rst": 4, "psh": 8, "ack": 16, "urg": 32, "ecn": 64, "cwr": 128}

# IANA, ICMP Parameters and ICMPv6 Parameters; the spellings are nft's.
ICMP_TYPES = {
    "echo-reply": 0, "destination-unreachable": 3, "source-quench": 4, "redirect": 5, "echo-request": 8,
    "router-advertisement": 9, "router-solicitation": 10, "time-exceeded": 11, "parameter-problem": 12,
    "timestamp-request": 13, "timestamp-reply": 14, "info-request": 15, "info-reply": 16,
    "address-mask-request": 17, "address-mask-reply": 18,
}  # fmt: skip
ICMP_CODES = {
    "net-unreachable": 0, "host-unreachable": 1, "prot-unreachable": 2, "port-unreachable": 3, "frag-needed": 4,
    "net-prohibited": 9, "host-prohibited": 10, "admin-prohibited": 13,
}  # fmt: skip
ICMPV6_TYPES = {
    "destination-unreachable": 1, "packet-too-big": 2, "time-exceeded": 3, "parameter-problem": 4,
    "echo-request": 128, "echo-reply": 129, "mld-listener-query": 130, "mld-listener-report": 131,
    "mld-listener-done": 132, "mld-listener-reduction": 132, "nd-router-solicit": 133, "nd-router-advert": 134,
    "nd-neighbor-solicit": 135, "nd-neighbor-advert": 136, "nd-redirect": 137, "router-renumbering": 138,
    "ind-neighbor-solicit": 141, "ind-neighbor-advert": 142, "mld2-listener-report": 143,
}  # fmt: skip
ICMPV6_CODES = {
    "no-route": 0, "admin-prohibited": 1, "addr-unreachable": 3, "port-unreachable": 4, "policy-fail": 5,
    "reject-route": 6,
}  # fmt: skip

# Linux, include/uapi/linux/netfilter/nf_conntrack_common.h, as bits.
CT_STATES = {"invalid": 1, "established": 2, "related": 4, "new": 8, "untracked": 64}
CT_STATUS = {
    "expected": 1, "seen-reply": 2, "assured": 4, "confirmed": 8, "snat": 16, "dnat": 32, "dying": 512,
}  # fmt: skip

# RFC 2474, RFC 2597 and RFC 3246 name these code points.
DSCP = {f"cs{n}": 8 * n for n in range(8)} | {f"af{c}{d}": 8 * c + 2 * d for c in range(1, 5) for d in range(1, 4)}

SYMBOLS: dict[str, dict[str, int]] = {
    "proto": PROTOCOLS,
    "tcpflags": TCP_FLAGS,
    "icmp-type": ICMP_TYPES,
    "icmp-code": ICMP_CODES,
    "icmpv6-type": ICMPV6_TYPES,
    "icmpv6-code": ICMPV6_CODES,
    "ct-state": CT_STATES,
    "ct-status": CT_STATUS,
    "ct-dir": {"original": 0, "reply": 1},
    "dscp": DSCP | {"ef": 46, "be": 0, "lephb": 1, "va": 44},
    "ecn": {"not-ect": 0, "ect1": 1, "ect0": 2, "ce": 3},
    "nfproto": {"ipv4": 2, "ipv6": 10},
    "ethertype": {"ip": 0x0800, "arp": 0x0806, "vlan": 0x8100, "8021q": 0x8100, "ip6": 0x86DD, "8021ad": 0x88A8},
    "pkttype": {"host": 0, "unicast": 0, "broadcast": 1, "multicast": 2, "other": 3},
    # Linux, include/uapi/linux/rtnetlink.h.
    "address-type": {
        "unspec": 0, "unicast": 1, "local": 2, "broadcast": 3, "anycast": 4, "multicast": 5, "blackhole": 6,
        "unreachable": 7, "prohibit": 8,
    },
    "uid": {"root": 0},
    "number": {},
}  # fmt: skip
