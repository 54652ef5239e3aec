"""What ansible-core says of an inventory: kept off the terminal, and made one clear line where it is an error."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

# ansible-core publishes no types: everything from it is Any, and ends in this file and its neighbours ansible_*.py.
from ansible._internal._datatag._tags import Origin  # type: ignore[import-untyped]
from ansible.parsing.vault import VaultSecretsContext  # type: ignore[import-untyped]
from ansible.plugins.vars import host_group_vars  # type: ignore[import-untyped]
from ansible.utils.display import Display  # type: ignore[import-untyped]
from ansible.vars import manager as vars_manager  # type: ignore[import-untyped]

from checks.inventory import InventoryProblem

_QUOTES_NOTHING = re.compile(r"'\w+' is undefined|(Syntax error in template|Recursive loop detected)\b.*")
_SECRETIVE = re.compile(r"pass|secret|vault|token|key", re.IGNORECASE)
_NO_SECRET = re.compile(r"vault secret|decrypt", re.IGNORECASE)
# Said of what is an error here, or of what is not passed on.
_KNOWN = ("Deprecation warnings can be", "Unable to parse ", "No inventory was parsed")
_PLUGIN_OF = {".yml": "yaml", ".yaml": "yaml", ".json": "yaml", ".toml": "toml", ".ini": "ini"}
_VAULT = "name the vault's password file in ansible.cfg (vault_password_file) or ANSIBLE_VAULT_PASSWORD_FILE"
_CORRECT = "correct it in the inventory"
_LEAVE_OUT = "correct it, or have Ansible pass over this file (ignore_patterns in ansible.cfg)"


class Notices:
    """Ansible's warnings, and the failures of its inventory plugins, in the order they came."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self._failures: dict[str, BaseException] = {}

    def display(self, msg: str, *_: object, **__: object) -> None:
        """Stand in for Ansible's printing."""
        kind, said = msg.split(": ", 1) if ": " in msg else ("", msg)
        if kind == "[WARNING]" and not said.startswith(_KNOWN):
            # The lines of the file that Ansible shows may hold a password: their place is enough.
            self.warnings.append(re.sub(r"\s*Origin: (\S+).*", r" (\1)", " ".join(said.split())))

    def error_as_warning(self, msg: str | None, exception: BaseException, **_: object) -> None:
        """Stand in for Ansible's warning of a failure that it means to survive."""
        plugin = re.fullmatch(r"Failed to parse inventory with '(\S+)' plugin\.", msg or "")
        if plugin:
            self._failures[plugin[1]] = exception
        else:
            self.warnings.append(f"{msg or ''} {exception}".strip())

    def unparsed(self, file: str, inventory: str) -> InventoryProblem:
        """What to say of a file that no inventory plugin could read: the failure of the one that should have."""
        remedy = _CORRECT if file == inventory else _LEAVE_OUT
        likely = (_PLUGIN_OF.get(Path(file).suffix, "script"), "ini", *self._failures)
        plugin = next((name for name in likely if name in self._failures), None)
        if plugin is None:
            return InventoryProblem("Ansible cannot read this as an inventory", file, remedy)
        failure = self._failures[plugin]
        if "Plugin configuration YAML file" in str(failure):  # not for the yaml plugin, but for the one it names
            plugin, failure = "auto", self._failures.get("auto", failure)
        # The line that Ansible repeats may hold a password.
        said = re.sub(r", got: .*|(?<=definition) '.*'(?=:)", "", _words(failure))
        said = said.removeprefix("Failed to parse inventory: ").removeprefix("YAML parsing failed: ")
        line = _ini_line(failure) if plugin == "ini" else ""
        return problem(failure, f"{file}{line}", f"Ansible's {plugin} plugin cannot read it: {said}", remedy)


def problem(error: BaseException, where: str, what: str = "", remedy: str = _CORRECT) -> InventoryProblem:
    """Make Ansible's exception an error of ours: where it is, if Ansible knows it more exactly, and what to do."""
    what = what or _words(error)
    if _NO_SECRET.search(what):
        remedy = _VAULT
    for link in _chain(error):
        origin = _origin(getattr(link, "obj", None))
        if origin and origin.path and origin.line_num:
            place = f"{origin.path}:{origin.line_num}"
            known = where.partition(origin.path)[1]
            return InventoryProblem(what, where.replace(known, place) if known else f"{where} ({place})", remedy)
    return InventoryProblem(what, where, remedy)


def unfit_value(error: BaseException, host: str, name: str, raw: object) -> InventoryProblem:
    """What to say of a variable that cannot be worked out.

    Ansible's words may quote what it was worked out from: where that may be a secret, they are not repeated.
    """
    origin, said = _origin(raw), _words(error)
    undecryptable = _NO_SECRET.search(said)
    telling = isinstance(raw, str) and not _SECRETIVE.search(f"{name} {raw}")
    if not (telling or undecryptable or _QUOTES_NOTHING.fullmatch(said)):
        said = "its template fails"
    place = f" ({origin.path}:{origin.line_num})" if origin and origin.path else ""
    remedy = _VAULT if undecryptable else "correct its template, or define what it needs"
    return InventoryProblem(said, f"host {host}, {name}{place}", remedy)


@contextmanager
def quietly(notices: Notices, secrets: list[tuple[str, Any]]) -> Iterator[None]:
    """Within: Ansible prints nothing, knows these vault secrets, and has no memory of an earlier inventory's folders.

    Ansible keeps all this for the whole process; afterwards it is as it was before.
    """
    display, clean_facts = Display(), vars_manager.clean_facts
    as_needed: tuple[tuple[Any, str, Any], ...] = (
        (display, "display", notices.display),
        (display, "error_as_warning", notices.error_as_warning),
        (display, "_warns", set()),  # else a warning is only given once per process
        (VaultSecretsContext, "_current", VaultSecretsContext(secrets)),
        (host_group_vars, "FOUND", {}),
        (host_group_vars, "NAK", set()),
        # For each host Ansible lists all its plugins to clean facts of which there are none: half of its time.
        (vars_manager, "clean_facts", lambda facts: clean_facts(facts) if facts else {}),
    )
    with ExitStack() as undo:
        for owner, name, value in as_needed:
            undo.enter_context(_replaced(owner, name, value))
        undo.enter_context(_uncollected())
        yield


@contextmanager
def _replaced(owner: Any, name: str, value: object) -> Iterator[None]:
    missing = object()
    before = vars(owner).get(name, missing)
    setattr(owner, name, value)
    try:
        yield
    finally:
        if before is missing:
            delattr(owner, name)
        else:
            setattr(owner, name, before)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without garbage collection, which finds nothing in a growing inventory, but takes a third of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _words(error: BaseException) -> str:
    return " ".join(str(error).split())[:400]


def _origin(value: object) -> Any:
    return value if isinstance(value, Origin) else Origin.get_tag(value)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _ini_line(error: BaseException) -> str:
    """Where in an INI file its parser stopped, as ":12"; Ansible forgets the number before it reports."""
    for link in _chain(error):
        trace = link.__traceback__
        while trace is not None:
            here = trace.tb_frame.f_locals
            if trace.tb_frame.f_code.co_name == "_parse" and "lines" in here:
                group = here.get("decl", {}).get("line")  # of a group that is nobody's
                same = (number for number, line in enumerate(here["lines"], 1) if line.strip() == here.get("line"))
                return f":{group or next(same, 1)}"
            trace = trace.tb_next
    return ""
