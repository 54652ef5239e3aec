"""Several machines that judge a share each say together what one says alone; an interrupted run asks what is missing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from checks.shard import Shard, shard
from reports.exits import Exit
from reports.verdicts import read_run
from tests.test_audit import GOOD, ROOT, Site, pytest_run

NAMES = [f"mx{number}.example.org" for number in range(6)]
SELECTED = ("-k", "check_hosts or check_resources or check_queue")


@pytest.mark.parametrize("text", ["", "0/4", "5/4", "1/0", "-1/2", "1", "a/b", "1/99999", "1/2/3"])
def test_a_shard_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write NUMBER/OF"):
        shard(text)


def test_every_name_belongs_to_exactly_one_share_and_shares_are_alike() -> None:
    names = [f"host{number}" for number in range(1000)]
    held = Counter(number for number in range(1, 5) for name in names if Shard(number, 4).has(name))
    assert sum(held.values()) == 1000
    assert min(held.values()) > 200


def test_the_share_of_a_name_never_changes() -> None:
    """Machines of another make and next year's Python must agree."""
    assert [Shard(n, 3).has("mx1.example.org") for n in (1, 2, 3)].index(True) == 1


class Divided:
    """A site judged as a whole, and in three shares."""

    def __init__(self, site: Site) -> None:
        self.site = site
        variables = {"mailassay_roles": ["mx"], "mailassay_domains": ["example.org"]}
        dead = ("exit 255", {**variables, "mailassay_connect_timeout": 2})
        site.write(dict.fromkeys(NAMES[1:], (GOOD, variables)) | {NAMES[0]: dead})
        site.audit(*SELECTED)
        self.whole = (site.out / "acme" / "latest").resolve()
        self.shares = [self._share(number) for number in (1, 2, 3)]

    def _share(self, number: int) -> Path:
        out = self.site.folder.parent / f"share{number}"
        said = pytest_run("checks", "--replay", str(self.whole), "--shard", f"{number}/3", "--out", str(out), *SELECTED)
        assert said.returncode in (Exit.CLEAN, Exit.FAILURE, Exit.UNKNOWN), said.stderr
        return (out / "acme" / "latest").resolve()

    def merge(self, name: str, *arguments: str) -> tuple[int, str, Path]:
        into = self.site.folder.parent / name
        argv = [sys.executable, "-m", "reports", "merge", str(into), *arguments]
        done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
        return done.returncode, done.stdout + done.stderr, into


@pytest.fixture(scope="module")
def divided(tmp_path_factory: pytest.TempPathFactory) -> Divided:
    return Divided(Site(tmp_path_factory.mktemp("divided")))


def test_merged_shares_say_what_the_whole_said(divided: Divided) -> None:
    status, _, merged = divided.merge("merged", *map(str, divided.shares))
    whole, together = read_run(divided.whole), read_run(merged)
    assert status == whole.head.exit
    assert set(together.head.hosts) == set(NAMES)
    assert {v.reference: v.line() for v in together.verdicts} == {v.reference: v.line() for v in whole.verdicts}


def test_merged_shares_can_be_replayed(divided: Divided) -> None:
    _, _, merged = divided.merge("replayed", *map(str, divided.shares))
    out = divided.site.folder.parent / "again"
    pytest_run("checks", "--replay", str(merged), "--out", str(out), *SELECTED)
    again = read_run(out / "acme" / "latest").verdicts
    assert [v.line() for v in again] == [v.line() for v in read_run(merged).verdicts]


@pytest.mark.parametrize(
    ("numbers", "word"), [((0, 1), "share 3/3 is missing"), ((0, 1, 1, 2), "share 2/3 is there twice")]
)
def test_shares_that_lack_one_or_overlap_are_refused(divided: Divided, numbers: tuple[int, ...], word: str) -> None:
    status, said, into = divided.merge("refused", *(str(divided.shares[number]) for number in numbers))
    assert status == Exit.USAGE
    assert word in said
    assert not into.exists()


def test_a_missing_share_is_told_where_it_is_allowed(divided: Divided) -> None:
    _, said, merged = divided.merge("partial", "--allow-partial", *map(str, divided.shares[:2]))
    assert "share 3/3 is missing, with" in said
    assert len(read_run(merged).verdicts) < len(read_run(divided.whole).verdicts)


def test_shares_of_another_inventory_are_refused(divided: Divided, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for name in ("results.jsonl", "run.json"):
        (other / name).write_text((divided.shares[2] / name).read_text())
    head = json.loads((other / "run.json").read_text())
    (other / "run.json").write_text(json.dumps({**head, "fleet": "0" * 16}))
    status, said, _ = divided.merge("mixed", *map(str, divided.shares[:2]), str(other))
    assert status == Exit.USAGE
    assert "another fleet" in said


class Interrupted:
    """A run that was killed after gathering: one of its two hosts had been away, and is back."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.folder = site.folder.parent
        counted = f'echo >> "{self.folder}/contacted-'
        back = f'[ -e "{self.folder}/back" ] || exit 255'
        self.scripts = {"a": f'{counted}a"; {GOOD}', "b": f'{counted}b"; {back}; {GOOD}'}
        site.write({name: (script, {"mailassay_connect_timeout": 2}) for name, script in self.scripts.items()})
        site.audit(*SELECTED)
        self.run = (site.out / "acme" / "latest").resolve()
        for name in ("results.jsonl", "run.json", "junit.xml"):
            (self.run / name).unlink()
        (self.folder / "back").touch()

    def contacts(self, name: str) -> int:
        return len((self.folder / f"contacted-{name}").read_text().splitlines())


@pytest.fixture
def interrupted(site: Site) -> Interrupted:
    return Interrupted(site)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_a_resumed_run_asks_only_what_is_missing(interrupted: Interrupted) -> None:
    before = interrupted.contacts("a"), interrupted.contacts("b")
    interrupted.site.audit("--resume", str(interrupted.run), *SELECTED)
    assert (interrupted.contacts("a") - before[0], interrupted.contacts("b") - before[1]) == (0, 1)
    reached = {v.target: v.verdict for v in read_run(interrupted.run).verdicts if v.check == "hosts.reached"}
    assert reached == {"a": "pass", "b": "pass"}


def test_a_run_of_another_inventory_or_one_that_ended_is_not_resumed(interrupted: Interrupted) -> None:
    interrupted.site.write({"a": (GOOD, {}), "c": (GOOD, {})})
    other = interrupted.site.audit("--resume", str(interrupted.run), *SELECTED)
    assert other.returncode == Exit.USAGE
    assert "the inventory is not the one of that run" in other.stderr
    interrupted.site.write({name: (s, {"mailassay_connect_timeout": 2}) for name, s in interrupted.scripts.items()})
    interrupted.site.audit("--resume", str(interrupted.run), *SELECTED)
    again = interrupted.site.audit("--resume", str(interrupted.run), *SELECTED)
    assert again.returncode == Exit.USAGE
    assert "came to its end" in again.stderr


def test_a_run_that_is_still_under_way_is_left_alone(interrupted: Interrupted) -> None:
    (interrupted.run / "verdicts.jsonl").write_text("what the other has judged so far\n")
    script = "import sys, time; from pathlib import Path; from checks.resume import hold; hold(Path(sys.argv[1]));"
    argv = [sys.executable, "-c", f"{script} print('held', flush=True); time.sleep(300)", str(interrupted.run)]
    holder = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    done = interrupted.site.audit("--resume", str(interrupted.run), *SELECTED)
    holder.kill()
    holder.communicate()
    assert done.returncode == Exit.USAGE
    assert "another audit is at work there" in done.stderr
    assert (interrupted.run / "verdicts.jsonl").exists()
    assert interrupted.site.audit("--resume", str(interrupted.run), *SELECTED).returncode != Exit.USAGE
