"""How certbot proves to an authority that a name is ours: its settings by certificate, as far as they tell that."""

from __future__ import annotations

from dataclasses import dataclass

# Names of files and of plugins, and the authority; of hooks only that there are any. No key or token stands there.
QUERY = (
    "grep -sHE '^(authenticator|server) *=' /etc/letsencrypt/renewal/*.conf; "
    "grep -slE '^pre_hook *= *[^ ]' /etc/letsencrypt/renewal/*.conf | sed 's/$/:hook/'; "
    "find /etc/letsencrypt/renewal-hooks/pre -type f -perm /100 2>/dev/null | sed 's/^/every:hook /'; true"
)
# Plugins that put an answer where the authority fetches it: by HTTP on port 80 (RFC 8555 §8.3).
_SERVED = frozenset({"webroot", "nginx", "apache"})
_BY_ITSELF = "standalone"
# Authorities for everybody, which come from anywhere; one of a site's own may be let in by a path of its own.
_PUBLIC = ("letsencrypt.org", "zerossl.com", "pki.goog", "buypass.com", "ssl.com", "sectigo.com")


@dataclass(frozen=True)
class Challenge:
    """One certificate's way. certificate: its name under /etc/letsencrypt/live."""

    certificate: str
    authenticator: str

    @property
    def by_itself(self) -> bool:
        """certbot listens while it renews, and nothing does at other times."""
        return self.authenticator == _BY_ITSELF


def over_http(text: str) -> tuple[Challenge, ...]:
    """Certificates that are proved to be ours over HTTP, from what QUERY prints; not those whose hooks open the way."""
    settings: dict[str, dict[str, str]] = {}
    for line in text.splitlines():
        place, _, rest = line.partition(":")
        word, _, value = rest.partition("=")
        settings.setdefault(_name(place), {})[word.strip()] = value.strip()
    if any(word.startswith("hook") for word in settings.get("every", {})):
        return ()
    return tuple(
        Challenge(name, own["authenticator"])
        for name, own in settings.items()
        if own.get("authenticator") in {*_SERVED, _BY_ITSELF}
        and any(f"{each}/" in own.get("server", "") for each in _PUBLIC)
        and "hook" not in own
    )


def _name(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".conf")
