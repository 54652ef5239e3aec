"""Passwords in dialogues: ``[login alice@example.org]`` in a line stands for the name and its password when it is sent.

What stands in questions, records and reports is the bracket; ``[wrong login …]`` is the same name with a password that
nobody has.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping

from checks.connection import Secret

_BRACKET = re.compile(r"\[(?P<wrong>wrong )?login (?P<name>[^\]\s]+)\]")
_WRONG = "mailassay-wrong-password"


class NoSecret(ValueError):
    """The password of this name was not given to the audit."""


def filled(line: str, protocol: str, secrets: Mapping[str, Secret]) -> str:
    """The line with its bracket replaced: by SASL PLAIN (RFC 4616), in IMAP by two quoted strings. Raises NoSecret."""

    def fill(found: re.Match[str]) -> str:
        name = found["name"]
        if not found["wrong"] and name not in secrets:
            raise NoSecret(f"no password is known for {name}")
        password = _WRONG if found["wrong"] else secrets[name].reveal()
        if protocol == "imap":
            return f"{_quoted(name)} {_quoted(password)}"
        return base64.b64encode(f"\0{name}\0{password}".encode()).decode()

    return _BRACKET.sub(fill, line)


def is_wrong(line: str) -> bool:
    """Whether the line names no password that anybody has."""
    return all(found["wrong"] for found in _BRACKET.finditer(line))


def _quoted(text: str) -> str:
    """RFC 9051 §4.3: a quoted string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
