"""Compares the firewall decision with what the kernel does: random rulesets, real packets. Needs root.

    python -m tests.evidence.bench_firewall [--rulesets 300] [--seed 1] [--engine nft|iptables-legacy|iptables-nft|both]

Needs nftables, iptables and ipset. Prints each mismatch with its ruleset and ends with 1 if there is any.
"""

from __future__ import annotations

import argparse
import re
import signal
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from checks.evidence.firewall import Decision, Direction
from checks.evidence.firewall_ruleset import Ruleset, decide
from tests.evidence.firewall_frames import Seen
from tests.evidence.firewall_iptables_rules import IptablesRules
from tests.evidence.firewall_load import Loaded
from tests.evidence.firewall_nft_rules import NftRules
from tests.evidence.firewall_sessions import Sessions
from tests.evidence.firewall_shots import KNOWN_HOST, Trial, again, trials
from tests.evidence.firewall_wire import Wire, wire

ENGINES = ("nft", "iptables-legacy", "iptables-nft", "both")
DIRECTIONS: tuple[Direction, ...] = ("in", "out", "forward")


@dataclass
class Tally:
    """What a run has seen. mismatches: whole stories, ready to print."""

    counts: Counter[str] = field(default_factory=Counter)
    mismatches: list[str] = field(default_factory=list)


@dataclass
class Bench:
    """One wire and the ruleset loaded on its host."""

    wire: Wire
    sessions: Sessions
    rng: Random
    engine: str
    direction: Direction
    tight: bool
    tally: Tally

    def __post_init__(self) -> None:
        self.loaded = Loaded(self.wire, self.engine)

    def run(self) -> None:
        """Makes a ruleset, loads it, sends packets and compares."""
        self.loaded.clear()
        texts, stateful = self._texts()
        shots = trials(self.rng, self.direction, 24)
        self.wire.prepare(shot for trial in shots for shot in trial.before)
        self.loaded.load(texts)
        rulesets = self.loaded.listed()
        if any(chain.kind == "nat" for ruleset in rulesets for chain in ruleset.chains):
            # A connection older than the NAT rules is not rewritten by them.
            shots = [trial for trial in shots if trial.packet.state != "established" or trial.packet.reply]
        self.tally.counts["rulesets"] += 1
        if self.tight:
            self._exceed([trial for trial in shots if trial.packet.state == "new"][:4], texts)
        elif stateful:
            for trial in shots[:8]:
                self._compare(self.loaded.listed(), [trial])
        else:
            self._compare(rulesets, shots)
            if not any(chain.kind == "nat" and chain.rules for ruleset in rulesets for chain in ruleset.chains):
                for story in self.sessions.compare(self.rng, self.direction, rulesets, 6):
                    self.tally.mismatches.append(f"{self.loaded.story}\n{story}")

    def _texts(self) -> tuple[dict[str, str], bool]:
        texts, stateful = {}, False
        if self.engine in ("nft", "both"):
            rules = NftRules(self.rng, self.direction, self.tight)
            texts["nft"] = rules.text()
            stateful = rules.stateful
        if self.engine != "nft":
            for version in (4, 6):
                tool = ("iptables" if version == 4 else "ip6tables") + (
                    "-nft" if self.engine == "iptables-nft" else "-legacy"
                )
                texts[tool] = IptablesRules(self.rng, version, self.direction, self.tight).text()
        return texts, stateful

    def _compare(self, rulesets: list[Ruleset], shots: list[Trial]) -> None:
        seen = self.wire.fire(trial.shot for trial in shots)
        strict = self.direction == "in" or not any(
            chain.hook in ("output", "postrouting") and chain.kind != "nat" and chain.ref.table != "base"
            for ruleset in rulesets for chain in ruleset.chains
        )  # fmt: skip
        # nft's own view of iptables' rules may be undecided, but never wrong.
        views = [rulesets, rulesets[:1]] if self.engine == "iptables-nft" else [rulesets]
        for trial in shots:
            for view in views:
                decision = decide(view, trial.packet, KNOWN_HOST)
                self.tally.counts["decisions"] += 1
                self.tally.counts[decision.outcome] += 1
                wrong = self._wrong(trial, decision, seen, strict)
                if wrong and trial.packet.state in ("new", "invalid"):  # once more, alone: the machine may be slow
                    trial = again(trial)
                    decision = decide(view, trial.packet, KNOWN_HOST)
                    wrong = self._wrong(trial, decision, self.wire.fire([trial.shot], patience=0.5), strict)
                if wrong:
                    self._mismatch(trial, decision, wrong)

    def _wrong(self, trial: Trial, decision: Decision, seen: Sequence[Seen], strict: bool) -> str:
        """How the kernel differs from the decision; empty where it does not."""
        actual, port = outcome(trial, seen)
        unanswered = not strict or "rst" in trial.shot.flags or trial.packet.state == "related"
        possible = decision.possible | ({"drop"} if "reject" in decision.possible and unanswered else set())
        if actual not in possible:
            return f"the kernel: {actual}"
        if decision.outcome == "accept" and port:
            moves = [one for one in decision.rewritten if one.kind in ("dnat", "redirect")]
            shown = [one.port for one in moves if one.port]
            expected = shown[-1] if shown else trial.packet.destination_port
            told = all(one.certain and "xt target" not in one.rule.text for one in moves)
            if port != expected and told:
                return f"it arrived on port {port}, not {expected}"
        return ""

    def _exceed(self, shots: list[Trial], texts: dict[str, str]) -> None:
        """One packet often: the first is as decided, the last shows whether a limit was named rightly."""
        for first in shots:
            self.loaded.clear()
            self.loaded.load(texts)
            rulesets = self.loaded.listed()
            decision = decide(rulesets, first.packet, KNOWN_HOST)
            self._compare(rulesets, [first])
            if decision.outcome != "accept":
                continue
            clones = [again(first) for _ in range(64)]
            if any(decide(rulesets, clone.packet, KNOWN_HOST) != decision for clone in clones):
                continue  # a rule on the source port makes it another packet
            actual, _ = outcome(clones[-1], self.wire.fire(clone.shot for clone in clones))
            self.tally.counts["limits" if decision.rate_limited_by else "no limits"] += 1
            unsure = re.search("numgen|length|statistic|meta cpu", self.loaded.story) is not None
            if (actual == "accept") == (decision.rate_limited_by is not None) and not (unsure and actual == "accept"):
                self._mismatch(first, decision, f"after 64 of these the kernel: {actual}")

    def _mismatch(self, trial: Trial, decision: Decision, what: str) -> None:
        self.tally.mismatches.append(f"{self.loaded.story}\n{trial.packet}\n{trial.shot}\n{decision}\n{what}\n")


def outcome(trial: Trial, seen: Sequence[Seen]) -> tuple[str, int]:
    """What became of a packet, and the port it arrived on (0: not seen, or without ports)."""
    shot, arrived = trial.shot, False
    answered, port = False, 0
    for one in seen:
        if one.number == shot.number and one.host != shot.origin:
            arrived, port = True, one.destination_port
        elif one.number == shot.number and one.host == "h" and not one.answer:
            arrived, port = True, one.destination_port  # redirected to itself
        elif one.host == shot.origin and one.answer:
            refused = shot.protocol == "tcp" and one.number == 0 and one.destination_port == shot.source_port
            answered |= one.number == shot.number or refused
    return ("accept" if arrived else "reject" if answered else "drop"), port


def bench(tag: str, seed: int, engines: Sequence[str], amount: int) -> Tally:
    """Runs so many rulesets, engine after engine and direction after direction."""
    rng, tally = Random(seed), Tally()
    turns = [(engine, direction) for engine in engines for direction in DIRECTIONS]
    with wire(tag) as made:
        sessions = Sessions(made)
        try:
            sessions.open()
            for number in range(amount):
                engine, direction = turns[number % len(turns)]
                tight = engine != "both" and rng.random() < 0.12
                Bench(made, sessions, Random(rng.random()), engine, direction, tight, tally).run()
        finally:
            sessions.close()
    return tally


def main() -> int:
    """Runs the bench and reports."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rulesets", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", choices=ENGINES)
    given = parser.parse_args()
    # Also when it is told to end: the namespaces go with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    engines = [given.engine] if given.engine else ENGINES
    tally = bench(f"b{given.seed % 1000}", given.seed, engines, given.rulesets)
    sys.stdout.write("\n".join([*tally.mismatches, str(dict(tally.counts)), f"{len(tally.mismatches)} mismatches\n"]))
    return 1 if tally.mismatches else 0


if __name__ == "__main__":
    sys.exit(main())
