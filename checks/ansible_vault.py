"""The passwords that ansible.cfg or the environment name files for: those of vaults, of the login and of become."""

from __future__ import annotations

from typing import Any

# ansible-core publishes no types: everything from it is Any, and ends in this file and its neighbours ansible_*.py.
from ansible.constants import config  # type: ignore[import-untyped]
from ansible.errors import AnsibleError  # type: ignore[import-untyped]
from ansible.parsing.vault import get_file_vault_secret  # type: ignore[import-untyped]

from checks.ansible_notices import Notices, problem


def unlock(secrets: list[tuple[str, Any]], loader: Any, notices: Notices) -> None:
    """Add to `secrets`, by vault identity, those that Ansible's settings name; a bad file among good ones will do.

    A vault's password file may be a program, or lie in a vault that an earlier one opens. Raises InventoryProblem.
    """
    failure = None
    label = config.get_config_value("DEFAULT_VAULT_IDENTITY")
    identities = list(config.get_config_value("DEFAULT_VAULT_IDENTITY_LIST"))
    if file := config.get_config_value("DEFAULT_VAULT_PASSWORD_FILE"):
        identities.append(f"{label}@{file}")
    for identity in identities:
        name, _, source = identity.partition("@") if "@" in identity else ("", "", identity)
        if source.startswith("prompt"):
            notices.warnings.append(f"vault identity {identity}: left out, since an audit asks nobody")
            continue
        try:
            secret = get_file_vault_secret(filename=source, vault_id=name or None, loader=loader)
            secret.load()
        except AnsibleError as error:
            failure = error
        else:
            secrets.append((name or label, secret))
    if failure and not secrets:
        raise problem(failure, "vault password file", remedy="correct vault_password_file in ansible.cfg") from None


def password(kind: str, loader: Any) -> str | None:
    """Return the password for CONNECTION or BECOME, if a file is named for it. Raises InventoryProblem."""
    setting = f"{kind}_PASSWORD_FILE"
    file = config.get_config_value(setting)
    if not file:
        return None
    try:
        secret = get_file_vault_secret(filename=file, loader=loader)
        secret.load()
    except AnsibleError as error:
        raise problem(error, f"ANSIBLE_{setting}", remedy="correct it, or in ansible.cfg") from None
    return str(secret.bytes.decode("utf-8", "surrogateescape"))
