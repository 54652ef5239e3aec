"""The lab's networks: a router namespace with three bridges, the controller's namespace, and one for each host."""

import ipaddress
from pathlib import Path

from commands import run, try_run
from fleet import CONTROLLER, NETWORKS, Address, Host
from paths import machine

ROUTER = machine("router")
CONTROLLER_NAMESPACE = machine("controller")

# The router admits everything; its table has a place where a fault can be put: `nft add rule inet between forward …`.
ROUTER_RULES = """
table inet between {
    chain forward { type filter hook forward priority 0; policy accept; }
    chain input { type filter hook input priority 0; policy accept; }
}
"""


def exists(namespace: str) -> bool:
    """Whether a network namespace of that name is there."""
    return Path("/run/netns", namespace).exists()


def delete(namespace: str) -> None:
    """Remove a network namespace, its devices, addresses and firewall rules."""
    try_run("ip", "netns", "del", namespace)


def batch(namespace: str, lines: list[str]) -> None:
    """Run several `ip` commands in a namespace at once."""
    run("ip", "-n", namespace, "-batch", "-", text="\n".join(lines) + "\n")


def set_up() -> None:
    """Create the router and the controller's namespace, and the router's rules, unless they are there."""
    if not (exists(ROUTER) and try_run("ip", "-n", CONTROLLER_NAMESPACE, "route", "get", Address("mail", 1).v4)):
        delete(ROUTER)
        delete(CONTROLLER_NAMESPACE)
        make_router()
        plug_in(CONTROLLER_NAMESPACE, (CONTROLLER,))
    if not try_run("ip", "netns", "exec", ROUTER, "nft", "list", "table", "inet", "between"):
        restore_rules()


def restore_rules() -> None:
    """Let the router admit everything again, whatever a fault put there."""
    run("ip", "netns", "exec", ROUTER, "nft", "-f", "-", text=f"flush ruleset\n{ROUTER_RULES}")


def make_router() -> None:
    """The namespace between all others: a bridge for each network, and forwarding between them."""
    run("ip", "netns", "add", ROUTER)
    lines = ["link set lo up"]
    for name, number in NETWORKS.items():
        gate = Address(name, 1)
        # A bridge that is given no address takes one of its ports', and changes it when a host is reset: the others
        # then talk for seconds to a router that is no more.
        lines += [f"link add br-{name} address 02:6d:61:77:{number:02x}:01 type bridge mcast_snooping 0"]
        lines += [f"address add {gate.v4}/24 dev br-{name}"]
        lines += [f"address add {gate.v6}/64 dev br-{name} nodad", f"link set br-{name} up"]
    batch(ROUTER, lines)
    forwarding = ("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
    run("ip", "netns", "exec", ROUTER, "sysctl", "-qw", *forwarding)


def plug_in(namespace: str, addresses: tuple[Address, ...]) -> None:
    """Create a namespace whose only way out is the router, by the bridge of its network."""
    run("ip", "netns", "add", namespace)
    network, port = addresses[0].network, namespace.partition("-")[2][:15]
    try_run("ip", "-n", ROUTER, "link", "del", port)
    # Always the same hardware address: others remember a host's for minutes, also over its reset.
    mac = f"02:6d:61:77:{NETWORKS[network]:02x}:{addresses[0].last:02x}"
    peer = ("peer", "name", "eth0", "address", mac, "netns", namespace)
    run("ip", "-n", ROUTER, "link", "add", port, "type", "veth", *peer)
    batch(ROUTER, [f"link set {port} master br-{network} up"])
    # A link-local address is of no use before it was looked for on the network: a server that binds to it would fail.
    run("ip", "netns", "exec", namespace, "sysctl", "-qw", "net.ipv6.conf.eth0.accept_dad=0")
    gate = Address(network, 1)
    lines = ["link set lo up", "link set eth0 up"]
    for address in addresses:
        # The first address is the one a host sends from: the others are marked as not preferred.
        later = "" if address == addresses[0] else " preferred_lft 0"
        lines += [f"address add {address.v4}/24 dev eth0", f"address add {address.v6}/64 dev eth0 nodad{later}"]
    batch(namespace, [*lines, f"route add default via {gate.v4}", f"route add ::/0 via {gate.v6}"])


def attach(host: Host) -> None:
    """Give a host a fresh network namespace (a used one may hold a fault's firewall rules)."""
    delete(machine(host.name))
    plug_in(machine(host.name), host.addresses)


def remove() -> None:
    """Delete the router and the controller's namespace."""
    delete(CONTROLLER_NAMESPACE)
    delete(ROUTER)


def lab_routes_outside() -> list[str]:
    """Routes of this machine itself into the lab's ranges, which the lab would hide or be confused with."""
    mine = (ipaddress.ip_network("10.77.0.0/22"), ipaddress.ip_network("fd77::/48"))
    found = []
    for line in (
        run("ip", "-4", "route", "show", "table", "all") + run("ip", "-6", "route", "show", "table", "all")
    ).splitlines():
        for word in line.split()[:2]:
            try:
                network = ipaddress.ip_network(word, strict=False)
            except ValueError:
                continue
            if any(network.version == m.version and (network.subnet_of(m) or m.subnet_of(network)) for m in mine):  # type: ignore[arg-type]
                found.append(line)
    return found
