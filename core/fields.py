"""Model fields for text that the database never sees, and for finding it.

The stored token is bound to its row: workspace, model, primary key and field. So the
primary key must be there before the row is saved; give the model a UUID default. Rows
with a workspace use its data key, others the system's.
"""

from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import FieldError
from django.db import models
from django.db.models.query_utils import DeferredAttribute

from core.keys import keyring

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    # What is read is None only where `null=True`; a type cannot say that here.
    _Field = models.BinaryField[str | None, str | Any]
    _IndexField = models.BinaryField[bytes, bytes]
else:
    _Field = _IndexField = models.BinaryField

# No text that may be stored begins so: databases refuse the NUL character.
_EXPORT_MARK: Final = "\0sealed:"


class Sealed(bytes):
    """A token as it is stored. `values()` gives these; an instance opens its own."""


def owner_of(instance: models.Model) -> str:
    """Whose data key seals what this row holds; empty for the system's."""
    workspace_id = getattr(instance, "workspace_id", None)
    return "" if workspace_id is None else str(workspace_id)


class _OpensOnAccess(DeferredAttribute):
    """Opens the token when it is read, for only then is the row's key known."""

    field: "EncryptedTextField"

    def __get__(self, instance: models.Model | None, cls: Any = None) -> Any:
        if instance is None:
            return self
        if self.field.attname not in instance.__dict__:
            super().__get__(instance, cls)
        value = instance.__dict__[self.field.attname]
        if isinstance(value, Sealed):
            value = self.field.unsealed(instance, value)
            instance.__dict__[self.field.attname] = value
        return value

    def __set__(self, instance: models.Model, value: object) -> None:
        instance.__dict__[self.field.attname] = value


class EncryptedTextField(_Field):
    """Text, encrypted at rest; None stays NULL.

    Reading a row whose token does not open raises `DecryptionError` on access to the
    field; the row's other fields stay readable. `values()` and `values_list()` give the
    stored bytes. Look-ups are refused, except `isnull`: keep a `blind_index` beside
    the field to find rows by. `QuerySet.update` and `bulk_update` are refused too, as
    they do not say which row a value is for: save the instance.
    """

    description = "Encrypted text"
    empty_values = [None, ""]
    descriptor_class = _OpensOnAccess
    token_at: Final = 0

    def get_default(self) -> Any:
        default = super().get_default()
        return "" if default == b"" else default

    def unsealed(self, instance: models.Model, token: bytes) -> str:
        """Open the token of this instance, or raise DecryptionError."""
        place, owner = self._place(instance), owner_of(instance)
        return keyring().unseal(bytes(token), place=place, owner=owner).decode()

    def sealed(self, instance: models.Model, text: object) -> Sealed:
        """Seal a text for this instance, which must have its primary key."""
        if not isinstance(text, str):
            kind = type(text).__name__
            raise TypeError(f"{self} holds text, not {kind}: give it a str")
        if "\0" in text:
            raise ValueError(f"{self} cannot hold a NUL character: remove it")
        place, owner = self._place(instance), owner_of(instance)
        return Sealed(keyring().seal(text.encode(), place=place, owner=owner))

    def resealed(self, instance: models.Model, stored: bytes) -> Sealed:
        """The same under the newest key; the instance needs its primary key alone."""
        return Sealed(keyring().reseal(stored, place=self._place(instance)))

    def _place(self, instance: models.Model) -> str:
        if instance.pk is None:
            raise ValueError(
                f"{self} is bound to its row: set the primary key before the field is "
                "saved, for instance by a UUID default"
            )
        return f"{self.model._meta.label_lower}|{instance.pk}|{self.name}"

    def pre_save(self, model_instance: models.Model, add: bool) -> object:
        value = model_instance.__dict__.get(self.attname)
        if isinstance(value, Sealed):
            if add:  # A copy of another row must not take a token that will not open.
                self.unsealed(model_instance, value)
            return value
        value = getattr(model_instance, self.attname)
        return None if value is None else self.sealed(model_instance, value)

    def from_db_value(
        self, value: bytes | None, expression: object, connection: object
    ) -> Sealed | None:
        return None if value is None else Sealed(value)

    def get_db_prep_value(
        self, value: Any, connection: "BaseDatabaseWrapper", prepared: bool = False
    ) -> Any:
        if value is not None and not isinstance(value, Sealed):
            raise TypeError(
                f"{self} can only be written by saving an instance, which says whose "
                "row the value is for"
            )
        return super().get_db_prep_value(value, connection, prepared)

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise FieldError(
                f"{self} cannot be searched with {lookup_name!r}: look the row up by a "
                "blind index in a column of its own"
            )
        return super().get_lookup(lookup_name)

    def value_to_string(self, obj: models.Model) -> str:
        """The token, not the text: a dump of the data opens with the same key only."""
        token = self.sealed(obj, self.value_from_object(obj))
        return _EXPORT_MARK + b64encode(token).decode()

    def to_python(self, value: Any) -> Any:
        """Text as it is; what `value_to_string` gave becomes the token again."""
        if isinstance(value, str) and value.startswith(_EXPORT_MARK):
            return Sealed(b64decode(value.removeprefix(_EXPORT_MARK)))
        return value


class BlindIndexField(_IndexField):
    """The blind index of a text. Where Django asks a person for its value, as
    `createsuperuser` does, the text itself is meant."""

    def to_python(self, value: Any) -> Any:
        return value
