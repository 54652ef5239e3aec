"""A login at somebody else's server from the host that sends through it, with the password that is stored there.

The password is read, encoded and sent on the host itself: it is in no argument, no environment and no answer.
"""

from __future__ import annotations

import shlex

from checks.evidence.smarthost import IMPLICIT, NONE, Smarthost
from checks.evidence.smtp import Reply, reply

# Each sets u and p. msmtp: the account's own lines win over the defaults; a value may stand in quotes. Of passwordeval
# only `cat FILE` is followed: any other command is the site's own, and not for an audit to run.
_MSMTP = (
    "get() {{ awk -v a={account} -v w=$1 '$1 == \"account\" {{ s = $2 }} $1 == \"defaults\" {{ s = \"\" }} "
    "$1 == w && (s == a || s == \"\") {{ sub(/^[ \\t]*[^ \\t]+[ \\t]+/, \"\"); v = $0 }} END {{ print v }}' {file} | "
    "sed 's/^\"\\(.*\\)\"$/\\1/'; }}; u=$(get user); p=$(get password); "
    "f=$(get passwordeval); [ -z \"$f\" ] || case ${{f#cat }} in \"$f\"|[!/]*|*[!A-Za-z0-9_./-]*) exit 4;; "
    "*) p=$(head -n 1 ${{f#cat }});; esac"
)  # fmt: skip
_NULLMAILER = (
    'get() {{ sed -n "s/^{host} .*--$1[= ]\\([^ ]*\\).*/\\1/p" {file} | head -n 1; }}; u=$(get user); p=$(get pass)'
)
_SSMTP = (
    'get() {{ sed -n "s/^$1[[:space:]]*=[[:space:]]*//Ip" {file} | head -n 1; }}; u=$(get AuthUser); p=$(get AuthPass)'
)
_POSTFIX = "r=$(postmap -q {key} {table}); u=${{r%%:*}}; p=${{r#*:}}"
_EXIM = "r=$(grep -E '^({host}|\\*):' /etc/exim4/passwd.client | head -n 1 | cut -d: -f2-); u=${{r%%:*}}; p=${{r#*:}}"
_LOG_IN = (
    "command -v openssl >/dev/null || exit 127; {secret}; [ -n \"$u\" ] && [ -n \"$p\" ] || exit 3; "
    "b=$(printf '\\000%s\\000%s' \"$u\" \"$p\" | base64 | tr -d '\\n'); "
    "{{ sleep 2; printf 'EHLO %s\\r\\n' \"$(hostname -f)\"; sleep 1; printf 'AUTH PLAIN %s\\r\\n' \"$b\"; sleep 3; "
    "printf 'QUIT\\r\\n'; sleep 1; }} | timeout 15 openssl s_client -quiet {mode}-servername {host} "
    "-connect {goal} 2>/dev/null | "
    "tr -d '\\r' | grep -E '^[0-9][0-9][0-9][ -]'; true"
)  # fmt: skip


def query(smarthost: Smarthost, key: str = "", table: str = "") -> str:
    """The command that logs in. key, table: where Postfix looks the password up. Empty where that is not known."""
    secret = _secret(smarthost, key, table)
    if not secret or smarthost.tls == NONE:
        return ""
    script = _LOG_IN.format(
        secret=secret,
        mode="" if smarthost.tls == IMPLICIT else "-starttls smtp ",
        host=shlex.quote(smarthost.host),
        goal=shlex.quote(f"{smarthost.host}:{smarthost.port}"),
    )
    return f"sudo sh -c {shlex.quote(script)}"


def _secret(smarthost: Smarthost, key: str, table: str) -> str:
    file, host = shlex.quote(smarthost.file), smarthost.host
    match smarthost.program:
        case "msmtp":
            return _MSMTP.format(account=shlex.quote(smarthost.account), file=file)
        case "nullmailer":
            return _NULLMAILER.format(host=host, file=file)
        case "ssmtp":
            return _SSMTP.format(file=file)
        case "Postfix" if table:
            return _POSTFIX.format(key=shlex.quote(key), table=shlex.quote(table))
        case "Exim":
            return _EXIM.format(host=host.replace(".", "\\."))
    return ""


def reply_to_login(text: str) -> Reply:
    """The reply to AUTH: the first that neither greets nor answers EHLO. Without a code if there is none."""
    lines: list[str] = []
    for line in text.splitlines():
        lines.append(line)
        if line[3:4] != "-":
            found = reply(lines)
            if found.code not in (0, 220, 221, 250):
                return found
            lines = []
    return Reply()
