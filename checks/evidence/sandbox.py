"""Whether a unit's sandbox leaves its processes the network (systemd.exec(5), systemd.resource-control(5))."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

_PROPERTIES = (
    "Id", "RestrictAddressFamilies", "PrivateNetwork", "IPAddressDeny", "IPAddressAllow", "JoinsNamespaceOf",
    "NetworkNamespacePath",
)  # fmt: skip
_INTERNET = {"AF_INET", "AF_INET6"}
_EVERYBODY = ({"0.0.0.0/0", "::/0"}, {"any"})


def query(units: Iterable[str]) -> str:
    """The command that shows what these units' processes may do."""
    return f"systemctl show --no-pager -p {','.join(_PROPERTIES)} {shlex.join(units)}"


def shut_in(shown: str) -> dict[str, str]:
    """For each unit whose processes reach nobody on the network: the setting that keeps them in."""
    blocks = (dict(line.partition("=")[::2] for line in block.splitlines()) for block in shown.split("\n\n"))
    return {block["Id"]: said for block in blocks if block.get("Id") and (said := _shut_in(block))}


def _shut_in(block: dict[str, str]) -> str:
    families = block.get("RestrictAddressFamilies", "").split()
    if families and not families[0].startswith("~") and not _INTERNET & set(families):
        return f"RestrictAddressFamilies={' '.join(families)}"
    if families and families[0].startswith("~") and {word.lstrip("~") for word in families} >= _INTERNET:
        return f"RestrictAddressFamilies={' '.join(families)}"
    apart = block.get("PrivateNetwork") == "yes"
    if apart and not block.get("JoinsNamespaceOf") and not block.get("NetworkNamespacePath"):
        return "PrivateNetwork=yes"
    denied = set(block.get("IPAddressDeny", "").split())
    if any(denied >= all_of_them for all_of_them in _EVERYBODY) and not block.get("IPAddressAllow"):
        return f"IPAddressDeny={block['IPAddressDeny']}, and no IPAddressAllow"
    return ""
