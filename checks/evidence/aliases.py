"""Where mail for a local name ends in the end, aliases followed: aliases(5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

MOST_STEPS = 16

# The value of an alias; None where there is no such alias.
Find = Callable[[str], str | None]


@dataclass(frozen=True)
class End:
    """One place where the mail ends. kind: address, user, program, file, nothing (thrown away), loop."""

    kind: str
    name: str


def ends(name: str, find: Find, local: Iterable[str] = ()) -> tuple[End, ...]:
    """Everywhere that mail for this local name goes. local: domains whose addresses are local names."""
    domains = {each.lower() for each in local}
    found: list[End] = []
    seen: set[str] = set()
    waiting = [name]
    while waiting and len(seen) <= MOST_STEPS:
        each = waiting.pop(0)
        end = _end(each, domains)
        if end.kind != "user":
            found.append(end)
        elif end.name in seen:
            found += [] if found or waiting else [End("loop", end.name)]
        else:
            seen.add(end.name)
            value = find(end.name)
            targets = [] if value is None else split(value)
            # An alias that names itself means the mailbox of that name: "root: root, admin".
            found += [end] if value is None or any(t.lower() == end.name for t in targets) else []
            waiting += [t for t in targets if t.lower() != end.name]
    return tuple(dict.fromkeys(found))


def _end(target: str, domains: set[str]) -> End:
    text = target.strip().strip('"').strip()
    if text.startswith("|"):
        return End("program", text[1:].split(None, 1)[0] if text[1:].split() else "")
    if text.startswith("/"):
        return End("nothing" if text == "/dev/null" else "file", text)
    if text.startswith(":include:"):
        return End("file", text.removeprefix(":include:"))
    local, at, domain = text.rpartition("@")
    if at and domain.lower() not in domains:
        return End("address", text)
    return End("user", (local if at else text).lstrip("\\").lower())


def split(value: str) -> list[str]:
    """The targets of an alias: parted by commas, which within quotes are a part of the target."""
    parts, quoted, part = [], False, ""
    for char in value:
        quoted ^= char == '"'
        if char == "," and not quoted:
            parts.append(part)
            part = ""
        else:
            part += char
    return [each.strip() for each in (*parts, part) if each.strip()]
