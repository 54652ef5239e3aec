"""A check's own test: a transcript file with a small inventory in its header, judged like any other evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from checks.catalogue import Check
from checks.evidence import notation
from checks.evidence.transcript import Answer, Question, Transcript
from checks.judge import judge
from checks.pages import catalogue
from checks.resolve import Fixtures, Resolver, target_kind
from checks.run import fixtures, recorded_inventory
from checks.site import FOLDER, read_checks, read_fixtures
from checks.target import fleet
from checks.verdict import UNKNOWN, Verdict

TRANSCRIPTS = Path(__file__).with_name("transcripts")
# Sites keep the transcripts of their own checks beside these: inventories/acme/checks/transcripts.
SITES = Path(__file__).parents[1] / "inventories"


@dataclass(frozen=True)
class Scenario:
    """tests/transcripts/<check id>/<name>.<verdict>.txt."""

    path: Path

    @property
    def check_id(self) -> str:
        return self.path.parent.name

    @property
    def verdict(self) -> str:
        return self.path.name.removesuffix(".txt").rpartition(".")[2]

    @property
    def site(self) -> Path | None:
        """The folder of a site's own checks that it belongs to."""
        folder = self.path.parents[2]
        return folder if folder.name == FOLDER else None

    @property
    def checks(self) -> Mapping[str, Check]:
        return {**catalogue(), **(read_checks(self.site) if self.site else {})}

    @property
    def fixtures(self) -> Fixtures:
        return {**fixtures(), **read_fixtures(self.site, fixtures())}

    def __str__(self) -> str:
        return f"{self.check_id}/{self.path.name.removesuffix('.txt')}"


def scenarios() -> list[Scenario]:
    own = SITES.glob(f"*/{FOLDER}/transcripts/*/*.txt")
    return [Scenario(path) for path in sorted((*TRANSCRIPTS.glob("*/*.txt"), *own))]


def verdicts(
    scenario: Scenario, change: Callable[[Question, Answer], Answer] | None = None
) -> tuple[list[Verdict], list[str]]:
    """What the check says of the scenario, and the references (``target[instance]``) its header expects to differ.

    change: what becomes of every answer before it is judged.
    """
    header, answers = notation.parse(scenario.path.read_text("utf-8"))
    if change is not None:
        answers = {question: change(question, answer) for question, answer in answers.items()}
    hosts = yaml.safe_load(header.inventory)
    targets = fleet(recorded_inventory("test", hosts))
    transcript = Transcript(header.clock, answers)
    made, known = scenario.checks[scenario.check_id], scenario.fixtures
    said: list[Verdict] = []
    for target in targets.targets(target_kind(made.id, made.parameters, known)):
        said += _of(list(judge(made, target, Resolver(target, targets, transcript, known), transcript)))
    return said, yaml.safe_load(header.expect) or []


def _of(verdicts: list[Verdict]) -> list[Verdict]:
    """The verdicts on a target, unless the transcript says nothing of it (an observer, another domain of the host)."""
    silent = all(v.verdict == UNKNOWN and v.seen.startswith("this transcript does not answer") for v in verdicts)
    return [] if silent else verdicts
