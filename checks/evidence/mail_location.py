"""Where Dovecot keeps a user's mail, as its settings say: templates with variables, by protocol, in 2.3 and 2.4."""

from __future__ import annotations

import re
from dataclasses import dataclass

from checks.evidence.doveconf import Block, Dovecot

_LONG = re.compile(r"%\{([^{}]{0,200})\}")
_SHORT = re.compile(r"%[-\d.]{0,8}[A-Z]{0,3}([a-z])")
# Variables that are the same for a name in every domain; any other might tell them apart.
_SAME = frozenset(("username", "home", "service", "protocol", "hostname", "uid", "gid", "pid", "n", "h", "s", "i", "p"))
_NO_MATTER = ("INDEX", "CONTROL", "VOLATILEDIR", "ITERINDEX", "INDEXPVT", "INDEXCACHE", "SUBSCRIPTIONS")


@dataclass(frozen=True)
class Place:
    """driver: maildir, mdbox …; path: with variables, that of the home put in; settings: what says so.

    of_home: the path lies in a home that each user's entry in a database names, so that it is not known here.
    """

    driver: str
    path: str
    settings: tuple[str, ...]
    of_home: bool = False

    @property
    def tells_domain(self) -> bool:
        """Users of the same name in two domains have different paths."""
        long = [_distinguishes(match[1]) for match in _LONG.finditer(self.path)]
        short = [match[1] not in _SAME for match in _SHORT.finditer(_LONG.sub("", self.path.replace("%%", "")))]
        return any(long) or any(short)


def _distinguishes(inside: str) -> bool:
    variable, *filters = (word.strip() for word in inside.split("|"))
    variable = variable.partition(":")[0].lower()
    return variable not in _SAME and not any(word.split("(")[0] == "username" for word in filters)


def place(dovecot: Dovecot, protocol: str = "") -> Place:
    """Where the mail of users is for this protocol, or by the settings that hold for all."""
    scopes = (*(b for b in dovecot.top.all("protocol") if protocol and protocol in b.name.split()), dovecot.top)
    driver, path, said = _written(dovecot, scopes)
    home, home_said, of_database = _home(dovecot, scopes)
    inner = re.match(r"~/?|%h/?|%\{home\}/?", path)
    if path and not inner and path.startswith("/"):
        return Place(driver, path.rstrip("/"), (said,))
    full = f"{home.rstrip('/')}/{path[inner.end() :] if inner else path}".rstrip("/")
    return Place(driver, full, tuple(word for word in (said, home_said) if word), of_database or not home)


def _first(scopes: tuple[Block, ...], name: str) -> str:
    return next((value for scope in scopes if (value := scope.get(name))), "")


def _written(dovecot: Dovecot, scopes: tuple[Block, ...]) -> tuple[str, str, str]:
    """Driver and path as they are written, and the setting; an inbox's own namespace goes before the rest."""
    for scope in scopes:
        for space in scope.all("namespace"):
            if space.get("inbox") == "yes" or (space.get("separator") and space.get("prefix") == ""):
                own = space.get("location") or space.get("mail_path") or space.get("path")
                if own and dovecot.version < (2, 4):
                    return *_location(own), f"namespace {space.name}: location = {own}"
                if own:
                    return space.get("mail_driver"), own, f"namespace {space.name}: mail_path = {own}"
    if dovecot.version < (2, 4):
        value = _first(scopes, "mail_location")
        return *_location(value), f"mail_location = {value}"
    path = _first(scopes, "mail_path")
    return _first(scopes, "mail_driver"), path, f"mail_path = {path}"


def _location(value: str) -> tuple[str, str]:
    """maildir:~/Maildir:LAYOUT=fs:INDEX=/var/indexes, without what is not mail itself."""
    driver, _, rest = value.partition(":")
    words = [word for word in rest.split(":") if word.partition("=")[0] not in _NO_MATTER]
    return driver, ":".join(words)


def _home(dovecot: Dovecot, scopes: tuple[Block, ...]) -> tuple[str, str, bool]:
    """The home's template, the setting, and whether a database of users may name another."""
    of_database = False
    for userdb in dovecot.top.all("userdb"):
        driver = userdb.get("driver") or userdb.get("userdb_driver") or userdb.name
        if driver != "static":
            of_database = True
            continue
        given = dict(word.partition("=")[::2] for word in userdb.get("args").split())
        named = given.get("home") or next((b.get("home") for b in userdb.blocks if b.get("home")), "")
        if named:
            return named, f"userdb static: home = {named}", of_database
    home = _first(scopes, "mail_home")
    return home, f"mail_home = {home}" if home else "", of_database
