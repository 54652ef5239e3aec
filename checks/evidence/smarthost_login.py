"""A session with somebody else's server on the host that sends through it: login, sender, recipient, and no message.

The password is read, encoded and sent on the host itself: it is in no argument, no environment and no answer.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from checks.evidence.smarthost import IMPLICIT, NONE, Smarthost
from checks.evidence.smtp import Ehlo, Reply, ehlo, reply

# Each sets u, p and s, the sender that is configured, and some a, a file of authorities of their own.
# msmtp: the account's own lines win over the defaults; a value may stand in quotes. Of passwordeval only `cat FILE` is
# followed: any other command is the site's own, and not for an audit to run.
_MSMTP = (
    "get() {{ awk -v a={account} -v w=$1 '$1 == \"account\" {{ s = $2 }} $1 == \"defaults\" {{ s = \"\" }} "
    "$1 == w && (s == a || s == \"\") {{ sub(/^[ \\t]*[^ \\t]+[ \\t]+/, \"\"); v = $0 }} END {{ print v }}' {file} | "
    "sed 's/^\"\\(.*\\)\"$/\\1/'; }}; u=$(get user); p=$(get password); s=$(get from); "
    "a=$(get tls_trust_file); f=$(get passwordeval); "
    "[ -z \"$f\" ] || case ${{f#cat }} in \"$f\"|[!/]*|*[!A-Za-z0-9_./-]*) k=4;; "
    "*) p=$(head -n 1 ${{f#cat }}) || k=5;; esac"
)  # fmt: skip
_NULLMAILER = (
    'get() {{ sed -n "s/^{host} .*--$1[= ]\\([^ ]*\\).*/\\1/p" {file} | head -n 1; }}; u=$(get user); p=$(get pass); '
    "s=$(head -n 1 /etc/nullmailer/allmailfrom)"
)
_SSMTP = (
    'get() {{ sed -n "s/^$1[[:space:]]*=[[:space:]]*//Ip" {file} | head -n 1; }}; u=$(get AuthUser); p=$(get AuthPass)'
)
_POSTFIX = "r=$(postmap -q {key} {table}); u=${{r%%:*}}; p=${{r#*:}}; a=$(postconf -hx smtp_tls_CAfile)"
# What a table of the site's makes of the sender that root's mail has.
_POSTFIX_SENDER = '; s=$(postmap -q "root@$(postconf -hx myorigin)" {senders})'
_EXIM = "r=$(grep -E '^({host}|\\*):' /etc/exim4/passwd.client | head -n 1 | cut -d: -f2-); u=${{r%%:*}}; p=${{r#*:}}"
# Each step waits for the reply to the one before it, and MAIL follows a login that was accepted (or where none is set):
# who is not logged in, and tries, counts as an attacker. Where the client verifies the server, no password is sent to
# one that does not bear it. A sender that is a pattern or a program's matter is not tried.
_SESSION = r"""
command -v openssl >/dev/null || exit 127; trap "" PIPE; k=0; u=; p=; s=; a=
{secret}
case $a in /*) ;; *) a=;; esac
case $s in *[!A-Za-z0-9.@_+=-]*|*@*@*|@*|*@) s=;; *@*) ;; *) s=;; esac
coproc timeout 18 openssl s_client -quiet {verify}{mode}-servername {host} -connect {goal} 2>/dev/null
exec 5<&"${{COPROC[0]}}" 6>&"${{COPROC[1]}}"
hear() {{ c=; while IFS= read -r -t 8 l <&5; do l=${{l%$'\r'}}; case $l in [0-9][0-9][0-9][\ -]*) echo "$l";; esac
  case $l in 250?AUTH\ *PLAIN*) o=1;; esac; case $l in [0-9][0-9][0-9]\ *) c=${{l%% *}}; return;; esac; done; }}
say() {{ echo "> $1"; printf '%s\r\n' "$1${{2:+ $2}}" >&6; hear; }}
o=; {greeted}say EHLO "$(hostname -f)"
{login}[ -z "$s" ] || [ "$c" != {ready} ] || {{ say MAIL "FROM:<$s>"
  [ "$c" != 250 ] || say RCPT "TO:<$s>"; say RSET; }}
say QUIT; exit $k"""
_VERIFY = '-verify_return_error -verify_hostname {host} ${{a:+-CAfile "$a"}} '
_LOG_IN = r"""[ -n "$u" ] && [ -n "$p" ] || k=${k/#0/3}
[ $k != 0 ] || [ -z "$o" ] || say "AUTH PLAIN" "$(printf '\000%s\000%s' "$u" "$p" | base64 | tr -d '\n')"
"""


def query(smarthost: Smarthost, key: str = "", table: str = "", senders: str = "") -> str:
    """The command that makes the session. Empty where there is no TLS.

    key, table: where Postfix looks the password up; senders: what it rewrites senders by. The command ends with 3 where
    no password is found, with 4 where a command of the site's own tells it, with 5 where its file cannot be read, with
    127 where the host lacks a program.
    """
    if smarthost.tls == NONE:
        return ""
    unknown = "" if smarthost.login else '\n[ -n "$s" ] || s="root@$(hostname -f)"'
    script = _SESSION.format(
        secret=(_secret(smarthost, key, table, senders) or ":") + unknown,
        verify=_VERIFY.format(host=shlex.quote(smarthost.host)) if smarthost.verified else "",
        mode="" if smarthost.tls == IMPLICIT else "-starttls smtp ",
        host=shlex.quote(smarthost.host),
        goal=shlex.quote(f"{smarthost.host}:{smarthost.port}"),
        greeted="hear; " if smarthost.tls == IMPLICIT else "",
        login=_LOG_IN if smarthost.login else "",
        ready=235 if smarthost.login else 250,
    )
    return f"sudo bash -c {shlex.quote(script.strip())}"


def knows_password(smarthost: Smarthost, table: str = "") -> bool:
    """Whether it is known here how the program keeps its password. table: Postfix's."""
    return bool(_secret(smarthost, "", table, ""))


def _secret(smarthost: Smarthost, key: str, table: str, senders: str) -> str:
    file, host = shlex.quote(smarthost.file), smarthost.host
    match smarthost.program:
        case "msmtp":
            return _MSMTP.format(account=shlex.quote(smarthost.account), file=file)
        case "nullmailer":
            return _NULLMAILER.format(host=host, file=file)
        case "ssmtp":
            return _SSMTP.format(file=file)
        case "Postfix" if table:
            found = _POSTFIX.format(key=shlex.quote(key), table=shlex.quote(table))
            return found + (_POSTFIX_SENDER.format(senders=shlex.quote(senders)) if senders else "")
        case "Exim":
            return _EXIM.format(host=host.replace(".", "\\."))
    return ""


@dataclass(frozen=True)
class Session:
    """What came of it. said: the reply to each step, ``EHLO``, ``AUTH``, ``MAIL`` and ``RCPT``, that one came to."""

    said: Mapping[str, Reply]

    @property
    def offer(self) -> Ehlo | None:
        """What the server offers inside TLS; None if it did not come to that."""
        return ehlo(self.said["EHLO"]) if "EHLO" in self.said else None


def session(text: str) -> Session:
    """What the command showed: each step after ``>``, and the reply to it."""
    found: dict[str, Reply] = {}
    for piece in re.split(r"^> ", text, flags=re.MULTILINE)[1:]:
        head, _, body = piece.partition("\n")
        answer = reply(body.splitlines())
        if answer.code:
            found.setdefault(head.partition(" ")[0], answer)
    return Session(MappingProxyType(found))
