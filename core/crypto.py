"""Sealing of values and blind indexes, both from one master key.

A token is: version byte, key id (8), nonce (12), ciphertext and tag (AES-256-GCM). The
header is authenticated together with the caller's `aad`, which names the row and the
field, so that a token moved elsewhere does not open.
"""

import hmac
import os
import unicodedata
from base64 import b64decode
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VERSION: Final = b"\x01"
_KEY_ID_BYTES: Final = 8
_HEADER_BYTES: Final = 1 + _KEY_ID_BYTES
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_EMPTY_TOKEN_BYTES: Final = _HEADER_BYTES + _NONCE_BYTES + _TAG_BYTES

_ADVICE: Final = (
    "it must be 32 random bytes in urlsafe base64. Make one with: python -c "
    "'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())'"
)


class MasterKeyError(ValueError):
    """A master key that cannot be used. The text never shows it."""


class DecryptionError(Exception):
    """A token that does not open. Nothing of it is returned, nothing secret is said."""


class Keyring:
    """Seals with the first master key; opens what any of them sealed.

    That is how a key is changed without downtime: put the new one first, keep the old
    one behind it until nothing sealed with it is left.

    Raises:
        MasterKeyError: a key is not 32 bytes in urlsafe base64.
    """

    def __init__(self, master_key: str, *older: str) -> None:
        keys = [_master_bytes(text) for text in (master_key, *older)]
        self._ciphers = {_key_id(key): _cipher(key) for key in reversed(keys)}
        self._primary_id = _key_id(keys[0])
        self._index_key = _derived(keys[0], b"blind-index")

    def __repr__(self) -> str:
        return f"<Keyring {self.key_id}>"

    @property
    def key_id(self) -> str:
        """Names the key that seals; safe to show."""
        return self._primary_id.hex()

    def seal(self, plaintext: bytes, *, aad: str) -> bytes:
        """Encrypt for the one place that `aad` names."""
        header = VERSION + self._primary_id
        nonce = os.urandom(_NONCE_BYTES)
        cipher = self._ciphers[self._primary_id]
        return header + nonce + cipher.encrypt(nonce, plaintext, header + aad.encode())

    def unseal(self, token: bytes, *, aad: str) -> bytes:
        """Open what `seal` made with the same `aad`.

        Raises:
            DecryptionError: for every other token, whatever is wrong with it.
        """
        header, nonce, body = _split(token)
        try:
            return self._cipher_of(header).decrypt(nonce, body, header + aad.encode())
        except InvalidTag:
            raise DecryptionError(
                f"a stored secret does not open with key {header[1:].hex()}: it was "
                "changed, or it belongs to another row. Enter it again"
            ) from None

    def _cipher_of(self, header: bytes) -> AESGCM:
        try:
            return self._ciphers[header[1:]]
        except KeyError:
            raise DecryptionError(
                f"a stored secret was sealed with key {header[1:].hex()}, which is not "
                "configured: restore that master key, or enter the secret again"
            ) from None

    def blind_index(self, text: str) -> bytes:
        """Look a text up by this: texts equal up to case give equal bytes."""
        # Case folding may undo the normal form, so it is taken again.
        folded = unicodedata.normalize("NFKC", text).casefold()
        folded = unicodedata.normalize("NFKC", folded)
        return hmac.digest(self._index_key, folded.encode(), "sha256")


def _master_bytes(text: str) -> bytes:
    try:
        key = b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise MasterKeyError(f"a master key is not urlsafe base64: {_ADVICE}") from None
    if len(key) != 32:
        raise MasterKeyError(f"a master key has {len(key)} bytes: {_ADVICE}")
    return key


def _derived(master: bytes, purpose: bytes, length: int = 32) -> bytes:
    info = b"autogpt-site|" + purpose
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(master)


def _key_id(master: bytes) -> bytes:
    return _derived(master, b"key-id", _KEY_ID_BYTES)


def _cipher(master: bytes) -> AESGCM:
    return AESGCM(_derived(master, b"seal"))


def _split(token: bytes) -> tuple[bytes, bytes, bytes]:
    """Header, nonce and body of a token that has at least the right form."""
    if token[:1] != VERSION:
        raise DecryptionError("a stored secret has an unknown format: enter it again")
    if len(token) < _EMPTY_TOKEN_BYTES:
        raise DecryptionError("a stored secret is cut short: enter it again")
    body_at = _HEADER_BYTES + _NONCE_BYTES
    return token[:_HEADER_BYTES], token[_HEADER_BYTES:body_at], token[body_at:]
