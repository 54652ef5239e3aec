"""The bench reads faults strictly and scores as the measure of the project is defined; no lab is needed here."""

from __future__ import annotations

import dataclasses
import re
from functools import cache
from pathlib import Path

import pytest
import yaml

from checks.verdict import Verdict
from tests.bench import table
from tests.bench.fault import Action, BadFault, Fault, Words, faults, read
from tests.bench.run import Result, Seconds
from tests.bench.score import matches, score
from tests.bench.together import Packing, Waiting, combined, concerned, groups, own_score
from tests.bench.words import words

TESTS = Path(__file__).parent
WORDS = Words(
    hosts={"mx1", "submit1"},
    checks={"ports.listening", "queue.moves", "hosts.reached"},
    consents={"intrusive"},
    targets={"mx1", "submit1", "mx1.example.org:25"},
)
GOOD = """\
# The submission service is commented out
# in master.cf.
step: ports
where: submit1
inject: postfix reload
expect:
  - ports.listening@submit1[587]
"""


@cache
def all_words() -> Words:
    return words()


def reading(tmp_path: Path, text: str, kind: str = "faults") -> Fault:
    path = tmp_path / "case.yml"
    path.write_text(text, "utf-8")
    return read(path, "harmless" if kind == "harmless" else "faults", WORDS)


def test_fault_is_read(tmp_path: Path) -> None:
    fault = reading(tmp_path, GOOD)
    assert (fault.name, fault.title) == ("case", "The submission service is commented out in master.cf.")
    assert fault.inject == (Action("submit1", "postfix reload"),)
    assert fault.expect == ("ports.listening@submit1[587]",)
    assert fault.touches == {"submit1"}


def test_compound_fault_is_read(tmp_path: Path) -> None:
    more = "inject:\n  - {where: mx1, do: a}\n  - {do: b}\nuntil:\n  - {where: router, do: c}"
    fault = reading(tmp_path, GOOD.replace("inject: postfix reload", more))
    assert fault.inject == (Action("mx1", "a"), Action("submit1", "b"))
    assert fault.touches == {"mx1", "submit1", "router"}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("# The submission service is commented out\n# in master.cf.\n", ""), "no comment"),
        (("step: ports", "step: port"), "unknown step 'port'; did you mean 'ports'?"),
        (("where: submit1", "where: submit2"), "unknown host 'submit2'; did you mean 'submit1'?"),
        (("expect:", "expects:"), "unknown key 'expects'; did you mean 'expect'?"),
        (("inject: postfix reload\n", ""), "lacks inject"),
        (("ports.listening", "ports.listens"), "unknown check 'ports.listens'; did you mean 'ports.listening'?"),
        (("@submit1[587]", "@submit2[587]"), "no such target; did you mean 'submit1'?"),
        (("@submit1[587]", ""), "write check@target"),
        (("  - ports.listening@submit1[587]\n", "  - 587\n"), "expect is a list of texts"),
        (("expect:\n  - ports.listening@submit1[587]", "expect: [ports.listening@submit1[587]]"), "list with one `- `"),
        (("inject: postfix reload", "inject: postfix reload\nallow: [everything]"), "unknown consent 'everything'"),
        (("inject: postfix reload", "inject: postfix reload\nlacks: [queue.moves]"), "which it does not expect"),
        (("inject: postfix reload", "inject: postfix reload\nquick: 1"), "quick is true or false"),
        (("inject: postfix reload", "inject: [postfix reload]"), "each entry has do"),
        (("inject: postfix reload", "inject: postfix reload\ninventry: {}"), "did you mean 'inventory'"),
        ((GOOD, "# Nothing at all.\n"), "holds no mapping"),
    ],
)
def test_mistake_is_told_with_the_file(tmp_path: Path, change: tuple[str, str], complaint: str) -> None:
    with pytest.raises(BadFault) as told:
        reading(tmp_path, GOOD.replace(*change))
    assert str(tmp_path / "case.yml") in str(told.value)
    assert complaint in str(told.value)


def test_check_that_nobody_has_written_yet_must_be_declared(tmp_path: Path) -> None:
    text = GOOD.replace("ports.listening", "ports.sings")
    with pytest.raises(BadFault, match="unknown check"):
        reading(tmp_path, text)
    assert reading(tmp_path, f"{text}lacks: [ports.sings]\n").lacks == ("ports.sings",)


def test_harmless_oddity_expects_nothing_and_may_vary_the_inventory(tmp_path: Path) -> None:
    text = "# The site allows more.\ninventory: {mx1: {mailassay_x: 1}}\n"
    assert reading(tmp_path, text, "harmless").inventory == {"mx1": {"mailassay_x": 1}}
    with pytest.raises(BadFault, match="unknown key 'expect'"):
        reading(tmp_path, f"{text}expect: [a]\n", "harmless")
    with pytest.raises(BadFault, match="holds variables by host"):
        reading(tmp_path, "# The site allows more.\ninventory: {mx1: 1}\n", "harmless")
    with pytest.raises(BadFault, match="inject needs where"):
        reading(tmp_path, "# x\ninject: true things\n", "harmless")


def test_selection_that_matches_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BadFault, match="no file matches 'x\\*'"):
        faults(tmp_path, WORDS, "x*")


@pytest.mark.parametrize("path", sorted((*TESTS.glob("faults/*"), *TESTS.glob("harmless/*"))), ids=lambda p: p.stem)
def test_every_file_of_the_repository_can_be_used(path: Path) -> None:
    assert read(path, "harmless" if path.parent.name == "harmless" else "faults", all_words()).title


def verdict(reference: str, kind: str = "fail", because: tuple[str, ...] = (), hosts: str = "mx1") -> Verdict:
    match = re.fullmatch(r"([^@]+)@([^\[]+)(?:\[(.*)\])?", reference)
    assert match
    check, target, instance = match.groups()
    return Verdict(check, target, "host", instance, kind, "high", "t", "s", hosts=(hosts,), because=because)


def fault(*expect: str, also: tuple[str, ...] = ()) -> Fault:
    return Fault("case", "title", expect=expect, also=also)


def test_named_cause_alone_is_perfect() -> None:
    found = score(fault("a.b@mx1"), [verdict("a.b@mx1[587]"), verdict("c.d@mx1", because=("a.b@mx1[587]",))])
    assert (found.detected, found.exact, found.precise, found.perfect) == (True, True, True, True)


def test_other_cause_is_detected_but_neither_exact_nor_precise() -> None:
    found = score(fault("a.b@mx1"), [verdict("c.d@mx1")])
    assert (found.detected, found.exact, found.precise) == (True, False, False)
    assert found.missed == ("a.b@mx1",)


def test_silence_is_precise_and_nothing_else() -> None:
    found = score(fault("a.b@mx1"), [verdict("a.b@mx1", "pass"), verdict("c.d@mx1", "skip")])
    assert (found.detected, found.exact, found.precise) == (False, False, True)


def test_both_causes_of_a_compound_fault_must_be_named() -> None:
    both = fault("a.b@mx1", "c.d@mx1")
    assert not score(both, [verdict("a.b@mx1")]).exact
    assert score(both, [verdict("a.b@mx1"), verdict("c.d@mx1")]).perfect


def test_consequence_is_not_named_however_right() -> None:
    assert not score(fault("a.b@mx1"), [verdict("a.b@mx1", because=("x.y@mx1",)), verdict("x.y@mx1")]).exact


def test_allowed_company_keeps_a_result_precise() -> None:
    said = [verdict("a.b@mx1"), verdict("c.d@mx1")]
    assert not score(fault("a.b@mx1"), said).precise
    assert score(fault("a.b@mx1", also=("c.*@mx1",)), said).perfect


def test_what_was_there_before_does_not_count() -> None:
    said = [verdict("a.b@mx1"), verdict("old.one@mx1")]
    assert score(fault("a.b@mx1"), said, before={"old.one@mx1"}).perfect


def test_unknown_names_a_fault_only_where_one_is_expected() -> None:
    unreached = verdict("hosts.reached@mx1", "unknown")
    assert score(fault("hosts.reached@mx1"), [unreached]).perfect
    found = score(fault("a.b@mx1"), [unreached])
    assert (found.detected, found.blind) == (False, (unreached,))


def test_harmless_oddity_asks_for_silence() -> None:
    assert score(fault(), [verdict("a.b@mx1", "pass")]).perfect
    assert not score(fault(), [verdict("a.b@mx1")]).perfect


@pytest.mark.parametrize(
    ("reference", "glob", "expected"),
    [
        ("a.b@mx1[587]", "a.b@mx1[587]", True),
        ("a.b@mx1[587]", "a.b@mx1", True),
        ("a.b@mx1[587]", "a.b@mx*", True),
        ("a.b@mx1[25]", "a.b@mx1[587]", False),
        ("a.b@mx1", "a.b@mx1[587]", False),
        ("a.b@h:25[fd77::1]", "a.b@h:25[*::1]", True),
        ("a.b@mx12", "a.b@mx1", False),
    ],
)
def test_reference_matches(reference: str, glob: str, expected: bool) -> None:
    assert matches(reference, glob) is expected


def result(name: str, said: list[Verdict]) -> Result:
    made = dataclasses.replace(fault("a.b@mx1"), name=name, step="ports")
    return Result(made, score(made, said), Seconds(1, 2, 3))


def test_summary_and_files_tell_what_was_missed(tmp_path: Path) -> None:
    trouble = Result(fault("a.b@mx1"), None, Seconds(0, 0, 0), "on mx1: exit status 1")
    results = [result("good", [verdict("a.b@mx1")]), result("poor", [verdict("c.d@mx1")]), trouble]
    assert table.summary(results) == (
        "detected 2 of 3 (67 %), exact 1 of 3 (33 %), precise 1 of 3 (33 %); 1 could not be tried"
    )
    page = table.write("faults", results, tmp_path).read_text("utf-8")
    assert "| DEP | good | title | a.b@mx1 |" in page
    assert "missed:  a.b@mx1" in page
    assert "strange: c.d@mx1" in page
    records = yaml.safe_load(next((tmp_path / "faults").glob("*.json")).read_text("utf-8"))
    assert [r.get("exact") for r in records] == [True, False, None]


def broken(name: str, *hosts: str) -> Fault:
    expect = tuple(f"ports.listening@{host}" for host in hosts)
    return Fault(name, name, inject=tuple(Action(host, "x") for host in hosts), expect=expect)


def test_faults_at_once_share_no_host_and_no_ground() -> None:
    set_by_site = dataclasses.replace(broken("f", "box1"), inventory={"mx1": {"x": 1}})
    consented = dataclasses.replace(broken("g", "submit1"), allow=("intrusive",))
    places = zip("abcde", ("mx1", "mx1", "ns1", "router", "mx2"), strict=True)
    many = [*(broken(name, host) for name, host in places), set_by_site, consented]
    names = [[fault.name for fault in group] for group in groups(many, Packing(3, 1))]
    assert names == [["a", "c", "e"], ["b", "d"], ["f"], ["g"]]
    assert [len(group) for group in groups(many, Packing(1, 1))] == [1] * 7


def test_faults_share_a_host_if_none_hides_the_other() -> None:
    def on_mx1(name: str, step: str, expect: str) -> Fault:
        return Fault(name, name, step, (Action("mx1", "x"),), expect=(expect,))

    sealed = on_mx1("a", "firewall", "firewall.admits@mx1")
    keys, weak, mail = (
        on_mx1(n, "tls", f"{t}@mx1") for n, t in (("b", "tls.keys"), ("c", "tls.sound"), ("d", "dkim.x"))
    )
    found = groups([sealed, keys, weak, mail], Packing(10, 3))
    assert [[fault.name for fault in group] for group in found] == [["a"], ["b", "d"], ["c"]]


def test_what_is_not_clear_among_many_is_tried_among_few_and_then_alone() -> None:
    waiting = Waiting([broken(name, f"host{name}") for name in "abcdef"], together=10)
    sizes = []
    while group := waiting.take():
        sizes.append(len(group))
        if len(group) > 1:
            waiting.again(group)
    assert sizes == [6, 4, 2, 1, 1, 1, 1, 1, 1]


def test_of_faults_at_once_only_those_concerned_are_tried_again() -> None:
    group = (broken("a", "mx1"), broken("b", "mx2"), broken("c", "submit1"))
    whole = combined(group)
    assert whole.touches == {"mx1", "mx2", "submit1"}
    good = [verdict(f"ports.listening@{host}", hosts=host) for host in ("mx1", "mx2", "submit1")]
    assert concerned(group, score(whole, good)) == ()
    assert own_score(group[1], score(whole, good)).perfect
    assert [f.name for f in concerned(group, score(whole, good[:2]))] == ["c"]
    strange = score(whole, [*good, verdict("queue.moves@mx2", hosts="mx2")])
    assert [f.name for f in concerned(group, strange)] == ["b"]
    assert concerned(group, score(whole, [*good, verdict("queue.moves@beta.test", hosts="relay1")])) == group
