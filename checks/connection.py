"""How a host of the inventory is reached: address, login, key, ssh arguments and privilege, as Ansible uses them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NoReturn

# The first one counts, as for ssh; `none` is none.
_WAY = re.compile(r"(?i)(?:-J ?|(?:-o ?)?Proxy(?:Jump|Command)[ =])(?!none$)(.+)")


class Secret:
    """A password. Only `reveal()` shows it: not print, a traceback, a pickle or a failed comparison."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the password itself, for the standard input of the program that asks for it."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(******)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is never written anywhere")


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One host's connection; each value is the one that Ansible would use.

    That is the host's variable (also by its old names, as ansible_ssh_host), else the ANSIBLE_* environment, else
    ansible.cfg, else Ansible's default. The defaults below are those of a host of which nothing is said.
    """

    kind: Literal["ssh", "local", "other"]
    """ssh; local: this machine itself; other: what `plugin` names (docker, paramiko_ssh …)."""
    plugin: str
    address: str
    port: int | None = None
    user: str | None = None
    private_key_file: str | None = None
    """With `~` expanded; a relative path is relative to the working directory, as for ssh."""
    password: Secret | None = None
    ssh_args: tuple[str, ...] = ()
    """ansible_ssh_args; they stand before all other options, and so win over them."""
    common_args: tuple[str, ...] = ()
    """ansible_ssh_common_args, which scp and sftp would get as well: a ProxyJump, often."""
    extra_args: tuple[str, ...] = ()
    """ansible_ssh_extra_args, for ssh alone."""
    ssh_executable: str = "ssh"
    timeout: int = 10
    """Seconds allowed for connecting."""
    shell_executable: str = "/bin/sh"
    become: bool = False
    """Whether Ansible would become another user for every task; false where the inventory says nothing of it."""
    become_method: str = "sudo"
    become_user: str = "root"
    become_flags: str = ""
    become_exe: str = "sudo"
    become_password: Secret | None = None

    @property
    def ssh_options(self) -> tuple[str, ...]:
        """What stands between `ssh` and the address, in the order of Ansible's ssh plugin; never a password.

        Host keys are checked as ssh_config(5) and these options say: ansible.cfg's host_key_checking has no part in it.
        """
        return (*self.ssh_args, *self._own_options(), *self.common_args, *self.extra_args)

    @property
    def bastion(self) -> str:
        """What stands between us and the host, as far as the inventory says; empty if nothing does.

        Hosts with the same are reached through the same: a ProxyJump, or a ProxyCommand but for the host's own name.
        """
        for word, following in pairwise((*self.ssh_options, "")):
            match = _WAY.match(f"-J {following}" if word == "-J" else word)
            if match:
                return match[1].replace(self.address, "%h")
        return ""

    def _own_options(self) -> Iterator[str]:
        if self.port is not None:
            yield from ("-o", f"Port={self.port}")
        if self.private_key_file:
            yield from ("-o", f'IdentityFile="{self.private_key_file}"')
        if self.password is None:  # else ssh might wait for somebody to type one
            yield from ("-o", "KbdInteractiveAuthentication=no")
            yield from ("-o", "PreferredAuthentications=gssapi-with-mic,gssapi-keyex,hostbased,publickey")
            yield from ("-o", "PasswordAuthentication=no")
        if self.user:
            yield from ("-o", f'User="{self.user}"')
        yield from ("-o", f"ConnectTimeout={self.timeout}")
