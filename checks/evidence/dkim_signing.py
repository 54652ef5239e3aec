"""Which DKIM keys a host signs with, as rspamd, Exim and OpenSMTPD are configured; OpenDKIM has a file of its own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from checks.evidence.transcript import NoEvidence


@dataclass(frozen=True)
class SigningKey:
    """A key that mail is signed with.

    domain, selector: of the signature's d= and s=. path: the private key's file, empty if it is not in a file.
    All three may hold what the signer fills in: ``%`` (OpenDKIM), ``$domain`` (rspamd), ``${…}`` (Exim).
    where: the setting that names it, in the signer's words.
    """

    domain: str
    selector: str
    path: str
    where: str

    @property
    def record(self) -> str:
        """The name of its TXT record. RFC 6376 §3.6.2.1."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def depends_on_sender(self) -> bool:
        """Its domain or selector is known only with a sender."""
        return any(mark in self.domain + self.selector for mark in "%$")

    def for_domain(self, domain: str) -> SigningKey:
        """The key as it is used for mail From this domain; an Exim expression that is no plain variable stays."""
        filled = replace(self, domain=domain if self.depends_on_sender else self.domain)
        path = filled.path.replace("%", domain)
        values = {"domain": domain, "selector": self.selector}
        path = re.sub(r"\$(\{)?(?:dkim_)?(domain|selector)\b(?(1)\})", lambda found: values[found[2]], path)
        return replace(filled, path=path)


# Milters that sign nothing, by name or usual port.
NEVER_SIGNS = r"opendmarc|:8893\b|clamav|spamass|greylist"
RSPAMD = "sudo rspamadm configdump -j dkim_signing"


def rspamd(configdump: str) -> tuple[SigningKey, ...]:
    """Keys of ``rspamadm configdump -j dkim_signing``: those of each domain, then the fallback for all others.

    Selectors that come from maps, Redis or a vault are not in it. Raises NoEvidence.
    """
    settings = _settings(configdump)
    if settings.get("enabled") is False:
        return ()
    default = (_text(settings, "selector"), _text(settings, "path"))
    keys = []
    domains = settings.get("domain")
    for domain, own in (domains if isinstance(domains, dict) else {}).items():
        keys += _rspamd_domain(domain, own if isinstance(own, dict) else {}, default)
    if settings.get("try_fallback", True) and default[1]:
        keys.append(SigningKey("$domain", *default, "rspamd dkim_signing path"))
    return tuple(keys)


def rspamd_maps(configdump: str) -> tuple[str, ...]:
    """Settings that name further selectors or keys, which configdump does not show. Raises NoEvidence."""
    settings = _settings(configdump)
    names = ("selector_map", "path_map", "signing_table", "key_table", "vault_url")
    named = [f"{name} = {settings[name]}" for name in names if settings.get(name)]
    return (*named, *(["use_redis"] if settings.get("use_redis") else []))


def _settings(configdump: str) -> dict[str, object]:
    try:
        settings = json.loads(configdump)
    except (ValueError, RecursionError) as error:
        raise NoEvidence(f"this is not JSON of rspamadm configdump: {error}") from error
    return settings if isinstance(settings, dict) else {}


def _rspamd_domain(domain: str, own: dict[str, object], default: tuple[str, str]) -> list[SigningKey]:
    """RSPAMD: a domain's own selector and path, and each of its ``selectors``; what they lack is the default's."""
    listed = own.get("selectors")
    sets = [own] if "selector" in own or "path" in own else []
    sets += [one for one in (listed if isinstance(listed, list) else []) if isinstance(one, dict)]
    where = f"rspamd dkim_signing domain {domain}"
    return [
        SigningKey(domain.lower(), _text(one, "selector") or default[0], _text(one, "path") or default[1], where)
        for one in sets
    ]


def _text(settings: dict[str, object], name: str) -> str:
    value = settings.get(name)
    return str(value) if isinstance(value, str | int) else ""


def exim(transports: str) -> tuple[SigningKey, ...]:
    """Keys of ``exim -bP transports``: each domain with each selector of each transport that signs.

    Lists are separated by colons, doubled where meant (Exim specification §6.21); an expression stays as it is.
    """
    keys = []
    for name, options in _exim_transports(transports):
        if options.get("dkim_private_key"):
            path, where = _exim_path(options["dkim_private_key"]), f"Exim transport {name}"
            for domain in _exim_list(options.get("dkim_domain", "")):
                keys += [SigningKey(domain, s, path, where) for s in _exim_list(options.get("dkim_selector", ""))]
    return tuple(keys)


def opensmtpd(settings: Iterable[Sequence[str]]) -> tuple[SigningKey, ...]:
    """Keys of ``filter … proc-exec "filter-dkimsign -d DOMAIN -s SELECTOR -k FILE"``, by the words of each line."""
    keys = []
    for words in settings:
        line = " ".join(words).replace('"', "")
        options = re.findall(r" -([dsk]) (\S+)", line) if "filter-dkimsign" in line else []
        selector, path = (next((value for name, value in options if name == wanted), "") for wanted in "sk")
        keys += [SigningKey(value, selector, path, "filter-dkimsign") for name, value in options if name == "d"]
    return tuple(key for key in keys if key.selector)


def _exim_transports(text: str) -> list[tuple[str, dict[str, str]]]:
    transports: list[tuple[str, dict[str, str]]] = []
    for line in text.splitlines():
        if line.endswith(" transport:"):
            transports.append((line.removesuffix(" transport:"), {}))
        elif transports and line.startswith("dkim_") and " =" in line:
            option, _, value = line.partition(" =")
            transports[-1][1][option] = value.strip()
    return transports


def _exim_path(value: str) -> str:
    """The file of the usual ``${if exists{FILE}{FILE}{0}}``; any other expression as it is."""
    usual = re.match(r"\$\{if exists\s*\{([^{}]+)\}\s*\{\1\}", value)
    return usual[1] if usual else value


def _exim_list(text: str) -> list[str]:
    if "${" in text:
        return [text]  # its braces may hold colons; only Exim can expand it
    separator, text = (text[1], text[2:]) if re.match(r"<[^\w\s]", text) else (":", text)
    mark = "\0"
    items = text.replace(separator * 2, mark).split(separator)
    return [item.strip().replace(mark, separator) for item in items if item.strip()]
