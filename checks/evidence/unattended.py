"""What unattended-upgrades installs, and what it leaves out: archives, and expressions for names of packages."""

from __future__ import annotations

import re
from dataclasses import dataclass

QUERY = "apt-config dump Unattended-Upgrade"
_ENTRY = re.compile(r'Unattended-Upgrade::([A-Za-z-]{1,40})::[^ ]{0,200} "(.{1,200})";')
_STRICT = re.compile(r'Unattended-Upgrade::Package-Whitelist-Strict "(?:true|yes|on|with|enable|1)";', re.IGNORECASE)
_MOST_REPEATS = 4
_LONGEST_NAME = 100


@dataclass(frozen=True)
class Unattended:
    """archives: patterns of origins; left_out: of Package-Blacklist; only: of Package-Whitelist, where it is strict."""

    archives: tuple[str, ...]
    left_out: tuple[str, ...]
    only: tuple[str, ...]

    @property
    def strange(self) -> tuple[str, ...]:
        """Expressions that are not tried here: they are wrong, or may take for ever."""
        return tuple(each for each in (*self.left_out, *self.only) if _expression(each) is None)

    def leaves_out(self, package: str) -> str:
        """The entry by which it never upgrades the package; empty if there is none."""
        if found := next((each for each in self.left_out if _matches(each, package)), ""):
            return found
        named = not self.only or self.strange or any(_matches(each, package) for each in self.only)
        return "" if named else "Package-Whitelist-Strict"


def unattended(text: str) -> Unattended:
    """From QUERY; lines of another shape are passed over."""
    entries = [(found[1].lower(), found[2]) for line in text.splitlines() if (found := _ENTRY.fullmatch(line.strip()))]
    archives = tuple(value for name, value in entries if name in ("allowed-origins", "origins-pattern"))
    left_out = tuple(value for name, value in entries if name == "package-blacklist")
    only = tuple(value for name, value in entries if name == "package-whitelist") if _STRICT.search(text) else ()
    return Unattended(archives, left_out, only)


def _matches(entry: str, package: str) -> bool:
    """As Python's re.match, which unattended-upgrades uses: at the beginning of the name."""
    expression = _expression(entry)
    return expression is not None and bool(expression.match(package[:_LONGEST_NAME]))


def _expression(entry: str) -> re.Pattern[str] | None:
    plain = re.sub(r"\\.", "", entry)
    if re.search(r"\)[*+{]", plain) or len(re.findall(r"[*+{?]", plain)) > _MOST_REPEATS:
        return None
    try:
        return re.compile(entry)
    except re.error:
        return None
