"""What changes by itself between two looks is no drift; what somebody changed is."""

import dns.message
import dns.rrset
import pytest

from checks.evidence import own_resolver
from checks.evidence.transcript import Answer, Question
from reports.drift import _is_noise, differences

ASKED = Question("mx1", "command", own_resolver.each(".", "NS"))


def heard(ttl: int, server: str) -> Answer:
    query = dns.message.make_query(".", "NS")
    said = dns.message.make_response(query)
    said.answer.append(dns.rrset.from_text(".", ttl, "IN", "NS", server))
    return Answer("exit 0", f"192.0.2.53 {said.to_wire().hex()}\n".encode())


def test_an_answer_of_the_resolver_differs_by_its_records_and_not_by_its_age() -> None:
    assert differences(ASKED, heard(300, "ns1.test."), heard(20, "ns1.test.")) == []
    assert differences(ASKED, heard(300, "ns1.test."), heard(300, "ns2.test.")) == [
        "- 192.0.2.53 . IN NS ns1.test.",
        "+ 192.0.2.53 . IN NS ns2.test.",
    ]


def test_conversations_come_and_go_and_what_listens_stays() -> None:
    asked = Question("mx1", "command", "ss -Htan '( sport = :25 )'")
    before = Answer("exit 0", b"LISTEN 0 100 0.0.0.0:25 0.0.0.0:*\nTIME-WAIT 0 0 192.0.2.1:25 192.0.2.9:4711\n")
    assert differences(asked, before, Answer("exit 0", b"LISTEN 0 100 0.0.0.0:25 0.0.0.0:*\n")) == []
    assert differences(asked, before, Answer("exit 0", b"")) == ["- LISTEN 0.0.0.0:25 0.0.0.0:*"]


def test_another_time_source_is_drift_and_its_measurements_are_not() -> None:
    asked = Question("mx1", "command", "sudo chronyc -c -n sources")
    one, later, other = (
        Answer("exit 0", row)
        for row in (b"^,*,192.0.2.53,3,4,377,2,0.1", b"^,+,192.0.2.53,3,6,377,9,0.2", b"^,*,192.0.2.54,3")
    )
    assert differences(asked, one, later) == []
    assert differences(asked, one, other)


@pytest.mark.parametrize("text", ["sudo chronyc -c -n tracking", "cat /proc/sys/net/netfilter/nf_conntrack_count"])
def test_measurements_are_no_evidence_of_change(text: str) -> None:
    assert _is_noise(Question("mx1", "command", text))
