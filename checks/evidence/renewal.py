"""Tools that renew certificates on a host: what they keep, what starts them, and whom they tell."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Lines of: certbot's settings by certificate (it makes a new key at each renewal unless told to keep it); its hooks;
# what acme.sh and dehydrated keep; cron jobs that start them.
# Only names of files and of options leave the host.
QUERY = (
    'for c in /etc/letsencrypt/renewal/*.conf; do [ -f "$c" ] || continue; n=$(basename "$c" .conf); '
    'echo "keeps certbot /etc/letsencrypt/live/$n/"; '
    'grep -qiE \'^reuse_key *= *true\' "$c" && echo "same_key certbot /etc/letsencrypt/live/$n/"; '
    'grep -qE \'^(renew|deploy|post)_hook *= *[^ ]\' "$c" && echo "hook certbot $c"; done; '
    "for h in /etc/letsencrypt/renewal-hooks/deploy/* /etc/letsencrypt/renewal-hooks/post/*; do "
    '[ -x "$h" ] && [ -f "$h" ] && echo "hook certbot $h"; done; '
    "grep -qsE '^(deploy|post|renew)-hook' /etc/letsencrypt/cli.ini && echo 'hook certbot /etc/letsencrypt/cli.ini'; "
    'for c in /root/.acme.sh/*/*.conf /home/*/.acme.sh/*/*.conf; do [ -f "$c" ] || continue; '
    'sed -nE "s/^Le_(RealFullChainPath|RealCertPath)=\'(.+)\'/keeps acme.sh \\2/p" "$c"; '
    'grep -qE "^Le_ReloadCmd=\'.+\'" "$c" && echo "hook acme.sh $c"; done; '
    "for d in /var/lib/dehydrated/certs/*/ /etc/dehydrated/certs/*/; do "
    '[ -d "$d" ] && echo "keeps dehydrated $d"; done; '
    "grep -qsE '^ *HOOK=.' /etc/dehydrated/config /etc/dehydrated/conf.d/* && echo 'hook dehydrated /etc/dehydrated'; "
    # Debian's job of certbot does nothing where systemd runs: its line asks for that folder.
    "s=/run/systemd/system; [ -d $s ] || s='^$'; for t in certbot acme.sh dehydrated; do "
    'for f in $(grep -lsE "^[^#]*$t" /etc/crontab /etc/cron.d/* /etc/cron.daily/* /etc/cron.weekly/* '
    '/var/spool/cron/crontabs/* /var/spool/cron/*); do [ -f "$f" ] || continue; '
    'grep -E "^[^#]*$t" "$f" | grep -qv "$s" && echo "cron $t $f"; '
    'grep -qE \'(deploy|post|renew)-hook\' "$f" && echo "hook $t $f"; done; done; true'
)

# Where certbot and acme.sh ask for certificates; nowhere that rules would tell of, if a proxy does it for them.
AUTHORITIES = (
    'sudo sh -c \'grep -qsiE "^[^#]*https?_proxy" /etc/environment /etc/letsencrypt/cli.ini '
    "/root/.acme.sh/account.conf /etc/systemd/system/*.service.d/*.conf && exit 0; "
    'sed -nE "s/^server *= *//p" /etc/letsencrypt/renewal/*.conf 2>/dev/null; '
    'sed -nE "s/^Le_API=.?(https:[^ ]*[a-z]).?$/\\1/p" /root/.acme.sh/*/*.conf 2>/dev/null; true\''
)
_AUTHORITY = re.compile(r"https://([A-Za-z0-9.-]{1,253})(?::443)?(?:/\S*)?")


@dataclass(frozen=True)
class Renewal:
    """Who renews a certificate. started_by: a timer, a cron job; told: hooks; daemons: that read it at their start."""

    tool: str
    started_by: tuple[str, ...]
    told: tuple[str, ...]
    daemons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tools:
    """What QUERY found: rows of a word, a tool and a path."""

    rows: tuple[tuple[str, str, str], ...]

    def keeper(self, path: str, word: str = "keeps") -> str:
        """The tool that keeps this certificate (word same_key: with its key); empty if none of those that we know."""
        kept = [(tool, where) for each, tool, where in self.rows if each == word]
        return next(
            (tool for tool, where in kept if path == where or (where[-1:] == "/" and path.startswith(where))), ""
        )

    def named(self, word: str, tool: str) -> tuple[str, ...]:
        """The paths of the rows of a word and a tool."""
        return tuple(dict.fromkeys(where for each, by, where in self.rows if (each, by) == (word, tool)))


def tools(text: str) -> Tools:
    """From what QUERY prints; lines of another shape are passed over."""
    rows = (line.split(" ", 2) for line in text.splitlines())
    return Tools(tuple((row[0], row[1], row[2]) for row in rows if len(row) == 3 and row[2]))


def authorities(text: str) -> tuple[str, ...]:
    """The servers that certificates come from, asked at port 443, by name; lines of another shape are passed over."""
    found = (_AUTHORITY.fullmatch(line.strip()) for line in text.splitlines())
    return tuple(dict.fromkeys(match[1].lower() for match in found if match))
