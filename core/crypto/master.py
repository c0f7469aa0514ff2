"""The master keys: they wrap data keys and nothing else."""

import os
from base64 import b64decode
from enum import StrEnum
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.crypto.envelope import APP, KEY_ID_BYTES, VERSION, DataKey
from core.crypto.errors import DecryptionError, MasterKeyError

_NONCE_BYTES: Final = 12
_NONCE_AT: Final = 1 + KEY_ID_BYTES
_BODY_AT: Final = _NONCE_AT + _NONCE_BYTES
_ADVICE: Final = (
    "it must be 32 random bytes in urlsafe base64. Make one with: python -c "
    "'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())'"
)


class Purpose(StrEnum):
    """What a wrapped key is for."""

    DATA = "data"
    """Seals values."""
    INDEX = "index"
    """Blind indexes; one for all, so that a look-up needs no workspace."""
    AUDIT = "audit"
    """Chains the audit log."""


class WrappedKey(NamedTuple):
    """A data key as it is stored. `owner` is a workspace, empty for the system."""

    id: bytes
    owner: str
    purpose: Purpose
    wrapped: bytes


class MasterKeys:
    """Wraps with the first master key; unwraps what any of them wrapped.

    That is how a master key is changed without downtime: put the new one first, keep
    the old one behind it until all data keys are wrapped anew.

    Raises:
        MasterKeyError: a key is not 32 bytes in urlsafe base64.
    """

    def __init__(self, master_key: str, *older: str) -> None:
        keys = [_master_bytes(text) for text in (master_key, *older)]
        self._ciphers = {_id_of(key): _cipher(key) for key in reversed(keys)}
        self._first = _id_of(keys[0])

    def __repr__(self) -> str:
        return f"<MasterKeys {self.id}>"

    @property
    def id(self) -> str:
        """Names the key that wraps; safe to show."""
        return self._first.hex()

    def make(self, owner: str, purpose: Purpose) -> WrappedKey:
        """A new random data key."""
        id_, secret = os.urandom(KEY_ID_BYTES), os.urandom(32)
        return self._wrapped(WrappedKey(id_, owner, purpose, b""), secret)

    def unwrap(self, key: WrappedKey) -> DataKey:
        """
        Raises:
            DecryptionError: no master key here wrapped it, or it was changed.
        """
        return DataKey(key.id, key.owner, self._secret_of(key))

    def rewrap(self, key: WrappedKey) -> WrappedKey:
        """The same data key under the first master key."""
        return self._wrapped(key, self._secret_of(key))

    def wraps(self, key: WrappedKey) -> bool:
        """It is wrapped with the first master key already."""
        return key.wrapped[1:_NONCE_AT] == self._first

    def _wrapped(self, key: WrappedKey, secret: bytes) -> WrappedKey:
        nonce = os.urandom(_NONCE_BYTES)
        body = self._ciphers[self._first].encrypt(nonce, secret, _aad(key))
        return key._replace(wrapped=b"".join((VERSION, self._first, nonce, body)))

    def _secret_of(self, key: WrappedKey) -> bytes:
        stored = key.wrapped
        if stored[:1] != VERSION:
            raise DecryptionError(f"data key {key.id.hex()} has an unknown format")
        master = stored[1:_NONCE_AT]
        cipher = self._ciphers.get(master)
        if cipher is None:
            raise DecryptionError(
                f"data key {key.id.hex()} was wrapped with master key {master.hex()}, "
                "which is not configured: restore that master key"
            )
        try:
            return cipher.decrypt(
                stored[_NONCE_AT:_BODY_AT], stored[_BODY_AT:], _aad(key)
            )
        except InvalidTag:
            raise DecryptionError(
                f"data key {key.id.hex()} does not unwrap: it was changed, or it "
                "belongs to another workspace"
            ) from None


def _aad(key: WrappedKey) -> bytes:
    parts = (APP, key.owner, "datakey", key.id.hex(), key.purpose.value, "v1")
    return "|".join(parts).encode()


def _master_bytes(text: str) -> bytes:
    try:
        key = b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise MasterKeyError(f"a master key is not urlsafe base64: {_ADVICE}") from None
    if len(key) != 32:
        raise MasterKeyError(f"a master key has {len(key)} bytes: {_ADVICE}")
    return key


def _derived(master: bytes, purpose: bytes, length: int = 32) -> bytes:
    info = f"{APP}|".encode() + purpose
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(master)


def _id_of(master: bytes) -> bytes:
    return _derived(master, b"key-id", KEY_ID_BYTES)


def _cipher(master: bytes) -> AESGCM:
    return AESGCM(_derived(master, b"wrap"))
