"""Dovecot's configuration in effect, as `doveconf -a` prints it; Dovecot 2.3 and 2.4 under the same nouns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

MOST_DEPTH = 16

_VERSION = re.compile(r"^# (\d{1,3})\.(\d{1,3})(?:\.\d{1,3})*", re.MULTILINE)
_OPENS = re.compile(r"([\w-]{1,80})(?: +(.{1,300}?))? *\{")
_USERS_PROTOCOLS = frozenset(("imap", "pop3", "sieve", "submission"))


@dataclass(frozen=True)
class Block:
    """``kind name { … }``. settings: its own; blocks: those within it."""

    kind: str
    name: str
    settings: Mapping[str, str]
    blocks: tuple[Block, ...]

    def get(self, name: str) -> str:
        """A setting's value; empty if it is not set."""
        return self.settings.get(name, "")

    def all(self, kind: str) -> tuple[Block, ...]:
        """The blocks of a kind."""
        return tuple(block for block in self.blocks if block.kind == kind)


@dataclass(frozen=True)
class Passdb:
    """A source of passwords. path: of its file; scheme: of passwords that do not name one themselves.

    master: whoever is in it may log in as anybody; nets: from some networks only. username_format: what becomes of a
    name before it is looked up there.
    """

    driver: str
    path: str
    scheme: str
    master: bool = False
    nets: bool = False
    username_format: str = ""


@dataclass(frozen=True)
class Listener:
    """A socket that a service listens on. kind: unix, fifo or inet; name: a path, or the listener's own name."""

    service: str
    kind: str
    name: str
    settings: Mapping[str, str]


@dataclass(frozen=True)
class Dovecot:
    """version: major and minor, such as (2, 4)."""

    version: tuple[int, int]
    top: Block

    def get(self, name: str) -> str:
        return self.top.get(name)

    @property
    def serves_users(self) -> bool:
        """Users log in to it; else it only answers for others, such as Postfix."""
        return not _USERS_PROTOCOLS.isdisjoint(self.protocols)

    @property
    def protocols(self) -> tuple[str, ...]:
        """imap, pop3, lmtp, sieve …"""
        listed = [
            name for block in self.top.all("protocols") for name, value in block.settings.items() if value == "yes"
        ]
        return tuple(listed or self.get("protocols").split())

    @property
    def sieve_extensions(self) -> tuple[str, ...]:
        """Extensions that users' Sieve scripts may use, besides those that are on by themselves."""
        named = [self.get("sieve_extensions"), *(b.get("sieve_extensions") for b in self.top.all("plugin"))]
        blocks = [n for b in self.top.all("sieve_extensions") for n, value in b.settings.items() if value == "yes"]
        return tuple(word.lstrip("+") for text in named for word in text.split() if word[:1] != "-") + tuple(blocks)

    @property
    def login_in_clear(self) -> str:
        """The setting by which users may log in outside TLS; empty if they may not. The names differ in sense."""
        if self.get("ssl") == "required":
            return ""
        if self.version >= (2, 4):
            name, bad = "auth_allow_cleartext", "yes"
        else:
            name, bad = "disable_plaintext_auth", "no"
        return f"{name} = {bad}, ssl = {self.get('ssl')}" if self.get(name) == bad else ""

    @property
    def passdbs(self) -> tuple[Passdb, ...]:
        """Every passdb that may accept a password."""
        return tuple(self._passdb(block) for block in self.top.all("passdb") if block.get("deny") != "yes")

    @property
    def password_files(self) -> tuple[Passdb, ...]:
        """Those of them that are one file of names and passwords, the same for every user."""
        return tuple(p for p in self.passdbs if p.driver == "passwd-file" and re.fullmatch(r"[^%$]+", p.path))

    def _passdb(self, block: Block) -> Passdb:
        given = (block, *block.all("fields"))
        nets = any("allow_nets" in f"{name}={value}" for b in given for name, value in b.settings.items())
        master = block.get("master") == "yes"
        if self.version >= (2, 4):
            driver = block.get("driver") or block.get("passdb_driver") or block.name
            path = block.get("passwd_file_path") or self.get("passwd_file_path")
            scheme = block.get("default_password_scheme") or block.get("passdb_default_password_scheme")
            own = block.get("auth_username_format")
            return Passdb(driver, path, (scheme or "PLAIN").upper(), master, nets, own)
        words = block.get("args").split()
        options = dict(word.partition("=")[::2] for word in words if "=" in word)
        path = next((word for word in reversed(words) if word.startswith("/")), "")
        scheme = options.get("scheme", "CRYPT").upper()
        return Passdb(block.get("driver"), path, scheme, master, nets, options.get("username_format", ""))

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """The sockets of all services."""
        return tuple(
            Listener(service.name, block.kind.removesuffix("_listener"), block.name, block.settings)
            for service in self.top.all("service") for block in service.blocks if block.kind.endswith("_listener")
        )  # fmt: skip

    def service(self, name: str, setting: str, default: str = "") -> str:
        """A setting of a service, $default_internal_user and the like replaced."""
        found = next((s.get(setting) for s in self.top.all("service") if s.name == name and s.get(setting)), default)
        return self.get(found.removeprefix("$").removeprefix("SET:")) or found if found.startswith("$") else found

    @property
    def tls_files(self) -> dict[str, str]:
        """Files of certificates, keys and parameters, with the setting that names each; `<` before a path is 2.3's."""
        tops = {name: self.get(name) for name in ("ssl_cert", "ssl_dh", "ssl_server_cert_file", "ssl_server_key_file")}
        inner = {f"ssl_server {n}": b.get(n) for b in self.top.all("ssl_server") for n in ("cert_file", "key_file")}
        return {value.lstrip("<"): name for name, value in (tops | inner).items() if value.lstrip("<").startswith("/")}

    @property
    def mail_user(self) -> str:
        """The one system user that all mail belongs to; empty where users are system users."""
        fields = [b for user in self.top.all("userdb") for b in (user, *user.all("fields"), *user.all("userdb_fields"))]
        args = [option for b in fields for option in b.get("args").split() if option.startswith("uid=")]
        named = [b.get("uid") for b in fields if b.get("uid")]
        return next(iter([*named, *(a[4:] for a in args)]), "") or self.get("mail_uid")  # a userdb's word goes first

    @property
    def store(self) -> str:
        """The folder that holds all users' mail: what stands before the first variable; empty if nothing does."""
        homes = [o[5:] for user in self.top.all("userdb") for o in user.get("args").split() if o.startswith("home=")]
        homes += [b.get("home") for user in self.top.all("userdb") for b in user.all("fields")]
        location = self.get("mail_path") or self.get("mail_location").partition(":")[2].partition(":")[0]
        for path in (location, self.get("mail_home"), *homes):
            fixed = re.split(r"[%$]", path)[0]
            if fixed.startswith("/") and fixed.count("/") > 1:
                return fixed.rpartition("/")[0] if not fixed.endswith("/") and fixed != path else fixed.rstrip("/")
        return ""


def doveconf(text: str) -> Dovecot:
    """From the output of `doveconf -a` or `doveconf -n`."""
    version = _VERSION.search(text[:10000])
    lines = iter(text.splitlines())
    return Dovecot((int(version[1]), int(version[2])) if version else (2, 3), _block("", "", lines, 0))


def _block(kind: str, name: str, lines: Iterator[str], depth: int) -> Block:
    settings: dict[str, str] = {}
    blocks: list[Block] = []
    for raw in lines:
        line = raw.strip()
        if line == "}":
            break
        opens = _OPENS.fullmatch(line) if line.endswith("{") and "=" not in line else None
        if opens and depth < MOST_DEPTH:
            blocks.append(_block(opens[1], opens[2] or "", lines, depth + 1))
            continue
        setting, equals, value = line.partition(" =")
        if equals and not line.startswith("#"):
            settings[setting] = value.strip()
    return Block(kind, name, MappingProxyType(settings), tuple(blocks))
