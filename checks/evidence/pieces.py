"""What a command shows of several files, one after the other: each begins with a line of its own, ``== HEAD``."""

from __future__ import annotations

import re
from collections.abc import Iterator


def pieces(text: str) -> Iterator[tuple[str, str]]:
    """The head of each piece, without its mark, and the lines below it; what stands before the first is left out."""
    for piece in re.split(r"^== ", text, flags=re.MULTILINE)[1:]:
        head, _, body = piece.partition("\n")
        yield head, body
