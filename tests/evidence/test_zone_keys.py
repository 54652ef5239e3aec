"""DKIM keys are found in zones as a host's DNS server writes them out, in use or not."""

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.zone_keys import Key, keys, queries, too_weak

RSA512 = "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALmLYLUVDTllwUbGR1BbPR9ehTbsfS2C+dQh6pN9aCofSvDhni3uEelK7fiXt70eO85Mrkn1eDPdIL3NyQHM7G0CAwEAAQ=="
ED25519 = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
KNOTC = f"""#!/bin/sh
case $1$2 in status) exit 0;; zone-reada.test) cat <<'END'
[a.test.] a.test. 3600 SOA ns1.test. hostmaster.a.test. 1 2 3 4 5
[a.test.] Old._DomainKey.a.test. 3600 TXT "v=DKIM1; k=rsa; " "p={RSA512}"
[a.test.] old._domainkey.a.test. 3600 RRSIG TXT 13 4 3600 1 2 3 a.test. x==
[a.test.] news._domainkey.sub.a.test. 3600 TXT "v=DKIM1; k=ed25519; p={ED25519}"
[a.test.] other._domainkey.a.test. 3600 CNAME a.provider.test.
END
;; zone-readb.test) echo 'error: (not loaded) [b.test]'; exit 1;;
*) echo "error: (no such zone found) [$2]"; exit 1;; esac
"""
CHECKCONF = """#!/bin/sh
cat <<'END'
options {
	directory "/var/cache/bind";
};
zone "a.test" {
	type master;
	file "/etc/bind/a";
	allow-transfer {
		"none";
	};
};
zone "forwarded.test" {
	type forward;
};
logging {
	channel "x" {
		file "/var/log/named";
	};
};
view "outside" {
	zone "B.test" IN {
		type secondary;
		file "b.raw";
	};
	zone "c.test" {
		type primary;
		file "gone";
	};
	zone "unasked.test" {
		file "/etc/bind/unasked";
	};
};
END
"""
CHECKZONE = f"""#!/bin/sh
while [ $# -gt 2 ]; do [ "$1" = -f ] && how=$2; shift; done
case "$how $1 $2" in
"text a.test /etc/bind/a"|"raw b.test /var/cache/bind/b.raw")
  printf '%s.\\t\\t3600 IN SOA ns1.test. hostmaster.test. 1 2 3 4 5\\n' "$1"
  printf 'old._domainkey.%s.\\t\\t300 IN TXT\\t"v=DKIM1; p={RSA512}"\\n' "$1";;
*) exit 1;; esac
"""


def answered(folder: Path, server: str, *domains: str, **programs: str) -> str:
    for name, text in programs.items():
        (folder / name.replace("_", "-")).write_text(text)
        (folder / name.replace("_", "-")).chmod(0o755)
    (asked,) = queries(server, domains)
    done = subprocess.run(
        ["sh", "-c", asked.removeprefix("sudo ")], env={"PATH": f"{folder}:{os.environ['PATH']}"},
        capture_output=True, text=True, timeout=10, check=True,
    )  # fmt: skip
    return done.stdout


def test_of_knot_every_key_of_a_zone_is_told(tmp_path: Path) -> None:
    found = keys(answered(tmp_path, "knot", "a.test", "mail.b.test", "elsewhere.test", knotc=KNOTC))
    assert found["b.test"] is None
    assert [each.weak for each in found["a.test"] or ()] == ["old._domainkey.a.test: an RSA key of 512 bits", ""]
    assert set(found) == {"a.test", "b.test"}


def test_of_bind_zones_of_views_and_secondary_ones_too(tmp_path: Path) -> None:
    programs = {"named_checkconf": CHECKCONF, "named_checkzone": CHECKZONE}
    found = keys(answered(tmp_path, "named", "a.test", "b.test", "c.test", "forwarded.test", **programs))
    text = f"v=DKIM1; p={RSA512}"
    assert found == {
        "a.test": (Key("old", "a.test", text),),
        "b.test": (Key("old", "b.test", text),),
        "c.test": None,
    }


@pytest.mark.parametrize("text", ["v=DKIM1; p=", f"v=DKIM1; k=ed25519; p={ED25519}", "v=DKIM1; p=AAAA", "a word", ""])
def test_what_is_revoked_or_no_key_is_not_weak(text: str) -> None:
    assert too_weak(text) == ""


def test_many_domains_are_asked_for_by_parts() -> None:
    assert len(queries("knot", (f"d{n}.test" for n in range(250)))) == 3
    assert queries("knot", ()) == ()
    assert queries("knot", ["$(reboot).test", "'; reboot.test", "test"]) == ()


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    keys(text)
    keys(f"zone a.test\nkey x._domainkey.a.test. {text}")
