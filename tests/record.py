"""The recorder: cuts a check's own test out of a run on the lab, with documentation names and addresses.

    .venv/bin/python -m tests.record reports/out/lab/latest CHECK TARGET SCENARIO
    .venv/bin/python -m tests.record reports/out/lab/latest SCENARIO

writes tests/transcripts/CHECK/SCENARIO.VERDICT.txt (of a site's own check: checks/transcripts beside its inventory),
holding just the questions that the check asked of that target. The second form does so for every check of which no such verdict has been kept yet. The fault bench records as well:
`python -m tests.bench faults --only NAME --record`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path

import yaml

from checks.evidence import notation
from checks.evidence.transcript import Answer, Question
from checks.judge import judge
from checks.pages import catalogue
from checks.resolve import Resolver, target_kind
from checks.run import INVENTORY, fixtures, load_transcript, recorded_inventory
from checks.site import read_checks, read_fixtures, site_folder
from checks.target import Target, fleet
from checks.verdict import FAIL, PASS, Verdict, read
from reports.verdicts import RESULTS
from tests.scenario import TRANSCRIPTS

# RFC 2606 names and RFC 5737 / RFC 3849 addresses for the lab's; certificates and DNS messages keep their .test names, which
# RFC 2606 reserves as well, since a signature or a message's octets cannot be rewritten.
_NAMES = [("alpha.test", "example.org"), ("beta.test", "example.net"), ("neglected.test", "example.com"),
          ("outside.test", "observer.example")]  # fmt: skip
_ADDRESSES = [("10.77.0.", "203.0.113."), ("10.77.1.", "192.0.2."), ("10.77.2.", "198.51.100."),
              ("fd77:0:0:1:", "2001:db8:1:"), ("fd77:0:0:2:", "2001:db8:2:"), ("fd77:0:0:0:", "2001:db8:0:"),
              ("fd77::", "2001:db8::")]  # fmt: skip


# The same addresses as the DNS spells them backwards, for PTR records and block lists.
_REVERSED = [(".0.77.10.", ".113.0.203."), (".1.77.10.", ".2.0.192."), (".2.77.10.", ".100.51.198."),
             ("1.0.0.0.0.0.0.0.0.0.0.0.7.7.d.f", "0.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2"),
             ("2.0.0.0.0.0.0.0.0.0.0.0.7.7.d.f", "0.0.0.0.2.0.0.0.8.b.d.0.1.0.0.2")]  # fmt: skip


def documented(text: str) -> str:
    """The text with the lab's addresses, and (unless it holds a certificate or DNS messages) names, as documentation ones."""
    names = [] if "BEGIN CERTIFICATE" in text or "/dev/udp/" in text else _NAMES
    for lab, documentation in [*_ADDRESSES, *_REVERSED, *names]:
        text = text.replace(lab, documentation)
    # DMARC's tree walk asks the top-level domain as well (RFC 9989 §4.10).
    top = next((tld for tld in ("org", "net", "com") if f"_dmarc.example.{tld}." in text), "test")
    return text.replace("_dmarc.test.", f"_dmarc.{top}.")


def record_lacking(folder: Path, scenario: str, said: Iterable[Verdict]) -> list[Path]:
    """Record each check of which no such verdict is kept yet, once; returns the files written."""
    written = {}
    for verdict in said:
        kept = list((TRANSCRIPTS / verdict.check).glob(f"*.{verdict.verdict}.txt"))
        if verdict.verdict in (PASS, FAIL) and not kept:
            written[verdict.check] = record(folder, verdict.check, verdict.target, scenario)
    return list(written.values())


def record(folder: Path, check_id: str, target_name: str, scenario: str) -> Path:
    """Record; returns the file written."""
    kept = json.loads((folder / INVENTORY).read_text("utf-8"))
    transcript = load_transcript(folder)
    site = site_folder(kept.get("source"))
    own = read_checks(site) if site else {}
    made = {**catalogue(), **own}[check_id]
    known = {**fixtures(), **read_fixtures(site, fixtures())}
    targets = fleet(recorded_inventory(**kept | {"site": "lab"}))
    target = next(t for t in targets.targets(target_kind(check_id, made.parameters, known)) if t.name == target_name)
    resolver = Resolver(target, targets, transcript, known)
    verdicts = list(judge(made, target, resolver, transcript))
    said = {v.verdict for v in verdicts}
    worst = next(v for v in ("fail", "unknown", "pass", "skip") if v in said)
    asked = {q: a for case in resolver.cases(made.parameters) for q in case.asked for a in transcript.ask(q)}
    expect = [f"{v.target}[{v.instance}]" for v in verdicts if v.verdict == worst and v.instance is not None]
    hosts = {**kept["hosts"], **kept["others"]}
    text = _file(hosts, target, transcript.clock.isoformat(), asked, expect if len(said) > 1 else [])
    folder_of = site / "transcripts" if site and check_id in own else TRANSCRIPTS
    path = folder_of / check_id / f"{scenario}.{worst}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(documented(text), "utf-8")
    return path


def _file(
    hosts: dict[str, object],
    target: Target,
    clock: str,
    asked: dict[Question, Answer],
    expect: list[str],
) -> str:
    """A transcript with the hosts that stand behind the target or were asked, and the observer, in its header."""
    behind = {h.name for h in getattr(target, "hosts", ())} | {target.name, target.policy.observer}
    behind |= {question.target for question in asked if question.kind == "command"}
    inventory = yaml.safe_dump({name: variables for name, variables in hosts.items() if name in behind}, width=110)
    header = [notation.FORMAT, f"clock: {clock}", "inventory:", *(f"  {line}" for line in inventory.splitlines())]
    if expect:
        header += ["expect:", *(f"  - {reference}" for reference in expect)]
    body = "".join(notation.section(question, answer) for question, answer in asked.items())
    return "\n".join([*header, "# recorded from the lab"]) + "\n" + body


if __name__ == "__main__":
    run = Path(sys.argv[1])
    if len(sys.argv) > 3:
        print(record(run, *sys.argv[2:5]))
    else:
        lines = (run / RESULTS).read_text("utf-8").splitlines()
        print(*record_lacking(run, sys.argv[2], map(read, lines)), sep="\n")
