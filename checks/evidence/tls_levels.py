"""The levels of TLS that Postfix knows, and entries of its tables and settings that name another (TLS_README)."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator

from checks.evidence.postfix import Postfix
from checks.evidence.postmap import LISTABLE, postmap

SENDING = ("none", "may", "encrypt", "dane", "dane-only", "fingerprint", "verify", "secure")
_SERVING = ("none", "may", "encrypt")
_CLIENTS = ("smtp", "lmtp")
_MOST = 500
_SHOWN = 100
UNREAD = "unread"


def tables(postfix: Postfix) -> tuple[str, ...]:
    """The tables of smtp_tls_policy_maps and lmtp_tls_policy_maps that can be written out."""
    words = [word for client in _CLIENTS for word in postfix.words(f"{client}_tls_policy_maps")]
    return tuple(dict.fromkeys(word for word in words if word.partition(":")[0] in LISTABLE))


def query(table: str, instance: str) -> str:
    """The command that shows the entries of one of them: the key, a tab, the policy; a last line where it cannot."""
    read = f"{postmap(instance)} -s {shlex.quote(table)} || echo {UNREAD}"
    script = f"{{ {read}; }} | head -n {_MOST} | cut -c 1-300"
    return f"sudo sh -c {shlex.quote(script)}"


def unknown_entries(shown: str) -> tuple[str, ...]:
    """Entries whose first word is no level."""
    rows = (line.partition("\t") for line in shown.splitlines())
    return tuple(f"{key} {value.strip()}"[:_SHOWN] for key, tab, value in rows if tab and not _known(value, SENDING))


def _known(value: str, levels: Iterable[str]) -> bool:
    first = re.split(r"[\s,]", value.strip(), maxsplit=1)[0].lower()
    return first in levels


def unknown_settings(postfix: Postfix) -> Iterator[str]:
    """Settings whose value is no level; an empty one is left to older settings."""
    asked = [(f"{client}_tls_security_level", SENDING) for client in _CLIENTS]
    for name, levels in (*asked, ("smtpd_tls_security_level", _SERVING)):
        values = [postfix[name], *(service.overrides.get(name, "") for service in postfix.services)]
        for value in dict.fromkeys(values):
            if value.strip() and "$" not in value and not _known(value, levels):
                yield f"{name} = {value.strip()}"[:_SHOWN]
