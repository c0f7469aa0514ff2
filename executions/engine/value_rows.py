"""Reads large values for runs that go on, and for who takes their results over."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import orjson
from django.db.models import BinaryField
from django.db.models.functions import Cast

from blocks.values import JsonValue
from core.stored import opened
from executions.domain.references import id_in
from executions.engine.database_record import VALUE_BODY
from executions.engine.large_values import Large, large
from executions.models import StoredValue


def ids_in(places: Iterable[JsonValue]) -> set[str]:
    """Of the values that are kept elsewhere."""
    return {id_ for id_ in map(id_in, places) if id_ is not None}


def load_values(ids: Iterable[str]) -> dict[str, Large]:
    """By their ids; those that are gone are left out."""
    wanted = set(ids)
    if not wanted:
        return {}
    rows: Any = (
        StoredValue.objects.filter(id__in=wanted)
        .annotate(stored=Cast("body", BinaryField()))
        .values_list("id", "stored")
    )
    return {str(id_): _loaded(str(id_), bytes(stored)) for id_, stored in rows}


def those(ids: Iterable[str], values: Mapping[str, Large]) -> dict[str, Large]:
    return {id_: values[id_] for id_ in ids if id_ in values}


def _loaded(id: str, stored: bytes) -> Large:
    raw = opened(VALUE_BODY, UUID(id), stored)
    return large(id, orjson.loads(raw), raw)
