"""The data keys that a process has in use, read from where they are stored."""

import time
from collections.abc import Iterable
from typing import Final, Protocol

from core.crypto.envelope import DataKey, folded, key_id_of
from core.crypto.errors import DecryptionError
from core.crypto.master import MasterKeys, Purpose, WrappedKey

FRESH_S: Final = 30.0
"""So long a process seals with a key before it asks whether there is a newer one."""
_HELD: Final = 10_000


class KeySource(Protocol):
    """Where wrapped keys are stored."""

    def by_id(self, id: bytes) -> WrappedKey | None: ...
    def newest(self, owner: str, purpose: Purpose) -> WrappedKey | None: ...
    def system(self) -> Iterable[WrappedKey]:
        """Those that belong to no workspace."""
        ...


class Keyring:
    """Seals with the newest data key of an owner; opens with whichever sealed.

    The `owner` of a value is the id of a workspace as text, or empty for the system.
    """

    def __init__(self, master: MasterKeys, source: KeySource) -> None:
        self._master = master
        self._source = source
        self._by_id: dict[bytes, DataKey] = {}
        self._newest: dict[tuple[str, Purpose], tuple[DataKey, float]] = {}

    def __repr__(self) -> str:
        return f"<Keyring {self.key_id}>"

    @property
    def key_id(self) -> str:
        """Names the master key that wraps; safe to show."""
        return self._master.id

    @property
    def master(self) -> MasterKeys:
        return self._master

    def seal(self, plaintext: bytes, *, owner: str, place: str) -> bytes:
        """Encrypt for the one place: `model|primary key|field`."""
        return self.data_key(owner).seal(plaintext, place)

    def unseal(self, token: bytes, *, place: str, owner: str | None = None) -> bytes:
        """Open what `seal` made for the same place.

        With `owner`, also refuse what another one's key sealed; without, the place
        alone says whose it is.

        Raises:
            DecryptionError: for every other token, whatever is wrong with it.
        """
        key = self._opening(key_id_of(token))
        if owner is not None and key.owner != owner:
            raise DecryptionError(
                f"a stored secret was sealed with key {key.id.hex()} of another "
                "workspace. Enter it again"
            )
        return key.unseal(token, place)

    def reseal(self, token: bytes, *, place: str) -> bytes:
        """The same value under the newest key of its owner.

        Raises:
            DecryptionError: it does not open.
        """
        key = self._opening(key_id_of(token))
        return self.data_key(key.owner).seal(key.unseal(token, place), place)

    def data_key(self, owner: str) -> DataKey:
        """The key that seals for this owner now."""
        return self._current(owner, Purpose.DATA)

    def blind_index(self, text: str) -> bytes:
        """Look a text up by this: texts equal up to case give equal bytes."""
        return self._current("", Purpose.INDEX).digest(folded(text))

    def audit_digest(self, text: bytes) -> bytes:
        """What chains the audit log: nobody without the master key can make it."""
        return self._current("", Purpose.AUDIT).digest(text)

    def check(self) -> None:
        """Raises DecryptionError unless what is stored opens with this master key."""
        keys = list(self._source.system())
        if not keys:
            raise DecryptionError("there are no keys yet: run `manage.py migrate`")
        for key in keys:
            self._master.unwrap(key)

    def forget(self) -> None:
        """Ask for every key again."""
        self._by_id.clear()
        self._newest.clear()

    def _current(self, owner: str, purpose: Purpose) -> DataKey:
        held = self._newest.get((owner, purpose))
        if held is not None and time.monotonic() - held[1] < FRESH_S:
            return held[0]
        found = self._source.newest(owner, purpose)
        if found is None:
            whose = f"workspace {owner}" if owner else "the system"
            raise DecryptionError(f"{whose} has no key: nothing can be sealed for it")
        key = self._by_id.get(found.id) or self._master.unwrap(found)
        if purpose is Purpose.DATA:  # the others open nothing
            self._keep(key)
        self._newest[owner, purpose] = (key, time.monotonic())
        return key

    def _opening(self, id: bytes) -> DataKey:
        key = self._by_id.get(id)
        if key is None:
            found = self._source.by_id(id)
            if found is None or found.purpose is not Purpose.DATA:
                raise DecryptionError(
                    f"a stored secret was sealed with key {id.hex()}, which is not "
                    "known here: restore it, or enter the secret again"
                )
            key = self._master.unwrap(found)
            self._keep(key)
        return key

    def _keep(self, key: DataKey) -> None:
        if len(self._by_id) >= _HELD:
            self.forget()
        self._by_id[key.id] = key
