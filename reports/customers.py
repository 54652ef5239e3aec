"""Domains whose DNS is a customer's: what is wrong with each, by customer. It is reported, and fails nobody's run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from checks.catalogue import SEVERITIES
from checks.verdict import Verdict
from reports.finding import RANK, Finding
from reports.head import Head
from reports.mail_flow import few
from reports.markdown import prose, span
from reports.report import Report

_MOST_NAMED = 3


def ours(finding: Finding, head: Head) -> bool:
    """Whether any of its causes is ours."""
    return not all(head.customer(cause) for cause in finding.causes)


def by_customer(causes: Iterable[Verdict], head: Head) -> Mapping[str, list[Verdict]]:
    """The causes on each customer's domains, the gravest first; customers with nothing to mend have none."""
    found: dict[str, list[Verdict]] = {name: [] for name in sorted(set(head.customers.values()))}
    for cause in sorted(causes, key=lambda cause: (RANK[cause.severity], cause.target, cause.check)):
        if name := head.customer(cause):
            found[name].append(cause)
    return found


def remark(report: Report) -> str:
    """One line for the terminal; empty where no domain is a customer's."""
    found = by_customer(report.diagnosis.causes, report.head)
    if not found:
        return ""
    sick = {name: causes for name, causes in found.items() if causes}
    domains = len(report.head.customers)
    total = f"customers' domains: {domains} of {len(found)} {'customer' if len(found) == 1 else 'customers'}"
    if not sick:
        return f"{total}, nothing to mend"
    worst = sorted(sick, key=lambda name: (RANK[sick[name][0].severity], -len(sick[name]), name))
    named = few([f"{name} ({_counted(sick[name])})" for name in worst], _MOST_NAMED)
    return f"{total}; to be mended by them: {named} (--also customers: customers.md)"


def _counted(causes: Iterable[Verdict]) -> str:
    numbers = Counter(cause.severity for cause in causes)
    return ", ".join(f"{numbers[s]} {s}" for s in SEVERITIES if numbers[s])


def customers(report: Report) -> str:
    """customers.md: a section for each customer, to be sent to them."""
    return "\n".join(_page(report)) + "\n"


def _page(report: Report) -> Iterator[str]:
    yield f"# Customers' domains, {span(report.head.clock)}"
    head = report.head
    for name, causes in by_customer(report.diagnosis.causes, head).items():
        domains = sorted(domain for domain, whose in head.customers.items() if whose == name)
        yield f"\n## {span(name)}\n"
        yield f"{len(domains)} {'domain' if len(domains) == 1 else 'domains'}: {span(few(domains, 10))}. "
        if not causes:
            yield "Nothing to mend."
        for cause in causes:
            text = head.checks.get(cause.check)
            yield f"\n- **{cause.severity}** {span(cause.target)}: {prose(cause.title)}  "
            yield f"  seen: {span(cause.seen)}"
            if text and text.fix:
                yield f"  to mend: {prose(text.fix)}"
