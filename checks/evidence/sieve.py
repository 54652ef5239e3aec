"""Sieve scripts that the site runs for every user: under which condition they throw mail away (RFC 5228 §4.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.evidence.doveconf import Dovecot

_MOST = 200_000  # characters of a script
_COMMENT = re.compile(r"#[^\n]*|/\*.*?\*/", re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"|\btext:[^\n]*\n.*?\n\.\n', re.DOTALL)
_PIECE = re.compile(r"[{};]")
# Dovecot 2.3: sieve_before, sieve_before2, … of the plugin block; 2.4: sieve_script blocks of these types.
_OLD = re.compile(r"sieve_(?:before|after|default|global)\d*(?:_path)?")
_TYPES = ("before", "after", "default", "global", "")


def global_scripts(dovecot: Dovecot) -> tuple[str, ...]:
    """The files and folders of scripts that are not a user's own."""
    found = [
        block.get("path") or block.get("sieve_script_path")
        for scope in (dovecot.top, *dovecot.top.all("protocol"))
        for block in scope.all("sieve_script")
        if (block.get("type") or block.get("sieve_script_type")) in _TYPES
    ]
    for plugin in dovecot.top.all("plugin"):
        found += [value for name, value in plugin.settings.items() if _OLD.fullmatch(name)]
    paths = [path.removeprefix("file:").partition(";")[0] for path in found]
    return tuple(dict.fromkeys(path for path in paths if path.startswith("/") and "%" not in path))


def discards(text: str) -> tuple[str, ...]:
    """The conditions under which a script discards mail that nothing speaks against: none, or the lack of something."""
    return tuple(dict.fromkeys(_discards(text[:_MOST])))


def _discards(text: str) -> Iterator[str]:
    plain = _COMMENT.sub(" ", _STRING.sub(_shown, text))
    around: list[str] = []
    at = 0
    for piece in _PIECE.finditer(plain):
        words = " ".join(plain[at : piece.start()].split())
        at = piece.end()
        if piece[0] == "{":
            around.append(words)
        elif piece[0] == "}":
            around[-1:] = []
        elif words.lower() == "discard" and all(map(_lacking, around)):
            yield " { ".join(around)[:160] or "whatever comes"


def _shown(string: re.Match[str]) -> str:
    """The begin of a string, without what would look like the script's own marks."""
    return '"' + re.sub(r'[{};#"/*]', " ", string[0].strip('"'))[:40] + '"'


def _lacking(test: str) -> bool:
    """Whether the block is entered without anything that speaks against the message."""
    return re.match(r"(?i)(els)?if\s+(not\b|true\b)|else$", test) is not None
