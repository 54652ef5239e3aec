"""The inventory as ansible-core reads it; its internals are used in the ansible_*.py files, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any

# ansible-core publishes no types: everything from it is Any, and ends in this file and its neighbours ansible_*.py.
from ansible._internal._templating._jinja_bits import AnsibleEnvironment  # type: ignore[import-untyped]
from ansible.constants import config  # type: ignore[import-untyped]
from ansible.errors import AnsibleError, AnsibleValueOmittedError  # type: ignore[import-untyped]
from ansible.inventory.manager import InventoryManager  # type: ignore[import-untyped]
from ansible.parsing.dataloader import DataLoader  # type: ignore[import-untyped]
from ansible.parsing.vault import EncryptedString  # type: ignore[import-untyped]
from ansible.plugins.loader import init_plugin_loader  # type: ignore[import-untyped]
from ansible.template import Templar  # type: ignore[import-untyped]
from ansible.utils.vars import transform_to_native_types  # type: ignore[import-untyped]
from ansible.vars.hostvars import HostVars  # type: ignore[import-untyped]
from ansible.vars.manager import VariableManager  # type: ignore[import-untyped]

from checks.ansible_notices import Notices, problem, quietly, unfit_value
from checks.ansible_options import Connections
from checks.ansible_vault import password, unlock
from checks.connection import Connection
from checks.inventory import InventoryProblem

PREFIX = "mailassay_"
# Files of ours that lie in an inventory's folder and hold no hosts (reports/waiver.py, debt.py, expected.py).
OURS = frozenset({"waivers.yml", "debt.yml", "expected.yml"})
_OMITTED = object()


class Reading:
    """One inventory being read. Whatever is asked of it is asked within `session()`. Raises InventoryProblem."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._secrets: list[tuple[str, Any]] = []
        self._loader = _Loader()
        self._loader.set_vault_secrets(self._secrets)
        if folder := config.get_config_value("PLAYBOOK_DIR"):
            self._loader.set_basedir(folder)
        self._notices = Notices()
        self._constants: dict[int, tuple[Any, Any]] = {}
        with self.session():
            _start_ansible()
            unlock(self._secrets, self._loader, self._notices)
            login, become = (password(kind, self._loader) for kind in ("CONNECTION", "BECOME"))
            self._connections = Connections(login, become)
            self._manager = self._parse()
            self._variables = self._variable_manager()
            self._templar = Templar(loader=self._loader)
            self._templar._engine._environment = _Environment(ansible_basedir=self._loader.get_basedir())

    def session(self) -> AbstractContextManager[None]:
        """Ansible's process-wide settings, as this reading needs them, for the time of a `with`."""
        return quietly(self._notices, self._secrets)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all hosts, in the inventory's order."""
        return tuple(self._manager.hosts)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What Ansible warned of, one line each."""
        return tuple(dict.fromkeys([*config.WARNINGS, *self._notices.warnings]))

    def select(self, limit: str | None) -> list[str]:
        """Return the names of the hosts that match the limit; no host is a problem."""
        try:
            self._manager.subset(limit)
            found = self._manager.get_hosts()
            if limit and not found:  # "localhost" exists when it is named, even where no inventory lists it
                found = [host for host in self._manager.get_hosts(limit, ignore_limits=True) if host.implicit]
        except (AnsibleError, OSError, UnicodeDecodeError, IndexError) as error:
            said = "not a host pattern" if isinstance(error, IndexError) else ""  # "&" or "!" and nothing after it
            raise problem(error, f"limit {limit!r}", said, "give a pattern as for ansible --limit") from None
        if found:
            return [host.name for host in found]
        raise self._nobody(limit)

    def _nobody(self, limit: str | None) -> InventoryProblem:
        said = "".join(f"; Ansible warned: {warning}" for warning in self.warnings)
        if not self.names:
            return InventoryProblem(f"the inventory has no hosts{said}", self._source, "add the hosts to be audited")
        what = f"no host matches the limit {limit!r}; the inventory has {len(self.names)}{said}"
        return InventoryProblem(what, self._source, f"name hosts or groups of it, as {self.names[0]}")

    def host(self, name: str) -> tuple[tuple[str, ...], Connection, dict[str, object]]:
        """Return a host's groups, connection and mailassay_* variables."""
        try:
            raw = self._variables.get_vars(host=self._manager.get_host(name))
        except AnsibleError as error:
            raise problem(error, f"host {name}, {self._loader.reading}") from None
        self._templar.available_variables = raw
        values = _Values(raw, partial(self._value, name))
        ours = [key for key in raw if isinstance(key, str) and key.startswith(PREFIX)]
        mailassay = {str(key): value for key in ours if (value := values.get(key, _OMITTED)) is not _OMITTED}
        return tuple(map(str, raw["group_names"])), self._connections.of(values), mailassay

    def _value(self, host: str, name: str, raw: Any) -> Any:
        """Template and decrypt one variable. What needs no template is the same for all hosts, and done once."""
        if id(raw) in self._constants:
            return self._constants[id(raw)][1]
        try:
            if not self._constant(raw):
                return _plain(self._templar.template(raw))
            value = _plain(raw)
        except AnsibleValueOmittedError:
            return _OMITTED
        except AnsibleError as error:
            raise unfit_value(error, host, name, raw) from None
        self._constants[id(raw)] = raw, value  # raw is kept alive, so that its id stays its own
        return value

    def _constant(self, raw: Any) -> bool:
        if isinstance(raw, dict):
            return all(map(self._constant, raw.values()))
        if isinstance(raw, (list, tuple, set)):
            return all(map(self._constant, raw))
        return isinstance(raw, EncryptedString) or not self._templar.is_possibly_template(raw)

    def _parse(self) -> Any:
        try:
            return _Manager(loader=self._loader, sources=[self._source])
        except _UnparsedError as unparsed:
            raise self._notices.unparsed(unparsed.file, self._source) from None
        except AnsibleError as error:
            raise problem(error, self._loader.reading or self._source) from None

    def _variable_manager(self) -> Any:
        variables = VariableManager(loader=self._loader, inventory=self._manager)
        HostVars(self._manager, variables, self._loader)  # makes itself known to it, as the variable `hostvars`
        # Else the working directory would count as a playbook's, and its group_vars as the inventory's.
        variables.safe_basedir = config.get_config_value("PLAYBOOK_DIR") is not None
        return variables


def _plain(value: Any) -> Any:
    """Python's own types for Ansible's, which carry their origin with them; decrypted."""
    return str(value) if isinstance(value, str) else transform_to_native_types(value, redact=False)


class _Values(Mapping[str, Any]):
    """A host's variables, each worked out when it is asked for, and once."""

    def __init__(self, raw: Mapping[str, Any], work_out: Callable[[str, Any], Any]) -> None:
        self._raw = raw
        self._work_out = work_out
        self._done: dict[str, Any] = {}

    def get(self, name: str, default: Any = None) -> Any:
        if name not in self._raw:
            return default
        if name not in self._done:
            self._done[name] = self._work_out(name, self._raw[name])
        value = self._done[name]
        return default if value is _OMITTED else value

    def __getitem__(self, name: str) -> Any:
        if (value := self.get(name, _OMITTED)) is _OMITTED:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._raw)

    def __len__(self) -> int:
        return len(self._raw)


class _UnparsedError(Exception):
    """No plugin could read this file of the inventory."""

    def __init__(self, file: str) -> None:
        super().__init__(file)
        self.file = file


class _Manager(InventoryManager):  # type: ignore[misc]  # its base is Any
    """Ansible's, which passes over what it cannot parse; this one does not."""

    def _fetch_inventory_plugins(self) -> list[Any]:
        plugins = super()._fetch_inventory_plugins()
        try:
            text = Path(self._inventory.current_source).read_bytes()
        except OSError:  # a list of names, or a file that may not be read
            return list(plugins)
        # The auto plugin wants a key "plugin", and would parse a large inventory once more to find that it has none.
        vain = b"plugin" not in text and not text.startswith(b"$ANSIBLE_VAULT")
        return [plugin for plugin in plugins if not (vain and plugin._load_name == "auto")]

    def parse_source(self, source: str, cache: bool = False) -> Any:
        if Path(source).name in OURS:
            return True
        parsed = super().parse_source(source, cache=cache)
        if not parsed and not Path(source).is_dir():
            raise _UnparsedError(source)
        return parsed


class _Loader(DataLoader):  # type: ignore[misc]  # its base is Any
    """Ansible's, which also remembers what file it read last, so that an error can name it."""

    reading = ""

    def _get_file_contents(self, file_name: str) -> Any:
        self.reading = file_name
        return super()._get_file_contents(file_name)

    def load_from_file(self, file_name: str, cache: str = "all", unsafe: bool = False, **more: Any) -> Any:
        # What is not kept need not be copied either: a third of the time of a large YAML inventory.
        return super().load_from_file(file_name, cache=cache, unsafe=unsafe or cache == "none", **more)


class _Environment(AnsibleEnvironment):  # type: ignore[misc]  # its base is Any
    """Ansible's for templates, which compiles each anew for every host: half of all the time. This one does so once."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._compiled = lru_cache(maxsize=4096)(super().from_string)

    def from_string(self, source: Any, *args: Any, **kwargs: Any) -> Any:
        if self.overlayed or args or kwargs or not isinstance(source, str):
            return super().from_string(source, *args, **kwargs)  # a template with settings of its own, or half compiled
        return self._compiled(source)


@cache
def _start_ansible() -> None:
    """Let Ansible find the collections' plugins; it minds being told twice."""
    init_plugin_loader()
