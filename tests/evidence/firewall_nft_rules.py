"""Random nftables rulesets for the firewall bench, over everything an administrator may write."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from tests.evidence.firewall_wire import CLIENT, HOST, HOST_OUT, SERVER

PORTS = [25, 465, 587, 143, 80, 2525]
HOOKS = {
    "in": ("prerouting", "input"),
    "out": ("output", "postrouting"),
    "forward": ("prerouting", "forward", "postrouting"),
}
SOURCES = {"in": CLIENT, "forward": CLIENT, "out": HOST_OUT}
TARGETS = {"in": HOST, "forward": SERVER, "out": SERVER}
BURST = "rate 900/second burst 900 packets"


@dataclass
class NftRules:
    """A writer of one ruleset. direction: of the packets it is for. tight: with limits that are soon exceeded.

    stateful: packets add to sets, so that each changes what becomes of the next.
    """

    rng: Random
    direction: str
    tight: bool = False
    stateful: bool = False
    family: str = "inet"
    hook: str = ""
    below: list[str] = field(default_factory=list)
    sets: list[str] = field(default_factory=list)

    def text(self) -> str:
        """The whole ruleset, one rule a line."""
        return "\n".join(self._table(number) for number in range(self.rng.choice([1, 1, 2])))

    def _table(self, number: int) -> str:
        self.family, self.sets = self.rng.choice(["inet", "inet", "inet", "ip", "ip6"]), []
        users = [f"u{one}" for one in range(self.rng.randint(0, 3))]
        chains = [self._chain("", users[place + 1 :], name) for place, name in enumerate(users)]
        for hook in HOOKS[self.direction]:
            if hook in ("input", "output", "forward") or self.rng.random() < 0.35:
                priority = self.rng.choice([-300, -150, 0, 0, 0, 10])
                policy = self.rng.choice(["accept", "drop"] if hook != "prerouting" else ["accept"] * 4 + ["drop"])
                head = f"type filter hook {hook} priority {priority}; policy {policy};"
                chains.append(self._chain(hook, users, f"b_{hook}", head))
        if self.rng.random() < 0.3:
            self.hook = HOOKS[self.direction][0]
            chains.append(self._nat())
        start = [f"table {self.family} t{number} {{", "counter cnt { }", f"limit roomy {{ {BURST} }}"]
        return "\n".join([*start, *self.sets, *chains, "}"])

    def _chain(self, hook: str, below: list[str], name: str, head: str = "") -> str:
        self.hook, self.below = hook, below
        rules = [self._rule("-300" in head) for _ in range(self.rng.randint(1, 7))]
        return "\n".join([f"chain {name} {{", head, *rules, "}"])

    def _rule(self, early: bool) -> str:
        words = [self._match() for _ in range(self.rng.choice([0, 1, 1, 1, 2, 2, 3]))]
        if self.rng.random() < 0.08:
            return " ".join([*words, self._verdict_map()])
        if self.rng.random() < (0.4 if self.tight else 0.12):
            if self.tight:
                return " ".join([*words, self._tight_limit()])
            words.append(self._limit())
        extras = ["counter", 'log prefix "x "', "meta mark set 0x5", "ct mark set 0x7", "counter name cnt",
                  "meta mark set meta mark | 0x10", "meta mark set ct mark"]  # fmt: skip
        words += [extra for extra in extras if self.rng.random() < 0.04]
        if early and self.rng.random() < 0.3:
            return " ".join([*words, "notrack"])
        return " ".join([*words, self._verdict()])

    def _verdict(self) -> str:
        verdicts = ["accept"] * 5 + ["drop"] * 4 + [self._reject()] * 2 + ["return", "continue", ""]
        verdicts += [f"{verb} {self.rng.choice(self.below)}" for verb in ("jump", "jump", "jump", "goto") if self.below]
        return self.rng.choice(verdicts)

    def _reject(self) -> str:
        kinds = ["reject", "meta l4proto tcp reject with tcp reset"]
        kinds += ["reject with icmp admin-prohibited"] if self.family != "ip6" else []
        kinds += ["reject with icmpv6 no-route"] if self.family != "ip" else []
        kinds += ["reject with icmpx host-unreachable"] if self.family == "inet" else []
        return self.rng.choice(kinds)

    def _tight_limit(self) -> str:
        """Accepts below, or blocks above: once every limit is exceeded, what one of them admitted is blocked."""
        if self.rng.random() < 0.5:
            return self.rng.choice(["limit rate 2/hour burst 20 packets accept", "ct count 2 accept"])
        over = self.rng.choice(["limit rate over 2/hour burst 20 packets", "ct count over 2"])
        return f"{over} {self.rng.choice(['drop', self._reject()])}"

    def _limit(self) -> str:
        return self.rng.choice(
            [f"limit {BURST}", f"limit {BURST.replace('rate', 'rate over')}", "quota over 90 mbytes", "quota 90 mbytes",
             'limit name "roomy"', "ct state new ct count over 5000"]
        )  # fmt: skip

    def _match(self) -> str:
        kinds = [self._port, self._port, self._port, self._address, self._address, self._interface, self._state,
                 self._protocol, self._odd, self._set]  # fmt: skip
        return self.rng.choice(kinds)()

    def _port(self) -> str:
        low, high = sorted(self.rng.sample(PORTS, 2))
        forms = [str(low), f"!= {low}", f"{low}-{high}", f"{{ {low}, {high} }}", f"!= {{ {low}, 1000-3000 }}",
                 f">= {high}", f"< {high}"]  # fmt: skip
        protocol = self.rng.choice(["tcp", "tcp", "tcp", "udp", "meta l4proto { tcp, udp } th"])
        return self.rng.choice([f"{protocol} dport {self.rng.choice(forms)}"] * 5 + [f"{protocol} sport 20000-40000"])

    def _version(self) -> int:
        return {"ip": 4, "ip6": 6}.get(self.family) or self.rng.choice([4, 6])

    def _address(self) -> str:
        version = self._version()
        protocol, end = "ip" if version == 4 else "ip6", self.rng.choice(["saddr", "saddr", "daddr"])
        pool = (SOURCES if end == "saddr" else TARGETS)[self.direction][version]
        one, other = self.rng.choice(pool), self.rng.choice(pool)
        net = one.rpartition(".")[0] + ".0/26" if version == 4 else one.rpartition(":")[0] + ":/64"
        low, high = sorted((one, other), key=lambda text: int(text.rpartition("." if version == 4 else ":")[2], 16))
        span, both = (f"{low}-{high}", f"{{ {one}, {other} }}") if low != high else (low, low)
        forms = [one, f"!= {one}", both, net, span, f"!= {{ {net} }}", f"!= {span}"]
        if version == 4:
            forms.append(f"& 0.0.0.7 == 0.0.0.{int(one.rpartition('.')[2]) & 7}")
        return f"{protocol} {end} {self.rng.choice(forms)}"

    def _interface(self) -> str:
        near, far = ("eth0", "eth1") if self.direction != "out" else ("eth1", "eth0")
        keys = {"in": ["iif", "iifname"], "out": ["oif", "oifname"]}.get(self.direction, ["iifname", "oifname"])
        key = self.rng.choice([*keys, *keys, "iifname", "oifname"])
        forms = [f'"{near}"', f'"{far}"', f'!= "{far}"', '"lo"', '!= "lo"', f'{{ "{near}", "wg0" }}']
        forms += ['"eth*"', '"br-*"', '!= "eth*"', '{ "eth*", "wg0" }'] if key.endswith("name") else []
        return f"{key} {self.rng.choice(forms)}"

    def _state(self) -> str:
        return "ct " + self.rng.choice(
            ["state new", "state established,related", "state invalid", "state { new, established }", "state != new",
             "state != { established, related }", "state ! invalid", "direction original", "direction reply",
             "status dnat", "state untracked", "state new,untracked", "mark 0x7", "mark & 0x3 == 0x3", "mark != 0x7",
             f"original proto-dst {self.rng.choice(PORTS)}"]
        )  # fmt: skip

    def _protocol(self) -> str:
        forms = [
            "meta l4proto tcp",
            "meta l4proto { tcp, udp }",
            "meta l4proto != udp",
            "meta l4proto { icmp, icmpv6 }",
        ]
        if self.family != "ip6":
            forms += ["icmp type echo-request", "icmp type { echo-reply, destination-unreachable }", "ip protocol udp",
                      "ip protocol != tcp"]  # fmt: skip
        if self.family != "ip":
            forms += ["icmpv6 type echo-request", "icmpv6 type { destination-unreachable, 128-129 }", "ip6 nexthdr tcp"]
        if self.family == "inet":
            forms += ["meta nfproto ipv4", "meta nfproto ipv6", "meta protocol ip"]
        return self.rng.choice(forms)

    def _odd(self) -> str:
        forms = ["tcp flags syn", "tcp flags & (fin | syn | rst | ack) == syn", "tcp flags != syn", "tcp flags ! ack",
                 "meta mark 0x5", "meta mark & 0x4 == 0x4", "meta mark != 0x0", f"@th,16,16 {self.rng.choice(PORTS)}",
                 "fib daddr type local", "fib saddr type != local", "meta pkttype host", "rt ipsec missing",
                 "meta cpu 0-9999", "meta length > 9000", "numgen random mod 2 == 0",
                 "fib daddr type { local, broadcast }", "tcp option maxseg size 1-500", "tcp option maxseg exists",
                 "tcp option maxseg size != 1-1450", "tcp flags syn tcp option maxseg size < 1440"]  # fmt: skip
        if self.hook == "prerouting":
            forms += ["fib saddr . iif oif missing", "fib saddr . iif oif exists"]
        if self.family != "ip6":
            forms += ["@nh,72,8 6", "ip version 4", "ip frag-off & 0x1fff != 0", "ip hdrlength 5"]
        if self.family != "ip":
            forms += ["exthdr frag exists", "ip6 version 6"]
        if self.direction == "out":
            forms += ["meta skuid 1000", "meta skuid != 1000", "meta skuid { 0, 1000-1005 }"] * 3
        return self.rng.choice(forms)

    def _set(self) -> str:
        version, name = self._version(), f"s{len(self.sets)}"
        protocol, kind = ("ip", "ipv4_addr") if version == 4 else ("ip6", "ipv6_addr")
        pool = SOURCES[self.direction][version]
        first, last, net = pool[0], pool[-1], "198.51.100.64/26" if version == 4 else "2001:db8:1::60/124"
        port, other = self.rng.sample(PORTS, 2)
        sign = self.rng.choice(["", "!= "])
        add = f"{self.rng.choice(['add', 'update'])} @{name} {{ {protocol} saddr"
        definition, uses = self.rng.choice([
            (f"{kind}; flags interval, timeout; elements = {{ {net} timeout 1h, {first} }};",
             [f"{protocol} saddr {sign}@{name}"]),
            (f"inet_service; flags interval; elements = {{ {port}, 1000-3000 }};", [f"tcp dport {sign}@{name}"]),
            (f"{kind} . inet_service; flags interval; elements = {{ {net} . {port}, {first} . 20-600 }};",
             [f"{protocol} saddr . tcp dport @{name}"]),
            ("", [f"{protocol} saddr . tcp dport {{ {first} . {port}, {last} . {other} }}"]),
            (f'ifname . inet_proto . inet_service; elements = {{ "eth0" . tcp . {port}, "eth0" . udp . {other} }};',
             [f"iifname . meta l4proto . th dport @{name}"]),
            (f"{kind}; size 100; flags dynamic, timeout; timeout 1h;",
             [f"{add} }}", f"tcp dport {port} {add} limit {BURST} }}", f"{protocol} saddr @{name}"]),
            (f"{kind}; counter; elements = {{ {first}, {last} }};", [f"{protocol} saddr @{name}"]),
        ])  # fmt: skip
        self.stateful |= "dynamic" in definition
        self.sets.append(f"set {name} {{ type {definition} }}" if definition else "")
        return self.rng.choice(uses)

    def _verdict_map(self) -> str:
        port, other = self.rng.sample(PORTS, 2)
        version, name = self._version(), f"m{len(self.sets)}"
        protocol, source = ("ip" if version == 4 else "ip6"), SOURCES[self.direction][version][0]
        to = f"jump {self.rng.choice(self.below)}" if self.below else "accept"
        if self.rng.random() < 0.3:
            elements = f"{port} : accept, {other} : drop"
            self.sets.append(
                f"map {name} {{ type inet_service : verdict; flags interval; elements = {{ {elements} }}; }}"
            )
            return f"{self.rng.choice(['tcp', 'udp'])} dport vmap @{name}"
        return self.rng.choice(
            [f"tcp dport vmap {{ {port} : accept, {other} : {to}, 1000-3000 : drop }}",
             "ct state vmap { invalid : drop, established : accept, related : accept }",
             f"{protocol} saddr . tcp dport vmap {{ {source} . {port} : drop, {source} . {other} : {to} }}",
             f"{protocol} saddr vmap {{ {source} : {to}, * : drop }}",
             "meta l4proto vmap { tcp : accept, icmp : drop, udp : return }",
             'iifname vmap { "eth0" : accept, "lo" : drop }', "meta mark vmap { 0x5 : drop, 0x0 : accept }"]
        )  # fmt: skip

    def _nat(self) -> str:
        port, other = self.rng.sample(PORTS, 2)
        version = self._version()
        target, kind = SERVER[version][1], ("ip " if version == 4 else "ip6 ") if self.family == "inet" else ""
        place = target if version == 4 else f"[{target}]"
        both = f"tcp dport {{ {port}, {other} }}"
        forms = [f"tcp dport {port} redirect to :{other}", f"udp dport {port} redirect to :2525",
                 f"tcp dport {port} redirect", f"tcp dport {port} dnat {kind}to {place}:{other}",
                 f"tcp dport {port} dnat {kind}to {target}",
                 f"{both} redirect to :tcp dport map {{ {port} : 80, {other} : 2525 }}",
                 f"redirect to :tcp dport map {{ {port} : 80 }}",
                 f"meta l4proto tcp dnat {kind}to tcp dport map {{ {port} : {target} }}",
                 f"{both} dnat {kind}to tcp dport map {{ {port} : {target} . 80 }}",
                 f"{self._match()} {self.rng.choice(['accept', 'drop', 'return'])}",
                 f"{self._match()} tcp dport {port} redirect to :{other}"]  # fmt: skip
        rules = [self.rng.choice(forms) for _ in range(self.rng.randint(1, 3))]
        return "\n".join(["chain nat {", f"type nat hook {self.hook} priority -100;", *rules, "}"])
