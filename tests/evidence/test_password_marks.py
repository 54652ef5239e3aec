"""Marks of stored passwords, as a host makes them: the same for the same text, and none for what could be guessed."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.password_marks import Differing, differing, marks, query

ONE = "alice@a.test:{SHA512-CRYPT}$6$salt$abc:::::\nbob@a.test:$2y$05$saltandhash:1:2\n#old@a.test:$6$s$h\n"


def made(path: Path, text: str) -> Mapping[str, str]:
    """What the command shows of this passwd-file, without sudo."""
    path.write_text(text)
    asked = query([str(path)]).removeprefix("sudo ")
    done = subprocess.run(["sh", "-c", asked], capture_output=True, text=True, timeout=10, check=True)
    assert "alice" not in done.stdout
    assert "salt" not in done.stdout
    return marks(done.stdout)


def test_a_password_that_was_changed_on_one_host_shows(tmp_path: Path) -> None:
    one = made(tmp_path / "one", f"{ONE}carol@a.test:$6$x$y\n")
    other = made(tmp_path / "other", f"{ONE}carol@a.test:$6$x$z\ndave@a.test:$6$x$z\n")
    found = differing(one, other)
    assert (found.common, len(found.different), found.meant_alike) == (3, 1, True)


def test_hosts_that_hash_by_themselves_are_not_meant_alike(tmp_path: Path) -> None:
    one, other = made(tmp_path / "one", ONE), made(tmp_path / "other", ONE.replace("salt", "other"))
    assert not differing(one, other).meant_alike


def test_what_could_be_guessed_gets_no_mark(tmp_path: Path) -> None:
    assert not made(
        tmp_path / "one",
        "alice@a.test:{PLAIN}secret\nbob@a.test:{SHA256}AbC=\ncarol@a.test:{MD5}xyz\n"
        "dave@a.test:{PLAIN}my$ecret$123\nerin@a.test:pa$s$word\nfred@a.test:{PLAIN}$6$a$b\n",
    )


def test_nothing_in_common_is_nothing_different() -> None:
    assert differing({}, {"u0000001": "u0000002"}) == Differing(0, ())


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    marks(text)
