"""What the syslog daemon may write is asked with its own eyes, and read whatever the answer is."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.log_writer import query, writable

LOG = "/var/log/mail.log"


@pytest.mark.parametrize(
    ("state", "trouble"),
    [
        ("open", ""),
        ("held", ""),
        ("creatable", ""),
        ("closed", "runs as syslog, who may not write /var/log/mail.log (-rw-r----- root:adm)"),
        ("missing", "runs as syslog, who may not make /var/log/mail.log in /var/log/mail.log (-rw-r----- root:adm)"),
    ],
)
def test_what_keeps_the_daemon_from_writing_is_told(state: str, trouble: str) -> None:
    found = writable(f"{state}|syslog|-rw-r----- root:adm|{LOG}|{LOG}\nsomething else\n")
    assert found[LOG].trouble == trouble


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may look as somebody else")
@pytest.mark.parametrize("groups", [[], [4], [4, 65533]])
def test_a_log_is_looked_at_as_the_user_of_the_process(tmp_path: Path, groups: list[int]) -> None:
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    closed, opened, absent, shared = (tmp_path / name for name in ("closed", "open it", "absent", "shared"))
    for log in (closed, opened, shared):
        log.touch()
        log.chmod(0o660)
    os.chown(shared, 0, 4)
    os.chown(opened, 65534, 0)
    name = f"r{os.getpid() % 10**6}"
    daemon = tmp_path / name
    daemon.write_bytes(Path("/bin/sleep").read_bytes())
    daemon.chmod(0o755)
    script = query(name, [str(closed), str(opened), str(absent), str(shared)]).removeprefix("sudo ")
    with subprocess.Popen([daemon, "60"], user=65534, group=65534, extra_groups=groups) as process:
        answer = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False, timeout=30)
        process.kill()
    found = writable(answer.stdout)
    assert {path: each.state for path, each in found.items()} == {
        str(closed): "closed", str(opened): "open", str(absent): "missing",
        str(shared): "open" if groups else "closed",
    }  # fmt: skip
    assert found[str(closed)].user == "nobody"


def test_no_daemon_is_told_apart() -> None:
    answer = subprocess.run(["sh", "-c", query("no-such-one", [LOG]).removeprefix("sudo ")], check=False, timeout=30)
    assert answer.returncode == 3


@given(st.text())
def test_anything_is_read(text: str) -> None:
    [each.trouble for each in writable(text).values()]
