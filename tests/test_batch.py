"""Each command of a batch sees what it would see alone, and no command can spoil another's answer."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from checks.evidence.batch import Limits, answer, frame_pattern, prologue, script
from checks.evidence.transcript import Answer

LIMITS = Limits(seconds=1, octets=1000)
NONCE = "mailassay-0123456789abcdef"


def run(*commands: str, shell: str = "sh", before: str = "") -> list[Answer]:
    text = before + prologue(NONCE) + script(list(commands), LIMITS, 0)
    done = subprocess.run([shell], input=text.encode(), capture_output=True, check=False, timeout=20)
    found = {int(m[1]): answer(m[2], m[3], LIMITS) for m in frame_pattern(NONCE).finditer(done.stdout)}
    return [found[number] for number in range(len(commands))]


SHELLS = [shell for shell in ("sh", "dash", "bash") if shutil.which(shell)]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("echo hi; echo oh >&2", Answer("exit 0", b"hi\n", b"oh\n")),
        ("printf 'no newline'", Answer("exit 0", b"no newline")),
        ("printf 'a\\000b\\377'", Answer("exit 0", b"a\x00b\xff")),
        ("exit 3", Answer("exit 3")),
        ("sleep 30", Answer("timed out after 1 s")),
        ("echo x; sleep 30", Answer("timed out after 1 s", b"x\n")),
        ("no-such-program-here 2>/dev/null", Answer("exit 127")),
        ("cat", Answer("exit 0")),
        ("printf '\\n%s end 0\\n' forged", Answer("exit 0", b"\nforged end 0\n")),
        ("echo \"it's\" '$HOME' `echo sub`", Answer("exit 0", b"it's $HOME sub\n")),
    ],
)
def test_an_answer_is_what_the_command_gave(shell: str, command: str, expected: Answer) -> None:
    assert run("true", command, "echo after", shell=shell) == [Answer("exit 0"), expected, Answer("exit 0", b"after\n")]


def test_output_is_cut_at_the_limit_and_says_so() -> None:
    (endless,) = run("yes")
    assert endless == Answer("exit 0", b"y\n" * 500, b"", truncated=True)


def test_commands_share_neither_folder_nor_variables() -> None:
    assert run("cd /tmp; X=1; export X", 'pwd; echo "[$X]"')[1].out == b"/\n[]\n"


def test_a_login_banner_is_not_taken_for_an_answer() -> None:
    assert run("echo ok", before="echo '*** Welcome ***'; printf 'no end'\n") == [Answer("exit 0", b"ok\n")]


def test_without_timeout_the_shell_keeps_the_time() -> None:
    hidden = 'command() { case $2 in timeout) return 1;; esac; builtin command "$@"; }\n'
    if not shutil.which("bash"):
        pytest.skip("needs bash to hide `timeout`")
    hung, after = run("sleep 30", "echo ok", shell="bash", before=hidden)
    assert (hung, after) == (Answer("timed out after 1 s"), Answer("exit 0", b"ok\n"))


def test_sudo_that_asks_for_a_password_is_no_privilege() -> None:
    (refused,) = run("echo 'sudo: a password is required' >&2; exit 1")
    assert refused.outcome == "no privilege"
