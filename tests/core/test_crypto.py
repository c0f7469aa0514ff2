"""Sealed values open in their place with their key, and nowhere else."""

from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.crypto import DecryptionError, Keyring, MasterKeyError

ONE, OTHER = (urlsafe_b64encode(bytes([n]) * 32).decode() for n in (251, 7))
RING = Keyring(ONE)
AAD = "accounts|user|1|email|v1"


@given(st.binary(), st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_sealed_opens_in_its_place(plaintext: bytes, aad: str):
    assert RING.unseal(RING.seal(plaintext, aad=aad), aad=aad) == plaintext


@given(st.data())
def test_no_changed_bit_goes_unseen(data: st.DataObject):
    token = bytearray(RING.seal(b"attack at dawn", aad=AAD))
    at = data.draw(st.integers(0, len(token) * 8 - 1))
    token[at // 8] ^= 1 << at % 8
    with pytest.raises(DecryptionError):
        RING.unseal(bytes(token), aad=AAD)


@given(st.integers(0, 50))
def test_no_cut_goes_unseen(length: int):
    token = RING.seal(b"attack at dawn", aad=AAD)
    with pytest.raises(DecryptionError):
        RING.unseal(token[:length], aad=AAD)


TOKEN = RING.seal(b"canary-secret", aad=AAD)


@pytest.mark.parametrize(
    ("ring", "token", "aad", "text"),
    [
        pytest.param(RING, TOKEN, AAD[:-1] + "2", "another row", id="other-place"),
        pytest.param(RING, TOKEN, "", "another row", id="no-place"),
        pytest.param(RING, TOKEN[:-1], AAD, "was changed", id="cut-tag"),
        pytest.param(RING, TOKEN + b"x", AAD, "was changed", id="longer"),
        pytest.param(Keyring(OTHER), TOKEN, AAD, RING.key_id, id="unknown-key"),
        pytest.param(RING, b"\x00" + TOKEN[1:], AAD, "format", id="older-version"),
        pytest.param(RING, b"", AAD, "format", id="nothing"),
        pytest.param(RING, b"canary-secret", AAD, "format", id="never-sealed"),
        pytest.param(RING, TOKEN[:30], AAD, "cut short", id="cut"),
    ],
)
def test_what_does_not_open_says_why_and_shows_nothing(
    ring: Keyring, token: bytes, aad: str, text: str
):
    with pytest.raises(DecryptionError, match=text) as caught:
        ring.unseal(token, aad=aad)
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_the_same_text_never_looks_the_same():
    tokens = {RING.seal(b"same", aad=AAD) for _ in range(100)}
    assert len(tokens) == 100
    assert len({token[9:21] for token in tokens}) == 100  # the nonces


def test_after_a_change_of_key_old_tokens_open_and_new_ones_use_the_new_key():
    changed = Keyring(OTHER, ONE)
    assert changed.unseal(TOKEN, aad=AAD) == b"canary-secret"
    assert changed.key_id == Keyring(OTHER).key_id
    fresh = changed.seal(b"new", aad=AAD)
    assert Keyring(OTHER).unseal(fresh, aad=AAD) == b"new"
    with pytest.raises(DecryptionError):
        RING.unseal(fresh, aad=AAD)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        pytest.param("", "has 0 bytes", id="empty"),
        pytest.param(urlsafe_b64encode(b"x" * 31).decode(), "has 31 bytes", id="short"),
        pytest.param(urlsafe_b64encode(b"x" * 33).decode(), "has 33 bytes", id="long"),
        pytest.param("not base64 at all !!", "not urlsafe base64", id="other-text"),
        pytest.param("\u00fc" * 44, "not urlsafe base64", id="not-ascii"),
        pytest.param("a" * 41, "not urlsafe base64", id="impossible-length"),
    ],
)
def test_a_wrong_master_key_is_refused_with_advice(key: str, text: str):
    with pytest.raises(MasterKeyError, match=text) as caught:
        Keyring(key)
    assert "python -c" in str(caught.value)
    assert not key or key not in str(caught.value)


def test_a_master_key_may_come_without_padding():
    assert Keyring(ONE.rstrip("=")).key_id == RING.key_id


@pytest.mark.parametrize(
    ("left", "right"),
    [
        pytest.param("A@Example.COM", "a@example.com", id="case"),
        pytest.param("\uff21@x", "a@x", id="full-width"),
        pytest.param("Stra\u00dfe", "STRASSE", id="sharp-s"),
        pytest.param("e\u0301", "\u00e9", id="accent"),
    ],
)
def test_texts_equal_up_to_case_have_one_index(left: str, right: str):
    assert RING.blind_index(left) == RING.blind_index(right)


def test_other_texts_and_other_keys_have_other_indexes():
    texts = ("a@example.com", "b@example.com", "a@example.com ")
    indexes = {
        ring.blind_index(text) for ring in (RING, Keyring(OTHER)) for text in texts
    }
    assert len(indexes) == 6
    assert {len(index) for index in indexes} == {32}


def test_a_keyring_shows_no_key():
    assert repr(RING) == f"<Keyring {RING.key_id}>"
    assert ONE not in repr(vars(RING))
