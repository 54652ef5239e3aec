"""Units of systemd as systemctl shows them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.systemd import failed, telling, units
from checks.services import service

SHOWN = """Type=oneshot
Result=success
Id=postfix.service
LoadState=loaded
ActiveState=active
SubState=exited
UnitFileState=enabled
ConditionResult=yes
ConditionTimestampMonotonic=5

Type=forking
Result=success
Id=postfix@-.service
LoadState=loaded
ActiveState=inactive
SubState=dead
UnitFileState=enabled-runtime
ConditionResult=yes
ConditionTimestampMonotonic=5

Type=simple
Result=exit-code
Id=backup.service
LoadState=loaded
ActiveState=failed
SubState=failed
UnitFileState=static
ConditionResult=yes
ConditionTimestampMonotonic=5

Type=simple
Result=success
Id=spamd.service
LoadState=loaded
ActiveState=inactive
SubState=dead
UnitFileState=enabled
ConditionResult=no
ConditionTimestampMonotonic=5
"""
FILES = "postfix.service enabled enabled\ndovecot.service masked enabled\nexim4.service disabled enabled\n"


def test_a_wrapper_that_has_ended_does_not_stand_for_the_unit_behind_it() -> None:
    """Debian 12's postfix.service is `active (exited)` whatever becomes of postfix@-.service."""
    postfix = service("postfix", units(SHOWN, FILES))
    assert postfix is not None
    assert not postfix.works
    assert postfix.at_boot


def test_units_that_are_not_loaded_are_known_from_their_files() -> None:
    known = {unit.name: unit for unit in units(SHOWN, FILES)}
    assert known["dovecot.service"].load == "masked"
    assert known["exim4.service"].file_state == "disabled"
    assert not known["exim4.service"].works


def test_failed_units_are_named() -> None:
    assert failed(units(SHOWN, FILES)) == ("backup.service",)


def test_a_unit_whose_condition_is_not_met_is_not_missed() -> None:
    spamd = service("spamd", units(SHOWN, FILES))
    assert spamd is not None
    assert not spamd.enabled


@given(st.text(), st.text())
def test_any_text_gives_units(shown: str, files: str) -> None:
    for unit in units(shown, files):
        assert str(unit)


def test_what_a_unit_said_of_its_end_is_found() -> None:
    said = (
        "Can't open log file /var/log/dovecot/dovecot.log: No such file or directory\n"
        "dovecot.service: Main process exited, code=exited, status=89/n/a\n"
        "dovecot.service: Failed with result 'exit-code'.\n"
        "Failed to start dovecot.service - Dovecot IMAP/POP3 email server.\n"
    )
    assert telling(said) == "Can't open log file /var/log/dovecot/dovecot.log: No such file or directory"


def test_what_systemd_could_not_do_for_a_unit_tells() -> None:
    said = "clamav-daemon.service: Failed at step LIMITS spawning /usr/sbin/clamd: Operation not permitted\n"
    assert telling(said) == said.strip()
    assert (
        telling("Failed to start clamav-daemon.service.\nclamav-daemon.service: Start request repeated too quickly.")
        == ""
    )


@given(st.text())
def test_any_words_are_read(said: str) -> None:
    assert len(telling(said)) <= 240
