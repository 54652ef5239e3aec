"""Writes an nftables rule from nft's JSON in the notation of `nft list ruleset`, for an administrator to find."""

from __future__ import annotations

from collections.abc import Mapping

from checks.evidence.nft_literal import only

# Longer sets are cut: a rule is to be recognised, not repeated.
MAX_ELEMENTS = 12
MAX_DEPTH = 12
# nft prints these without "meta" before them.
BARE_META = {"iif", "iifname", "iiftype", "iifgroup", "oif", "oifname", "oiftype", "oifgroup"}
QUOTED = {"iif", "iifname", "oif", "oifname", "helper"}
HEXADECIMAL = {"mark": "#010x", "raw": "#x"}


def rule_text(body: Mapping[str, object]) -> str:
    """The rule without its counters' values."""
    listed = body.get("expr")
    words = [_statement(statement) for statement in listed] if isinstance(listed, list) else []
    comment = body.get("comment")
    if isinstance(comment, str):
        words.append(f'comment "{comment}"')
    return " ".join(word for word in words if word)


def _statement(statement: object) -> str:
    name, body = only(statement)
    match name, body:
        case "match", {"op": operator, "left": left, "right": right}:
            flags = operator == "==" and isinstance(right, str) and _value(left) == "tcp flags"
            plain = operator in ("==", "in") and only(left)[0] not in ("&", "|", "^") and not flags
            key = _key(left)
            return f"{_value(left, key)} {'' if plain else f'{operator} '}{_value(right, key)}"
        case "vmap", {"key": key, "data": data}:
            return f"{_value(key)} vmap {_value(data, _key(key))}"
        case "mangle", {"key": key, "value": value}:
            return f"{_value(key)} set {_value(value, _key(key))}"
        case (("jump" | "goto"), {"target": target}):
            return f"{name} {target}"
        case "reject", {"type": kind, **rest}:
            default = (kind, rest.get("expr")) == ("icmpx", "port-unreachable")
            return "reject" if default else f"reject with {kind} {rest.get('expr', '')}".rstrip()
    if name in ("dnat", "snat", "redirect", "masquerade", "tproxy"):
        return _nat(name, body)
    return _limit(name, body) if name in ("limit", "quota", "ct count") else _other(name, body)


def _other(name: str, body: object) -> str:
    match name, body:
        case (("set" | "map"), {"op": operator, "elem": element, **rest}):
            inner = rest.get("stmt")
            after = [_statement(one) for one in inner] if isinstance(inner, list) else []
            return f"{operator} {rest.get('set', rest.get('map'))} {{ {' '.join([_value(element), *after])} }}"
        case "meter", {"name": title, "key": key, "stmt": inner}:
            return f"meter {title} {{ {_value(key)} {_statement(inner)} }}"
        case "log", _:
            return " ".join(["log", *_settings(body, quoted=("prefix",))])
        case "counter", str():
            return f'counter name "{body}"'
        case (("ct helper" | "ct timeout" | "ct expectation"), str()):
            return f'{name} set "{body}"'
        case "xt", {"type": kind, "name": title}:
            return f"xt {kind} {title}"
    return f"{name} {body}" if isinstance(body, str | int) else name or "?"


def _settings(body: object, quoted: tuple[str, ...] = ()) -> list[str]:
    if not isinstance(body, dict):
        return []
    return [f'{key} "{value}"' if key in quoted else f"{key} {_value(value)}" for key, value in body.items()]


def _limit(name: str, body: object) -> str:
    if not isinstance(body, dict):
        return f'{name} name "{body}"'
    over = "over " if body.get("inv") else ""
    if name == "limit":
        unit = f" {body['rate_unit']}" if "rate_unit" in body else ""
        burst = f" burst {body.get('burst')} {body.get('burst_unit', 'packets')}" if body.get("burst") else ""
        return f"limit rate {over}{body.get('rate')}{unit}/{body.get('per')}{burst}"
    unit = f" {body['val_unit']}" if "val_unit" in body else ""
    return f"{name} {over}{body.get('val')}{unit}"


def _nat(name: str, body: object) -> str:
    if not isinstance(body, dict):
        return name
    family = f" {body['family']}" if "family" in body else ""
    address = _value(body["addr"]) if "addr" in body else ""
    port = f":{_value(body['port'])}" if "port" in body else ""
    if port and ":" in address and "map" not in address:
        address = f"[{address}]"
    flags = body.get("flags", [])
    after = " ".join(map(str, flags)) if isinstance(flags, list) else str(flags)
    if not address + port:
        return f"{name} {after}".rstrip()
    return f"{name}{family if address else ''} to {address}{port} {after}".rstrip()


def _key(left: object) -> str:
    """How the values compared with this are written: quoted for interfaces, hexadecimal for marks."""
    match only(left):
        case (("meta" | "ct"), {"key": str(name)}):
            return name
        case "fib", {"result": "oif" | "oifname"}:
            return "iif"
        case "payload", {"base": _}:
            return "raw"
        case (("&" | "|" | "^"), [inner, *_]):
            return _key(inner)
        case "concat", [*parts]:
            return " . ".join(map(_key, parts))
    return ""


def _value(value: object, key: str = "", depth: int = 0) -> str:
    if depth > MAX_DEPTH:
        return "…"
    match value:
        case bool():
            return "exists" if value else "missing"
        case str():
            return f'"{value}"' if key in QUOTED and not value.startswith("@") else value
        case int():
            return f"{value:{HEXADECIMAL[key]}}" if key in HEXADECIMAL else str(value)
        case list():
            return ",".join(_value(part, key, depth + 1) for part in value)
    return _compound(*only(value), key, depth + 1)


def _compound(name: str, body: object, key: str, depth: int) -> str:
    match name, body:
        case "set", list():
            shown = [_pair(one, key, depth) for one in body[:MAX_ELEMENTS]]
            return "{ " + ", ".join(shown) + (", … }" if len(body) > MAX_ELEMENTS else " }")
        case "set", _:
            return "{ " + _value(body, key, depth) + " }"
        case "range", [low, high]:
            return f"{_value(low, key, depth)}-{_value(high, key, depth)}"
        case "prefix", {"addr": address, "len": length}:
            return f"{_value(address, key, depth)}/{length}"
        case "concat", list():
            keys = key.split(" . ") if key.count(" . ") == len(body) - 1 else [""] * len(body)
            return " . ".join(_value(part, one, depth) for part, one in zip(body, keys, strict=True))
        case "elem", {"val": bare, **rest}:
            timeout = f" timeout {_duration(rest['timeout'])}" if "timeout" in rest else ""
            return _value(bare, key, depth) + timeout
        case "map", {"key": asked, "data": data}:
            return f"{_value(asked, '', depth)} map {_value(data, '', depth)}"
        case "|", list():
            flags = " | ".join(_value(part, key, depth) for part in body)
            return f"({flags})" if len(body) > 1 and key not in HEXADECIMAL else flags
        case (("&" | "^" | "<<" | ">>"), [left, right]):
            mask = _value({"|": right} if isinstance(right, list) else right, key, depth)
            return f"{_value(left, key, depth)} {name} {mask}"
    return _expression(name, body)


def _duration(seconds: object) -> str:
    text, left = "", seconds if isinstance(seconds, int) else 0
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, left = divmod(left, size)
        text += f"{count}{unit}" if count else ""
    return text or str(seconds)


def _expression(name: str, body: object) -> str:
    match name, body:
        case "payload", {"protocol": protocol, "field": field}:
            return f"{protocol} {field}"
        case "payload", {"base": base, "offset": offset, "len": length}:
            return f"@{base},{offset},{length}"
        case "meta", {"key": str(key)}:
            return key if key in BARE_META else f"meta {key}"
        case "ct", {"key": key, **rest}:
            return f"ct {rest['dir']} {key}" if "dir" in rest else f"ct {key}"
        case "fib", {"result": result, "flags": list(flags)}:
            return f"fib {' . '.join(map(str, flags))} {result}"
        case (("accept" | "drop" | "continue" | "return" | "jump" | "goto"), _):
            return _statement({name: body})
        case _, dict():
            return " ".join([name, *(str(one) for one in body.values())])
    return name or "?"


def _pair(entry: object, key: str, depth: int) -> str:
    match entry:
        case [asked, result]:
            return f"{_value(asked, key, depth)} : {_value(result, '', depth)}"
    return _value(entry, key, depth)
