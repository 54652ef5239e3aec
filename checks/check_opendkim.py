"""OpenDKIM: its configuration can be read, and it has the keys that it is told to sign with."""

import pytest


@pytest.mark.high
def check_valid(opendkim_trouble):
    """OpenDKIM can read its configuration.

    OpenDKIM opendkim(8), -n: parses the configuration; with an error in it the daemon does not start.

    Why: After the next restart mail waits for it, or leaves unsigned.

    Fix: `opendkim -n` names the line; opendkim.conf(5) the settings.
    """
    assert not opendkim_trouble, opendkim_trouble


@pytest.mark.high
def check_signers_have_keys(unsigned_entries):
    """Every entry of the SigningTable names a key of the KeyTable.

    OpenDKIM opendkim.conf(5), SigningTable: its values are names of the KeyTable.

    Why: Mail of these senders is put off, or leaves unsigned and is refused by those who check DMARC.

    Fix: Add the name to the KeyTable, or correct it in the SigningTable; `systemctl reload opendkim`.
    """
    assert not unsigned_entries, f"not in the KeyTable: {', '.join(unsigned_entries)}"


@pytest.mark.high
def check_keys_usable(unusable_keys):
    """OpenDKIM can read its private keys, and nobody else can.

    OpenDKIM opendkim.conf(5), RequireSafeKeys: keys that other users can read are not used.

    Why: Mail is put off with a temporary error, or leaves unsigned.

    Fix: `chown opendkim:opendkim FILE && chmod 600 FILE`, `systemctl reload opendkim`.
    """
    assert not unusable_keys, "; ".join(unusable_keys)


@pytest.mark.high
def check_own_mail_signed(signs_for_itself):
    """OpenDKIM signs what comes from the host itself.

    OpenDKIM opendkim.conf(5), InternalHosts: mail of these is signed, that of all others verified; by default 127.0.0.1.

    Why: Mail of webmail, of programs and of Postfix itself (bounces, forwards) leaves unsigned, and is refused or junked.

    Fix: Add 127.0.0.1, ::1 and localhost to InternalHosts, then `systemctl reload opendkim`.
    """
    assert signs_for_itself, "InternalHosts does not hold 127.0.0.1"


@pytest.mark.high
def check_name_servers_answer(silent_verifier_servers):
    """The name servers that OpenDKIM has in its own configuration answer.

    OpenDKIM opendkim.conf(5), Nameservers: these are asked, and not those of /etc/resolv.conf.

    Why: Mail with a signature is put off with a temporary error, mail without one passes: senders who sign are the ones held up.

    Fix: Correct Nameservers in /etc/opendkim.conf, or take it out; then `systemctl restart opendkim`.
    """
    assert not silent_verifier_servers, f"no answer from {', '.join(silent_verifier_servers)}"
