"""The passwords that an inventory gives to the audit, by login name: from a vault, or from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping

from checks.connection import Secret
from checks.evidence.dns import KEY
from checks.target import Fleet

_ENVIRONMENT = {
    "canary_password": "MAILASSAY_CANARY_PASSWORD",
    "canary_sender_password": "MAILASSAY_CANARY_SENDER_PASSWORD",
    "block_list_key": "MAILASSAY_BLOCK_LIST_KEY",
}


def logins(fleet: Fleet) -> Mapping[str, Secret]:
    """All of them. They are used where a dialogue names them (evidence/login.py), and stand nowhere else."""
    found: dict[str, Secret] = {}
    for host in fleet.hosts:
        for name, key in (
            (host.policy.canary_sender, "canary_sender_password"),
            (host.policy.canary_mailbox, "canary_password"),
            (KEY, "block_list_key"),
        ):
            secret = getattr(host.policy, key) or os.environ.get(_ENVIRONMENT[key], "")
            if name and secret:
                found[name] = secret if isinstance(secret, Secret) else Secret(secret)
    return found
