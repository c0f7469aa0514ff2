"""The keyring of this installation, made once from the settings."""

from functools import lru_cache

from django.conf import settings

from core.crypto import Keyring, KeySource, MasterKeys

_sources: list[KeySource] = []


def use_source(source: KeySource) -> None:
    """Say where wrapped keys are stored; done once, when the apps are loaded."""
    _sources[:] = [source]


def keyring() -> Keyring:
    """From `ENCRYPTION_MASTER_KEY`; `ENCRYPTION_MASTER_KEYS_OLD`, if set, only open.

    Raises:
        MasterKeyError: a key is not 32 bytes in urlsafe base64.
    """
    older = getattr(settings, "ENCRYPTION_MASTER_KEYS_OLD", ())
    return _keyring_of(settings.ENCRYPTION_MASTER_KEY, *older)


def blind_index(text: str) -> bytes:
    """What the unique look-up column beside an encrypted one holds."""
    return keyring().blind_index(text)


def forget_keys() -> None:
    """Ask the database for every key again, as a process that has just started."""
    _keyring_of.cache_clear()


@lru_cache(maxsize=8)
def _keyring_of(*keys: str) -> Keyring:
    return Keyring(MasterKeys(*keys), _sources[0])
