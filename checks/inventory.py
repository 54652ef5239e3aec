"""The door to the Ansible inventory: which hosts are audited, how each is reached, and what is said of it."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from checks.connection import Connection

if TYPE_CHECKING:
    from checks.ansible_core import Reading

# A name becomes a file's name in the transcripts; an address that begins with "-" would be an option to ssh.
_UNFIT_NAME = re.compile(r"[\s/\x00-\x1f\x7f-\x9f]|^[-.]|^$")
_UNFIT_ADDRESS = re.compile(r"[\s\x00-\x1f\x7f-\x9f]|^-|^$")


class InventoryProblem(ValueError):
    """The inventory cannot be used: `what` is wrong, `where`, and the `remedy`. Printed, it is one line."""

    def __init__(self, what: str, where: str, remedy: str) -> None:
        super().__init__(what, where, remedy)
        self.what, self.where, self.remedy = (" ".join(part.split()) for part in (what, where, remedy))

    def __str__(self) -> str:
        line = f"{self.where}: {self.what.rstrip('.')}; {self.remedy}"
        return "".join(c if c.isprintable() else "?" for c in line)


class Variables(Mapping[str, object]):
    """A host's `mailassay_*` variables: names as the inventory has them, values templated and decrypted.

    A value may come from a vault, so printing shows names alone, and nothing is pickled. Values are plain Python (str,
    int, list, dict, date …), shared between hosts: not to be changed.
    """

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> object:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"<{', '.join(self._values) or 'no variables'}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("variables may hold secrets, which are never written anywhere")


@dataclass(frozen=True, slots=True)
class InventoryHost:
    """One host: its name in the inventory, and its groups (sorted; parents included, `all` not)."""

    name: str
    groups: tuple[str, ...]
    connection: Connection
    mailassay: Variables = field(hash=False)


@dataclass(frozen=True, slots=True)
class Inventory:
    """What was read: the hosts within the limit, in Ansible's order, and the names of all that there are.

    `site` is the name of the inventory's folder. `warnings` are Ansible's own, one line each, without deprecations: a
    limit that matched only in part, a misspelt key that was passed over.
    """

    source: str
    site: str
    hosts: tuple[InventoryHost, ...]
    all_hosts: tuple[str, ...]
    warnings: tuple[str, ...]
    _outside: Callable[[str], InventoryHost] = field(repr=False, compare=False)

    @property
    def others(self) -> tuple[InventoryHost, ...]:
        """The hosts that the limit left out. Raises InventoryProblem."""
        within = {host.name for host in self.hosts}
        return tuple(self._outside(name) for name in self.all_hosts if name not in within)


def read_inventory(source: Path | str, limit: str | None = None) -> Inventory:
    """Read an inventory as Ansible does: a file, folder, script, plugin configuration, or "host1,host2,".

    `limit` is a pattern as for `ansible --limit`: `mx*:&prod`, `!mx3`, `mx[0:2]`, `@file`. Ansible's settings are
    honoured: ansible.cfg (ANSIBLE_CONFIG, ./ansible.cfg, ~/.ansible.cfg, /etc/ansible/ansible.cfg: the first there is,
    never one beside the inventory; read once per process), ANSIBLE_* variables, vault password files, and group_vars
    and host_vars beside the inventory. Nobody is asked for anything: a password that Ansible would ask for is missing.

    Stricter than Ansible: one file among several that cannot be parsed is an error, and so is no host at all.
    Raises InventoryProblem.
    """
    path, site = _located(source)
    reading = _reading(path)
    with reading.session():
        hosts = tuple(_host(reading, name) for name in reading.select(limit))
    warnings = (*reading.warnings, *_untested(hosts))
    return Inventory(path, site, hosts, reading.names, warnings, lambda name: _outside(reading, name))


def _untested(hosts: Iterable[InventoryHost]) -> Iterator[str]:
    """A line for each way to hosts that goes through testinfra."""
    ways: dict[str, list[str]] = {}
    for host in hosts:
        if host.connection.kind == "other":
            ways.setdefault(host.connection.plugin, []).append(host.name)
    for plugin, names in ways.items():
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        yield f"ansible_connection {plugin} goes through testinfra and is untested here: {', '.join(names[:3])}{more}"


def _located(source: Path | str) -> tuple[str, str]:
    """Return the source as Ansible is to see it, and the site's name."""
    if "," in str(source) and not Path(source).exists():
        return str(source), "hosts"  # a list of names lies in no folder
    path = Path(os.path.abspath(Path(source).expanduser()))  # resolve() would follow links; Ansible does not
    if not path.exists():
        raise InventoryProblem("there is no such inventory", str(path), "give the path of an inventory file or folder")
    return str(path), (path if path.is_dir() else path.parent).name or "hosts"


def _reading(path: str) -> Reading:
    """Start reading. ansible-core is imported only now, since that alone reads ansible.cfg, and may fail."""
    from ansible.errors import AnsibleError  # type: ignore[import-untyped]

    # It also prints, and patches the standard streams it finds: let it find others.
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        try:
            from checks.ansible_core import Reading
        except AnsibleError as error:
            said = str(error).splitlines()[0]
            raise InventoryProblem(said, "ansible.cfg or an ANSIBLE_* variable", "correct that setting") from None
    return Reading(path)


def _outside(reading: Reading, name: str) -> InventoryHost:
    with reading.session():
        return _host(reading, name)


def _host(reading: Reading, name: str) -> InventoryHost:
    groups, connection, mailassay = reading.host(name)
    if _UNFIT_NAME.search(name):
        raise InventoryProblem(f"{name!r} cannot be a host's name", f"host {name!r}", "correct it in the inventory")
    if connection.kind == "ssh" and _UNFIT_ADDRESS.search(connection.address):
        what = f"{connection.address!r} cannot be a host's address"
        raise InventoryProblem(what, f"host {name}", "correct ansible_host in the inventory")
    return InventoryHost(name, groups, connection, Variables(mailassay))
