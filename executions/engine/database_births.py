"""Stores executions that ended before they were stored: all of one in one transaction,
together with whatever else has gathered."""

import logging
from typing import Final, NamedTuple

import orjson
from django.db import InterfaceError, OperationalError, connection, transaction

from core import codec
from core.bulk import Row
from core.crypto import DataKey
from core.sealing import seal
from executions.engine.database_record import (
    INPUTS,
    Owner,
    end_columns,
    keys_of,
    pack_values,
    write_record,
)
from executions.engine.dialects import EXECUTIONS
from executions.engine.group_commit import GroupCommit, Outcomes
from executions.engine.journal import Entry
from executions.models import Execution

logger = logging.getLogger(__name__)

ANSWER_WITHIN_S: Final = 30.0


class Birth(NamedTuple):
    """An execution that is not stored yet, and its record up to its end."""

    execution: Execution
    entries: list[Entry]


def _store(births: list[Birth]) -> Outcomes:
    """If all together are refused, each is tried alone."""
    try:
        _insert(births)
    except (OperationalError, InterfaceError) as error:
        connection.close()
        return _refused(births, error)
    except Exception as error:
        if len(births) == 1:
            return _refused(births, error)
        return [outcome for birth in births for outcome in _store([birth])]
    return [None] * len(births)


def _refused(births: list[Birth], error: Exception) -> Outcomes:
    logger.warning("births: %d executions were not stored (%s)", len(births), error)
    return [error] * len(births)


def _insert(births: list[Birth]) -> None:
    entries = [entry for birth in births for entry in birth.entries]
    pack_values(entries)
    owners = {birth.execution.id: _owner(birth.execution) for birth in births}
    keys = keys_of(owners)
    rows = [_row(keys[birth.execution.id], birth) for birth in births]
    with transaction.atomic(), connection.cursor() as cursor:
        write_record(cursor, entries, owners, keys, (EXECUTIONS, rows))


def _owner(execution: Execution) -> Owner:
    return Owner(execution.workspace_id, execution.user_id, execution.graph_id)


def _row(key: DataKey, birth: Birth) -> Row:
    execution, last = birth.execution, birth.entries[-1]
    status, outputs, errors, ended_at = end_columns(key, last)
    inputs = codec.encode(orjson.dumps(execution.inputs))
    return (
        execution.id,
        execution.workspace_id,
        execution.user_id,
        execution.graph_id,
        execution.version_id,
        execution.trigger,
        "",
        0,
        0,
        status,
        execution.priority,
        seal(key, INPUTS, execution.id, inputs),
        outputs,
        errors,
        "",
        last.run.lease_token,
        0,
        "",
        "",
        False,
        last.last_seq,
        last.node_executions,
        last.cost,
        execution.created_at,
        execution.created_at,
        ended_at,
    )


register: Final = GroupCommit(_store, ANSWER_WITHIN_S)
