"""What is said of hosts of the RHEL family is marked as never tried; of Debian it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.gate import Gate
from reports.report import conclude
from reports.terminal import summary
from tests.reports.made import head, record, verdict

ROCKY = 'NAME="Rocky Linux"\n    VERSION="9.4 (Blue Onyx)"\n    ID="rocky"\n    ID_LIKE="rhel centos fedora"'
DEBIAN = 'NAME="Debian GNU/Linux"\n    ID=debian\n    HOME_URL="https://rhel.example/"'


@pytest.mark.parametrize(("system", "untried"), [(ROCKY, True), (DEBIAN, False)])
def test_verdicts_on_hosts_that_were_never_tried_are_marked(tmp_path: Path, system: str, untried: bool) -> None:
    (tmp_path / "transcripts").mkdir()
    text = (
        f"mailassay transcript 1\n\nmx1 command cat /etc/os-release\nexit 0\n    {system}\n\nmx1 command id\nexit 0\n"
    )
    (tmp_path / "transcripts/mx1.txt").write_text(text)
    said = conclude(
        record(verdict("a.b@mx1"), verdict("a.b@mx2"), folder=tmp_path, of=head("mx1", "mx2")), None, (), Gate()
    )
    marks = {v.target: bool(v.unverified) for v in said.diagnosis.verdicts}
    assert marks == {"mx1": untried, "mx2": False}
    shown = "\n".join(line.text for line in summary(said))
    assert ("never tried on the operating system of mx1" in shown) is untried
