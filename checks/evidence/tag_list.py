"""Lists of tag=value; as DKIM keys, DMARC policies and BIMI records are written (RFC 6376 §3.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass

# RFC 6376 §3.2: a tag-name begins with a letter; names are case-sensitive; white space around both sides is ignored.
_TAG = re.compile(r"[ \t\r\n]*([A-Za-z][A-Za-z0-9_]*)[ \t\r\n]*=([^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\U0010ffff]*)")


@dataclass(frozen=True)
class Tag:
    """One tag and its value, without the white space around them."""

    name: str
    value: str


@dataclass(frozen=True)
class TagList:
    """tags: in the record's order, the first of each name. errors: what was not a tag, or came twice."""

    tags: tuple[Tag, ...]
    errors: tuple[str, ...]

    def get(self, name: str) -> str | None:
        """The value of a tag, None if the record has none."""
        return next((tag.value for tag in self.tags if tag.name == name), None)


def parse(text: str) -> TagList:
    """Read any text; whether an error spoils the record is for its own standard to say."""
    tags: list[Tag] = []
    errors: list[str] = []
    seen: set[str] = set()
    pieces = text.split(";")
    if not pieces[-1].strip():
        pieces.pop()  # one semicolon may end the list
    for piece in pieces:
        match = _TAG.fullmatch(piece)
        if not match:
            errors.append(f"{piece.strip()[:60]!r} is not tag=value")
        elif match[1] in seen:
            errors.append(f"the tag {match[1]}= stands more than once")
        else:
            seen.add(match[1])
            tags.append(Tag(match[1], match[2].strip(" \t\r\n")))
    return TagList(tuple(tags), tuple(errors))
