"""What runs were given and gave, as it is answered; large values one by one."""

from collections.abc import Collection, Iterable, Mapping
from itertools import chain
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson
from django.db.models import BinaryField
from django.db.models.functions import Cast
from django.http import Http404

from blocks.values import JsonObject, JsonValue
from core.limits import MIB
from core.stored import opened as unsealed
from executions.domain.references import KEY, looks_like_one, opened, size_in
from executions.engine.database_record import VALUE_BODY
from executions.engine.journal import End
from executions.engine.value_rows import ids_in, load_values
from executions.models import Execution, StoredValue

WHOLE_BELOW: Final = MIB
"""Values that are longer than this together are answered as they are stored: the large
ones by reference."""

_REFERENCE: Final = f'"{KEY}":"'.encode()


class Answered(NamedTuple):
    """`by_reference`: as they are stored."""

    values: Mapping[str, Any]
    by_reference: bool


def results_of(execution_ids: Collection[UUID]) -> dict[UUID, bytes]:
    """Of each that is there `{id, status, outputs, errors}` as JSON, for who was just
    let in to start it."""
    columns = Execution.objects.values_list("id", "status", "outputs", "errors")
    found: Any = columns.filter(id__in=execution_ids)
    return {
        id_: orjson.dumps(result(id_, status, outputs_answered(stored), errors))
        for id_, status, stored, errors in found
    }


def result(
    execution_id: UUID, status: str, outputs: Answered, errors: Iterable[JsonObject]
) -> JsonObject:
    body: dict[str, Any] = {
        "id": str(execution_id),
        "status": status,
        "outputs": outputs.values,
        "errors": list(errors),
    }
    return body | {"outputs_by_reference": True} if outputs.by_reference else body


def outputs_answered(stored: Mapping[str, list[JsonValue]]) -> Answered:
    """The outputs of a run, from its row."""
    values = _small_enough(chain.from_iterable(stored.values()), stored)
    if values is None:
        return Answered(stored, by_reference=True)
    read = {
        name: [opened(p, values) for p in places] for name, places in stored.items()
    }
    return Answered(read, by_reference=False)


def outputs_whole(execution: Execution) -> dict[str, list[JsonValue]]:
    """The same, however large they are."""
    stored: Mapping[str, list[JsonValue]] = execution.outputs
    values = _load(ids_in(chain.from_iterable(stored.values())))
    return {
        name: [opened(place, values) for place in places]
        for name, places in stored.items()
    }


def end_answered(end: End) -> Answered:
    """The outputs of a run that has ended right here."""
    outputs, record = end.outputs or {}, end.record or b""
    if _REFERENCE not in record or len(orjson.dumps(outputs)) <= WHOLE_BELOW:
        return Answered(outputs, by_reference=False)
    return Answered(orjson.loads(record), by_reference=True)


def inputs_answered(execution: Execution) -> Mapping[str, JsonValue]:
    """The inputs of a run. Those of a sub-agent come from the record of its parent."""
    stored: Mapping[str, JsonValue] = execution.inputs
    if execution.parent_id is None:
        return stored
    values = _small_enough(stored.values(), stored)
    return stored if values is None else _opened(stored, values)


def inputs_whole(execution: Execution) -> dict[str, JsonValue]:
    """The same, however large they are."""
    stored: dict[str, JsonValue] = execution.inputs
    if execution.parent_id is None:
        return stored
    return _opened(stored, _load(ids_in(stored.values())))


def _opened(
    stored: Mapping[str, JsonValue], values: Mapping[str, JsonValue]
) -> dict[str, JsonValue]:
    return {name: opened(place, values) for name, place in stored.items()}


def _small_enough(
    places: Iterable[JsonValue], document: object
) -> Mapping[str, JsonValue] | None:
    """The values that a document refers to, None if it would be too long with them."""
    marked = [place for place in places if looks_like_one(place)]
    ids = ids_in(marked)
    if not ids:
        return {}
    together = len(orjson.dumps(document)) + sum(map(size_in, marked))
    return None if together > WHOLE_BELOW else _load(ids)


def _load(ids: Iterable[str]) -> Mapping[str, JsonValue]:
    return {id_: one.value for id_, one in load_values(ids).items()}


# --- One by one -----------------------------------------------------------------------


def value_get(execution_id: UUID, value_id: UUID) -> bytes:
    """The JSON of a value that the record of the run may refer to.

    Raises:
        Http404: there is none.
    """
    row: Any = (
        StoredValue.objects.filter(id=value_id)
        .annotate(stored=Cast("body", BinaryField()))
        .values_list("execution_id", "stored")
        .first()
    )
    if row is None or not _are_related(row[0], execution_id):
        raise Http404
    return unsealed(VALUE_BODY, value_id, row[1])


def _are_related(one: UUID, other: UUID) -> bool:
    """Runs refer to their own values and to those of their sub-agents and callers."""
    return one == other or _top_of(one) == _top_of(other)


def _top_of(execution_id: UUID) -> UUID:
    parents: Any = Execution.objects.values_list("parent_id", flat=True)
    while (parent := parents.get(id=execution_id)) is not None:
        execution_id = parent
    return execution_id
