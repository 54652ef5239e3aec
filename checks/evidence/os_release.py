"""Which operating system a host runs, from os-release(5)."""

from __future__ import annotations

import shlex
from dataclasses import dataclass


@dataclass(frozen=True)
class OsRelease:
    """id, version and codename as the distribution spells them: ``debian``, ``12``, ``bookworm``; pretty: in full."""

    id: str
    version: str
    pretty: str
    like: tuple[str, ...] = ()
    codename: str = ""

    @property
    def debian(self) -> bool:
        """Debian, Ubuntu, or one that calls itself like them: its packages are dpkg's."""
        return bool({"debian", "ubuntu"} & {self.id, *self.like})

    @property
    def red_hat(self) -> bool:
        """RHEL, a rebuild of it, CentOS or Fedora: its packages are rpm's. Amazon's keeps to a snapshot."""
        return self.id != "amzn" and bool({"rhel", "fedora", "centos"} & {self.id, *self.like})


def os_release(text: str) -> OsRelease:
    """Raises ValueError where the file names no ID."""
    fields = {}
    for line in text.splitlines()[:100]:
        name, equals, value = line.partition("=")
        if equals:
            try:
                fields[name.strip()] = "".join(shlex.split(value))
            except ValueError:
                continue  # an unbalanced quote: that line says nothing
    if "ID" not in fields:
        raise ValueError("os-release has no ID")
    version = fields.get("VERSION_ID", "")
    like = tuple(fields.get("ID_LIKE", "").split())
    return OsRelease(
        fields["ID"], version, fields.get("PRETTY_NAME", fields["ID"]), like, fields.get("VERSION_CODENAME", "")
    )
