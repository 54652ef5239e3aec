"""What a site lets pass: waivers, debt and hosts in maintenance; dated, told, and never silently more than it says."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from checks.state import BadState, read_state
from checks.verdict import WAIVED, Verdict
from reports import debt
from reports.excuses import Excuses, apply, read_excuses, verify
from reports.head import Head, HostEntry
from reports.waiver import BadWaiver, read_waivers
from tests.reports.made import FAIL, PASS, UNKNOWN, head, verdict

TODAY = date(2026, 11, 23)
GOOD = "- {check: tls.*, scope: mx1, reason: a fax, approver: J. Doe, expires: 2026-12-31}\n"


def site(folder: Path, waivers: str = "", debts: str = "", of: Head | None = None, today: date = TODAY) -> Excuses:
    (folder / "waivers.yml").write_text(waivers)
    (folder / "debt.yml").write_text(debts)
    return read_excuses(folder, of or head("mx1", "mx2"), today)


def one(excuses: Excuses, said: Verdict) -> Verdict:
    ((judged,), _) = apply(excuses, [said])
    return judged


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("- {check: a.b, scope: x, reason: r, approver: y, expires: 31.12.2026}", "'31.12.2026' is no date"),
        ("- {check: a.b, scope: x, reason: r, approver: y, expires: 2026-13-01}", "'2026-13-01' is no date"),
        ("- {check: a.b, scope: x, reason: r, approver: y, expires: 2026-12-31 10:00:00}", "is no date"),
        ("- {check: a.b, scope: x, reason: r, approver: y}", "expires is lacking"),
        ("- {check: a.b, scope: x, reason: '', approver: y, expires: 2026-12-31}", "reason is lacking"),
        ("- {check: a.b, scope: x, reason: r, approver: y, expires: 2026-12-31, aprover: z}", "did you mean approver?"),
        ("check: a.b", "must be a list"),
        ("- [", "while parsing"),
        ("- {check: a.b, scope: [], reason: r, approver: y, expires: 2026-12-31}", "scope is lacking"),
    ],
)
def test_a_file_that_cannot_be_used_says_where_and_why_in_one_line(tmp_path: Path, text: str, word: str) -> None:
    (tmp_path / "waivers.yml").write_text(text)
    with pytest.raises(BadWaiver, match=r"waivers\.yml") as caught:
        read_waivers(tmp_path / "waivers.yml")
    assert word in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_waived_failure_says_until_when_by_whom_and_why(tmp_path: Path) -> None:
    judged = one(site(tmp_path, GOOD), verdict("tls.modern@mx1"))
    assert (judged.verdict, judged.excused) == (WAIVED, "waived until 2026-12-31 by J. Doe: a fax")


@pytest.mark.parametrize(
    ("today", "said"), [(date(2026, 12, 31), WAIVED), (date(2027, 1, 1), FAIL), (date(2026, 1, 1), WAIVED)]
)
def test_the_last_day_is_included(tmp_path: Path, today: date, said: str) -> None:
    assert one(site(tmp_path, GOOD, today=today), verdict("tls.modern@mx1")).verdict == said


def test_an_expired_waiver_is_named_where_it_counts_again(tmp_path: Path) -> None:
    judged, remarks = apply(site(tmp_path, GOOD, today=date(2027, 1, 1)), [verdict("tls.modern@mx1")])
    assert judged[0].excused.startswith("waiver expired, held until 2026-12-31")
    assert remarks == ["waiver 1 (tls.*@mx1) expired on 2026-12-31: what it covered counts again"]


@pytest.mark.parametrize("word", [UNKNOWN, PASS, "skip"])
def test_only_a_failure_is_waived(tmp_path: Path, word: str) -> None:
    assert one(site(tmp_path, GOOD), verdict("tls.modern@mx1", word)).verdict == word


def test_what_is_needed_no_more_or_ends_soon_is_told(tmp_path: Path) -> None:
    _, remarks = apply(site(tmp_path, GOOD), [verdict("tls.modern@mx1", PASS)])
    assert remarks == ["waiver 1 (tls.*@mx1) is needed no more: nothing that it covers fails"]
    _, remarks = apply(site(tmp_path, GOOD, today=date(2026, 12, 20)), [verdict("tls.modern@mx1")])
    assert remarks == ["waiver 1 (tls.*@mx1) expires soon, on 2026-12-31"]


def test_what_was_not_judged_today_is_not_called_needless(tmp_path: Path) -> None:
    assert apply(site(tmp_path, GOOD), [verdict("dns.signed@mx1", PASS)])[1] == []


@pytest.mark.parametrize(
    ("scope", "covered"),
    [
        ("mx1", {"mx1", "mx1:25"}), ("relays", {"mx2"}), ("all", {"mx1", "mx2", "mx1:25", "mail:25", "example.org"}),
        ("mail:25", {"mail:25"}), ("'*:25'", {"mx1:25", "mail:25"}), ("example.org", {"example.org"}),
        ("[mx1, mx2]", {"mx1", "mx2", "mx1:25"}),
    ],
)  # fmt: skip
def test_a_scope_holds_hosts_and_what_stands_for_them_alone(tmp_path: Path, scope: str, covered: set[str]) -> None:
    fleet = head(hosts={"mx1": HostEntry(groups=("front",)), "mx2": HostEntry(groups=("relays",)), "mx3": HostEntry()})
    excuses = site(tmp_path, GOOD.replace("scope: mx1", f"scope: {scope}"), of=fleet)
    said = [
        verdict("tls.a@mx1"), verdict("tls.a@mx2"), verdict("tls.a@mx1:25"),
        verdict("tls.a@mail:25", hosts=("mx1", "mx3")),
        verdict("tls.a@example.org", kind="domain", hosts=("mx1",)),
    ]  # fmt: skip
    assert {v.target for v in apply(excuses, said)[0] if v.verdict == WAIVED} == covered


def test_an_instance_narrows_it(tmp_path: Path) -> None:
    excuses = site(tmp_path, GOOD.replace("scope:", "instance: 587, scope:"))
    assert one(excuses, verdict("tls.a@mx1[25]")).verdict == FAIL
    assert one(excuses, verdict("tls.a@mx1[587]")).verdict == WAIVED


KINDS = {"tls.modern": "endpoint", "dns.signed": "domain"}
TARGETS = {"host": {"mx1": ("mx1",)}, "endpoint": {"mx1:25": ("mx1",)}, "domain": {"example.org": ("mx1",)}}


def test_a_waiver_that_can_match_nothing_stops_the_run_and_names_the_nearest(tmp_path: Path) -> None:
    verify(site(tmp_path, GOOD), KINDS, TARGETS)
    missing = "holds no target"
    wrong = [("tls.*", "tls.moderne", "did you mean tls.modern?"), ("mx1", "mx9", missing), ("tls.*", "dns.*", missing)]
    for old, new, word in wrong:
        with pytest.raises(BadWaiver, match="waiver 1") as caught:
            verify(site(tmp_path, GOOD.replace(old, new)), KINDS, TARGETS)
        assert word in str(caught.value)


def test_debt_lets_the_known_pass_and_only_that(tmp_path: Path) -> None:
    debts, refused = debt.adopt([verdict("a.b@mx1[25]"), verdict("a.c@mx1", severity="critical")], [], "ops", TODAY, 90)
    assert [v.reference for v in refused] == ["a.c@mx1"]
    excuses = site(tmp_path, debts=debt.render(debts))
    assert one(excuses, verdict("a.b@mx1[25]")).excused == "debt since 2026-11-23, owner ops, review 2027-02-21"
    assert one(excuses, verdict("a.b@mx1[587]")).verdict == FAIL


def test_debt_counts_again_after_its_review_day_and_as_soon_as_it_is_critical(tmp_path: Path) -> None:
    text = debt.render(debt.adopt([verdict("a.b@mx1")], [], "ops", TODAY, 90)[0])
    over = site(tmp_path, debts=text, today=date(2027, 2, 22))
    judged, remarks = apply(over, [verdict("a.b@mx1")])
    assert (judged[0].verdict, remarks) == (FAIL, ["debt past its review day counts again: a.b@mx1"])
    assert one(site(tmp_path, debts=text), verdict("a.b@mx1", severity="critical")).verdict == FAIL


def test_debt_that_is_paid_is_told(tmp_path: Path) -> None:
    text = debt.render(debt.adopt([verdict("a.b@mx1"), verdict("a.c@mx1[x]")], [], "ops", TODAY, 90)[0])
    _, remarks = apply(site(tmp_path, debts=text), [verdict("a.b@mx1", PASS), verdict("a.c@mx1", PASS)])
    assert remarks == ["debt paid: a.b@mx1, a.c@mx1[x]; take it out of debt.yml"]


def test_adopting_again_keeps_owners_and_dates_of_what_is_still_there(tmp_path: Path) -> None:
    first, _ = debt.adopt([verdict("a.b@mx1"), verdict("a.c@mx1")], [], "anna", TODAY, 90)
    (tmp_path / "debt.yml").write_text(debt.render(first))
    known = debt.read_debts(tmp_path / "debt.yml")
    assert list(known) == first
    second, _ = debt.adopt([verdict("a.b@mx1"), verdict("a.d@mx1")], known, "bert", date(2026, 12, 1), 90)
    assert {d.reference: d.owner for d in second} == {"a.b@mx1": "anna", "a.d@mx1": "bert"}


@pytest.mark.parametrize(
    ("text", "today", "said"),
    [
        ("maintenance until 2026-12-01: new disks", TODAY, WAIVED),
        ("maintenance until 2026-11-23", TODAY, WAIVED),
        ("maintenance until 2026-11-22", TODAY, FAIL),
        ("retired: replaced by mx7", TODAY, WAIVED),
        ("live", TODAY, FAIL),
    ],
)
def test_a_host_that_is_not_live_is_shown_and_gates_nothing(tmp_path: Path, text: str, today: date, said: str) -> None:
    excuses = site(tmp_path, of=head(hosts={"mx1": HostEntry(state=text)}), today=today)
    assert one(excuses, verdict("a.b@mx1")).verdict == said
    assert bool(one(excuses, verdict("a.b@mx1", UNKNOWN)).excused) == (text != "live")


def test_an_endpoint_is_excused_only_if_all_its_hosts_are(tmp_path: Path) -> None:
    fleet = head(hosts={"mx1": HostEntry(state="retired"), "mx2": HostEntry()})
    excuses = site(tmp_path, of=fleet)
    assert one(excuses, verdict("a.b@vip:25", hosts=("mx1", "mx2"))).verdict == FAIL
    assert one(excuses, verdict("a.b@vip:25", hosts=("mx1",))).verdict == WAIVED
    assert one(excuses, verdict("a.b@example.org", kind="domain", hosts=("mx1",))).verdict == FAIL


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("maintenence until 2026-12-01", "did you mean maintenance?"),
        ("maintenance", "needs a last day"),
        ("building until soon", "'soon' is no date"),
        ("live until 2026-12-01", "no last day"),
        ("", "there is no state"),
    ],
)
def test_a_state_that_cannot_be_read_says_what_it_may_be(text: str, word: str) -> None:
    with pytest.raises(BadState) as caught:
        read_state(text)
    assert word in str(caught.value)


def test_no_state_excuses_what_still_leads_to_a_retired_host(tmp_path: Path) -> None:
    of = Head("site", "", hosts={"mx1": HostEntry(("mx",), (), "retired: replaced by mx7")})
    excuses = site(tmp_path, of=of)
    assert one(excuses, verdict("retired.not_in_dns@mx1")).verdict == FAIL
    assert one(excuses, verdict("ports.listening@mx1")).verdict == WAIVED
