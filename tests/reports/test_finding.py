"""What is wrong alike is one finding, worst first; each says whom it hurts, whose fault it is, what mending costs."""

from __future__ import annotations

import pytest

from reports.affects import health
from reports.finding import alike, findings
from reports.head import HostEntry
from reports.side import fix_risk, reply
from tests.reports.made import FAIL, PASS, UNKNOWN, head, report, verdict


def test_the_same_cause_on_several_hosts_is_one_finding() -> None:
    """Each text names its own host; what is left is the same."""
    said = [
        verdict(f"resolver.answers@{name}", seen=f"{name}: 192.0.2.53 does not answer")
        for name in ("mx1", "mx2", "box1")
    ]
    (finding,) = report(*said).findings
    assert finding.places == ("box1", "mx1", "mx2")


def test_other_words_are_another_cause() -> None:
    said = [verdict("disk.free@mx1", seen="1 % free"), verdict("disk.free@mx2", seen="2 % free")]
    assert len(report(*said).findings) == 2


def test_addresses_of_one_endpoint_stand_together() -> None:
    said = [verdict(f"smtp.greets@mx1:25[{a}]", seen=f"{a} is silent") for a in ("192.0.2.1", "2001:db8::1")]
    (finding,) = report(*said).findings
    assert finding.places == ("mx1:25 [192.0.2.1, 2001:db8::1]",)


def test_a_name_within_a_longer_word_is_not_blotted_out() -> None:
    assert alike(verdict("a.b@mx1", seen="mx10 and mx1")) == "mx10 and ·"


def test_worst_first_then_what_explains_most() -> None:
    below, above = verdict("b.b@mx1"), verdict("z.z@mx1", rests_on=("b.b@mx1",))
    found = report(verdict("a.a@mx1"), below, above, verdict("c.c@mx1", severity="critical")).findings
    assert [f.check for f in found] == ["c.c", "b.b", "a.a"]
    assert [v.reference for v in found[1].explained] == ["z.z@mx1"]


def test_what_fails_nobodys_run_comes_after_what_does() -> None:
    found = report(verdict("a.a@mx1", severity="critical"), verdict("b.b@mx1"))
    assert [f.check for f in findings(found.diagnosis, {"a.a@mx1"})] == ["b.b", "a.a"]


def test_a_cause_names_the_failures_it_explains_in_the_record() -> None:
    done = report(verdict("b.b@mx1"), verdict("z.z@mx1", rests_on=("b.b@mx1",)))
    (cause,) = done.diagnosis.causes
    assert cause.explains == ("z.z@mx1",)


def test_affects_comes_from_what_failed() -> None:
    fleet = head(
        "mx1", "mx2", endpoints={"mx1:25": ("mx1",)}, domains={"example.org": ("mx1", "mx2"), "example.net": ("mx2",)}
    )
    down = verdict("services.running@mx1[postfix]", severity="critical")
    refused = verdict("ports.reachable@mx1:25", rests_on=("services.running@mx1",), hosts=("mx1",))
    (finding,) = report(down, refused, verdict("services.running@mx2[postfix]", PASS), of=fleet).findings
    assert finding.affects == ("role mx: 1 of 2 hosts healthy", "endpoint mx1:25", "domain example.org")


def test_a_domains_record_makes_no_host_sick() -> None:
    spf = verdict("spf.published@example.org", kind="domain", hosts=("mx1",))
    done = report(spf)
    assert health(done.diagnosis, done.head).phrase("mx") == "role mx: 1 of 1 host healthy"


def test_a_host_that_was_not_seen_is_not_healthy() -> None:
    done = report(verdict("hosts.reached@mx1", UNKNOWN), of=head("mx1", hosts={"mx1": HostEntry(("mx", "list"))}))
    assert health(done.diagnosis, done.head).phrase("list") == "role list: 0 of 1 host healthy"


@pytest.mark.parametrize(
    ("below", "side"),
    [((PASS, PASS), "network"), ((PASS, UNKNOWN), "unknown"), ((PASS,), "unknown")],
)
def test_refused_from_outside_lies_between_only_if_all_on_the_host_was_seen_to_be_right(
    below: tuple[str, ...], side: str
) -> None:
    rests = ("ports.listening@mx1[25]", "firewall.admits@mx1[25]")
    on_host = [verdict(ref, said) for ref, said in zip(rests, below, strict=False)]
    done = report(*on_host, verdict("ports.reachable@mx1:25", rests_on=rests))
    assert [cause.side for cause in done.diagnosis.causes] == [side]


def test_deferred_mail_is_whose_reply_says_it_is() -> None:
    full = "status=deferred (host mx.example.net[192.0.2.9] said: 452 4.2.2 mailbox full (in reply to RCPT TO command))"
    blocked = "host mx.example.net[192.0.2.9] said: 550 5.7.1 listed at zen.spamhaus.org"
    sides = [
        c.side
        for c in report(
            verdict("queue.moves@mx1", seen=full), verdict("queue.moves@mx2", seen=blocked)
        ).diagnosis.causes
    ]
    assert sides == ["theirs", "ours"]


@pytest.mark.parametrize("seen", ["port 587 offers PLAIN", "465 is open", "450 of 500 MiB", "nothing said"])
def test_numbers_are_not_taken_for_replies(seen: str) -> None:
    assert reply(verdict("queue.moves@mx1", seen=seen)) is None


@pytest.mark.parametrize(
    ("fix", "risk"),
    [
        ("publish a record", "none"),
        ("postfix reload", "reload"),
        ("edit, reload, then systemctl restart dovecot", "restart"),
        ("postsuper -d ALL deferred; postfix reload", "mail lost"),
    ],
)
def test_a_fix_costs_the_worst_that_it_does(fix: str, risk: str) -> None:
    assert fix_risk(fix) == risk


def test_what_was_not_selected_is_named_if_it_exists() -> None:
    rests = ("services.running@mx1[postfix]", "nosuch.check@mx1")
    (finding,) = report(verdict("ports.listening@mx1[25]", rests_on=rests)).findings
    assert finding.not_judged == ("services.running@mx1[postfix]",)


def test_an_instance_that_does_not_exist_is_not_called_unjudged() -> None:
    rests = ("services.running@mx1[exim]",)
    said = [verdict("ports.listening@mx1[25]", rests_on=rests), verdict("services.running@mx1[postfix]", PASS)]
    (finding,) = findings(report(*said).diagnosis)
    assert finding.not_judged == ()
    assert {FAIL} == {cause.verdict for cause in finding.causes}
