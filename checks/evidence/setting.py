"""Where and how a dialogue with a mail server is held: the first line of its question, written and read.

smtp 192.0.2.25:25 from outside1 name=mx1.example.org every=900 since=3141592653
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from checks.evidence import tls
from checks.evidence.transcript import Answer, Question

_ASKED = "* asked "
_FIRST = re.compile(
    r"(?P<protocol>smtp|imap|pop3|sieve) (?P<address>\S+):(?P<port>\d+) from (?P<observer>\S+)"
    r"(?P<implicit> tls)?(?: versions=(?P<low>TLSv1\.\d)\.\.(?P<high>TLSv1\.\d))?(?: name=(?P<name>\S+))?"
    r"(?: every=(?P<every>\d{1,9}))?(?: since=(?P<since>\S+))?(?: trust=(?P<trust>\S+))?"
)


@dataclass(frozen=True)
class Setting:
    """Where and how: the first line of the question, read.

    name: the server name for TLS (SNI); empty for none. every: seconds within which it is not held again (see
    checks/recall.py); since: what the servers' configuration was then. trust: verify the server's certificate, with the
    roots of this file besides the system's, or ``system``; passwords are sent then alone.
    """

    protocol: str
    address: str
    port: int
    observer: str
    implicit: bool
    versions: tuple[str, str]
    name: str
    every: int = 0
    since: str = ""
    trust: str = ""

    def __str__(self) -> str:
        mode = " tls" if self.implicit else ""
        versions = f" versions={self.versions[0]}..{self.versions[1]}" if self.versions != tls.ANY else ""
        options = (("name", self.name), ("every", self.every), ("since", self.since), ("trust", self.trust))
        named = "".join(f" {option}={value}" for option, value in options if value)
        return f"{self.protocol} {self.address}:{self.port} from {self.observer}{mode}{versions}{named}"


def question(target: str, setting: Setting, *lines: str) -> Question:
    """The question of this dialogue, kept in the transcript of the endpoint ``target``."""
    return Question(target, "dialogue", "\n".join((str(setting), *lines)))


def setting(text: str) -> Setting:
    """The setting that a question's first line names. Raises ValueError."""
    match = _FIRST.fullmatch(text)
    if match is None:
        raise ValueError(f"not the first line of a dialogue: {text!r}")
    versions = (match["low"], match["high"]) if match["low"] else tls.ANY
    return Setting(match["protocol"], match["address"].strip("[]"), int(match["port"]), match["observer"],
                   bool(match["implicit"]), versions, match["name"] or "", int(match["every"] or 0),
                   match["since"] or "", match["trust"] or "")  # fmt: skip


def moment_line(moment: datetime) -> str:
    """The last line of a paced dialogue's record."""
    return f"{_ASKED}{moment.replace(microsecond=0).isoformat()}"


def asked_at(answer: Answer) -> datetime | None:
    """When a dialogue that is paced was held; None if it was not, or its record does not tell."""
    *_, last = answer.text.rstrip("\n").split("\n")
    try:
        moment = datetime.fromisoformat(last.removeprefix(_ASKED))
    except ValueError:
        return None
    return moment if last.startswith(_ASKED) and moment.tzinfo else None
