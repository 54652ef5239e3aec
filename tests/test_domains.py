"""Mail domains of an inventory: their kinds, whose DNS it is, and that a domain which is gone is one finding."""

from __future__ import annotations

import time
from bisect import bisect_right
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from checks import domain_source
from checks import gather as gather_module
from checks.domain_file import BadDomains
from checks.domain_rows import BadDomain, kinds, read_row
from checks.evidence.transcript import Answer, Question, Transcript
from checks.gather import gather, just
from checks.looking import Looked
from checks.pace import BURST
from checks.pages import catalogue
from checks.policy import PolicyProblem
from checks.progress import Progress
from checks.run import fixtures, recorded_inventory
from checks.target import Domain, fleet
from checks.verdict import UNKNOWN
from reports.compare import compare
from reports.customers import customers, remark
from reports.exits import Exit
from reports.gate import Gate
from reports.terminal import summary
from tests.reports.made import PASS, head, record, report, verdict
from tests.scenario import TRANSCRIPTS, Scenario, verdicts

MX: dict[str, object] = {"mailassay_roles": ["mx", "submission"]}


def domains(*entries: Any) -> dict[str, Domain]:
    found = fleet(recorded_inventory("acme", {"mx1": {**MX, "mailassay_domains": list(entries)}}))
    return {domain.name: domain for domain in found.domains}


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"name": "a.example", "kind": "parkd"}, "did you mean parked?"),
        ({"name": "a.example", "selectrs": ["x"]}, "did you mean selectors?"),
        ({"name": "a.example", "selectors": "x"}, "selectors is a list"),
        ({"name": "a.example", "dns": "theirs"}, "dns is ours or customer"),
        ({"name": "a.example", "dns": "ours", "customer": "ACME"}, "leave one of the two out"),
        ({"kind": "hosted"}, "needs a name"),
        ("", "needs a name"),
        ("a b", "needs a name"),
    ],
)
def test_an_entry_that_cannot_be_used_says_why(entry: object, said: str) -> None:
    with pytest.raises(BadDomain, match=said.replace("?", r"\?")):
        read_row(entry)
    with pytest.raises(PolicyProblem, match="host mx1: mailassay_domains"):
        domains(entry)


def test_a_bare_name_is_hosted_and_ours() -> None:
    found = domains("Example.ORG.")["example.org"]
    assert (found.is_a, found.customer, [h.name for h in found.senders]) == (kinds()["hosted"], "", ["mx1"])


@pytest.mark.parametrize(("kind", "sends"), [(name, kind.sends) for name, kind in kinds().items()])
def test_only_domains_that_are_sent_from_here_need_our_hosts_in_spf(kind: str, sends: bool) -> None:
    found = domains({"name": "a.example", "kind": kind})["a.example"]
    assert bool(found.senders) is bool(found.signers) is sends


def test_a_customer_is_named_or_stands_for_itself() -> None:
    found = domains({"name": "a.example", "customer": "ACME Ltd"}, {"name": "b.example", "dns": "customer"})
    assert (found["a.example"].customer, found["b.example"].customer) == ("ACME Ltd", "b.example")


OF_CUSTOMER = {"a.example": "ACME", "b.example": "Bee"}
THEIRS = verdict("spf.published@a.example", kind="domain", seen="no record")
OURS = verdict("spf.published@ours.example", kind="domain", seen="no record")


def test_what_a_customer_has_to_mend_fails_nobodys_run() -> None:
    said = report(THEIRS, of=head("mx1", customers=OF_CUSTOMER))
    assert said.exit is Exit.CLEAN
    blind = verdict("spf.published@a.example", UNKNOWN, kind="domain")
    assert report(blind, of=head("mx1", customers=OF_CUSTOMER)).exit is Exit.CLEAN
    assert report(THEIRS, OURS, of=head("mx1", customers=OF_CUSTOMER)).exit is Exit.FAILURE


def test_a_customers_new_failure_is_no_regression() -> None:
    of = head("mx1", customers=OF_CUSTOMER)
    before = record(verdict("spf.published@a.example", PASS, kind="domain"), of=of)
    assert not compare([before], record(THEIRS, of=of)).worse
    said = report(THEIRS, of=of, baselines=(before,), gate=Gate(regressions=True))
    assert said.exit is Exit.CLEAN


def test_customers_stand_in_their_own_report_and_on_one_line_of_the_terminal() -> None:
    said = report(THEIRS, OURS, of=head("mx1", customers=OF_CUSTOMER))
    assert remark(said).startswith("customers' domains: 2 of 2 customers; to be mended by them: ACME (1 high)")
    lines = "\n".join(line.text for line in summary(said))
    assert "ours.example" in lines
    assert "a.example: no record" not in lines
    acme, bee = customers(said).partition("## `Bee`")[::2]
    assert "`a.example`" in acme
    assert "Nothing to mend" in bee
    assert "ours.example" not in acme + bee


def test_no_customer_no_line() -> None:
    assert remark(report(OURS)) == ""


def listed(folder: Path, name: str, text: str) -> list[str]:
    (folder / "hosts.yml").write_text("")
    (folder / name).write_text(text)
    hosts = {"mx1": {**MX, "mailassay_domains": name}}
    found = fleet(recorded_inventory("acme", hosts, source=str(folder / "hosts.yml")))
    assert found.hosts[0].policy.domains
    return [f"{d.name} {d.is_a.name} {d.customer}".strip() for d in found.domains]


def test_domains_may_stand_in_a_file_beside_the_inventory(tmp_path: Path) -> None:
    assert listed(tmp_path, "d.txt", "# ours\nA.example\n\nb.example # old\n") == [
        "a.example hosted",
        "b.example hosted",
    ]
    rows = "- a.example\n- {name: b.example, kind: parked, customer: Bee}\n"
    assert listed(tmp_path, "d.yml", rows) == ["a.example hosted", "b.example parked Bee"]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("d.yml", "a: b", "must be a list"),
        ("d.yml", "- [", "while parsing"),
        ("d.yml", "- {nam: x}", "did you mean name"),
    ],
)
def test_a_file_of_domains_that_cannot_be_used_says_which(tmp_path: Path, name: str, text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        listed(tmp_path, name, text)


def test_a_file_that_is_not_there_stops_the_run(tmp_path: Path) -> None:
    hosts = {"mx1": {"mailassay_domains": "hots"}}
    with pytest.raises(BadDomains, match="`hosts`"):
        fleet(recorded_inventory("acme", hosts, source=str(tmp_path)))


def test_a_host_that_is_not_reached_keeps_the_domains_of_last_night(tmp_path: Path) -> None:
    """What was read replaces what was known, host by host."""
    (tmp_path / "inventory.json").write_text(
        '{"hosts": {"mx1": {"mailassay_domains": ["old.example"]}, "mx2": {"mailassay_domains": ["kept.example"]}}}'
    )
    hosts: dict[str, dict[str, object]] = {name: {"mailassay_domains": "hosts"} for name in ("mx1", "mx2")}
    source = recorded_inventory("acme", hosts)
    none: dict[str, list[object]] = {noun: [] for noun in domain_source.NOUNS}
    reached = Looked({**none, "login": ["0"], "postfix_domains": [{"mydestination": ("new.example",)}]}, ())
    rows = domain_source.kept(tmp_path, "inventory.json")
    rows |= domain_source.seen({"mx1": reached, "mx2": Looked({**none, "login": []}, ("not reached",))})
    found = fleet(domain_source.filled(source, rows))
    assert [domain.name for domain in found.domains] == ["new.example", "kept.example"]
    assert [domain.name for domain in fleet(source).domains] == []


DOMAINS, SELECTORS, PACE = 3000, ("s1", "s2", "s3"), 4000


def test_three_thousand_domains_are_asked_about_within_the_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    """9,000 questions: after a first thousand no more than the policy's number in any second, each asked once."""
    asked: list[float] = []

    async def stand_in(question: Question, _vantage: object) -> Answer:
        asked.append(time.monotonic())
        return Answer("NOERROR", f'{question.text.split()[0]} 60 IN TXT "v=DKIM1; p="\n'.encode())

    monkeypatch.setattr(gather_module, "PROBES", {"dns": stand_in})
    rows = [{"name": f"d{n}.example", "selectors": list(SELECTORS)} for n in range(DOMAINS)]
    hosts: dict[str, dict[str, object]] = {"mx1": {"mailassay_domains": rows, "mailassay_dns_pace": PACE}}
    targets = fleet(recorded_inventory("acme", hosts))
    published = catalogue()["dkim.published"]
    transcript = Transcript(datetime.now(UTC))
    wanted = just((published, domain) for domain in targets.domains)
    gather(wanted, targets, transcript, fixtures(), Progress(StringIO(), lambda _: None))
    names = [q.text for target in transcript.targets() for q in transcript.answers(target) if "_domainkey" in q.text]
    assert len(names) == len(set(names)) == DOMAINS * len(SELECTORS)
    asked.sort()
    most = max(bisect_right(asked, moment + 1) - number for number, moment in enumerate(asked))
    assert most <= PACE + BURST + 1


def rests_of(path: str) -> set[str]:
    said, _ = verdicts(Scenario(TRANSCRIPTS / path))
    return {ref for verdict in said for ref in verdict.rests_on if ref.startswith("domain.")}


def test_what_is_said_of_a_domain_rests_on_its_being_there_and_ours() -> None:
    """A check declares nothing for it, and the two checks that say it rest on neither each other's end nor themselves."""
    assert {
        ref.partition("@")[0] for ref in rests_of("dkim.published/opensmtpd_signs_with_an_old_selector.fail.txt")
    } == {
        "domain.exists",
        "domain.leads_here",
    }
    moved = rests_of("domain.leads_here/domain_moved_away.fail.txt")
    assert {ref.partition("@")[0] for ref in moved} == {"domain.exists"}
    assert rests_of("domain.exists/domain_expired.fail.txt") == set()


@pytest.mark.parametrize("roles", [["internal-relay", "outbound"], ["outbound", "internal-relay"]])
def test_a_relay_for_insiders_needs_port_25_whatever_other_roles_take_in_its_place(roles: list[str]) -> None:
    relay, outbound = (
        fleet(recorded_inventory("acme", {"relay1": {"mailassay_roles": each}})).hosts[0]
        for each in (roles, ["outbound"])
    )
    assert [(port.number, port.instead) for port in relay.inside_ports] == [(25, None)]
    assert [(port.number, port.instead) for port in outbound.inside_ports] == [(25, 587)]
