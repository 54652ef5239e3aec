"""OpenDKIM's log lines as events, OpenDKIM 2.10 and 2.11.

Source: OpenDKIM opendkim/opendkim.c (syslog calls).
"""

import re

from checks.evidence.log_events import ROUTINE, Event, Kind, Severity, Trouble

_FAILED_SIGNING = re.compile(
    r"no signing (table|domain|subdomain) match|signing table references unknown key|error loading key|"
    r"can't load key|key data is not secure|"
    r"error reading signing table|KeyTable entry|signature generation error|failed to add signature|dkimf_db_get|"
    r"can't (parse|determine message sender)|"
    r"internal error|resource unavailable|RFC5322 header requirement|configuration error|required parameter|"
    r"syntax error",
    re.IGNORECASE,
)
_SEVERE = re.compile(
    r"smfi_\w+\(\) failed|terminating with status [1-9]|unable to bind|malloc\(\)|setuid|setgid|chdir|chroot|"
    r"initgroups|open\(\): |fopen\(\)|stat\(\)|access\(\)|"
    r"Unable to create listening socket|can't configure DKIM",
    re.IGNORECASE,
)
_VERIFY = re.compile(
    r"key retrieval failed|key revoked|bad signature data|no signature data|signature processing failed|"
    r"signature syntax error|SSL error|not authenticated|"
    r"external host \S+ attempted to send",
    re.IGNORECASE,
)
_ROUTINE = re.compile(
    r"field added|DKIM verification successful|\[[^\]]{1,64}\] not internal|no MTA name match|no macros match|"
    r"not POP authenticated|SSL\b|"
    r"starting|stopped|terminating with status 0|exempted|ignoring|skipping|configuration reloaded|s=\S+ d=\S+|"
    r"reputation|rate limit|header (add|remove)|"
    r"mode select|trying|restart|unsigned|dkim_eoh|message has|symbol|settings found",
    re.IGNORECASE,
)


def parse(text: str) -> Event | None:
    """The event in the text after "opendkim[pid]: "; None for a line nobody knows."""
    if _SEVERE.search(text):
        return Trouble(Kind.DKIM, Severity.ERROR, text, "")
    if _FAILED_SIGNING.search(text):
        return Trouble(Kind.DKIM, Severity.WARNING, text, "")
    if _VERIFY.search(text):
        return Trouble(Kind.DKIM, Severity.INFO, text, "")  # somebody else's signature
    return ROUTINE if _ROUTINE.search(text) else None
