"""Sends one message through the lab's submission host, as a user does, and waits for it in a mailbox."""

import imaplib
import pathlib
import smtplib
import ssl
import sys
import time
import uuid

STORE = pathlib.Path("/var/lib/mailassay-lab")


def password(mailbox: str) -> str:
    """A mailbox's password, from the lab's secrets.yml."""
    rows = (STORE / "secrets.yml").read_text().splitlines()
    return next(row.split(": ", 1)[1] for row in rows if row.startswith(f"{mailbox}: "))


def submit(sender: str, recipient: str, subject: str, trust: ssl.SSLContext) -> None:
    """Hand a message in as a user does: STARTTLS, AUTH, DATA."""
    with smtplib.SMTP("smtp.alpha.test", 587, "controller.test", timeout=20) as session:
        session.starttls(context=trust)
        session.login(sender, password(sender))
        headers = f"From: {sender}\r\nTo: {recipient}\r\nSubject: {subject}\r\nMessage-ID: <{subject}@alpha.test>"
        session.sendmail(sender, [recipient], f"{headers}\r\nDate: Mon, 23 Nov 2026 12:00:00 +0000\r\n\r\nhello\r\n")


def fetch(mailbox: str, subject: str, trust: ssl.SSLContext, seconds: float = 60) -> str:
    """The message with that subject, as it lies in the mailbox; empty when it has not come in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with imaplib.IMAP4_SSL("imap.alpha.test", 993, ssl_context=trust, timeout=20) as session:
            session.login(mailbox, password(mailbox))
            session.select()
            found = session.search(None, "SUBJECT", f'"{subject}"')[1][0].split()
            if found:
                part = session.fetch(found[0].decode(), "(RFC822)")[1][0]
                assert isinstance(part, tuple)
                return part[1].decode()
        time.sleep(0.5)
    return ""


if __name__ == "__main__":
    context = ssl.create_default_context(cafile=str(STORE / "ca/root.pem"))
    token = uuid.uuid4().hex
    submit("alice@alpha.test", "carol@beta.test", token, context)
    print(fetch("carol@beta.test", token, context) or sys.exit("the message did not arrive within a minute"))
