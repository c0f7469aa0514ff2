"""A model field for JSON values, sealed with the data key of their workspace for one
row and one column, so that bytes moved elsewhere do not open."""

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import orjson
from django.core.exceptions import FieldError
from django.db import models

from core import codec
from core.crypto import DataKey
from core.fields import Sealed
from core.keys import keyring
from core.sealing import SEALED, place_of, seal, unseal

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.sql.compiler import SQLCompiler

    _Field = models.BinaryField[Any, Any]
else:
    _Field = models.BinaryField

_ID_BYTES: Final = 16


def sealing_key(workspace_id: UUID) -> DataKey:
    """The key for many calls of `seal`; not to be kept for long."""
    return keyring().data_key(str(workspace_id))


def opened(column: str, id: UUID, stored: bytes) -> bytes:
    """The JSON of stored bytes that were read by other means than the field.

    Raises:
        DecryptionError: they do not open.
    """
    return unseal(keyring(), column, id.hex, bytes(stored))


class StoredJSONField(_Field):
    """Holds any JSON value; the database sees sealed bytes.

    It belongs to the row named by the column `bound_to`, a UUID; that is the primary
    key unless the database makes it. An instance may also be given what `codec.encode`
    made of a value. `QuerySet.update` takes what `sealed_value` makes alone, as it does
    not say which row a value is for.
    """

    token_at: Final = len(SEALED)

    def __init__(self, *args: Any, bound_to: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._bound_to = bound_to

    @cached_property
    def column_label(self) -> str:
        """What `seal` calls the column."""
        return f"{self.model._meta.label_lower}|{self.name}"

    @cached_property
    def _bound(self) -> Any:
        """The field that holds the id."""
        meta = self.model._meta
        return meta.get_field(self._bound_to) if self._bound_to else meta.pk

    def sealed(self, instance: models.Model, value: object) -> Sealed:
        """What is stored of a value in the row of this instance."""
        encoded = value if isinstance(value, bytes) else codec.encode(_json(value))
        key = sealing_key(_workspace_of(instance))
        id_ = getattr(instance, self._bound.attname)
        return Sealed(seal(key, self.column_label, id_, encoded))

    def resealed(self, instance: models.Model, stored: bytes) -> Sealed:
        """The same under the newest key; of the instance only its ids are needed."""
        id_: UUID = getattr(instance, self._bound.attname)
        place = place_of(self.column_label, id_.hex)
        token = keyring().reseal(stored[self.token_at :], place=place)
        return Sealed(SEALED + token)

    @property
    def bound_attname(self) -> str:
        """The attribute of the id that values are bound to."""
        return str(self._bound.attname)

    def pre_save(self, model_instance: models.Model, add: bool) -> object:
        value = getattr(model_instance, self.attname)
        if value is None or isinstance(value, Sealed):
            return value
        return self.sealed(model_instance, value)

    def get_prep_value(self, value: object) -> object:
        if value is not None and not isinstance(value, Sealed):
            raise TypeError(
                f"{self} can only be written by saving an instance, or with what "
                "core.stored.sealed_value makes: they say whose row it is for"
            )
        return value

    def get_db_prep_value(
        self, value: object, connection: "BaseDatabaseWrapper", prepared: bool = False
    ) -> object:
        stored = value if prepared else self.get_prep_value(value)
        return super().get_db_prep_value(stored, connection, prepared=True)

    def select_format(
        self, compiler: "SQLCompiler", sql: str, params: Any
    ) -> tuple[str, Any]:
        """The bytes behind the id of their row: so whoever reads only this column knows
        which row it is from."""
        table, dot, _ = sql.rpartition(".")
        id_ = f"{table}{dot}{compiler.quote_name_unless_alias(self._bound.column)}"
        if compiler.connection.features.has_native_uuid_field:
            return f"(uuid_send({id_}) || {sql})", params
        return f"CAST({id_} || {sql} AS BLOB)", params

    def from_db_value(
        self, stored: Any, expression: object, connection: "BaseDatabaseWrapper"
    ) -> object:
        if stored is None:
            return None
        stored = bytes(stored)
        if connection.features.has_native_uuid_field:
            hex_id, body = stored[:_ID_BYTES].hex(), stored[_ID_BYTES:]
        else:  # ids are hexadecimal text
            hex_id, body = stored[: 2 * _ID_BYTES].decode(), stored[2 * _ID_BYTES :]
        return orjson.loads(unseal(keyring(), self.column_label, hex_id, body))

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise FieldError(f"{self} is sealed: it cannot be searched")
        return super().get_lookup(lookup_name)

    def value_to_string(self, obj: models.Model) -> str:
        return _json(self.value_from_object(obj)).decode()

    def to_python(self, value: object) -> object:
        return value


def sealed_value(instance: models.Model, field: str, value: object) -> Sealed | None:
    """For `QuerySet.update` of the row of this instance: what is stored of a value."""
    if value is None:
        return None
    found: Any = type(instance)._meta.get_field(field)
    sealed: Sealed = found.sealed(instance, value)
    return sealed


def _json(value: object) -> bytes:
    return orjson.dumps(value)


def _workspace_of(instance: models.Model) -> UUID:
    """Whose row it is: it says so itself, or what it belongs to does."""
    found: UUID | None = getattr(instance, "workspace_id", None)
    if found is not None:
        return found
    for name in ("execution", "graph"):
        if hasattr(type(instance), name):
            return _workspace_of_owner(instance, name)
    raise TypeError(f"{type(instance).__name__} belongs to no workspace")


def _workspace_of_owner(instance: models.Model, name: str) -> UUID:
    field: Any = type(instance)._meta.get_field(name)
    if field.is_cached(instance):
        return _workspace_of(getattr(instance, name))
    rows = field.related_model._base_manager.values_list("workspace_id", flat=True)
    found: UUID = rows.get(pk=getattr(instance, field.attname))
    return found
