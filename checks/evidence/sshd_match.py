"""What sshd asks of some only: the Match blocks of its configuration, which plain `sshd -T` does not show."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

# Each line that counts here, as FILE:LINE. A block ends with its file, also where another file includes it.
_WORDS = (
    "Match|(Password|KbdInteractive|ChallengeResponse)Authentication|PermitRootLogin|AuthenticationMethods|ForceCommand"
)
BLOCKS = (
    "sudo sh -c 'cd /etc/ssh 2>/dev/null || exit 0; "
    'for f in sshd_config $(grep -iE "^[[:space:]]*Include[[:space:]=]" sshd_config | tr -d \\" | tr = " "); '
    f'do grep -HisE "^[[:space:]]*({_WORDS})[[:space:]=]" "$f"; done; true\''
)
_LINE = re.compile(r"([^:\n]+):\s*(\w+)[\s=]+(.*)")
# A criterion and what it wants, quoted or not; `all` stands alone.
_CRITERION = re.compile(r"(\w[\w-]*)(?:\s*=\s*|\s+|$)(\"[^\"]*\"|\S*)")


@dataclass(frozen=True)
class Match:
    """One Match block. who: its criteria as they stand there; settings: names in small letters, the first counts."""

    path: str
    who: str
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def criteria(self) -> dict[str, tuple[str, ...]]:
        """The patterns of each criterion, names in small letters."""
        found = _CRITERION.findall(self.who)
        return {name.lower(): tuple(wanted.strip('"').split(",")) for name, wanted in found}

    @property
    def local(self) -> bool:
        """Whether it is for connections that the host makes to itself, or for users that do not exist."""
        asked = self.criteria.get("address", ())
        own = asked and all(each.startswith(("127.", "::1")) for each in asked)
        return bool(own) or "invalid-user" in self.criteria

    @property
    def for_root(self) -> bool:
        """Whether root may be among those that it is for."""
        asked = [self.criteria[name] for name in ("user", "group") if name in self.criteria]
        return all("!root" not in patterns and any(map(_may_be_root, patterns)) for patterns in asked)

    def __str__(self) -> str:
        return f"{self.path}, Match {self.who}"


def _may_be_root(pattern: str) -> bool:
    """Whether a pattern of sshd fits the user, or the group, root."""
    fits = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return not pattern.startswith("!") and re.fullmatch(fits, "root") is not None


def blocks(text: str) -> tuple[Match, ...]:
    """The Match blocks in the lines that BLOCKS printed."""
    found: list[Match] = []
    for line in text.splitlines():
        if not (parts := _LINE.fullmatch(line)):
            continue
        path = parts[1] if parts[1].startswith("/") else f"/etc/ssh/{parts[1]}"
        value = parts[3].split(" #")[0].strip()
        if parts[2].lower() == "match":
            found.append(Match(path, value))
        elif found and found[-1].path == path:
            found[-1].settings.setdefault(parts[2].lower(), value.lower())
    return tuple(found)
