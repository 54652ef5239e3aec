"""Test messages: an ordinary one, of a user or of a stranger, and three of strangers that nobody should get unmarked.

``spam`` is GTUBE, SpamAssassin's "Generic Test for Unsolicited Bulk Email", which every filter knows; ``virus`` is
EICAR's test file, which every scanner knows and which does nothing; ``forged`` is unsigned and From an own address.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

SUBJECT = "mailassay canary"
# The domain of which forged results speak: nobody's (RFC 6761 §6.4).
NOBODYS = "mailassay.invalid"
_BODY = "A test message of mailassay, which deletes it again. Nobody needs to do anything."
_GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
# In base64 and backwards, so that no scanner takes this file for one of those.
_EICAR = "=oCSrgEJhUETJZULUNVRU1yUVJVSWlEVOFULEJVQE5UQUNVLSF0QJVEJ9dTKDN0Np4FUoQTNYpFUcRzWQFEQlAVIPVDW"
# By these the forger claims that another server has found it good (RFC 8601 §2.7).
_CLAIMS = ("dkim=pass header.d=", "spf=pass smtp.mailfrom=", "dmarc=pass header.from=")


@dataclass(frozen=True)
class Letter:
    """kind: plain, spam, virus or forged; token: tells it from all others; claimed: servers whose results it forges."""

    kind: str
    author: str
    recipient: str
    token: str
    claimed: tuple[str, ...] = ()

    def text(self) -> str:
        """The message as SMTP sends it, with the dot that ends it, without the last line's end."""
        return "\r\n".join((*self._results(), *self._header(), *self._content(), "."))

    def _results(self) -> Iterator[str]:
        """RFC 8601 §5: servers must take out what claims to be theirs."""
        for name in self.claimed:
            for claim in _CLAIMS:
                yield f"Authentication-Results: {name}; {claim}{self.token}.{NOBODYS}"

    def _header(self) -> Iterator[str]:
        yield f"From: <{self.author}>"
        yield f"To: <{self.recipient}>"
        yield f"Subject: {SUBJECT} {self.token}"
        yield f"Date: {format_datetime(datetime.now(UTC))}"
        yield f"Message-ID: <{self.token}.mailassay@{self.author.rpartition('@')[2]}>"
        yield "Auto-Submitted: auto-generated"
        yield "MIME-Version: 1.0"

    def _content(self) -> Iterator[str]:
        if self.kind == "virus":
            yield "Content-Type: application/octet-stream; name=test.bin"
            yield "Content-Transfer-Encoding: base64"
            yield "Content-Disposition: attachment; filename=test.bin"
            yield from ("", _EICAR[::-1])
        else:
            yield "Content-Type: text/plain; charset=us-ascii"
            yield from ("", _BODY)
        if self.kind == "spam":
            yield _GTUBE
