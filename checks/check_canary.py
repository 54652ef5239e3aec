"""A test message from end to end: sent with a login, delivered, signed, and noted as what it is (--allow sends_mail)."""

import pytest


@pytest.mark.critical
@pytest.mark.sends_mail
def check_taken(canary_refusal, policy):
    """A user can log in and hand over a message.

    RFC 6409 §4: a submission server takes mail of users who have logged in.

    Policy canary_mailbox: the mailbox that the message is for.

    Why: Users cannot send.

    Fix: The reply names the reason; 535 is the password or the SASL service, 4xx a milter, a table or a full disk.
    """
    assert not canary_refusal, f"as {policy.canary_sender or policy.canary_mailbox}: {canary_refusal}"


@pytest.mark.high
@pytest.mark.sends_mail
def check_readable(canary_lookup, policy):
    """The mailbox can be opened by its user.

    RFC 9051 §6.2: a user logs in and selects a mailbox.

    Policy canary_mailbox: the mailbox that the message is for.

    Why: Users cannot read their mail.

    Fix: The reply names the reason: `doveadm auth test USER`, `doveadm log errors`.
    """
    assert not canary_lookup, f"{policy.canary_mailbox}: {canary_lookup}"


@pytest.mark.critical
@pytest.mark.sends_mail
def check_delivered(canary_arrival, policy):
    """A message that was taken arrives in its mailbox.

    RFC 5321 §6.1: a server that has taken a message must deliver it or report that it cannot.

    Policy canary_seconds: seconds within which it must arrive.

    Why: Mail is taken and does not arrive; its senders believe that all is well.

    Fix: Follow it through the logs: its token is in the evidence, `postqueue -p` on every host that it should pass.
    """
    assert canary_arrival is not None, f"not in {policy.canary_mailbox} after {policy.canary_seconds} s"


@pytest.mark.medium
@pytest.mark.sends_mail
def check_once(canary_message):
    """The message arrives once, in the inbox.

    RFC 5321 §6.1: whoever takes responsibility for a message delivers it, once.

    Policy canary_mailbox: the mailbox that the message is for.

    Why: Users answer twice, or never find what was sorted away.

    Fix: Twice: an address that two tables expand, or a server that does not wait for the reply after the message. In the
    junk folder: see the score that the filter wrote into its header.
    """
    found = canary_message
    fine = found.copies == 1 and found.folder == "INBOX"
    assert fine, f"{found.copies} copies in {found.folder}"


@pytest.mark.low
@pytest.mark.sends_mail
def check_hops_prompt(slow_hops, canary_message):
    """No server keeps the message waiting.

    Policy canary_hop_seconds: seconds that it may spend at one server.

    Why: Somewhere a lookup times out, a queue is long, or a filter is slow; it will get worse.

    Fix: `grep QUEUE-ID /var/log/mail.log` on that server: delays=a/b/c/d says before, in the queue, connecting, sending.
    """
    assert not slow_hops, f"{'; '.join(map(str, slow_hops))}"


@pytest.mark.medium
@pytest.mark.sends_mail
def check_hops_encrypted(clear_hops, canary_message):
    """The message goes from server to server inside TLS.

    RFC 3848 §1: ESMTPS in a Received field says that TLS was used.

    Policy canary_mailbox: the mailbox that the message is for.

    Why: Whoever listens between the two servers reads it.

    Fix: On the sending side `postconf -e smtp_tls_security_level=may` (or dane); on the receiving one a certificate.
    """
    assert not clear_hops, f"{'; '.join(map(str, clear_hops))}"


@pytest.mark.high
@pytest.mark.sends_mail
def check_signed(canary_signatures, canary_message):
    """The message arrives with a DKIM signature that verifies.

    RFC 6376 §6.1: a verifier fetches the key and computes the signature anew.

    Policy canary_mailbox: the mailbox that the message is for.

    Why: Large receivers refuse or junk unsigned mail, and DMARC rests on the signature where mail is forwarded.

    Fix: No signature: the signer does not know the domain, or its milter is not asked on the submission port. One that
    does not verify: another key is published, or something behind the signer changes the message.
    """
    good = [each for each in canary_signatures if each.verified]
    said = "; ".join(f"d={each.domain} s={each.selector}: {each.why}" for each in canary_signatures)
    assert good, f"{said or 'it is not signed'} (From: {canary_message.author})"


@pytest.mark.high
@pytest.mark.sends_mail
def check_aligned(aligned_signatures, canary_signatures, canary_message):
    """The message is signed in the name of its author's organization.

    RFC 9989 §4.4.1: a signature counts for DMARC if its domain and that of From are of one organization.

    Policy canary_mailbox: the mailbox that the message is for.

    Why: A signature in somebody else's name does not help: DMARC fails, and the mail is refused or junked.

    Fix: Have the signer sign with d= the domain of From (OpenDKIM: SigningTable; Rspamd: dkim_signing use_domain = "header").
    """
    names = ", ".join(each.domain for each in canary_signatures)
    assert aligned_signatures, f"From: {canary_message.author}, signed by {names}"


@pytest.mark.low
@pytest.mark.sends_mail
def check_signature_covers(narrow_signatures):
    """The signature is for all that readers see of the message.

    RFC 6376 §5.4: signers choose the fields that they sign; From must be among them, and those that tell what it says ought to.

    RFC 6376 §8.2: with l= others may add to the body, and the signature stays valid.

    Policy canary_mailbox: the mailbox that the message is for.

    Why: Whoever has one signed message sends it on to others under another subject, or with more text, as if signed so.

    Fix: OpenDKIM: no SignHeaders and OmitHeaders that leave them out, `BodyLengths` unset; Rspamd: sign_headers in
    dkim_signing; Exim: dkim_sign_headers.
    """
    assert not narrow_signatures, "; ".join(narrow_signatures)


@pytest.mark.low
@pytest.mark.sends_mail
def check_sender_aligned(strange_sender, canary_message):
    """The envelope sender is of the author's organization as well.

    RFC 9989 §4.4.2: SPF counts for DMARC if the domain that it was asked of and that of From are of one organization.

    Policy canary_mailbox: the mailbox that the message is for.

    Why: DMARC then hangs on the signature alone, and fails with each message that comes unsigned or changed.

    Fix: See what rewrites the sender: `postconf sender_canonical_maps smtp_generic_maps canonical_maps`, or a smarthost.
    """
    assert not strange_sender, f"From: {canary_message.author}, SPF was asked of {strange_sender}"


@pytest.mark.high
@pytest.mark.sends_mail
def check_passes(contrary_results, canary_message):
    """Receivers note that the message passed SPF, DKIM and DMARC.

    RFC 8601 §2.7: pass, fail, softfail, temperror and permerror are what receivers note.

    Policy canary_mailbox: the mailbox that the message is for.

    Why: What our own receiver notes others do too, and refuse the mail for it.

    Fix: spf: the address that it left from is not in the record; dkim: see canary.signed; dmarc: neither is aligned.
    """
    assert not contrary_results, f"{'; '.join(contrary_results)} (From: {canary_message.author})"


@pytest.mark.low
@pytest.mark.sends_mail
def check_deleted(canary_message):
    """The test message was deleted again.

    RFC 9051 §6.4.3: messages that are marked as deleted are removed for good.

    Policy canary_mailbox: the mailbox that the message is for.

    Why: Test messages would pile up in somebody's mailbox.

    Fix: Delete it by hand; the reply says why the server would not.
    """
    assert not canary_message.left, f"it was left there: {canary_message.left}"
