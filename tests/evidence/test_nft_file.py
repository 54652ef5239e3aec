"""Files of nftables that cannot be loaded at boot, by what nft says of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.nft_file import flaws


def test_lines_are_named_with_what_they_say() -> None:
    said = (
        "/dev/stdin:12:20-33: Error: Could not resolve hostname: Temporary failure in name resolution\n"
        "        ip saddr { mx1.example.org } tcp dport 24 accept\n"
        "                   ^^^^^^^^^^^^^^^\n"
        "In file included from /dev/stdin:3:1-30:\n"
        "/etc/nftables.d/a.nft:2:1-5: Error: syntax error, unexpected string\n"
        "tabel inet broken {}\n^^^^^\n"
    )
    name, typo = flaws(said)
    assert name.needs_names
    assert str(name).startswith("line 12 (ip saddr { mx1.example.org } tcp dport 24 accept): Could not resolve")
    assert (typo.line, typo.text, typo.needs_names) == (2, "tabel inet broken {}", False)


def test_what_only_the_empty_network_lacks_is_no_flaw() -> None:
    """An interface that is not there, a module that cannot be loaded, a kernel that forbids it."""
    assert flaws("/dev/stdin:5:9-20: Error: Interface does not exist\n  iif eth0 accept\n      ^^^^\n") == ()
    assert flaws("/dev/stdin:5:9-20: Error: Could not process rule: No such file or directory\n x\n") == ()
    assert flaws("unshare: unshare failed: Operation not permitted\n") == ()


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    flaws(text)
    flaws(f"/dev/stdin:1:1-2: Error: syntax error{text}")
