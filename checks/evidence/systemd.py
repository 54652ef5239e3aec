"""Units of systemd and the state they are in, from `systemctl show`."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

PROPERTIES = (
    "Id", "LoadState", "ActiveState", "SubState", "UnitFileState", "Type", "Result", "ConditionResult",
    "ConditionTimestampMonotonic",
)  # fmt: skip

# systemctl(1) is-enabled: those that start at boot, or that something else starts.
_AT_BOOT = frozenset({"enabled", "static", "indirect", "generated", "alias", "transient"})

# What systemd says of every unit that has failed, whatever the reason (systemd.exec(5), org.freedesktop.systemd1(5)).
_OUTCOME = re.compile(
    r"^(Failed to start |Dependency failed for |Stopp|Start)|Failed with result|(Main|Control) process exited"
    r"|Start request repeated"
)
_SHOWN = 240


@dataclass(frozen=True)
class Unit:
    """One unit, in systemd's own words (org.freedesktop.systemd1(5)).

    load: loaded, masked, not-found …; active: active, inactive, failed, activating …; sub: running, exited, waiting …;
    file_state: enabled, disabled, static, masked …; type: of a service: simple, forking, oneshot …; result: success,
    exit-code, signal …; unmet: a Condition…= of the unit kept it from starting.
    """

    name: str
    load: str
    active: str
    sub: str
    file_state: str
    type: str
    result: str
    unmet: bool

    @property
    def installed(self) -> bool:
        return self.load in ("loaded", "masked", "bad-setting", "error")

    @property
    def works(self) -> bool:
        """Active with something behind it: a oneshot that has ended is a mere wrapper of other units."""
        return self.active in ("active", "reloading") and not (self.type == "oneshot" and self.sub == "exited")

    @property
    def at_boot(self) -> bool:
        return self.file_state in _AT_BOOT

    def __str__(self) -> str:
        states = [self.active, self.sub, *([self.result] if self.result not in ("success", "") else [])]
        masked = [self.load] if self.load != "loaded" else []
        return f"{self.name}: {', '.join(dict.fromkeys(masked + states))}"


def units(shown: str, files: str) -> tuple[Unit, ...]:
    """All units: those that are loaded, from `systemctl show`, and those that merely have a file.

    shown: blocks of name=value lines, one a unit; files: `systemctl list-unit-files --no-legend`.
    """
    blocks = (dict(line.partition("=")[::2] for line in block.splitlines()) for block in shown.split("\n\n"))
    loaded = [_loaded(block) for block in blocks if block.get("Id")]
    known = {unit.name for unit in loaded}
    rows = (line.split() for line in files.splitlines())
    return (*loaded, *(_asleep(row[0], row[1]) for row in rows if len(row) >= 2 and row[0] not in known))


def _loaded(block: dict[str, str]) -> Unit:
    asked = block.get("ConditionTimestampMonotonic", "0") not in ("", "0")
    unmet = asked and block.get("ConditionResult") == "no"
    get = block.get
    return Unit(
        block["Id"], get("LoadState", ""), get("ActiveState", ""), get("SubState", ""), get("UnitFileState", ""),
        get("Type", ""), get("Result", ""), unmet,
    )  # fmt: skip


def _asleep(name: str, state: str) -> Unit:
    """A unit that systemd has not loaded: it does not run, and nothing that runs asks for it."""
    return Unit(name, "masked" if state.startswith("masked") else "loaded", "inactive", "dead", state, "", "", False)


def last_words(unit: str) -> str:
    """The command that shows what a unit that does not work said of it last; lines that name people stay there."""
    trouble = (
        "error|fatal|panic|fail|cannot|can.t|could not|unable|denied|invalid|unknown|no such|not found|in use"
        "|not permitted"
    )
    script = (
        f"journalctl -q --no-pager -o cat -n 60 -u {shlex.quote(unit)} | "
        f"grep -aiE {shlex.quote(trouble)} | grep -avE '[[:alnum:]]@[[:alnum:]]' | tail -n 12 | cut -c1-400"
    )
    return f"sudo sh -c {shlex.quote(script)}"


def telling(said: str) -> str:
    """The line that tells why the unit does not work; empty if there is none. said: what that command showed."""
    lines = [line.strip() for line in said.splitlines()]
    found = [line for line in lines if line and not _OUTCOME.search(line)]
    return found[-1][:_SHOWN] if found else ""


def failed(units: tuple[Unit, ...]) -> tuple[str, ...]:
    """The names of the units that have failed."""
    return tuple(unit.name for unit in units if unit.active == "failed")
