"""Reads and makes stored values from outside the project, given its master key: for
tools that look into the database of an installation or fill it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

import psycopg

from core import codec
from core.crypto import DataKey, Keyring, MasterKeys, Purpose, WrappedKey
from core.sealing import seal, unseal

_COLUMNS = "key_id, workspace_id, purpose, wrapped FROM accounts_datakey"


class KeysOfInstallation:
    """Implements `core.crypto.KeySource` on a connection."""

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self._connection = connection

    def by_id(self, id: bytes) -> WrappedKey | None:
        return next(self._found("WHERE key_id = %s", id.hex()), None)

    def newest(self, owner: str, purpose: Purpose) -> WrappedKey | None:
        where = "WHERE workspace_id = %s AND purpose = %s ORDER BY id DESC"
        return next(self._found(where, owner, purpose.value), None)

    def system(self) -> Iterator[WrappedKey]:
        return self._found("WHERE workspace_id IS NULL")

    def _found(self, where: str, *values: str) -> Iterator[WrappedKey]:
        query = f"SELECT {_COLUMNS} {where}"
        rows = self._connection.execute(query.encode(), values).fetchall()
        return (
            WrappedKey(bytes.fromhex(key_id), _text(owner), Purpose(purpose), wrapped)
            for key_id, owner, purpose, wrapped in rows
        )


class SealedRows:
    """The values of one installation; columns are named as in `core.sealing`."""

    def __init__(
        self, connection: "psycopg.Connection[Any]", environment: Mapping[str, str]
    ) -> None:
        master = MasterKeys(environment["ENCRYPTION_MASTER_KEY"])
        self._keyring = Keyring(master, KeysOfInstallation(connection))

    def open(self, column: str, id: UUID, stored: bytes) -> bytes:
        """The JSON."""
        return unseal(self._keyring, column, id.hex, bytes(stored))

    def key_of(self, workspace_id: UUID) -> DataKey:
        return self._keyring.data_key(str(workspace_id))


def sealed_for(
    key: DataKey, column: str, ids: Iterable[UUID], raw: bytes
) -> list[bytes]:
    """The same JSON for each of many rows."""
    encoded = codec.encode(raw)
    return [seal(key, column, id_, encoded) for id_ in ids]


def _text(owner: UUID | None) -> str:
    return "" if owner is None else str(owner)
