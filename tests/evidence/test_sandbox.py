"""Units whose processes reach nobody on the network are told from those that are merely hardened."""

from __future__ import annotations

import pytest

from checks.evidence.sandbox import query, shut_in

_OPEN = ("PrivateNetwork=no", "RestrictAddressFamilies=~", "IPAddressDeny=", "IPAddressAllow=", "JoinsNamespaceOf=")


def _shut_in(*lines: str) -> dict[str, str]:
    names = {line.partition("=")[0] for line in lines}
    rest = [line for line in _OPEN if line.partition("=")[0] not in names]
    return shut_in("\n".join((*rest, "Id=opendkim.service", *lines)) + "\n\nId=other.service\n" + "\n".join(_OPEN))


@pytest.mark.parametrize("line", [
    "RestrictAddressFamilies=AF_UNIX", "RestrictAddressFamilies=AF_NETLINK AF_UNIX",
    "RestrictAddressFamilies=~AF_INET AF_INET6 AF_PACKET", "PrivateNetwork=yes", "IPAddressDeny=0.0.0.0/0 ::/0",
])  # fmt: skip
def test_a_unit_without_the_network_is_told_by_its_setting(line: str) -> None:
    assert list(_shut_in(line)) == ["opendkim.service"]
    assert line in _shut_in(line)["opendkim.service"]


@pytest.mark.parametrize("lines", [
    (), ("RestrictAddressFamilies=",), ("RestrictAddressFamilies=AF_INET AF_UNIX",),
    ("RestrictAddressFamilies=~AF_PACKET",), ("RestrictAddressFamilies=~AF_INET6",), ("IPAddressDeny=10.0.0.0/8",),
    ("IPAddressDeny=0.0.0.0/0 ::/0", "IPAddressAllow=127.0.0.0/8 ::1/128"),
    ("PrivateNetwork=yes", "JoinsNamespaceOf=vpn.service"),
])  # fmt: skip
def test_a_unit_that_reaches_somebody_is_passed_over(lines: tuple[str, ...]) -> None:
    assert not _shut_in(*lines)


def test_units_are_quoted_for_the_shell() -> None:
    assert query(["postfix@-.service", "a b.service"]).endswith("postfix@-.service 'a b.service'")
