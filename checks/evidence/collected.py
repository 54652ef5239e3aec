"""What the root-owned collector prints: the answers of the commands that it holds. It takes none from us.

The site installs the script that `make collector` prints. It makes the mark that frames its answers itself, so that
nothing that a command says can be taken for another command's answer; each answer bears the number of its command.
"""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from checks.evidence import batch
from checks.evidence.batch import Limits
from checks.evidence.transcript import Answer

PATH = "/usr/local/sbin/mailassay-collector"
_FIRST = re.compile(rb"^mailassay collector ([0-9a-f]{16})$", re.MULTILINE)
_HEAD = f"""\
#!/bin/sh
# The collector of mailassay: runs the commands below as root and prints what they say, for an audit that has no other
# privilege on this host. It takes no argument, no input and nothing of the caller's environment. Read it, then install
# it as root, with a sudoers line for the user that the audit logs in as:
#
#   install -o root -g root -m 0755 mailassay-collector {PATH}
#   echo 'AUDIT_USER ALL=(root) NOPASSWD: {PATH} ""' > /etc/sudoers.d/mailassay
#   chmod 0440 /etc/sudoers.d/mailassay && visudo -c
#
# and `mailassay_become: collector` in the inventory. None of the commands writes anything. Print it anew when mailassay
# or the host's software changed; the report says when it lacks something.
[ "${{1-}}" = clean ] && [ $# -eq 1 ] || {{
  [ $# -eq 0 ] || {{ echo "it takes no arguments" >&2; exit 64; }}
  exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C nice -n 19 /bin/sh "$0" clean
}}
exec </dev/null 2>/dev/null
cd / || exit
N=$(od -An -N8 -tx1 /dev/urandom | tr -d ' \\n')
printf 'mailassay collector %s\\n' "$N"
"""


@dataclass(frozen=True)
class Entry:
    """A command as root is to run it, and the checks that read its answer."""

    command: str
    checks: tuple[str, ...] = ()


def number(command: str) -> int:
    """What tells this command's answer from the others; the same in every version of the script."""
    return int(hashlib.sha256(command.encode()).hexdigest()[:12], 16)


def script(entries: Iterable[Entry], limits: Limits) -> str:
    """The collector that holds these commands."""
    once = f'run() {{ q "$1" {limits.seconds} {limits.octets + 1} "$(cat)"; }}'
    parts = [_HEAD, f"C={limits.cpu * 100}", batch.FUNCTION.strip(), once, ""]
    for entry in entries:
        end = f"=== end of {number(entry.command)}"
        parts += [f"# {_named(entry.checks)}", f"run {number(entry.command)} <<'{end}'", _bare(entry.command), end, ""]
    return "\n".join(parts)


def _named(checks: tuple[str, ...]) -> str:
    """Who asks, by topic."""
    topics = dict.fromkeys(check.partition(".")[0] for check in checks)
    return f"for {', '.join(topics)}" if topics else "asked in an earlier run"


def _bare(command: str) -> str:
    """The command as a person reads it: without the shell around it, since it is given to one anyway."""
    try:
        words = shlex.split(command)
    except ValueError:
        return command
    return words[2].rstrip("\n") if len(words) == 3 and words[:2] == ["sh", "-c"] else command


def answers(printed: bytes, limits: Limits) -> Mapping[int, Answer] | None:
    """By number of the command, what it said; None if this is not what a collector prints."""
    first = _FIRST.search(printed[:4096])
    if first is None:
        return None
    frames = batch.frame_pattern(first[1].decode()).finditer(printed)
    return {int(frame[1]): batch.answer(frame[2], frame[3], limits) for frame in frames}
