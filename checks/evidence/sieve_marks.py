"""Sieve scripts that throw away what a spam filter marked: from how many of its points on (RFC 5228)."""

from __future__ import annotations

import re
from collections.abc import Iterator

_MOST = 200_000  # characters of a script
_MOST_NESTED = 30
_TOKEN = re.compile(
    r'#[^\n]*|/\*.*?\*/|(?P<string>"(?:[^"\\]|\\.)*")|(?P<text>\btext:[^\n]*\n.*?\n\.\n)|(?P<word>:?\w+)|(?P<mark>[{}()\[\],;])',
    re.DOTALL,
)
_KEEP = ("fileinto", "keep", "redirect")
# A flag stands for the filter's own threshold: 5 points of SpamAssassin by default, 6 of Rspamd.
_FLAG_POINTS = 5
_FLAGS = ("x-spam", "x-spam-flag", "x-spam-status")
_BARS = {"x-spam-level": "*", "x-spamd-bar": "+", "x-spam-bar": "+"}
_SCORES = ("x-spam-score", "x-rspamd-score")
_ACTIONS = {"no action": 1, "greylist": 4, "add header": 6, "rewrite subject": 6, "soft reject": 6}
_READS_POINTS = re.compile(
    r"x-(?:spam-level|spam-score|rspamd-score|spamd?-bar|spamd-result)|score=|spamtest", re.IGNORECASE
)
# Points of a test: 0 where nothing in it speaks against the message, None where something else than points does.
_Points = float | None


def low_discards(text: str, least: float) -> tuple[str, ...]:
    """The conditions under which a script throws mail away that has fewer points than that."""
    return tuple(dict.fromkeys(_low_discards(tokens(text[:_MOST]), least)))


def reads_points(text: str) -> bool:
    """Whether a script asks for a message's points, and not for the filter's own word alone."""
    return _READS_POINTS.search(text[:_MOST]) is not None


def tokens(text: str) -> Iterator[str]:
    """Words, marks, and strings with a quotation mark before them."""
    for found in _TOKEN.finditer(text):
        if found["string"]:
            yield '"' + re.sub(r"\\(.)", r"\1", found["string"][1:-1], flags=re.DOTALL)
        elif found["text"] or found["word"] or found["mark"]:
            yield '"' if found["text"] else found[0].lower()


def _low_discards(tokens: Iterator[str], least: float) -> Iterator[str]:
    around: list[list[str]] = []
    kept = [False]
    statement: list[str] = []
    for word in tokens:
        if word not in ("{", "}", ";"):
            statement.append(word)
            continue
        if word == "{":
            around.append(statement)
            kept.append(kept[-1])
        elif word == "}" and around:
            around.pop()
            kept.pop()
        elif statement[:1] == ["discard"] and not kept[-1] and (points := _all(map(_condition, around))):
            if points < least:
                yield f"{' { '.join(map(shown, around))[:160]} (from {points:g} points on)"
        elif statement[:1] and statement[0] in _KEEP:
            kept[-1] = True
        statement = []


def shown(statement: list[str]) -> str:
    """A command as a person would write it, its strings cut short."""
    return " ".join(f'{word[:40]}"' if word.startswith('"') else word for word in statement)


def _all(points: Iterator[_Points]) -> _Points:
    found = list(points)
    known = [each for each in found if each is not None]
    return max(known, default=0) if len(known) == len(found) else None


def _condition(statement: list[str]) -> _Points:
    """Of the command that begins a block: if, elsif or else."""
    if statement[:1] == ["else"]:
        return 0
    return _test(statement[1:]) if statement[:1] in (["if"], ["elsif"]) else None


def _test(tokens: list[str], nested: int = 0) -> _Points:
    if not tokens or nested > _MOST_NESTED:
        return None
    if tokens[0] in ("not", "true"):
        return 0
    if tokens[0] in ("allof", "anyof"):
        parts = [_test(part, nested + 1) for part in parted(tokens[2:-1])]
        if tokens[0] == "allof":
            return _all(iter(parts))
        return min((each for each in parts if each is not None), default=None)
    return _header(tokens[1:]) if tokens[0] in ("header", "address") else None


def parted(tokens: list[str]) -> list[list[str]]:
    """The tests of a list, parted by the commas that are in no inner list."""
    parts: list[list[str]] = [[]]
    depth = 0
    for word in tokens:
        depth += (word in ("(", "[")) - (word in (")", "]"))
        if word == "," and not depth:
            parts.append([])
        else:
            parts[-1].append(word)
    return parts


def _header(tokens: list[str]) -> _Points:
    """header [MATCH-TYPE] [COMPARATOR] NAMES KEYS: the fewest points that one of the keys stands for."""
    lists: list[list[str]] = []
    inside = False
    for before, word in zip(["", *tokens], tokens, strict=False):
        if word in ("[", "]"):
            inside = word == "["
            lists += [[]] if inside else []
        elif word.startswith('"') and before not in (":comparator", ":value", ":count"):
            lists = lists if inside else [*lists, []]
            lists[-1].append(word[1:].strip().lower())
    if len(lists) != 2 or ":count" in tokens or (":value" in tokens and not {'"ge', '"gt'} & set(tokens)):
        return None
    found = [_of_key(name, key, compared=":value" in tokens) for name in lists[0] for key in lists[1]]
    return min((each for each in found if each), default=None)


def _of_key(name: str, key: str, *, compared: bool) -> float:
    """How many points a message has at least in whose header this is found; 0 where it tells of none."""
    number = re.search(r"\d{1,3}", key)
    if name in _BARS and not compared:
        repeated = re.search(r"\{(\d{1,3})", key)
        return float(repeated[1]) if repeated else key.count(_BARS[name])
    if name in _FLAGS and "yes" in key:
        return float(number[0]) if number else _FLAG_POINTS
    if name in _SCORES and compared and number:
        return float(number[0])
    return float(_ACTIONS.get(key, 0)) if name == "x-rspamd-action" else 0
