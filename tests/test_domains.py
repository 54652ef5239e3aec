"""Mail domains of an inventory: their kinds, whose DNS it is, and that a domain which is gone is one finding."""

from __future__ import annotations

from typing import Any

import pytest

from checks.domain_rows import BadDomain, kinds, read_row
from checks.policy import PolicyProblem
from checks.run import recorded_inventory
from checks.target import Domain, fleet
from checks.verdict import UNKNOWN
from reports.compare import compare
from reports.customers import customers, remark
from reports.exits import Exit
from reports.gate import Gate
from reports.terminal import summary
from tests.reports.made import PASS, head, record, report, verdict

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
