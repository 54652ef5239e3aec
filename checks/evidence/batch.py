"""One exchange with a host: many commands go in as one shell script, framed answers come out as they finish.

The host needs a POSIX shell and nothing else, and no file is created on it. Each command runs in a shell of its own
with no standard input, under a time limit, in the C locale, at low priority; its output is cut at a byte limit.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from checks.evidence.transcript import Answer

# Where the system's own commands are; a login shell of an unprivileged user often lacks the sbin folders.
_PATH = "PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; export PATH; LC_ALL=C; export LC_ALL; unset LANGUAGE; cd /"

# q INDEX SECONDS BYTES COMMAND: standard output goes straight through, standard error and the exit status follow.
# Only the end of standard error is kept, since its last line carries the status; `tail` says nothing before the others
# have ended. There are hundreds of commands, so that each process counts that one of them takes.
# left: L becomes what is left of C, the processor time of all commands, in hundredths of a second (proc_pid_stat(5):
# the shell's own and that of its ended children); where there is no /proc, nothing is counted.
FUNCTION = r"""
command -v timeout >/dev/null 2>&1 || timeout() {
  shift 2; limit=$1; shift; set -m 2>/dev/null; "$@" & p=$!; set +m 2>/dev/null
  ( i=0; while [ $i -lt $limit ] && kill -0 $p; do sleep 1; i=$((i+1)); done
    kill -0 $p && { kill -- -$p || kill $p; } ) >/dev/null 2>&1 3>&- &
  wait $p; s=$?; [ $s -eq 143 ] && s=124; return $s
}
left() {
  L=$C; read -r s </proc/$$/stat 2>/dev/null || return
  set -- ${s##*)}; L=$((C-${12}-${13}-${14}-${15}))
}
q() {
  printf '\n%s begin %s\n' "$N" "$1"
  left; [ $L -gt 0 ] || { over "$1" "
status cpu"; return; }
  { { timeout -k 1 "$2" sh -c "$4" </dev/null 3>&-; echo "
status $?" >&2; } | head -c "$3" >&3; printf '\n%s end %s\n' "$N" "$1" >&3; } 2>&1 | tail -c 4096
  printf '\n%s over %s\n' "$N" "$1"
}
over() {
  printf '\n%s end %s\n%s\n%s over %s\n' "$N" "$1" "$2" "$N" "$1"
}
exec 3>&1
"""


@dataclass(frozen=True)
class Limits:
    """What one command may cost. seconds: wall clock; octets: of standard output. cpu: seconds, of all together."""

    seconds: int
    octets: int
    cpu: int


def _ready(nonce: str) -> str:
    """What a shell must be told before it can run a script of ours, besides C."""
    return f"N={nonce}; {_PATH}\n{FUNCTION}"


def prologue(nonce: str, limits: Limits) -> str:
    """What is sent once, at the start of the session; the answer is ``NONCE ready UID SECONDS``."""
    return f'C={limits.cpu * 100}; {_ready(nonce)}printf \'%s ready %s\\n\' "$N" "$(id -u) $(date +%s)"\n'


def script(commands: Mapping[int, str], limits: Limits) -> str:
    """The script of one round, with a number for each command, by which its answer is known."""
    return "".join(
        f"q {number} {limits.seconds} {limits.octets + 1} {shlex.quote(bare(text))}\n"
        for number, text in commands.items()
    )


def bare(command: str) -> str:
    """The command without a shell of its own around it, since it is given to one anyway."""
    inner = command[len("sh -c '") : -1].replace("'\"'\"'", "'")
    # What a shell would still have to expand would not come out as it was: then it is another command.
    return inner if command == f"sh -c {shlex.quote(inner)}" else command


def under_sudo(commands: Mapping[int, str], nonce: str, limits: Limits, number: int) -> str:
    """The same in one shell that sudo gives: as many lines in the host's log of authentications as one command makes.

    What sudo itself says is an answer of its own, with this number. The shell reads its script from a pipe: it needs
    no file on the host, and no argument, which would be logged.
    """
    whole = _ready(nonce) + script(commands, limits)
    return (
        f"left; e=$( {{ printf 'C=%s; %s' $L {shlex.quote(whole)} | sudo -n sh >&3; }} 2>&1 | tail -c 4096 )\n"
        f'printf \'\\n%s begin %s\\n\' "$N" {number}; over {number} "$e\nstatus 0"\n'
    )


def frame_pattern(nonce: str) -> re.Pattern[bytes]:
    """Matches one finished answer in the stream, whatever else (banners, noise) stands around it."""
    mark = re.escape(nonce.encode())
    return re.compile(
        rb"\n" + mark + rb" begin (\d+)\n(.*?)\n" + mark + rb" end \1\n(.*?)\n" + mark + rb" over \1\n", re.DOTALL
    )


def answer(out: bytes, tail: bytes, limits: Limits) -> Answer:
    """One frame's content as an answer."""
    err, _, status = tail.rpartition(b"\nstatus ")
    truncated = len(out) > limits.octets
    code = status.decode("ascii", "replace").strip()
    if code == "cpu":
        return Answer(f"not asked: the commands before it took {limits.cpu} s of processor time (mailassay_host_cpu)")
    if code in ("124", "137"):
        return Answer(f"timed out after {limits.seconds} s", out[: limits.octets], err, truncated)
    if truncated and code == "141":
        code = "0"  # the command was stopped by our own limit (SIGPIPE), not by itself
    if (err.startswith(b"sudo: ") and code == "1") or (code == "127" and b"sudo: not found" in err):
        return Answer("no privilege", b"", err)
    return Answer(f"exit {code}" if code.isdecimal() else "no exit status", out[: limits.octets], err, truncated)
