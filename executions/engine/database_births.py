"""Stores executions that ended before they were stored: all of one in one transaction,
together with whatever else has gathered."""

import logging
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Final

import orjson
from django.db import InterfaceError, OperationalError, connection, transaction

from core import codec
from core.bulk import Row, insert_rows
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
from executions.engine.journal import Entry
from executions.models import Execution

logger = logging.getLogger(__name__)

ANSWER_WITHIN_S: Final = 30.0


@dataclass(frozen=True, slots=True, eq=False)
class Birth:
    """An execution that is not stored yet, and its record up to its end."""

    execution: Execution
    entries: list[Entry]
    stored: "Future[None]" = field(default_factory=Future)


class BirthRegister:
    """One thread that writes; `store` is called from many. There is no tick: what
    gathers while one transaction is under way is the next one."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[Birth] = SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def store(self, birth: Birth) -> None:
        """Return once it is committed.

        Raises:
            DatabaseError: it is not stored, or nobody knows.
        """
        self._start()
        self._queue.put(birth)
        birth.stored.result(ANSWER_WITHIN_S)

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._write, name="births", daemon=True
                )
                self._thread.start()

    def _write(self) -> None:
        while True:
            births = [self._queue.get()]
            while not self._queue.empty():
                births.append(self._queue.get())
            _store(births)


def _store(births: list[Birth]) -> None:
    """If all together are refused, each is tried alone."""
    try:
        _insert(births)
    except (OperationalError, InterfaceError) as error:
        connection.close()
        _refuse(births, error)
    except Exception as error:
        if len(births) == 1:
            _refuse(births, error)
            return
        for birth in births:
            _store([birth])
    else:
        for birth in births:
            birth.stored.set_result(None)


def _refuse(births: list[Birth], error: Exception) -> None:
    logger.warning("births: %d executions were not stored (%s)", len(births), error)
    for birth in births:
        birth.stored.set_exception(error)


def _insert(births: list[Birth]) -> None:
    entries = [entry for birth in births for entry in birth.entries]
    pack_values(entries)
    owners = {birth.execution.id: _owner(birth.execution) for birth in births}
    keys = keys_of(owners)
    rows = [_row(keys[birth.execution.id], birth) for birth in births]
    with transaction.atomic(), connection.cursor() as cursor:
        insert_rows(cursor, EXECUTIONS, rows)
        write_record(cursor, entries, owners, keys)


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


register: Final = BirthRegister()
