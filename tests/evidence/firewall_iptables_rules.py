"""Random iptables rulesets for the firewall bench, for iptables-restore and ip6tables-restore."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.evidence.firewall_nft_rules import PORTS, SOURCES, TARGETS
from tests.evidence.firewall_wire import SERVER

CHAIN = {"in": "INPUT", "out": "OUTPUT", "forward": "FORWARD"}
IPSET = """create v4 hash:net family inet timeout 3600
add v4 198.51.100.64/26
add v4 198.51.100.66 nomatch
add v4 203.0.113.10
create v4p hash:ip,port family inet
add v4p 198.51.100.7,tcp:25
add v4p 198.51.100.1,udp:587
create v6 hash:ip family inet6
add v6 2001:db8:1::7
add v6 2001:db8:2::10
"""


@dataclass
class IptablesRules:
    """A writer of one ruleset for one version of IP. direction: of the packets it is for."""

    rng: Random
    version: int
    direction: str
    tight: bool = False
    chain: str = ""

    def text(self) -> str:
        """The ruleset, one rule a line."""
        first = "PREROUTING" if self.direction != "out" else "OUTPUT"
        tables = [self._filter()]
        if self.rng.random() < 0.4:
            tables.append(self._table("mangle", self.rng.choice([first, CHAIN[self.direction]]), self._mangle))
        if self.rng.random() < 0.35:
            tables.append(self._table("nat", first, self._nat))
        if self.rng.random() < 0.3:
            tables.append(self._table("raw", first, self._raw))
        return "\n".join(tables) + "\n"

    def _table(self, name: str, chain: str, rule: Callable[[], str]) -> str:
        self.chain = chain
        rules = [f"-A {chain} {rule()}" for _ in range(self.rng.randint(1, 4))]
        return "\n".join([f"*{name}", f":{chain} ACCEPT [0:0]", *rules, "COMMIT"])

    def _filter(self) -> str:
        users = [f"user{number}" for number in range(self.rng.randint(0, 3))]
        self.chain = CHAIN[self.direction]
        lines = ["*filter", f":{self.chain} {self.rng.choice(['ACCEPT', 'DROP'])} [0:0]"]
        lines += [f":{name} - [0:0]" for name in users]
        for place, name in enumerate([*users, self.chain]):
            below = users if name == self.chain else users[place + 1 :]
            amount = self.rng.randint(1, 7)
            lines += [f"-A {name} {self._matches()} {self._target(below)}" for _ in range(amount)]
        return "\n".join([*lines, "COMMIT"])

    def _target(self, below: list[str]) -> str:
        kind = "icmp-admin-prohibited" if self.version == 4 else "icmp6-adm-prohibited"
        targets = ["-j ACCEPT"] * 5 + ["-j DROP"] * 4
        targets += ["-j RETURN", "-j REJECT", '-j LOG --log-prefix "a b "', f"-j REJECT --reject-with {kind}", ""]
        jumps = [f"-j {name}" for name in below] * 2 + [f"-g {name}" for name in below]
        return self.rng.choice([self.rng.choice(targets)] * 4 + jumps)

    def _matches(self) -> str:
        return " ".join(self._match() for _ in range(self.rng.choice([0, 1, 1, 1, 2])))

    def _match(self) -> str:
        kinds = [self._port, self._port, self._port, self._address, self._interface, self._state, self._odd]
        return self.rng.choice(kinds)()

    def _no(self) -> str:
        return self.rng.choice(["", "", "! "])

    def _port(self) -> str:
        first, last = sorted(self.rng.sample(PORTS, 2))
        forms = [f"{self._no()}--dport {first}", f"--dport {first}:{last}", "--sport 20000:40000",
                 f"-m multiport {self._no()}--dports {first},{last}", f"-m multiport --dports {first},1000:3000",
                 f"-m multiport --ports {last},30000:50000"]  # fmt: skip
        return f"-p {self.rng.choice(['tcp', 'tcp', 'udp'])} {self.rng.choice(forms)}"

    def _address(self) -> str:
        end, no = self.rng.choice(["s", "s", "d"]), self._no()
        address = self.rng.choice((SOURCES if end == "s" else TARGETS)[self.direction][self.version])
        length = self.rng.choice([32, 26, 24, 0] if self.version == 4 else [128, 124, 64, 0])
        name = "src" if end == "s" else "dst"
        ipset = self.rng.choice(["v4 src", "v4p src,dst"]) if self.version == 4 else "v6 src"
        return self.rng.choice(
            [f"{no}-{end} {address}/{length}", f"{no}-{end} {address}/{length}", f"-m set {no}--match-set {ipset}",
             f"-m iprange {no}--{name}-range {address}-{address}", f"-m addrtype {no}--{name}-type LOCAL",
             f"-m addrtype --{name}-type UNICAST,LOCAL", f"-m addrtype --{name}-type UNICAST"]
        )  # fmt: skip

    def _interface(self) -> str:
        name = self.rng.choice(["eth0", "eth1", "lo", "eth+", "br-+"])
        sides = {"INPUT": "i", "PREROUTING": "i", "OUTPUT": "o"}
        return f"{self._no()}-{sides.get(self.chain) or self.rng.choice('io')} {name}"

    def _state(self) -> str:
        no = self._no()
        return self.rng.choice(
            [f"-m conntrack {no}--ctstate NEW", "-m conntrack --ctstate RELATED,ESTABLISHED",
             f"-m state {no}--state INVALID", f"-m conntrack {no}--ctstate ESTABLISHED", "-m conntrack --ctstate DNAT",
             f"-m conntrack {no}--ctdir ORIGINAL", "-m state --state NEW,UNTRACKED",
             f"-m conntrack --ctorigdstport {self.rng.choice(PORTS)}", "-m conntrack --ctstate NEW --ctdir ORIGINAL",
             f"-m conntrack {no}--ctstate INVALID,NEW --ctdir ORIGINAL"]
        )  # fmt: skip

    def _odd(self) -> str:
        no = self._no()
        icmp = "-p icmp --icmp-type" if self.version == 4 else "-p ipv6-icmp --icmpv6-type"
        echo, gone = ("8", "3/3") if self.version == 4 else ("128", "1/4")
        forms = [f"{icmp} {echo}", f"{icmp} {gone}", f"-p tcp {no}--syn", "-p tcp --tcp-flags SYN,RST RST",
                 "-p tcp --tcp-flags ALL NONE", f"{no}-p tcp", f"-m mark {no}--mark 0x5", "-m mark --mark 0x4/0x4",
                 "-m pkttype --pkt-type unicast", '-m comment --comment "it\'s \\"quoted\\" -j DROP"',
                 "-m limit --limit 900/sec --limit-burst 900", f"-m connmark {no}--mark 0x7",
                 "-m hashlimit --hashlimit-above 900/s --hashlimit-burst 900 --hashlimit-mode srcip --hashlimit-name x",
                 f"-p tcp -m tcpmss {no}--mss 1:500", f"-p tcp -m tcpmss {no}--mss 1000:1450",
                 "-m statistic --mode random --probability 0.5", "-m length --length 9000:65535",
                 # Linux 6.18 drops packets of connections that connlimit did not see the beginning of.
                 "-m conntrack --ctstate NEW -m connlimit --connlimit-above 5000"]  # fmt: skip
        if self.tight:
            forms = ["-m limit --limit 2/hour --limit-burst 20", "-m limit --limit 1/hour --limit-burst 18"]
        forms += ["-f", "! -f"] if self.version == 4 else ["-m rt --rt-type 0", "-m frag --fragid 0:9"]
        if self.chain == "OUTPUT":
            forms += [f"-m owner {no}--uid-owner 1000", f"-m owner {no}--uid-owner 990-1000"] * 4
        return self.rng.choice(forms)

    def _mangle(self) -> str:
        targets = ["MARK --set-xmark 0x5/0xff", "MARK --or-mark 0x4", "CONNMARK --set-mark 0x7", "CONNMARK --save-mark",
                   "CONNMARK --restore-mark", "DROP", "ACCEPT", "RETURN", "MARK --set-mark 0x1"]  # fmt: skip
        return f"{self._matches()} -j {self.rng.choice(targets)}"

    def _nat(self) -> str:
        port, other = self.rng.sample(PORTS, 2)
        target = SERVER[self.version][1]
        place = target if self.version == 4 else f"[{target}]"
        also = self._address() if self.rng.random() < 0.5 else ""
        targets = [f"REDIRECT --to-ports {other}", f"DNAT --to-destination {place}:{other}", "ACCEPT", "REDIRECT",
                   f"DNAT --to-destination {target}", f"DNAT --to-destination :{other}"]  # fmt: skip
        return f"-p {self.rng.choice(['tcp', 'tcp', 'udp'])} --dport {port} {also} -j {self.rng.choice(targets)}"

    def _raw(self) -> str:
        return f"{self._matches()} -j {self.rng.choice(['CT --notrack', 'NOTRACK', 'DROP', 'ACCEPT', 'RETURN'])}"
