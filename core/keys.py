"""The keyring of this installation, made once from the settings."""

from functools import lru_cache

from django.conf import settings

from core.crypto import Keyring


def keyring() -> Keyring:
    """From `ENCRYPTION_MASTER_KEY`; `ENCRYPTION_OLD_KEYS`, if set, only open.

    Raises:
        MasterKeyError: a key is not 32 bytes in urlsafe base64.
    """
    older = getattr(settings, "ENCRYPTION_OLD_KEYS", ())
    return _keyring_of(settings.ENCRYPTION_MASTER_KEY, *older)


def blind_index(text: str) -> bytes:
    """What the unique look-up column beside an encrypted one holds."""
    return keyring().blind_index(text)


@lru_cache(maxsize=8)
def _keyring_of(*keys: str) -> Keyring:
    return Keyring(*keys)
