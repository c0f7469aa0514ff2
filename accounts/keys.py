"""Where the keyring finds wrapped keys: in the database."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import connections, transaction
from django.db.models import Q

from accounts.models import DataKey
from core.crypto import Purpose, WrappedKey
from core.keys import forget_keys

_SYSTEM_PURPOSES = (Purpose.DATA, Purpose.INDEX, Purpose.AUDIT)


class StoredKeys:
    """Implements `core.crypto.KeySource`."""

    def by_id(self, id: bytes) -> WrappedKey | None:
        found = DataKey.objects.filter(key_id=id.hex()).first()
        return None if found is None else found.as_wrapped

    def newest(self, owner: str, purpose: Purpose) -> WrappedKey | None:
        of_owner = Q(workspace=UUID(owner)) if owner else Q(workspace__isnull=True)
        found = DataKey.objects.filter(of_owner, purpose=purpose)
        newest = found.order_by("-id").first()
        return None if newest is None else newest.as_wrapped

    def system(self) -> Iterable[WrappedKey]:
        return [key.as_wrapped for key in DataKey.objects.filter(workspace=None)]


def system_keys_ensure() -> None:
    """Make the keys of the system that are not there yet."""
    with transaction.atomic():
        there = set(
            DataKey.objects.select_for_update()
            .filter(workspace=None)
            .values_list("purpose", flat=True)
        )
        for purpose in _SYSTEM_PURPOSES:
            if purpose.value not in there:
                DataKey.objects.make("", purpose)


def after_migrate(using: str, **kwargs: Any) -> None:
    """A database that has just been made, or emptied, has other keys than we know."""
    forget_keys()
    if DataKey._meta.db_table in connections[using].introspection.table_names():
        system_keys_ensure()
