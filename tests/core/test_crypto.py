"""Sealed values open in their place with their key, and nowhere else."""

from base64 import urlsafe_b64encode
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.crypto import (
    DecryptionError,
    Keyring,
    MasterKeyError,
    MasterKeys,
    Purpose,
    WrappedKey,
)
from core.crypto import keyring as keyring_module

ONE, OTHER = (urlsafe_b64encode(bytes([n]) * 32).decode() for n in (251, 7))
PLACE = "accounts.user|1|email"


class KeysInMemory:
    """Implements `KeySource`; the last key of an owner is its newest."""

    def __init__(self, *keys: WrappedKey) -> None:
        self.keys = list(keys)
        self.asked = 0

    def by_id(self, id: bytes) -> WrappedKey | None:
        self.asked += 1
        return next((key for key in self.keys if key.id == id), None)

    def newest(self, owner: str, purpose: Purpose) -> WrappedKey | None:
        self.asked += 1
        found = (k for k in self.keys if (k.owner, k.purpose) == (owner, purpose))
        return next(reversed(list(found)), None)

    def system(self) -> Iterable[WrappedKey]:
        return [key for key in self.keys if not key.owner]


def stored_keys(*owners: str) -> KeysInMemory:
    master = MasterKeys(ONE)
    system = [master.make("", purpose) for purpose in Purpose]
    return KeysInMemory(*system, *(master.make(one, Purpose.DATA) for one in owners))


SOURCE = stored_keys("a", "b")
RING = Keyring(MasterKeys(ONE), SOURCE)
TOKEN = RING.seal(b"canary-secret", owner="a", place=PLACE)


@given(st.binary(), st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_sealed_opens_in_its_place(plaintext: bytes, place: str):
    token = RING.seal(plaintext, owner="a", place=place)
    assert RING.unseal(token, place=place) == plaintext
    assert RING.unseal(token, place=place, owner="a") == plaintext


@given(st.data())
def test_no_changed_bit_goes_unseen(data: st.DataObject):
    token = bytearray(RING.seal(b"attack at dawn", owner="", place=PLACE))
    at = data.draw(st.integers(0, len(token) * 8 - 1))
    token[at // 8] ^= 1 << at % 8
    with pytest.raises(DecryptionError):
        RING.unseal(bytes(token), place=PLACE)


@given(st.integers(0, 50))
def test_no_cut_goes_unseen(length: int):
    token = RING.seal(b"attack at dawn", owner="", place=PLACE)
    with pytest.raises(DecryptionError):
        RING.unseal(token[:length], place=PLACE)


@pytest.mark.parametrize(
    ("token", "place", "text"),
    [
        pytest.param(TOKEN, PLACE[:-1] + "2", "another row", id="other-place"),
        pytest.param(TOKEN, "", "another row", id="no-place"),
        pytest.param(TOKEN[:-1], PLACE, "was changed", id="cut-tag"),
        pytest.param(TOKEN + b"x", PLACE, "was changed", id="longer"),
        pytest.param(
            b"\x01" + b"\x07" * 8 + TOKEN[9:], PLACE, "07" * 8, id="unknown-key"
        ),
        pytest.param(b"\x00" + TOKEN[1:], PLACE, "format", id="older-version"),
        pytest.param(b"", PLACE, "format", id="nothing"),
        pytest.param(b"canary-secret", PLACE, "format", id="never-sealed"),
        pytest.param(TOKEN[:30], PLACE, "cut short", id="cut"),
    ],
)
def test_what_does_not_open_says_why_and_shows_nothing(
    token: bytes, place: str, text: str
):
    with pytest.raises(DecryptionError, match=text) as caught:
        RING.unseal(token, place=place)
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_token_of_another_workspace_is_refused():
    with pytest.raises(DecryptionError, match="another workspace"):
        RING.unseal(TOKEN, place=PLACE, owner="b")
    # And if its key is passed off as one of that workspace, it does not unwrap.
    key = next(key for key in SOURCE.keys if key.owner == "a")
    moved = Keyring(MasterKeys(ONE), KeysInMemory(key._replace(owner="b")))
    with pytest.raises(DecryptionError, match="does not unwrap"):
        moved.unseal(TOKEN, place=PLACE)


def test_a_key_for_indexes_opens_no_value():
    index = next(key for key in SOURCE.keys if key.purpose is Purpose.INDEX)
    with pytest.raises(DecryptionError, match="not known"):
        RING.unseal(b"\x01" + index.id + TOKEN[9:], place=PLACE)


def test_who_has_no_key_seals_nothing():
    with pytest.raises(DecryptionError, match="workspace nobody has no key"):
        RING.seal(b"x", owner="nobody", place=PLACE)


def test_the_same_text_never_looks_the_same():
    tokens = {RING.seal(b"same", owner="a", place=PLACE) for _ in range(100)}
    assert len(tokens) == 100
    assert len({token[9:21] for token in tokens}) == 100  # the nonces


def test_after_a_change_of_master_key_all_opens_with_both_until_it_is_wrapped_anew():
    both = MasterKeys(OTHER, ONE)
    assert Keyring(both, SOURCE).unseal(TOKEN, place=PLACE) == b"canary-secret"
    anew = KeysInMemory(*map(both.rewrap, SOURCE.keys))
    only_new = Keyring(MasterKeys(OTHER), anew)
    assert only_new.unseal(TOKEN, place=PLACE) == b"canary-secret"
    assert only_new.blind_index("a") == RING.blind_index("a")
    assert all(MasterKeys(OTHER).wraps(key) for key in anew.keys)
    with pytest.raises(DecryptionError, match=MasterKeys(OTHER).id):
        Keyring(MasterKeys(ONE), anew).check()


def test_a_new_data_key_seals_and_the_older_one_still_opens(
    monkeypatch: pytest.MonkeyPatch,
):
    source = stored_keys("a")
    ring = Keyring(MasterKeys(ONE), source)
    before = ring.seal(b"x", owner="a", place=PLACE)
    source.keys.append(MasterKeys(ONE).make("a", Purpose.DATA))
    # A process notices within a moment, not at once.
    assert ring.seal(b"x", owner="a", place=PLACE)[1:9] == before[1:9]
    monkeypatch.setattr(keyring_module, "FRESH_S", 0)
    assert ring.seal(b"x", owner="a", place=PLACE)[1:9] == source.keys[-1].id
    assert ring.unseal(before, place=PLACE) == b"x"


def test_a_process_asks_once_for_a_key():
    source = stored_keys("a")
    ring = Keyring(MasterKeys(ONE), source)
    for _ in range(10):
        assert ring.unseal(ring.seal(b"x", owner="a", place="p"), place="p") == b"x"
    assert source.asked == 1


def test_a_destroyed_key_opens_nothing_any_more():
    source = stored_keys("a")
    ring = Keyring(MasterKeys(ONE), source)
    token = ring.seal(b"x", owner="a", place="p")
    source.keys = [key for key in source.keys if key.owner != "a"]
    with pytest.raises(DecryptionError, match="not known"):
        Keyring(MasterKeys(ONE), source).unseal(token, place="p")


def test_without_keys_nothing_is_well():
    with pytest.raises(DecryptionError, match="migrate"):
        Keyring(MasterKeys(ONE), KeysInMemory()).check()
    RING.check()


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
        MasterKeys(key)
    assert "python -c" in str(caught.value)
    assert not key or key not in str(caught.value)


def test_a_master_key_may_come_without_padding():
    assert MasterKeys(ONE.rstrip("=")).id == RING.key_id


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
    other = Keyring(MasterKeys(ONE), stored_keys())
    indexes = {ring.blind_index(text) for ring in (RING, other) for text in texts}
    assert len(indexes) == 6
    assert {len(index) for index in indexes} == {32}


def test_a_keyring_shows_no_key():
    assert repr(RING) == f"<Keyring {RING.key_id}>"
    assert repr(RING.data_key("a")).startswith("<DataKey ")
    assert ONE not in repr(vars(RING.master))
