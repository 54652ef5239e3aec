"""Each command of a batch sees what it would see alone, and no command can spoil another's answer."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from checks.evidence.batch import Limits, answer, bare, frame_pattern, prologue, script, under_sudo
from checks.evidence.transcript import Answer

LIMITS = Limits(seconds=1, octets=1000, cpu=60)
NONCE = "mailassay-0123456789abcdef"


def run(*commands: str, shell: str = "sh", before: str = "") -> list[Answer]:
    text = before + prologue(NONCE, LIMITS) + script(dict(enumerate(commands)), LIMITS)
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


@pytest.mark.parametrize(
    ("command", "sent"),
    [
        ("sh -c 'a; b'", "a; b"),
        ("""sh -c 'echo '"'"'x'"'"' "$1"'""", """echo 'x' "$1\""""),
        ("sh -c 'a' b", "sh -c 'a' b"),
        ("sh -c 'a'b'c d'", "sh -c 'a'b'c d'"),
        ('sh -c "$(a)"', 'sh -c "$(a)"'),
        ("sh -c 'a'; b 'c'", "sh -c 'a'; b 'c'"),
        ("sh -c a", "sh -c a"),
        ("sh -c '", "sh -c '"),
    ],
)
def test_a_shell_around_a_command_is_left_out_where_it_does_nothing(command: str, sent: str) -> None:
    assert bare(command) == sent


def test_output_is_cut_at_the_limit_and_says_so() -> None:
    (endless,) = run("yes")
    assert endless == Answer("exit 0", b"y\n" * 500, b"", truncated=True)


@pytest.mark.parametrize("under", [False, True])
def test_what_comes_after_the_processor_time_is_spent_is_not_asked(under: bool, tmp_path: Path) -> None:
    """Also where the commands run in the shell that sudo gives, and where that shell spent it."""
    (tmp_path / "sudo").write_text('#!/bin/sh\nshift\nexec "$@"\n')
    (tmp_path / "sudo").chmod(0o755)
    limits = Limits(seconds=50, octets=1000, cpu=1)
    spend = "ulimit -t 2; while :; do :; done"
    commands = {0: "echo before", 1: spend, 2: "echo after"}
    first = under_sudo(commands, NONCE, limits, 9) if under else script(commands, limits)
    text = f"PATH={tmp_path}:$PATH; {prologue(NONCE, limits)}{first}{script({10: 'id'}, limits)}"
    done = subprocess.run(["sh"], input=text.encode(), capture_output=True, check=False, timeout=60)
    found = {int(m[1]): answer(m[2], m[3], limits) for m in frame_pattern(NONCE).finditer(done.stdout)}
    spent = Answer("not asked: the commands before it took 1 s of processor time (mailassay_host_cpu)")
    assert (found[0].out, found[2], found[10]) == (b"before\n", spent, spent)


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


SHELL = 'sudo() { [ "$1 $2" = "-n sh" ] || exit 64; sh; }\n'
REFUSES = "sudo() { echo 'sudo: a password is required' >&2; return 1; }\n"


def sudo(*commands: str, way: str, shell: str) -> dict[int, Answer]:
    text = (
        way
        + prologue(NONCE, LIMITS)
        + under_sudo(dict(enumerate(commands)), NONCE, LIMITS, 9)
        + script({10: "id"}, LIMITS)
    )
    done = subprocess.run([shell], input=text.encode(), capture_output=True, check=False, timeout=20)
    return {int(m[1]): answer(m[2], m[3], LIMITS) for m in frame_pattern(NONCE).finditer(done.stdout)}


@pytest.mark.parametrize("shell", SHELLS)
def test_one_shell_of_sudo_answers_what_needs_root(shell: str) -> None:
    found = sudo("echo it\\'s; echo oh >&2", "sleep 30", "yes", "exit 3", way=SHELL, shell=shell)
    assert found.pop(10).outcome == "exit 0"
    assert found == {
        0: Answer("exit 0", b"it's\n", b"oh\n"),
        1: Answer("timed out after 1 s"),
        2: Answer("exit 0", b"y\n" * 500, truncated=True),
        3: Answer("exit 3"),
        9: Answer("exit 0"),
    }


@pytest.mark.parametrize("shell", SHELLS)
def test_what_sudo_says_is_known_where_it_gives_no_shell(shell: str) -> None:
    found = sudo("id", way=REFUSES, shell=shell)
    assert found[9].err == b"sudo: a password is required"
    assert 0 not in found
    assert found[10].outcome == "exit 0"


@pytest.mark.parametrize("shell", SHELLS)
def test_a_root_shell_that_dies_half_way_takes_no_other_answer_with_it(shell: str) -> None:
    found = sudo("echo one", "echo two", way="sudo() { sed '/echo two/d' | sh; }\n", shell=shell)
    assert found[0] == Answer("exit 0", b"one\n")
    assert 1 not in found
    assert found[10].outcome == "exit 0"
