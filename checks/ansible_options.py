"""A host's connection from its variables, by what Ansible's own ssh and become plugins declare of their options."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

# ansible-core publishes no types: everything from it is Any, and ends in this file and its neighbours ansible_*.py.
from ansible.constants import config  # type: ignore[import-untyped]
from ansible.errors import AnsibleError  # type: ignore[import-untyped]
from ansible.module_utils.parsing.convert_bool import boolean  # type: ignore[import-untyped]
from ansible.plugins.loader import become_loader, connection_loader  # type: ignore[import-untyped]

from checks.connection import Connection, Secret
from checks.inventory import InventoryProblem

Values = Mapping[str, Any]

_KINDS: dict[str, Literal["ssh", "local"]] = {"ssh": "ssh", "smart": "ssh", "local": "local"}


class Options:
    """The options of one plugin: each from the host's variables, the environment, ansible.cfg or its default.

    `keys` stand between variables and environment, as the values of Ansible's command line do.
    """

    def __init__(self, kind: str, loader: Any, plugin: str, keys: Mapping[str, object]) -> None:
        found = loader.get(plugin, class_only=True)  # this also puts the plugin's declaration into Ansible's config
        if found is None:
            raise LookupError(plugin)
        self._plugin = {"plugin_type": kind, "plugin_name": found._load_name, "keys": keys}
        declared = config.get_configuration_definitions(kind, found._load_name)
        self._variables = {name: [v["name"] for v in option.get("vars") or ()] for name, option in declared.items()}
        self._known: dict[tuple[object, ...], Any] = {}

    def get(self, option: str, values: Values) -> Any:
        """Return the option for a host with these variables; None if nothing sets it. Raises InventoryProblem."""
        given = {name: value for name in self._variables[option] if (value := values.get(name)) is not None}
        if not all(isinstance(value, (str, int, float)) for value in given.values()):
            raise _unfit(next(reversed(given)), values)
        asked = (option, *given.values())
        if asked not in self._known:
            try:
                self._known[asked] = config.get_config_value(option, **self._plugin, variables=given or None)
            except AnsibleError:
                raise _unfit(next(reversed(given), f"Ansible's setting of {option}"), values) from None
        return self._known[asked]


class Connections:
    """Makes each host's connection. The passwords are those that ansible.cfg names files for, if any."""

    def __init__(self, login_password: str | None, become_password: str | None) -> None:
        self._ssh = Options("connection", connection_loader, "ssh", {"password": login_password}).get
        self._become_password = become_password
        self._become_method = cache(self._become_plugin)
        self._setting: Callable[[str], Any] = cache(config.get_config_value)

    def of(self, values: Values) -> Connection:
        """Return the connection of a host with these templated variables. Raises InventoryProblem."""
        plugin = _short(values.get("ansible_connection") or self._setting("DEFAULT_TRANSPORT"))
        method = _short(values.get("ansible_become_method") or self._setting("DEFAULT_BECOME_METHOD"))
        privilege = self._become_method(method)
        return Connection(
            kind=_KINDS.get(plugin, "other"),
            plugin=plugin,
            address=str(self._ssh("host", values)),
            port=self._ssh("port", values),
            user=self._ssh("remote_user", values),
            private_key_file=self._private_key_file(values),
            password=_secret(self._ssh("password", values)),
            ssh_args=self._arguments("ssh_args", values),
            common_args=self._arguments("ssh_common_args", values),
            extra_args=self._arguments("ssh_extra_args", values),
            ssh_executable=self._ssh("ssh_executable", values),
            timeout=self._timeout(values),
            shell_executable=str(values.get("ansible_shell_executable") or self._setting("DEFAULT_EXECUTABLE")),
            become=self._become(values),
            become_method=method,
            become_user=str(privilege("become_user", values) or ""),
            become_flags=str(privilege("become_flags", values) or ""),
            become_exe=str(privilege("become_exe", values) or method),
            become_password=_secret(privilege("become_pass", values)),
        )

    def _private_key_file(self, values: Values) -> str | None:
        key = self._ssh("private_key_file", values)
        if not any(values.get(name) for name in ("ansible_private_key_file", "ansible_ssh_private_key_file")):
            # Ansible's command line takes this setting, relative to ansible.cfg, before its ssh plugin looks for it.
            key = self._setting("DEFAULT_PRIVATE_KEY_FILE")
        return str(Path(key).expanduser()) if key else None

    def _arguments(self, option: str, values: Values) -> tuple[str, ...]:
        try:
            return _words(self._ssh(option, values) or "")
        except ValueError:
            raise _unfit(f"ansible_{option}", values, "a quotation mark lacks its other half") from None

    def _timeout(self, values: Values) -> int:
        for name in "ansible_ssh_timeout", "ansible_timeout":
            if values.get(name) is not None:
                try:
                    return int(values[name])
                except (ValueError, TypeError):
                    raise _unfit(name, values) from None
        return int(self._setting("DEFAULT_TIMEOUT"))

    def _become(self, values: Values) -> bool:
        wanted = values.get("ansible_become")
        try:
            return bool(boolean(self._setting("DEFAULT_BECOME") if wanted is None else wanted))
        except TypeError:
            raise _unfit("ansible_become", values, "it is neither true nor false") from None

    def _become_plugin(self, method: str) -> Callable[[str, Values], Any]:
        try:
            return Options("become", become_loader, method, {"become_pass": self._become_password}).get
        except LookupError:  # of a collection that is not installed here: only what all such plugins share is known
            return self._shared_become_option

    def _shared_become_option(self, option: str, values: Values) -> Any:
        if option == "become_pass":
            return values.get("ansible_become_pass", values.get("ansible_become_password", self._become_password))
        given = values.get(f"ansible_{option}")
        return self._setting(f"DEFAULT_{option.upper()}") if given is None else given


@cache
def _words(arguments: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in shlex.split(arguments) if word.strip())


def _short(plugin: object) -> str:
    """Ansible's own plugins have two long names as well."""
    return str(plugin).removeprefix("ansible.builtin.").removeprefix("ansible.legacy.")


def _secret(value: object) -> Secret | None:
    return None if value is None else Secret(str(value))


def _unfit(variable: str, values: Values, what: str = "the value is not of the right type") -> InventoryProblem:
    """Ansible's own words would show the value, which may be a password."""
    return InventoryProblem(what, f"host {values['inventory_hostname']}, {variable}", "correct it in the inventory")
