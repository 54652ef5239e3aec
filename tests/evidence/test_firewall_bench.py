"""A small sample of the firewall bench: the kernel does what the decision says."""

from __future__ import annotations

import os
import shutil

import pytest

from tests.evidence.bench_firewall import ENGINES, bench

TOOLS = ("nft", "iptables-legacy-restore", "iptables-nft-restore", "ipset", "ip")


@pytest.mark.lab
def test_the_kernel_agrees_on_a_sample_of_random_rulesets() -> None:
    """Twelve rulesets: each engine in each direction. Many more: ``python -m tests.evidence.bench_firewall``."""
    missing = [tool for tool in TOOLS if shutil.which(tool, path=f"{os.environ.get('PATH', '')}:/usr/sbin") is None]
    if os.geteuid() != 0 or missing:
        pytest.skip(f"needs root and nftables, iptables, ipset, iproute2; missing: {', '.join(missing) or 'root'}")
    tally = bench("p", seed=20, engines=ENGINES, amount=12)
    assert not tally.mismatches, "\n".join(tally.mismatches)
    assert tally.counts["rulesets"] == 12
    assert tally.counts["accept"] > 20
    assert tally.counts["drop"] > 20
