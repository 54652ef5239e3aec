"""What a host's resolver said is read from whatever the host's shell made of it."""

from __future__ import annotations

import re

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence import own_resolver

ASKED = ((".", "NS"), ("bogus.test", "SOA"))


def reply(rcode: dns.rcode.Rcode, validated: bool) -> str:
    message = dns.message.make_response(dns.message.make_query(".", "NS"))
    message.set_rcode(rcode)
    if validated:
        message.flags |= dns.flags.AD
    return message.to_wire().hex()


def test_each_answer_is_told_with_its_flag() -> None:
    text = f"{reply(dns.rcode.NOERROR, True)}\n{reply(dns.rcode.SERVFAIL, False)}\n"
    assert [str(heard) for heard in own_resolver.answers(text, *ASKED)] == ["NOERROR ad", "SERVFAIL"]


def test_silence_is_no_answer() -> None:
    heard = own_resolver.answers(f"\n{reply(dns.rcode.NOERROR, False)}\n", *ASKED, (".", "A"))
    assert [str(each) for each in heard] == ["no answer", "NOERROR", "no answer"]


def test_records_are_those_of_the_type_asked_for() -> None:
    message = dns.message.make_response(dns.message.make_query("www.test", "A"))
    message.answer.append(dns.rrset.from_text("www.test.", 60, "IN", "CNAME", "mail.test."))
    message.answer.append(dns.rrset.from_text("mail.test.", 60, "IN", "A", "192.0.2.1"))
    (heard,) = own_resolver.answers(message.to_wire().hex(), ("www.test", "A"))
    assert heard.records == ("192.0.2.1",)


def test_the_question_names_no_octet_that_a_shell_reads() -> None:
    asked = own_resolver.query((".", "NS"), ("bogus.test", "SOA"))
    assert r"'\x4d\x41\x01\x20" in asked


@given(st.text())
def test_nothing_that_a_host_prints_stops_the_reading(text: str) -> None:
    assert len(own_resolver.answers(text, *ASKED)) == 2


def test_each_server_is_asked_its_own_question_without_recursion() -> None:
    told = own_resolver.each_its_own({"192.0.2.1": ("example.org", "SOA"), "2001:db8::1": (".", "NS")})
    wires = [bytes.fromhex(word.replace("\\x", "")) for word in re.findall(r"'((?:\\x[0-9a-f]{2})+)'", told)]
    asked = [dns.message.from_wire(wire) for wire in wires]
    assert [str(message.question[0]) for message in asked] == ["example.org. IN SOA", ". IN NS"]
    assert not any(message.flags & dns.flags.RD for message in asked)
    assert own_resolver.is_asked_by(told)


def test_the_first_of_the_same_questions_is_put_with_checking_disabled() -> None:
    asked = own_resolver.checked_and_not("192.0.2.54", ".", "DNSKEY", ("mail.example.org", "A"))
    wires = re.findall(r"'((?:\\x[0-9a-f]{2})+)'", asked)
    messages = [dns.message.from_wire(bytes.fromhex(wire.replace("\\x", ""))) for wire in wires]
    assert [bool(each.flags & dns.flags.CD) for each in messages] == [True, False, False]
    assert [str(each.question[0].name) for each in messages] == [".", ".", "mail.example.org."]
