"""Encryption at rest: master keys wrap data keys, data keys seal values.

A stored token is: version byte, id of the data key (8), nonce (12), ciphertext and tag
(AES-256-GCM). The place a value belongs to is authenticated with it: application,
workspace, model, primary key and field. So a token that was moved does not open.
"""

from core.crypto.envelope import DataKey, key_id_of
from core.crypto.errors import DecryptionError, MasterKeyError
from core.crypto.keyring import Keyring, KeySource
from core.crypto.master import MasterKeys, Purpose, WrappedKey

__all__ = [
    "DataKey",
    "DecryptionError",
    "KeySource",
    "Keyring",
    "MasterKeyError",
    "MasterKeys",
    "Purpose",
    "WrappedKey",
    "key_id_of",
]
