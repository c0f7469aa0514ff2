"""What agents remember, in the database."""

from concurrent.futures import Executor
from typing import cast
from uuid import UUID

import orjson
from django.db import transaction
from django.utils import timezone

from blocks.context import Caller
from blocks.values import JsonValue
from blocks.world import MemoryScope
from core.codec import encode
from core.limits import Limits
from core.stored import sealed_value
from executions.engine.database_asking import ask
from executions.models import MemoryValue
from executions.world.passing_memory import Place, check_count, check_size, place_of


class StoredMemory:
    """Implements `blocks.world.Memory` for one caller; asks in a thread."""

    def __init__(self, caller: Caller, limits: Limits, executor: Executor) -> None:
        self._caller = caller
        self._limits = limits
        self._executor = executor

    async def load(self, scope: MemoryScope, key: str) -> JsonValue:
        place = place_of(self._caller, scope, key)
        return await ask(self._executor, lambda: _load(place))

    async def save(self, scope: MemoryScope, key: str, value: JsonValue) -> None:
        place = place_of(self._caller, scope, key)
        check_size(key, value, self._limits)
        await ask(self._executor, lambda: _save(place, value, self._limits))


def _row(place: Place) -> MemoryValue:
    workspace_id, user_id, agent, key = place
    row = MemoryValue(
        workspace_id=UUID(workspace_id), user_id=UUID(user_id), agent=agent, key=key
    )
    row.id = row.id_of_place()
    return row


def _load(place: Place) -> JsonValue:
    rows = MemoryValue.objects.filter(id=_row(place).id)
    return cast(JsonValue, rows.values_list("value", flat=True).first())


def _save(place: Place, value: JsonValue, limits: Limits) -> None:
    """Twice is as good as once."""
    row = _row(place)
    row.updated_at = timezone.now()
    # As bytes, for null is a value, too.
    row.value = sealed_value(row, "value", encode(orjson.dumps(value)))
    changes = {"value": row.value, "updated_at": row.updated_at}
    with transaction.atomic():
        if MemoryValue.objects.filter(id=row.id).update(**changes):
            return
        check_count(
            MemoryValue.objects.filter(workspace_id=row.workspace_id).count(), limits
        )
        # Another run may have kept one meanwhile.
        MemoryValue.objects.bulk_create(
            [row],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=list(changes),
        )
