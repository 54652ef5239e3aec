"""The root's keys that Unbound trusts, held against those that the root has."""

from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.trust_anchor import anchors, key_tag, keys, misfit

# Invented; long enough to be told apart.
KSK_OLD = "257 3 8 AwEAAabZb6BfskOhMIKiEZXr0Sb8QvLxWM9eAELk+Va2DX7bSzY7zUHOQzsztwJDA9NPDsqtUHGEG9Oto+mdaPALibI="
KSK_NEW = "257 3 8 AwEAAapU3vnguxHB67/Jep7mOvnpXE/fHQMrHdzA8hZh90hlHSsrj7lOmuBBeAVU2ymBXaocD+mR3a5U7/DEwozZ0gw="
ZSK = KSK_NEW.replace("257", "256", 1)
ROOT = keys([KSK_OLD, ZSK])
TAG = key_tag(ROOT[0])


def test_only_keys_to_enter_by_count() -> None:
    assert len(ROOT) == 1


def test_an_anchor_of_an_old_key_is_named_with_its_file() -> None:
    old = anchors(f"file /etc/unbound/root.key\n. DS 31406 13 2 {'5f' * 32}\nfile trust-anchor\n")
    assert misfit(old, ROOT) == f"trusted is key 31406 in /etc/unbound/root.key; the root has {TAG}"


def test_a_key_or_its_digest_fits() -> None:
    written = f"file /var/lib/unbound/root.key\n.\t86400\tIN\tDNSKEY\t{KSK_OLD} ;{{id = {TAG}}} ;;state=2 [  VALID  ]\n"
    assert misfit(anchors(written), ROOT) == ""
    assert misfit(anchors(written), keys([KSK_NEW])) != ""
    assert misfit(anchors(f'file trust-anchor\n". DS {TAG} 8 1 {"5f" * 20}"\n'), ROOT) == ""
    assert misfit(anchors(f"file f\n. 3600 IN DS {TAG} 8 2 {'5f' * 32}\n"), ROOT) != ""


def test_what_is_not_known_is_no_misfit() -> None:
    assert misfit((), ROOT) == ""
    assert misfit(anchors(f"file f\n. DS 1 8 2 {'5f' * 32}\n"), ()) == ""
    assert anchors(f"file f\nexample.org. DS 1 8 2 {'5f' * 32}\n. DS x 8 2 zz\n. DNSKEY 257 3 8 %%\n") == ()


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    anchors(text)
    keys([text])
    anchors(f"file f\n. DS {text}\n. DNSKEY {text}")
