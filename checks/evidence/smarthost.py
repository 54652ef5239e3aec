"""How a host sends through somebody else's server, as msmtp, nullmailer, ssmtp, dma, Postfix or Exim are told to.

Passwords in these files are cut out on the host, and of user names only that there is one is kept.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from checks.evidence.exim import Driver, Exim
from checks.evidence.login_mechanisms import of_client
from checks.evidence.opensmtpd import Opensmtpd
from checks.evidence.pieces import pieces
from checks.evidence.postfix import Postfix
from checks.evidence.sending import level

FILES = ("/etc/msmtprc", "/root/.msmtprc", "/etc/nullmailer/remotes", "/etc/ssmtp/ssmtp.conf", "/etc/dma/dma.conf")
_MASKS = (
    r"s/^([[:space:]]*(password|passwordeval|user|from)[[:space:]]+).*/\1(hidden)/",
    r"s/(--(pass|user)[= ]+)[^[:space:]]+/\1(hidden)/g",
    r"s/^([[:space:]]*(AuthPass|AuthUser|root)[[:space:]]*=).*/\1(hidden)/I",
)
_READ = (
    "for f in {files} /home/*/.msmtprc /var/www/.msmtprc; do [ -f \"$f\" ] || continue; "
    "echo \"== $(stat -L -c '%a' \"$f\") $f\"; sed -E {masks} \"$f\"; done; true"
)  # fmt: skip

IMPLICIT, STARTTLS, OPPORTUNISTIC, NONE = "implicit", "starttls", "opportunistic", "none"
_PORTS = {"smtp": 25, "submission": 587, "smtps": 465, "submissions": 465}


@dataclass(frozen=True)
class Smarthost:
    """A server that mail is sent through. program: which sends; file: that says so; account: within the file.

    tls: implicit, starttls, opportunistic or none. login: it is given a user name. verified: its certificate is
    compared with its name and known authorities. secret_mode: of the file that holds the password; None if that is
    judged elsewhere. mechanisms: those that it may log in by, as login_mechanisms.usable reads them.
    """

    program: str
    file: str
    account: str
    host: str
    port: int
    tls: str
    login: bool
    verified: bool
    secret_mode: int | None = None
    mechanisms: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        """What tells it from the others of the host."""
        return " ".join(word for word in (self.program, self.file, self.account) if word)

    def __str__(self) -> str:
        return f"{self.where}: {self.host} port {self.port}, TLS {self.tls}{', with a login' if self.login else ''}"


def query() -> str:
    """The command that shows the settings of the small programs, without their secrets."""
    masks = " ".join(f"-e {shlex.quote(mask)}" for mask in _MASKS)
    return f"sudo sh -c {shlex.quote(_READ.format(files=' '.join(FILES), masks=masks))}"


def of_files(text: str) -> tuple[Smarthost, ...]:
    """What the command showed."""
    found: list[Smarthost] = []
    for head, body in pieces(text):
        mode, _, path = head.partition(" ")
        bits = int(mode, 8) if re.fullmatch(r"[0-7]{1,4}", mode) else None
        read = {"remotes": _nullmailer, "ssmtp.conf": _ssmtp, "dma.conf": _dma}.get(path.rpartition("/")[2], _msmtp)
        found += read(body, path, bits)
    return tuple(found)


def _msmtp(body: str, path: str, mode: int | None) -> Iterator[Smarthost]:
    """msmtprc: accounts inherit from `defaults`, and from those that `account NAME : OTHER` names."""
    accounts: dict[str, dict[str, str]] = {}
    defaults: dict[str, str] = {}
    current = defaults
    for line in body.splitlines():
        name, _, value = line.strip().partition(" ")
        value = value.strip().strip('"')
        if name == "account":
            own, _, parents = value.partition(":")
            inherited = [accounts.get(p.strip(), {}) for p in parents.split(",") if p.strip()]
            current = accounts[own.strip()] = {k: v for one in (defaults, *inherited) for k, v in one.items()}
        elif name == "defaults":
            current = defaults
        elif name and not name.startswith("#"):
            current[name] = value or "on"
    named: dict[str, dict[str, str]] = {}
    for name, account in accounts.items():
        if account.get("host") and account not in named.values():  # `account default : x` is x by another name
            named[name] = account
    if not named and defaults.get("host"):
        named[""] = defaults
    for name, account in named.items():
        yield _msmtp_account(name, account, path, mode)


def _msmtp_account(name: str, account: dict[str, str], path: str, mode: int | None) -> Smarthost:
    tls = NONE
    if account.get("tls", "off") == "on":
        tls = STARTTLS if account.get("tls_starttls", "on") == "on" else IMPLICIT
    port = _port(account.get("port", ""), 465 if tls == IMPLICIT else 25)
    told = account.get("auth", "off")
    secret = mode if "password" in account else None
    verified = account.get("tls_certcheck", "on") == "on"
    by = () if told in ("on", "off") else (told.upper(),)
    return Smarthost("msmtp", path, name, account["host"], port, tls, told != "off", verified, secret, by)


def _nullmailer(body: str, path: str, mode: int | None) -> Iterator[Smarthost]:
    """remotes: `HOST PROTOCOL OPTIONS`, a line each."""
    for line in body.splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        tls = IMPLICIT if "--ssl" in words else STARTTLS if "--starttls" in words else NONE
        number = next((w.partition("=")[2] for w in words if w.startswith("--port=")), "")
        login = any(w.startswith("--user") for w in words)
        yield Smarthost("nullmailer", path, "", words[0], _port(number, 465 if tls == IMPLICIT else 25), tls, login,
                        "--insecure" not in words, mode if login else None,
                        ("LOGIN",) if "--auth-login" in words else ())  # fmt: skip


def _settings(body: str, mark: str) -> dict[str, str]:
    rows = (line.partition(mark) for line in body.splitlines() if not line.lstrip().startswith("#"))
    return {name.strip().lower(): value.strip() for name, _, value in rows if name.strip()}


def _ssmtp(body: str, path: str, mode: int | None) -> Iterator[Smarthost]:
    """ssmtp.conf: `mailhub=HOST:PORT`. It verifies nobody, and logs in by LOGIN whatever is offered."""
    found = _settings(body, "=")
    host, _, number = found.get("mailhub", "").partition(":")
    yes = {name for name, value in found.items() if value.lower() == "yes"}
    tls = STARTTLS if "usestarttls" in yes else IMPLICIT if "usetls" in yes else NONE
    if host:
        login = "authuser" in found
        by = ((found.get("authmethod") or "LOGIN").upper(),) if login else ()
        yield Smarthost("ssmtp", path, "", host, _port(number, 25), tls, login, False, mode if login else None, by)


def _dma(body: str, path: str, _mode: int | None) -> Iterator[Smarthost]:
    """dma.conf: names alone are switches; passwords are in a file of their own. It verifies by fingerprint only."""
    found = _settings(body, " ")
    tls = NONE
    if "securetransfer" in found:
        weak = OPPORTUNISTIC if "opportunistic_tls" in found else STARTTLS
        tls = weak if "starttls" in found else IMPLICIT
    if host := found.get("smarthost", ""):
        login = "authpath" in found
        yield Smarthost("dma", path, "", host, _port(found.get("port", ""), 25), tls, login, "fingerprint" in found)


def of_postfix(postfix: Postfix) -> tuple[Smarthost, ...]:
    """Each server of relayhost (a list since 3.5) or default_transport, with the settings of the transport to it."""
    way, _, hop = postfix["default_transport"].partition(":")  # smtp:[HOST]:PORT does what relayhost does
    named = postfix.words("relayhost") or ([hop] if way in ("smtp", "relay") else [])
    matches = [re.fullmatch(r"\[?([^\]:\s]{1,255})\]?(?::([\w-]{1,40}))?", word) for word in named]
    service = next((s for s in postfix.services if s.name == way), None)
    if service is None:
        return ()
    name = level(postfix, service)
    wrapped = postfix.of(service, "smtp_tls_wrappermode") == "yes"
    tls = IMPLICIT if wrapped else {"none": NONE, "may": OPPORTUNISTIC, "dane": OPPORTUNISTIC}.get(name, STARTTLS)
    login = postfix.of(service, "smtp_sasl_auth_enable") == "yes" and bool(
        postfix.of(service, "smtp_sasl_password_maps")
    )
    if tls == OPPORTUNISTIC and login and "noplaintext" in postfix.of(service, "smtp_sasl_security_options"):
        tls = STARTTLS  # the password at least is sent inside TLS only
    verified = name in ("verify", "secure", "fingerprint", "dane-only")
    servers = [(match[1], _port(match[2] or "", 25)) for match in matches if match]
    by = of_client(postfix, service) if login else ()
    return tuple(
        Smarthost("Postfix", "", f"relayhost {hub}" if more else "relayhost", hub, port, tls, login, verified, None, by)
        for more, (hub, port) in enumerate(servers)
    )


def of_exim(exim: Exim) -> tuple[Smarthost, ...]:
    """Routers that send everything to one host."""
    by = exim.client_mechanisms
    transports = {driver.name: driver for driver in exim.smtp_transports}
    found = []
    for router in exim.of_kind("router"):
        transport = transports.get(router.get("transport"))
        match = re.match(r"(?:<;\s*)?\*\s+([\w.-]{4,255})(?:::(\d{1,5}))?", router.get("route_list"))
        if router.get("driver") == "manualroute" and transport and match:
            found.append(_exim_route(router, transport, match[1], match[2] or "", by))
    return tuple(found)


def _exim_route(router: Driver, transport: Driver, host: str, number: str, by: tuple[str, ...]) -> Smarthost:
    tls = IMPLICIT if transport.get("protocol") == "smtps" else OPPORTUNISTIC
    if tls == OPPORTUNISTIC and transport.get("hosts_require_tls") == "*":
        tls = STARTTLS
    asked = bool(by) and bool(transport.get("hosts_require_auth") or transport.get("hosts_try_auth"))
    port = _port(number or transport.get("port"), 465 if tls == IMPLICIT else 25)
    verified = transport.get("tls_verify_hosts") == "*"
    return Smarthost("Exim", "", router.name, host, port, tls, asked, verified, None, by if asked else ())


def of_opensmtpd(conf: Opensmtpd) -> tuple[Smarthost, ...]:
    """Actions that relay to one host: `relay host URL auth <table>`."""
    kinds = {"smtps": IMPLICIT, "smtp+tls": STARTTLS, "smtp": OPPORTUNISTIC, "smtp+notls": NONE}
    found = []
    for action in conf.actions.values():
        words = dict(zip(action.options, action.options[1:], strict=False))
        match = re.fullmatch(
            r"(smtps|smtp\+tls|smtp\+notls|smtp)://(?:([^@\s]+)@)?\[?([\w.:-]{1,255}?)\]?(?::(\d{1,5}))?",
            words.get("host", ""),
        )
        if action.method == "relay" and match:
            tls = kinds[match[1]]
            port = _port(match[4] or "", 465 if tls == IMPLICIT else 25)
            verified = "no-verify" not in action.options and tls in (IMPLICIT, STARTTLS)
            found.append(Smarthost("OpenSMTPD", "", action.name, match[3], port, tls, bool(match[2]), verified))
    return tuple(found)


def _port(value: str, default: int) -> int:
    return int(value) if re.fullmatch(r"\d{1,5}", value) else _PORTS.get(value, default)


def mismatch(smarthost: Smarthost) -> str:
    """Why port and TLS do not go together; empty if they do (RFC 8314 §3.3)."""
    expected = {465: (IMPLICIT,), 587: (STARTTLS, OPPORTUNISTIC, NONE), 25: (STARTTLS, OPPORTUNISTIC, NONE)}
    if smarthost.tls in expected.get(smarthost.port, (smarthost.tls,)):
        return ""
    begins = "with TLS at once" if smarthost.port == 465 else "in the clear, then STARTTLS"
    ours = "with TLS at once" if smarthost.tls == IMPLICIT else "in the clear"
    return f"{smarthost.host} port {smarthost.port} begins {begins}; {smarthost.where} begins {ours}"


def unique(found: Iterable[Smarthost]) -> dict[str, Smarthost]:
    """By what tells them apart: where each is set, and if that is not enough the server."""
    named: dict[str, Smarthost] = {}
    for each in found:
        named[each.where if each.where not in named else f"{each.where} {each.host}"] = each
    return named
