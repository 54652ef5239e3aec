"""Loads the firewall bench's rulesets into the host under test, and reads back what is in effect there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from checks.evidence import iptables, nft
from checks.evidence.firewall import Family
from checks.evidence.firewall_ruleset import Ruleset
from tests.evidence.firewall_iptables_rules import IPSET
from tests.evidence.firewall_wire import Wire

# Connection tracking is only on where some rule asks for it.
BASE = """flush ruleset
table inet base {
chain a { type filter hook prerouting priority 350; ct state new; }
chain b { type filter hook output priority 350; ct state new; }
}"""
# Restoring a table keeps the policies that are not named.
EMPTY = """*filter
:INPUT ACCEPT
:FORWARD ACCEPT
:OUTPUT ACCEPT
COMMIT
*mangle
:PREROUTING ACCEPT
:INPUT ACCEPT
:FORWARD ACCEPT
:OUTPUT ACCEPT
:POSTROUTING ACCEPT
COMMIT
*nat
:PREROUTING ACCEPT
:OUTPUT ACCEPT
COMMIT
*raw
:PREROUTING ACCEPT
:OUTPUT ACCEPT
COMMIT
"""
FAMILIES: tuple[Family, ...] = ("ipv4", "ipv6")


@dataclass
class Loaded:
    """The ruleset on the host. engine: as in the bench. story: what was loaded and saved, for a mismatch."""

    wire: Wire
    engine: str
    story: str = ""

    def clear(self) -> None:
        """Accepts everything, with connection tracking on."""
        self.wire.at("h", "nft", "-f", "-", text=BASE)
        for tool in ("iptables-legacy", "ip6tables-legacy"):
            self.wire.at("h", f"{tool}-restore", text=EMPTY)
        if not self.wire.at("h", "ipset", "list", "-n").stdout:
            self.wire.at("h", "ipset", "restore", text=IPSET)

    def load(self, texts: Mapping[str, str]) -> None:
        """Loads each tool's ruleset, leaving out the lines that the tool or the kernel refuses."""
        self.story = ""
        for tool, text in texts.items():
            command = ["nft", "-f", "-"] if tool == "nft" else [f"{tool}-restore"]
            lines = text.split("\n")
            for _ in range(60):
                done = self.wire.at("h", *command, text="\n".join(lines) + "\n")
                bad = re.search(r"(?:stdin:|line[: ]+)(\d+)", done.stderr)
                if done.returncode == 0 or bad is None:
                    break
                if lines[int(bad[1]) - 1] == "COMMIT":
                    self._one_by_one(tool, lines)
                    break
                lines[int(bad[1]) - 1] = ""
            self.story += f"--- {tool}\n" + "\n".join(line for line in lines if line) + "\n"

    def _one_by_one(self, tool: str, lines: Sequence[str]) -> None:
        """Legacy tables are refused whole: find out rule by rule what the kernel takes."""
        table = ""
        for line in lines:
            if line.startswith("*"):
                table = line[1:]
            elif line.startswith(":"):
                name, policy = line[1:].split()[:2]
                self.wire.at("h", tool, "-t", table, *(["-N", name] if policy == "-" else ["-P", name, policy]))
            elif line.startswith("-A"):
                self.wire.at("h", tool, "-t", table, *shlex.split(line))

    def listed(self) -> list[Ruleset]:
        """What the tools say is in effect; nft's own listing first."""
        found = [nft.parse(self.wire.at("h", "nft", "-j", "list", "ruleset").stdout)]
        if self.engine != "nft":
            sets = self.wire.at("h", "ipset", "save").stdout
            kind = "nft" if self.engine == "iptables-nft" else "legacy"
            self.story = self.story.partition("=== saved")[0] + "=== saved\n"
            for family, tool in zip(FAMILIES, ("iptables", "ip6tables"), strict=True):
                saved = self.wire.at("h", f"{tool}-{kind}-save").stdout
                self.story += saved
                found.append(iptables.parse(saved, family, sets))
        return found
