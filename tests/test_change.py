"""playbooks/prechange.yml without hosts: its shell lines tell each message's fate, and what an upgrade would do, truly."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from jinja2 import Environment, StrictUndefined

PLAYBOOKS = Path(__file__).parent.parent / "playbooks"
POSTFIX = {
    "postqueue": """echo '{"queue_name": "hold", "queue_id": "4dWAIT", "recipients": []}'""",
    "journalctl": """cat <<'END'
Nov 28 00:10:01 mx1 postfix/qmgr[7]: 4dLEFT: removed
Nov 28 00:10:02 mx1 postfix/postsuper[8]: 4dGONE: removed
Nov 28 00:10:03 mx1 postfix/smtp[9]: 4dLOST: to=<u1@example.org>, status=deferred (try again)
END""",
}
EXIM = {
    "exim": "echo '25m  2.9K 1aWAIT-000001-00 <u1@example.org>'",
    "journalctl": """cat <<'END'
2026-11-28 00:10:01 1aLEFT-000001-00 Completed
2026-11-28 00:10:02 1aGONE-000001-00 removed by root
2026-11-28 00:10:02 1aGONE-000001-00 Completed
2026-11-28 00:10:03 1aLOST-000001-00 == u1@example.org R=dnslookup T=remote_smtp defer (-53)
END""",
}
OPENSMTPD = {
    "smtpctl": "echo '3f1b2c4d00000001|inet4|mta||a@example.org|b@example.net|b@example.net|1795824600|0|0|0|pending|41||'",
    "journalctl": """cat <<'END'
Nov 28 00:10:01 relay2 smtpd[7]: 0a1b2c3d mta delivery evpid=3f1b2c4d00000002 from=<a@example.org> delay=1s result="Ok" stat="250 ok"
Nov 28 00:10:02 relay2 smtpd[7]: 0a1b2c3d mta delivery evpid=3f1b2c4d00000003 from=<a@example.org> delay=1s result="TempFail" stat="451"
END""",
}


def task(file: str, name: str) -> dict[str, Any]:
    """The task of this name in playbooks/prechange."""
    tasks: list[dict[str, Any]] = yaml.safe_load((PLAYBOOKS / "prechange" / file).read_text("utf-8"))
    return next(each for each in tasks if each["name"] == name)


def said(tmp_path: Path, command: str, programs: dict[str, str], **facts: Any) -> subprocess.CompletedProcess[str]:
    """What the shell says of it on a host that has these programs (besides those of every host), and no log files."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for program in ("awk", "cat", "date", "grep", "sed", "sh"):
        (folder / program).symlink_to(f"/usr/bin/{program}")
    for program, script in programs.items():
        (folder / program).write_text(f"#!/bin/sh\n{script}\n")
        (folder / program).chmod(0o755)
    text = Environment(undefined=StrictUndefined).from_string(command).render(facts)
    text = text.replace("/var/log/", f"{tmp_path}/log/")
    return subprocess.run(
        ["/bin/sh", "-c", text], env={"PATH": str(folder)}, capture_output=True, text=True, timeout=30, check=False
    )


def queue_ids() -> str:
    change = yaml.safe_load((PLAYBOOKS / "prechange.yml").read_text("utf-8"))[1]
    return str(change["vars"]["queue_ids"])


@pytest.mark.parametrize(
    ("programs", "ids"),
    [
        (POSTFIX, ("4dWAIT", "4dLEFT", "4dGONE", "4dLOST")),
        (EXIM, ("1aWAIT-000001-00", "1aLEFT-000001-00", "1aGONE-000001-00", "1aLOST-000001-00")),
    ],
    ids=["Postfix", "Exim"],
)
def test_each_message_of_the_queue_is_accounted_for(
    tmp_path: Path, programs: dict[str, str], ids: tuple[str, ...]
) -> None:
    before = {"stdout": "\n".join(ids), "stderr_lines": ["1795824600"]}
    look = task("queue_after.yml", "Look for each of them in the queue and in the log")["ansible.builtin.shell"]["cmd"]
    done = said(tmp_path, look, programs, queue_ids=queue_ids(), queue_before=before)
    fates = ("waits", "left, as the log says", "was deleted", "vanished")
    assert sorted(done.stdout.splitlines()) == sorted(f"{name} {fate}" for name, fate in zip(ids, fates, strict=True))


def test_of_opensmtpd_each_envelope_is_accounted_for(tmp_path: Path) -> None:
    before = {"stdout": "\n".join(f"3f1b2c4d0000000{n}" for n in (1, 2, 3)), "stderr_lines": ["1795824600"]}
    look = task("queue_after.yml", "Look for each of them in the queue and in the log")["ansible.builtin.shell"]["cmd"]
    done = said(tmp_path, look, OPENSMTPD, queue_ids=queue_ids(), queue_before=before)
    fates = ("waits", "left, as the log says", "vanished")
    assert sorted(done.stdout.splitlines()) == [f"3f1b2c4d0000000{n} {fate}" for n, fate in enumerate(fates, 1)]


@pytest.mark.parametrize(
    ("programs", "status", "ids"),
    [
        (POSTFIX, 0, ["4dWAIT"]),
        (EXIM, 0, ["1aWAIT-000001-00"]),
        (OPENSMTPD, 0, ["3f1b2c4d00000001"]),
        ({}, 0, []),
        ({"postqueue": 'echo \'{"queue_id": "4dWAIT"}\'; exit 69'}, 1, []),
    ],
    ids=["Postfix", "Exim", "OpenSMTPD", "no mail server", "a queue that cannot be read"],
)
def test_the_queue_is_noted_or_the_change_does_not_start(
    tmp_path: Path, programs: dict[str, str], status: int, ids: list[str]
) -> None:
    done = said(
        tmp_path, task("queue.yml", "Read the queue")["ansible.builtin.shell"]["cmd"], programs, queue_ids=queue_ids()
    )
    assert (done.returncode, done.stdout.splitlines()) == (status, ids)
    assert done.stderr.splitlines()[0].isdecimal()


@pytest.mark.parametrize(
    ("programs", "status", "words"),
    [
        ({"apt-get": "echo 'Inst postfix [3.7.11] (3.7.12)'"}, 0, "Inst postfix"),
        ({"apt-get": "echo 'Reading package lists...'"}, 0, "Nothing would be upgraded."),
        ({"apt-get": "echo 'E: dpkg was interrupted' >&2; exit 100"}, 1, "dpkg was interrupted"),
        ({"dnf": "echo 'postfix.x86_64  2:3.5.25-1  appstream'; exit 100"}, 0, "postfix.x86_64"),
        ({"dnf": ":"}, 0, "Nothing would be upgraded."),
        ({"dnf": "echo 'Error: no cache' >&2; exit 1"}, 1, "no cache"),
        ({}, 1, "is not known"),
        ({"apt-get": ":", "df": "echo head; echo 'x 9000 8900 100 99% /var'"}, 1, "too little room: /var has 100 MiB"),
    ],
)
def test_what_an_upgrade_would_do_is_told_or_the_change_does_not_start(
    tmp_path: Path, programs: dict[str, str], status: int, words: str
) -> None:
    ask = task("preflight.yml", "See what an upgrade would do, without doing it")["ansible.builtin.shell"]["cmd"]
    roomy = {"df": "echo head; echo 'x 9000 100 8900 1% /'"}
    done = said(tmp_path, ask, {**roomy, **programs}, prechange_free_mib=500)
    assert (done.returncode, words in done.stdout + done.stderr) == (status, True), done.stdout + done.stderr
    assert status == 0 or "Nothing would" not in done.stdout or "room" in done.stdout


STOPPED = """
- hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - block:
        - set_fact: {begun}
        - name: Stop at a regression
          fail: {{msg: it broke}}
      rescue:
        - include_tasks: {playbooks}/prechange/stop.yml
"""


@pytest.mark.parametrize(
    ("begun", "drain", "words"),
    [
        ({"x": 1}, "debug: {msg: drained}", ["Nothing was changed."]),
        (
            {"prechange_stands": "It had been put back, and takes mail."},
            "debug: {msg: drained}",
            ["it was drained again, and is left drained", "ROLL BACK"],
        ),
        (
            {"prechange_stands": "It had been put back, and takes mail."},
            "fail: {msg: no}",
            ["could not be drained again, so it takes mail", "ROLL BACK"],
        ),
        (
            {"prechange_stands": "It is left drained.", "canary_token": "t", "prechange_canary_from": "lost"},
            "debug: {msg: drained}",
            ["It is left drained.", "ROLL BACK"],
        ),
    ],
    ids=["not begun", "put back", "put back for good", "the sender of the stream is lost"],
)
def test_whatever_else_fails_the_finding_is_told_and_where_the_host_stands(
    tmp_path: Path, begun: dict[str, Any], drain: str, words: list[str]
) -> None:
    (tmp_path / "drain.yml").write_text(f"- {drain}\n")
    (tmp_path / "play.yml").write_text(STOPPED.format(begun=json.dumps(begun), playbooks=PLAYBOOKS))
    facts = {"prechange_drain": str(tmp_path / "drain.yml"), "prechange_rollback": "ROLL BACK"}
    hosts = "localhost ansible_connection=local\nlost ansible_connection=ssh ansible_host=127.0.0.1 ansible_port=1\n"
    (tmp_path / "hosts").write_text(hosts)
    argv = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "hosts", "play.yml", "-e", json.dumps(facts)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False, cwd=tmp_path)
    told = " ".join(done.stdout.partition("Say what to do]")[2].split())
    assert done.returncode != 0
    assert [word for word in ["Stop at a regression: it broke", *words] if word not in told] == [], done.stdout
    assert ("ROLL BACK" in told) == ("ROLL BACK" in words)
