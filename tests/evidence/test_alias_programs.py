"""Programs of alias files, looked at by a shell as it is on the hosts."""

import subprocess
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.alias_programs import programs, query


def test_each_program_is_found_and_looked_at(tmp_path: Path) -> None:
    good, writable, closed = (tmp_path / name for name in ("good", "writable", "closed"))
    for each, mode in ((good, 0o755), (writable, 0o757), (closed, 0o644)):
        each.write_text("#!/bin/sh\n")
        each.chmod(mode)
    aliases = tmp_path / "aliases"
    aliases.write_text(
        f'# old: "|/gone/for/good"\nroot: alice\ntickets: "|{good} --queue x", |{writable}\n'
        f'a:"| {closed} y"\nlost: |/no/such/program\nurl: a|b/c@example.org\nfile: /var/mail/archive\n'
    )
    script = query([str(aliases), str(tmp_path / "none")]).removeprefix("sudo ")
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert not done.stderr
    assert sorted((each.path, each.trouble) for each in programs(done.stdout)) == sorted(
        [
            (str(good), ""),
            (str(writable), "everybody may write it (mode 757)"),
            (str(closed), "it cannot be run (mode 644)"),
            ("/no/such/program", "there is no such program"),
        ]
    )


def test_a_folder_that_all_may_write_is_told() -> None:
    (found,) = programs("755 root 777 /srv/open/program\n")
    assert found.trouble == "everybody may replace it (its folder has mode 777)"
    assert programs("755 root 1777 /tmp/program\n")[0].trouble == ""


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    programs(text)
    programs(f"missing {text}")
