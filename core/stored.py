"""A model field for JSON values stored as bytes behind the codec."""

from typing import TYPE_CHECKING, Any

import orjson
from django.db import models

from core import codec

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    _Field = models.BinaryField[Any, Any]
else:
    _Field = models.BinaryField


class StoredJSONField(_Field):
    """Holds any JSON value; the database sees opaque bytes.

    The same bytes may be written by other means: `codec.encode(json_bytes)`.
    """

    def get_prep_value(self, value: object) -> object:
        if value is None or isinstance(value, bytes | memoryview):
            return value
        return codec.encode(orjson.dumps(value))

    def get_db_prep_value(
        self, value: object, connection: "BaseDatabaseWrapper", prepared: bool = False
    ) -> object:
        stored = value if prepared else self.get_prep_value(value)
        return super().get_db_prep_value(stored, connection, prepared=True)

    def from_db_value(
        self, stored: object, expression: object, connection: object
    ) -> object:
        if stored is None:
            return None
        return orjson.loads(codec.decode(bytes(stored)))  # type: ignore[call-overload]

    def value_to_string(self, obj: models.Model) -> str:
        return orjson.dumps(self.value_from_object(obj)).decode()

    def to_python(self, value: object) -> object:
        return value
