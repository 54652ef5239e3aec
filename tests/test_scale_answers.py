"""What stands in a host's place for the benchmarks understands what hosts are sent."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from checks.evidence.batch import Limits, answer, frame_pattern, prologue, script, under_sudo

LIMITS = Limits(seconds=20, octets=1000, cpu=60)
NONCE = "mailassay-0123456789abcdef"


@pytest.mark.skipif(shutil.which("perl") is None, reason="needs perl")
def test_a_batch_is_answered_with_what_is_known(tmp_path: Path) -> None:
    known = {"uname -s": b"Linux\n", "sudo cat '/etc/a b'": b"secret\n"}
    (tmp_path / "turns").write_text("1\n")
    rows = (b"%d %d 0 0\n%s%s" % (len(key), len(out), key.encode(), out) for key, out in known.items())
    (tmp_path / "0").write_bytes(b"".join(rows))
    asked = script({0: "uname -s", 1: "who"}, LIMITS) + under_sudo({2: "cat '/etc/a b'"}, NONCE, LIMITS, 9)
    env = {
        "SCALE": str(tmp_path), "SSH_CONNECTION": "10.78.0.9 1 10.78.0.1 22",
        "SSH_ORIGINAL_COMMAND": "exec env LC_ALL=C nice -n 19 /bin/sh",
    }  # fmt: skip
    argv = ["perl", str(Path(__file__).parent / "scale/answer.pl")]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env) as stand_in:
        assert stand_in.stdin is not None
        assert stand_in.stdout is not None
        stand_in.stdin.write(prologue(NONCE, LIMITS).encode())
        stand_in.stdin.flush()
        assert stand_in.stdout.readline().startswith(f"{NONCE} ready 1000 ".encode())
        said, _ = stand_in.communicate(asked.encode(), timeout=20)
    found = {int(m[1]): answer(m[2], m[3], LIMITS) for m in frame_pattern(NONCE).finditer(said)}
    assert (found[0].out, found[1].outcome, found[2].out) == (b"Linux\n", "exit 127", b"secret\n")
    assert found[9].outcome == "exit 0"
