"""One run: which fleet, which evidence, where it is kept, and what has been judged so far."""

from __future__ import annotations

import importlib
import inspect
import json
import os
import pkgutil
import shutil
import sys
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from types import ModuleType
from typing import Any, TextIO

import checks.fixtures
from checks import domain_source
from checks.catalogue import CONSENTS, Check
from checks.connection import Connection, Secret
from checks.evidence import notation
from checks.evidence.transcript import Answer, Lacking, Question, Transcript
from checks.inventory import read_inventory
from checks.looking import look
from checks.policy import PREFIX
from checks.progress import Progress
from checks.resolve import Fixtures, Resolver
from checks.resume import answered, go_on, hold
from checks.room import make_room
from checks.shard import WHOLE, Shard, shard
from checks.site import read_fixtures, site_folder
from checks.target import Fleet, Host, Source, Target, fleet
from checks.verdict import Verdict

INVENTORY = "inventory.json"
TRANSCRIPTS = "transcripts"
VERDICTS = "verdicts.jsonl"
# What matters of hosts that a limit left out: the names that they have, and who is active among them.
_OF_OTHERS = frozenset({"hostname", "endpoints", "active", "state"})


class UnusableRun(ValueError):
    """The run cannot start; the message says what is wrong and where."""


@dataclass(frozen=True)
class RecordedHost:
    """A host as an earlier run, or the header of a check's test, tells of it."""

    name: str
    mailassay: Mapping[str, object]
    connection: Connection | None = None


@dataclass(frozen=True)
class RecordedInventory:
    """The inventory of an earlier run: what it said of each host, without any way to reach it."""

    site: str
    hosts: tuple[RecordedHost, ...]
    others: tuple[RecordedHost, ...] = ()
    source: str = ""


@dataclass
class Run:
    """An audit under way. folder: reports/out/<site>/<time>; allowed: the consents given; own_checks: the site's.

    replayed: the earlier run whose evidence is judged again.
    """

    fleet: Fleet
    transcript: Transcript
    fixtures: Fixtures
    folder: Path
    allowed: frozenset[str]
    gathered: bool
    part: str = ""
    own_checks: Path | None = None
    shard: Shard = WHOLE
    replayed: Path | None = None
    _stream: TextIO | None = None
    _resolver: Resolver | None = None
    _resolved: Target | None = None

    def resolver(self, target: Target) -> Resolver:
        """The resolver of this target; items of a target come one after the other, so only one is kept."""
        if self._resolved is not target or self._resolver is None:
            self._resolved = target
            self._resolver = Resolver(target, self.fleet, self.transcript, self.fixtures)
        return self._resolver

    def record(self, verdicts: Iterable[Verdict]) -> None:
        """Verdicts go to disk while judging, so that an interrupted run keeps them."""
        if self._stream is None:
            self._stream = (self.folder / f"{self.part}{VERDICTS}").open("a", encoding="utf-8")
        self._stream.writelines(f"{verdict.line()}\n" for verdict in verdicts)
        self._stream.flush()

    def keep_transcripts(self) -> None:
        """Write transcripts/<target>.txt, readable by their owner only."""
        self.gathered = True
        (self.folder / TRANSCRIPTS).mkdir(mode=0o700, exist_ok=True)
        if self.replayed:
            for path in (self.replayed / TRANSCRIPTS).glob("*.txt"):
                os.chmod(shutil.copyfile(path, self.folder / TRANSCRIPTS / path.name), 0o600)
            return
        for target in self.transcript.targets():
            self.keep_transcript(target)

    def keep_transcript(self, target: str) -> None:
        """Write one of them, unless it stands there already as it is; then its memory is freed."""
        path = self.folder / TRANSCRIPTS / f"{notation.file_name(target)}.txt"
        if path.exists() and self.transcript.is_away(target):
            return
        answers = self.transcript.answers(target)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        waiting = path.with_suffix(".half")
        with open(os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(notation.render(self.transcript.clock, answers))
        waiting.replace(path)
        self.transcript.put_away(target, partial(_read_again, target, [path]))

    def plan(self, selection: Iterable[tuple[Check, Target]]) -> None:
        """Print the questions that can be known before the first answer; nobody is contacted."""
        self.transcript.gathering = True
        questions: set[Question] = set()
        for check, target in selection:
            try:
                self.resolver(target).cases(check.parameters)
            except Lacking as lacking:
                questions |= lacking.questions
        for kind in ("host", "endpoint", "domain", "observer"):
            for target in self.fleet.targets(kind):
                print(f"{kind} {target.name}")
        for question in sorted(questions):
            print(f"{question.target}: {question.kind} {question.text}")
        print("What follows from the answers (addresses of MX hosts, log paths, certificates) is asked after these.")


def start(option: Any, worker_folder: str | None) -> Run:
    """The run that these command-line options ask for. Raises InventoryProblem, UnusableRun or ValueError."""
    allowed = frozenset(word for word in option.allow.split(",") if word)
    if allowed - set(CONSENTS):
        raise UnusableRun(f"--allow: there is no {min(allowed - set(CONSENTS))!r}; it knows {', '.join(CONSENTS)}")
    if option.resume and (option.replay or not option.inventory):
        raise UnusableRun("--resume goes with --inventory, and not with --replay")
    share = shard(option.shard)
    earlier = worker_folder or option.replay or option.resume
    source = Path(earlier) if earlier else None
    inventory: Source = read_inventory(option.inventory, option.limit) if option.inventory else _recorded(source)
    transcript = load_transcript(source) if source else Transcript(datetime.now(UTC).replace(microsecond=0))
    origin = option.inventory or _origin(source)
    own = site_folder(origin)
    nouns = {**fixtures(), **read_fixtures(own, fixtures())}
    targets = fleet(_with_domains(inventory, option, source, nouns), transcript.clock.date())
    if worker_folder:
        part = f"{os.environ.get('PYTEST_XDIST_WORKER', '')}-"
        return Run(targets, transcript, nouns, Path(worker_folder), allowed, True, part, own, share)
    if not option.replay and not option.plan and not option.collectonly:
        make_room(targets)
    kept = told(targets, origin)
    folder = _resumed(Path(option.resume), kept) if option.resume else _new_folder(Path(option.out), targets.site)
    (folder / INVENTORY).write_text(kept, "utf-8")
    known = answered(transcript) if option.resume else transcript
    replayed = source if option.replay else None
    return Run(targets, known, nouns, folder, allowed, bool(replayed), own_checks=own, shard=share, replayed=replayed)


def _with_domains(inventory: Source, option: Any, source: Path | None, nouns: Fixtures) -> Source:
    """The inventory with the domains of hosts that are to tell theirs themselves; a plan contacts nobody."""
    if not domain_source.wanted(inventory.hosts):
        return inventory
    before = source or Path(option.out) / inventory.site / "latest"
    rows = domain_source.kept(before, INVENTORY)
    if source is None and not (option.plan or option.collectonly):
        asked = fleet(domain_source.alone(inventory))
        transcript = Transcript(datetime.now(UTC).replace(microsecond=0))
        looked = look(asked, domain_source.NOUNS, transcript, nouns, Progress(sys.stderr, lambda _: None))
        # Of a host that does not answer tonight, those of last night count: fewer domains would be a weaker audit.
        rows |= domain_source.seen(looked)
    return domain_source.filled(inventory, rows)


def _resumed(folder: Path, kept: str) -> Path:
    hold(folder)
    go_on(folder, kept, folder / INVENTORY, f"*{VERDICTS}")
    return folder


def _new_folder(out: Path, site: str) -> Path:
    stem = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    for number in range(100):
        folder = out / site / (stem if number == 0 else f"{stem}-{number}")
        try:
            folder.mkdir(parents=True, mode=0o700)
        except FileExistsError:
            continue  # another run began in this second
        except OSError as error:
            raise UnusableRun(f"{folder} cannot be written: {error.strerror}") from error
        hold(folder)
        return folder
    raise UnusableRun(f"{out / site}: too many runs began in this second")


def _origin(source: Path | None) -> str:
    """Where the inventory of an earlier run lay; empty if it does not say."""
    return _recorded(source).source if source else ""


def told(targets: Fleet, origin: str) -> str:
    """What the inventory says of the audited hosts, as inventory.json keeps it."""
    where = Path(origin).expanduser() if origin else None
    kept = {
        "site": targets.site,
        "source": str(where.resolve()) if where and where.exists() else "",
        "hosts": {host.name: _variables(host) for host in targets.hosts},
        "others": {host.name: _variables(host, _OF_OTHERS) for host in targets.others},
    }
    return json.dumps(kept, indent=1, default=str)


def _variables(host: Host, only: Container[str] | None = None) -> dict[str, Any]:
    chosen = {key: value for key, value in host.policy.chosen().items() if not isinstance(value, Secret)}
    return {f"{PREFIX}{key}": value for key, value in chosen.items() if only is None or key in only}


def _recorded(source: Path | None) -> RecordedInventory:
    assert source is not None
    try:
        kept = json.loads((source / INVENTORY).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise UnusableRun(f"{source} is no folder of an earlier run: {error}") from error
    return recorded_inventory(**kept)


def recorded_inventory(
    site: str,
    hosts: Mapping[str, Mapping[str, object]],
    others: Mapping[str, Mapping[str, object]] | None = None,
    source: str = "",
) -> RecordedInventory:
    """An inventory from plain variables by host."""
    listed, beyond = (tuple(RecordedHost(*pair) for pair in each.items()) for each in (hosts, others or {}))
    return RecordedInventory(site, listed, beyond, source)


def load_transcript(source: Path) -> Transcript:
    """All that was asked in an earlier run; it is read when it is wanted. Raises UnusableRun."""
    clock = None
    files: dict[str, list[Path]] = {}
    for path in sorted((source / TRANSCRIPTS).glob("*.txt")):
        try:
            text = path.read_text("utf-8")
            clock = notation.parse(text)[0].clock  # whole, so that a torn file stops the run now
        except ValueError as error:
            raise UnusableRun(f"{path}: {error}") from error
        for target in notation.told_of(text):
            files.setdefault(target, []).append(path)
    if clock is None:
        raise UnusableRun(f"{source / TRANSCRIPTS} holds no transcripts")
    transcript = Transcript(clock)
    for target, paths in files.items():
        transcript.put_away(target, partial(_read_again, target, paths))
    return transcript


def _read_again(target: str, paths: Iterable[Path]) -> Mapping[Question, Answer]:
    """The answers of one target, from the files that tell of it."""
    found: dict[Question, Answer] = {}
    for path in paths:
        _, answers = notation.parse(path.read_text("utf-8"))
        found |= {question: answer for question, answer in answers.items() if question.target == target}
    return found


@cache
def fixtures() -> Fixtures:
    """The public functions of checks/fixtures, by name."""
    found: dict[str, Callable[..., Any]] = {}
    for info in pkgutil.iter_modules(checks.fixtures.__path__):
        new = _public(importlib.import_module(f"checks.fixtures.{info.name}"))
        if twice := found.keys() & new.keys():
            raise ValueError(f"two fixtures are named {min(twice)}: one would silently stand in for the other")
        found |= new
    return found


def _public(module: ModuleType) -> dict[str, Callable[..., Any]]:
    return {
        name: value
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_")
    }
