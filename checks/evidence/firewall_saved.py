"""The rules that will be in effect after the next boot, from where each tool keeps them.

nftables: its file, loaded into a network namespace of its own that is gone at once; iptables-persistent and RHEL's
iptables services: files as iptables-save writes them; ufw: its files of rules, put together as ufw-init does (ufw 0.36,
src/ufw-init-functions); firewalld: its permanent configuration beside the one in effect.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

# `iif` asks for an interface's number, and that namespace has no interface but lo: by name it is the same rule. At boot
# there is no DNS yet; nss-resolve(8) could ask it from there, over a socket, if it were not told not to.
NFT = (
    "sudo sh -c 'for f in /etc/nftables.conf /etc/sysconfig/nftables.conf; do test -f $f && break; done; "
    "test -f $f && command -v nft unshare >/dev/null || exit 127; "
    'sed -E "s/\\b(i|o)if (\\"|[a-z])/\\1ifname \\2/g" $f | '
    'SYSTEMD_NSS_RESOLVE_NETWORK=0 unshare -n sh -c "nft -f - && nft -j list ruleset"\''
)
FILES = (
    "/etc/iptables/rules.v4", "/etc/iptables/rules.v6", "/etc/sysconfig/iptables", "/etc/sysconfig/ip6tables",
    "/etc/default/ufw", "/etc/ufw/ufw.conf",
    *(f"/etc/ufw/{name}{six}.rules" for six in ("", "6") for name in ("before", "user", "after")),
)  # fmt: skip
KEPT = f"sudo sh -c 'for f in {' '.join(FILES)}; do test -f $f && echo \"=== $f\" && cat $f; done; true'"
FIREWALLD = (
    "sudo sh -c 'command -v firewall-cmd >/dev/null && firewall-cmd -q --state || exit 127; "
    'firewall-cmd --list-all-zones; echo "=== permanent"; firewall-cmd --permanent --list-all-zones\''
)
_UFW_CALLS = ("before-logging", "before", "after", "after-logging", "reject", "track")
_SHUT = """*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT DROP [0:0]
-A INPUT -i lo -j ACCEPT
-A OUTPUT -o lo -j ACCEPT
COMMIT
"""
_MATCHES = {"icmpv6": "icmp6", "ipv6-icmp": "icmp6"}
_IMPLIED = re.compile(
    r"-p (tcp|udp|icmp|icmpv6|ipv6-icmp)(?= (?!-m )(?:.* )?--(?:[sd]port|syn|tcp-flags|icmp-type|icmpv6-type)\b)"
)
_HOOKS = {"INPUT": "input", "OUTPUT": "output", "FORWARD": "forward"}


def files(text: str) -> dict[str, str]:
    """The files that the command showed, by path."""
    parts = re.split(r"^=== (/\S+)\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=False))


def ufw(kept: Mapping[str, str], six: str) -> str:
    """What iptables-save would print after ufw has loaded its files. six: "6" for IPv6, else empty."""
    defaults = dict(re.findall(r"^(\w+)=[\"']?(\w*)", kept.get("/etc/default/ufw", ""), re.MULTILINE))
    if six and defaults.get("IPV6", "yes").lower() != "yes":
        return _SHUT
    name = f"ufw{six}"
    tables: dict[str, list[str]] = {"filter": _frame(name, defaults)}
    for part in ("before", "after", "user"):
        for table, lines in _sections(kept.get(f"/etc/ufw/{part}{six}.rules", "")).items():
            tables.setdefault(table, []).extend(lines)
    tables["filter"] += [f"-A {name}-before-{hook} -j {name}-user-{hook}" for hook in _HOOKS.values()]
    return "".join(f"*{table}\n{_ordered(lines)}COMMIT\n" for table, lines in tables.items())


def _ordered(lines: list[str]) -> str:
    chains = {line.split()[0]: line for line in reversed(lines) if line.startswith(":")}
    rules = [line for line in lines if not line.startswith(":")]
    return "".join(f"{line}\n" for line in (*chains.values(), *rules))


def _sections(text: str) -> dict[str, list[str]]:
    """The lines of each table that iptables-restore would take."""
    found: dict[str, list[str]] = {}
    table = ""
    for raw in text.splitlines():
        line = raw.strip()
        if line.startswith("*"):
            table = line[1:]
        elif line.startswith((":", "-A")) and table:
            found.setdefault(table, []).append(_IMPLIED.sub(_named, line))
    return found


def _named(match: re.Match[str]) -> str:
    """The match that a protocol implies when its options follow, as iptables-save spells it out."""
    return f"{match[0]} -m {_MATCHES.get(match[1], match[1])}"


def _frame(ufw: str, defaults: Mapping[str, str]) -> list[str]:
    """The chains that ufw-init makes itself, and the built-in ones that call them."""
    lines = [f":{ufw}-{name} - [0:0]" for name in ("logging-deny", "logging-allow", "user-limit", "user-limit-accept")]
    for hook, name in _HOOKS.items():
        policy = defaults.get(f"DEFAULT_{hook}_POLICY", "DROP").upper()
        lines.append(f":{hook} {'ACCEPT' if policy == 'ACCEPT' else 'DROP'} [0:0]")
        lines += [f":{ufw}-{call}-{name} - [0:0]" for call in (*_UFW_CALLS, "skip-to-policy", "user", "user-logging")]
        lines += [f"-A {hook} -j {ufw}-{call}-{name}" for call in _UFW_CALLS]
        lines.append(f"-A {ufw}-skip-to-policy-{name} -j {policy}")
        if policy == "REJECT":
            lines.append(f"-A {ufw}-reject-{name} -j REJECT")
        if policy == "ACCEPT":
            lines += [f"-A {ufw}-track-{name} -p {p} -m conntrack --ctstate NEW -j ACCEPT" for p in ("tcp", "udp")]
    return lines


def zones(text: str) -> dict[str, frozenset[str]]:
    """What each firewalld zone holds, from `firewall-cmd --list-all-zones`: one line each thing that it admits."""
    found: dict[str, set[str]] = {}
    name = ""
    for line in text.splitlines():
        if line and not line[0].isspace():
            name = line.split()[0]
            found[name] = set()
        elif name and line.strip():
            found[name] |= _things(line.strip())
    return {zone: frozenset(things) for zone, things in found.items()}


def _things(line: str) -> set[str]:
    """`services: smtp ssh` as two; interfaces are given to zones while running, and so say nothing."""
    word, colon, rest = line.partition(":")
    if not colon or not word.replace("-", "").isalpha():
        return {line}  # a rich rule
    return set() if word == "interfaces" else {f"{word} {value}" for value in rest.split()}
