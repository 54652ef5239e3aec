"""OpenDKIM's configuration: which key signs mail of which sender (opendkim.conf(5))."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from checks.evidence.dkim_signing import SigningKey

# Types of data sets that are text we can read; the others need the program's own libraries.
_TEXT_TYPES = ("file", "refile", "csl")
_TYPES = (*_TEXT_TYPES, "db", "dsn", "ldap", "ldaps", "ldapi", "lua", "memcache", "erlang", "mdb", "repute", "socket")


@dataclass(frozen=True)
class Setting:
    """A line of opendkim.conf."""

    name: str
    value: str


@dataclass(frozen=True)
class OpendkimConf:
    """The lines of opendkim.conf, in its order."""

    settings: tuple[Setting, ...]

    def get(self, name: str) -> str:
        """The value in effect: names ignore case and the last line wins; empty if it is not set."""
        return next((s.value for s in reversed(self.settings) if s.name.lower() == name.lower()), "")

    @property
    def signs(self) -> bool:
        """Mode: s signs, v verifies; both by default."""
        return "s" in (self.get("Mode") or "sv")

    @property
    def files(self) -> tuple[str, ...]:
        """The files of the tables it names."""
        sets = [dataset(self.get(name)) for name in ("KeyTable", "SigningTable", "Domain")]
        return tuple(where for kind, where in sets if kind in ("file", "refile") and where)


@dataclass(frozen=True)
class TableEntry:
    """A line of a table: a key, or a pattern with ``*``, and its value."""

    key: str
    value: str


@dataclass(frozen=True)
class Table:
    """A data set. readable: false if it is kept in a database, so that its entries are not known."""

    kind: str
    where: str
    entries: tuple[TableEntry, ...]

    @property
    def readable(self) -> bool:
        return self.kind in _TEXT_TYPES

    def find(self, *keys: str) -> list[TableEntry]:
        """Entries for these keys, the first key's first; a refile is searched for all in its own order."""
        if self.kind == "refile":
            return [e for e in self.entries if any(_matches(e.key.lower(), key.lower()) for key in keys[:1])]
        return [e for key in keys for e in self.entries if e.key.lower() == key.lower()]


def parse_conf(text: str) -> OpendkimConf:
    """Read opendkim.conf: a name, white space, a value; ``#`` begins a comment anywhere."""
    lines = (line.partition("#")[0].split(None, 1) for line in text.splitlines())
    return OpendkimConf(tuple(Setting(words[0], words[1].strip()) for words in lines if len(words) == 2))


def dataset(value: str) -> tuple[str, str]:
    """The type and place of a data set, opendkim(8) DATA SETS: a prefix, else a path, else a list with commas."""
    kind, colon, where = value.partition(":")
    if colon and kind.lower() in _TYPES:
        return kind.lower(), where
    if value.endswith(".db"):
        return "db", value
    return ("file", value) if value.startswith("/") else ("csl", value)


def parse_table(value: str, files: Mapping[str, str]) -> Table:
    """The table that a setting names; files: the text of each path that OpendkimConf.files asks for."""
    kind, where = dataset(value)
    if kind == "csl":
        pairs = (item.strip().partition("=") for item in where.split(",") if item.strip())
        return Table(kind, where, tuple(TableEntry(key.strip(), value.strip()) for key, _, value in pairs))
    lines = [line.partition("#")[0] for line in files.get(where, "").splitlines()]
    if kind == "refile":
        lines = [line for line in lines if not line[:1].isspace()]  # such a pattern is empty and matches nothing
    words = [line.split(None, 1) for line in lines if line.strip()]
    return Table(kind, where, tuple(TableEntry(w[0], w[1].strip() if len(w) > 1 else "") for w in words))


@dataclass(frozen=True)
class Opendkim:
    """A signer: its configuration and tables."""

    conf: OpendkimConf
    key_table: Table
    signing_table: Table
    domains: Table

    @property
    def unreadable(self) -> tuple[str, ...]:
        """Tables kept where their text cannot be read."""
        tables = (self.key_table, self.signing_table, self.domains)
        return tuple(f"{t.kind}:{t.where}" for t in tables if not t.readable)

    def keys_for(self, address: str) -> tuple[SigningKey, ...]:
        """Keys that sign mail From this address; none if it is not signed."""
        domain = address.rpartition("@")[2].lower()
        if not self.conf.signs:
            return ()
        if not self.conf.get("KeyTable"):
            return self._single_key(domain)
        found = self.signing_table.find(*_signing_table_keys(address))
        if self.conf.get("MultipleSignatures")[:1].lower() not in ("t", "y", "1"):
            found = found[:1]
        names = [domain if e.value == "%" else e.value.split(":")[0].strip() for e in found]
        return tuple(key.for_domain(domain) for name in names for key in self.named(name))

    def keys(self) -> tuple[SigningKey, ...]:
        """Every key of the configuration; a domain may still be ``%``."""
        if self.conf.get("KeyTable"):
            return tuple(key for entry in self.key_table.entries for key in self.named(entry.key))
        return tuple(key for entry in self.domains.entries for key in self._single_key(entry.key.lower()))

    def missing_keys(self) -> tuple[str, ...]:
        """Names that the SigningTable uses and the KeyTable lacks: mail that selects them cannot be signed."""
        names = (entry.value.split(":")[0].strip() for entry in self.signing_table.entries)
        return tuple(name for name in names if name != "%" and not self.key_table.find(name))

    def named(self, name: str) -> tuple[SigningKey, ...]:
        """The KeyTable's key of this name: domain, selector, and a path or the key itself."""
        entries = self.key_table.find(name)[:1]
        fields = [(e, [part.strip() for part in e.value.split(":", 2)]) for e in entries]
        return tuple(
            SigningKey(f[0].lower(), f[1], f[2] if f[2].startswith(("/", "./", "../")) else "", f"KeyTable {e.key}")
            for e, f in fields
            if len(f) == 3
        )

    def _single_key(self, domain: str) -> tuple[SigningKey, ...]:
        """Domain, Selector and KeyFile, used where there is no KeyTable."""
        below = self.conf.get("SubDomains")[:1].lower() in ("t", "y", "1")
        parents = [domain, *(domain[i + 1 :] for i, c in enumerate(domain) if c == "." and below)]
        signing = next((parent for parent in parents if self.domains.find(parent)), None)
        if signing is None or not self.conf.get("Selector"):
            return ()
        return (SigningKey(signing, self.conf.get("Selector"), self.conf.get("KeyFile"), f"Domain {signing}"),)


def opendkim(conf: OpendkimConf, files: Mapping[str, str]) -> Opendkim:
    """The signer that this configuration and these files make."""
    tables = (parse_table(conf.get(name), files) for name in ("KeyTable", "SigningTable", "Domain"))
    return Opendkim(conf, *tables)


def _signing_table_keys(address: str) -> list[str]:
    """Keys looked for, in order: opendkim.conf(5) SigningTable; a refile uses the first, the address, alone."""
    user, _, host = address.rpartition("@")
    parents = [host[i:] for i, c in enumerate(host) if c == "."]
    return [address, host, *(f"{user}@{p}" for p in parents), *parents, f"{user}@*", "*"]


def _matches(pattern: str, text: str) -> bool:
    """Only the asterisk is a wildcard. Linear in the text, however many asterisks."""
    first, *rest = pattern.split("*")
    if not rest:
        return pattern == text
    if not text.startswith(first) or len(text) < len(first) + len(rest[-1]) or not text.endswith(rest[-1]):
        return False
    at, end = len(first), len(text) - len(rest[-1])
    for part in rest[:-1]:
        at = text.find(part, at, end) + len(part)
        if at < len(part):
            return False
    return True
