"""Sources of passwords in Dovecot's configuration that let everybody in: one password for all, or none asked at all."""

from __future__ import annotations

from collections.abc import Mapping

from checks.evidence.doveconf import Block, Dovecot

# passdb_result_success: with these the source adds fields, and another one has to accept the password.
_ADDS_ONLY = ("continue", "continue-fail", "return-fail")
_ON = ("yes", "y", "true", "1", "")
# What binds a login to something else than the password: a server that asks for it, networks, a token's check.
_BOUND = ("proxy", "proxy_maybe", "allow_nets", "allow_real_nets")


def sources(dovecot: Dovecot) -> tuple[str, ...]:
    """Each passdb that accepts any user, and by what."""
    if dovecot.get("auth_ssl_require_client_cert") == "yes":
        return ()
    scopes = (dovecot.top, *dovecot.top.all("protocol"))
    found = (_open(passdb) for scope in scopes for passdb in scope.all("passdb"))
    return tuple(each for each in found if each)


def _open(passdb: Block) -> str:
    def get(name: str) -> str:
        return passdb.get(name) or passdb.get(f"passdb_{name}")

    fields = _fields(passdb, get("args"))
    mechanisms = (get("mechanisms") or get("mechanisms_filter")).lower().split()
    bound = any(name in fields for name in _BOUND) or (
        mechanisms and set(mechanisms) <= {"external", "oauthbearer", "xoauth2"}
    )
    after = get("skip") == "unauthenticated" or get("result_success") in _ADDS_ONLY or get("pass") == "yes"
    if get("deny") == "yes" or bound or after:
        return ""
    driver = get("driver") or passdb.name
    if fields.get("nopassword", "no").lower() in _ON:
        return f"passdb {driver}: nopassword"
    if driver == "static" and (get("static_password") or get("password") or "password" in fields):
        return f"passdb {driver}: one password for all users"
    return ""


def _fields(passdb: Block, args: str) -> Mapping[str, str]:
    """Fields that the source itself gives every user. 2.3: words of args and of default_fields; 2.4: a block."""
    words = [*args.split(), *passdb.get("default_fields").split(), *passdb.get("override_fields").split()]
    old = {name: value for name, _, value in (word.partition("=") for word in words if not word.startswith("/"))}
    return old | {name: value for inner in passdb.all("fields") for name, value in inner.settings.items()}
