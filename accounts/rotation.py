"""New keys in place of old ones, while everything goes on.

A new master key wraps the data keys anew. New data keys seal from now on, and then all
that older ones sealed is sealed again, row by row. All of it may be stopped at any
moment and begun again: what is done says so itself, and older keys open until the end.
"""

import logging
import time
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from django.apps import apps
from django.db import models, transaction
from django.db.models import BinaryField, F, Func
from django.db.models.functions import Cast
from django.utils import timezone

from accounts.models import DataKey
from accounts.models.keys import columns_of
from core import failpoints
from core.crypto import DecryptionError, Purpose
from core.crypto.keyring import FRESH_S
from core.fields import EncryptedTextField
from core.keys import keyring
from core.stored import StoredJSONField

logger = logging.getLogger(__name__)

BATCH: Final = 500
_KEY_ID_BYTES: Final = 8
_SPARE_S: Final = 2.0
_AGAIN_AFTER_S: Final = 0.2

SealedField = EncryptedTextField | StoredJSONField
Progress = Callable[[str, int, int], None]
"""Called with what is under way, how much of it is done, and how much there is."""


def rewrap(progress: Progress) -> int:
    """Wrap every data key with the first master key; answers how many were not."""
    total = _wrapped_by_others().count()
    done = 0
    while changed := _rewrap_some():
        done += changed
        progress("data keys", done, max(total, done))
    return done


def _wrapped_by_others() -> models.QuerySet[DataKey]:
    return DataKey.objects.exclude(master_id=keyring().master.id)


@transaction.atomic
def _rewrap_some() -> int:
    rows = _wrapped_by_others().select_for_update(skip_locked=True).order_by("id")
    found = list(rows[:BATCH])
    for row in found:
        columns = columns_of(keyring().master.rewrap(row.as_wrapped))
        row.wrapped, row.master_id = columns["wrapped"], columns["master_id"]
        row.save(update_fields=["wrapped", "master_id"])
    return len(found)


class Renewed(NamedTuple):
    """How many values were sealed anew, and how many did not open and stay as they are.

    `left` are those that somebody else held just then.
    """

    sealed: int = 0
    unreadable: int = 0
    left: int = 0

    def and_also(self, other: "Renewed") -> "Renewed":
        return Renewed(*(a + b for a, b in zip(self, other, strict=True)))


def renew_data_keys(progress: Progress) -> Renewed:
    """Give every owner a new data key and seal everything with it. What was begun
    before is ended first."""
    if not _older_keys():
        _make_new_keys()
    old = _older_keys()
    _wait_until_all_seal_with_the_new()
    sealed = 0
    while True:
        turn = Renewed()
        for column in columns():
            turn = turn.and_also(_reseal_all(column, old, progress))
        sealed += turn.sealed
        if not turn.left:
            break
        time.sleep(_AGAIN_AFTER_S)
    now = timezone.now()
    DataKey.objects.filter(key_id__in=[id_.hex() for id_ in old]).update(retired_at=now)
    return Renewed(sealed, turn.unreadable)


class Column(NamedTuple):
    model: type[models.Model]
    field: SealedField

    @property
    def name(self) -> str:
        return f"{self.model._meta.label}.{self.field.name}"


def columns() -> Iterator[Column]:
    """Everything in the database that is sealed."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, SealedField):
                yield Column(model, field)


def _older_keys() -> set[bytes]:
    """Data keys that have been replaced and may still have sealed something."""
    rows = DataKey.objects.filter(purpose=Purpose.DATA.value, retired_at=None)
    found = rows.order_by("id").values_list("workspace_id", "key_id")
    newest = dict(found)
    return {bytes.fromhex(id_) for owner, id_ in found if newest[owner] != id_}


def _make_new_keys() -> None:
    rows = DataKey.objects.filter(purpose=Purpose.DATA.value, retired_at=None)
    with transaction.atomic():
        for owner in set(rows.values_list("workspace_id", flat=True)):
            DataKey.objects.make("" if owner is None else str(owner))


def _wait_until_all_seal_with_the_new() -> None:
    """A process asks for newer keys every so often, till then it seals with the old."""
    keyring().forget()
    newest = DataKey.objects.order_by("-id").values_list("created_at", flat=True)[0]
    age = (timezone.now() - newest).total_seconds()
    time.sleep(max(0.0, FRESH_S + _SPARE_S - age))


def _reseal_all(column: Column, old: set[bytes], progress: Progress) -> Renewed:
    total = column.model._base_manager.count()
    seen, done = 0, Renewed()
    last: Any = None
    while ids := _next_ids(column, last):
        stale = [pk for pk, key_id in ids if bytes(key_id or b"") in old]
        if stale:
            done = done.and_also(_reseal_some(column, stale, old))
        last, seen = ids[-1][0], seen + len(ids)
        progress(column.name, min(seen, total), total)
    return done


def _next_ids(column: Column, last: Any) -> list[tuple[Any, Any]]:
    """The next rows, and by which key their values were sealed."""
    rows = column.model._base_manager.order_by("pk")
    if last is not None:
        rows = rows.filter(pk__gt=last)
    start = column.field.token_at + 2  # counted from 1, behind the version byte
    key_id: Any = Func(
        F(column.field.attname),
        start,
        _KEY_ID_BYTES,
        function="SUBSTR",
        output_field=BinaryField(),
    )
    return list(rows.annotate(_key_id=key_id).values_list("pk", "_key_id")[:BATCH])


@transaction.atomic
def _reseal_some(column: Column, pks: list[Any], old: set[bytes]) -> Renewed:
    """Those of them that nobody holds just now."""
    field, manager = column.field, column.model._base_manager
    rows = manager.filter(pk__in=pks).order_by("pk")
    locked: Any = rows.select_for_update(skip_locked=True, of=("self",))
    locked = locked.annotate(_stored=Cast(field.attname, BinaryField()))
    names = ("pk", _bound_name(column), "_stored")
    sealed = unreadable = held = 0
    for pk, bound, stored in locked.values_list(*names):
        held += 1
        # Between the look and the lock somebody may have written it anew.
        if stored is None or _key_id(field, bytes(stored)) not in old:
            continue
        instance = column.model(**{"pk": pk, _bound_name(column): bound})
        try:
            anew = field.resealed(instance, bytes(stored))
        except DecryptionError as error:
            logger.warning("%s of %s: %s", column.name, pk, error)
            unreadable += 1
            continue
        manager.filter(pk=pk).update(**{field.attname: anew})
        sealed += 1
    failpoints.hit("F14")
    gone = len(pks) - rows.count()
    return Renewed(sealed, unreadable, len(pks) - held - gone)


def _bound_name(column: Column) -> str:
    return getattr(column.field, "bound_attname", "pk")


def _key_id(field: SealedField, stored: bytes) -> bytes:
    start = field.token_at + 1
    return stored[start : start + _KEY_ID_BYTES]
