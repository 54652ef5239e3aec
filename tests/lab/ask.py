"""Asks the lab's resolver one question, and prints the reply's code, its AD flag and its records."""

import sys

import dns.flags
import dns.message
import dns.query
import dns.rcode

if __name__ == "__main__":
    question = dns.message.make_query(sys.argv[1], sys.argv[2], want_dnssec=True)
    reply = dns.query.udp(question, "10.77.1.54", timeout=10)
    print(dns.rcode.to_text(reply.rcode()), "AD" if reply.flags & dns.flags.AD else "--")
    for rrset in reply.answer:
        for record in rrset:
            print(record)
