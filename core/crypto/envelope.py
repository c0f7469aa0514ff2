"""One data key: it seals values for their places and opens them there."""

import hmac
import unicodedata
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.crypto.errors import DecryptionError
from core.crypto.nonces import NONCE_BYTES, new_nonce

VERSION: Final = b"\x01"
KEY_ID_BYTES: Final = 8
HEADER_BYTES: Final = 1 + KEY_ID_BYTES
APP: Final = "autogpt-site"
_TAG_BYTES: Final = 16
_BODY_AT: Final = HEADER_BYTES + NONCE_BYTES
_EMPTY_TOKEN_BYTES: Final = _BODY_AT + _TAG_BYTES


class DataKey:
    """A key in the clear, for as long as a process keeps it.

    `owner` is the workspace it belongs to, empty for the system's own.
    """

    __slots__ = ("_cipher", "_prefix", "_secret", "id", "owner")

    def __init__(self, id: bytes, owner: str, secret: bytes) -> None:
        self.id = id
        self.owner = owner
        self._secret = secret
        self._cipher = AESGCM(secret)
        self._prefix = f"{APP}|{owner}|".encode()

    def __repr__(self) -> str:
        return f"<DataKey {self.id.hex()}>"

    def seal(self, plaintext: bytes, place: str) -> bytes:
        """Encrypt for `place`: `model|primary key|field`."""
        nonce = new_nonce()
        body = self._cipher.encrypt(nonce, plaintext, self._aad(place))
        return b"".join((VERSION, self.id, nonce, body))

    def unseal(self, token: bytes, place: str) -> bytes:
        """Open what `seal` made for the same place.

        Raises:
            DecryptionError: it was made for another one, or it was changed.
        """
        nonce, body = token[HEADER_BYTES:_BODY_AT], token[_BODY_AT:]
        try:
            return self._cipher.decrypt(nonce, body, self._aad(place))
        except InvalidTag:
            raise DecryptionError(
                f"a stored secret does not open with key {self.id.hex()}: it was "
                "changed, or it belongs to another row. Enter it again"
            ) from None

    def _aad(self, place: str) -> bytes:
        return b"%b%b|v1" % (self._prefix, place.encode())

    def digest(self, text: bytes) -> bytes:
        """HMAC-SHA256 with this key; for keys that seal nothing."""
        return hmac.digest(self._secret, text, "sha256")


def key_id_of(token: bytes) -> bytes:
    """Which data key sealed the token.

    Raises:
        DecryptionError: it is no token, at least not a whole one.
    """
    if token[:1] != VERSION:
        raise DecryptionError("a stored secret has an unknown format: enter it again")
    if len(token) < _EMPTY_TOKEN_BYTES:
        raise DecryptionError("a stored secret is cut short: enter it again")
    return token[1:HEADER_BYTES]


def folded(text: str) -> bytes:
    """Texts that are equal up to case and form of writing give equal bytes."""
    # Case folding may undo the normal form, so it is taken again.
    once = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", once).encode()
