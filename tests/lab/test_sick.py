"""A host that is ill in many ways at once: the audit ends, finds no bug of its own, and leaves the host as it was."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.conftest import CHECKOUT, Command

pytestmark = pytest.mark.lab
HOST = "mx1"
# Spool full to the last block, a load of 20 and no memory left as /proc tells, a broken main.cf, an upgrade under way,
# tools gone, a settings file that nobody may read, a log that was cut off, and ten thousand messages in the queue.
ILLNESSES = r"""
mkdir -p /run/sick
echo '20.10 20.05 20.01 21/900 4711' > /run/sick/loadavg
sed 's/^MemAvailable:.*/MemAvailable:    1024 kB/' /proc/meminfo > /run/sick/meminfo
for f in loadavg meminfo; do umount /proc/$f 2>/dev/null; mount --bind /run/sick/$f /proc/$f; done
systemctl stop postfix
python3 - <<'PYTHON'
import os
for n in range(10000):
    folder = f"/var/spool/postfix/deferred/{n % 16:X}"
    os.makedirs(folder, exist_ok=True)
    open(f"{folder}/{n:010X}", "w").close()
PYTHON
echo 'this is no setting' >> /etc/postfix/main.cf
sed -i '/^Package: opendkim$/,/^$/ s/^Status: .*/Status: install ok half-configured/' /var/lib/dpkg/status
cp /usr/bin/sleep /run/dpkg; (setsid /run/dpkg 900 >/dev/null 2>&1 &)
mv /usr/bin/ss /usr/bin/ss.away; mv /usr/bin/getent /usr/bin/getent.away; : > /etc/os-release
chmod 000 /etc/opendkim.conf
printf 'Nov 26 half a li' > /var/log/mail.log
fallocate -l 64G /var/spool/postfix/fill 2>/dev/null || true
cat /dev/zero > /var/spool/postfix/rest 2>/dev/null || true
"""


@pytest.fixture
def sick(lab: Command) -> Iterator[Command]:
    """The lab with a sick host, which is put back afterwards."""
    lab("sh", HOST, ILLNESSES, seconds=300)
    yield lab
    lab("reset", HOST, seconds=300)


def files(lab: Command) -> str:
    """Names and sizes of what an audit could leave behind."""
    ask = "find /etc /root /home /var/spool/postfix /var/lib/dpkg /tmp -xdev -type f -printf '%p %s\\n' | sort"
    return lab("sh", HOST, ask).stdout


def test_an_audit_of_a_sick_host_ends_and_says_what_it_could_not_see(sick: Command, tmp_path: Path) -> None:
    before, began = files(sick), time.monotonic()
    argv = [sys.executable, "-m", "pytest", "checks", "--inventory", "inventories/lab/hosts.yml", "--limit", HOST,
            "--out", str(tmp_path)]  # fmt: skip
    done = subprocess.run(argv, cwd=CHECKOUT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode in (1, 6), done.stdout[-3000:]
    assert "Traceback" not in done.stdout + done.stderr
    lines = (tmp_path / "lab" / "latest" / "results.jsonl").read_text("utf-8").splitlines()
    said = [json.loads(line) for line in lines]
    assert not [v["check"] for v in said if "mailassay failed here" in str(v.get("seen"))]
    failed = {v["check"] for v in said if v.get("verdict") == "fail"}
    assert {"postfix.valid", "resources.disk_not_full", "resources.load_bearable"} <= failed
    unknown = {v["check"] for v in said if v.get("verdict") == "unknown"}
    assert {"software.packages_whole", "software.supported", "ports.listening"} <= unknown
    assert files(sick) == before
    assert time.monotonic() - began < 300
