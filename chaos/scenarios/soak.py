"""Drains of small backlogs and held answers, over and over: no wake-up may get lost."""

import secrets
import threading
import time
from typing import Final
from uuid import UUID, uuid4

from chaos import agents
from chaos.load import Client
from chaos.trial import Trial
from scripts.sealed_rows import SealedRows, sealed_for

RUNS: Final = 300
DRAINED_WITHIN_S: Final = 3.0
_LOOK_EVERY_S: Final = 0.01
_GIVE_UP_S: Final = 60.0


def drains(trial: Trial) -> None:
    """A backlog appears in the database; some with a ring, some without."""
    trial.begin([agents.three()])
    trial.client.start(agents.three(), 1)
    trial.quiet()
    took = [
        _drain(trial, rings=n % 2 == 0) for n in range(200 if trial.is_long else 30)
    ]
    trial.verdict.figures |= {
        "drains": len(took),
        "drain_median_s": sorted(took)[len(took) // 2],
        "drain_max_s": max(took),
    }
    for n, seconds in enumerate(took):
        if seconds > DRAINED_WITHIN_S:
            trial.fault(f"drain {n} took {seconds:.1f} s")


def _drain(trial: Trial, *, rings: bool) -> float:
    with trial.site.database() as connection:
        names = connection.execute(
            "SELECT string_agg(quote_ident(column_name), ', ') "
            "FROM information_schema.columns "
            "WHERE table_name = 'executions_execution' AND column_name NOT IN "
            "('id', 'status', 'due_at', 'last_seq', 'lease_token', 'lease_owner', "
            "'node_executions', 'started_at', 'ended_at', "
            "'inputs', 'outputs', 'errors')"
        ).fetchone()
        one = connection.execute(_ONE).fetchone()
        assert names is not None
        assert one is not None
        with trial.site.sealed() as sealed:
            values = _values(sealed, *one)
        connection.execute(_COPY.format(names=names[0]).encode(), [*values, one[0]])
        began = time.monotonic()
        if rings:
            trial.client.start(agents.three(), 1)
        while time.monotonic() - began < _GIVE_UP_S:
            left = connection.execute(_LEFT).fetchone()
            if left == (0,):
                break
            time.sleep(_LOOK_EVERY_S)
    return time.monotonic() - began


_LEFT: Final = b"SELECT count(*) FROM executions_execution WHERE ended_at IS NULL"
_COPY: Final = """
    INSERT INTO executions_execution
        ({names}, id, status, due_at, last_seq, lease_token, lease_owner,
         node_executions, inputs, outputs, errors)
    SELECT {names}, made.id, 'QUEUED', clock_timestamp(), 0, 0, '', 0,
           made.inputs, made.outputs, made.errors
    FROM executions_execution one,
        unnest(%s::uuid[], %s::bytea[], %s::bytea[], %s::bytea[])
            AS made (id, inputs, outputs, errors)
    WHERE one.id = %s
"""
_ONE: Final = b"SELECT id, workspace_id, inputs FROM executions_execution LIMIT 1"
_INPUTS: Final = "executions.execution|inputs"


def _values(
    sealed: SealedRows, id: UUID, workspace_id: UUID, inputs: bytes
) -> list[list[UUID] | list[bytes]]:
    """Ids of new runs, and what each has instead of what the old one has: every value
    is sealed for its row."""
    key, ids = sealed.key_of(workspace_id), [uuid4() for _ in range(RUNS)]
    raw = sealed.open(_INPUTS, id, inputs)
    return [
        ids,
        sealed_for(key, _INPUTS, ids, raw),
        sealed_for(key, "executions.execution|outputs", ids, b"{}"),
        sealed_for(key, "executions.execution|errors", ids, b"[]"),
    ]


def held_answers(trial: Trial) -> None:
    """Clients that wait for the outputs of each run before they start the next."""
    trial.begin([agents.three()])
    took: list[float] = []
    count = 500 if trial.is_long else 100
    threads = [
        threading.Thread(target=lambda: took.extend(answer_times(trial.client, count)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    trial.quiet()
    trial.verdict.figures |= {"answers": len(took), "answer_max_s": max(took)}
    if max(took) > DRAINED_WITHIN_S:
        trial.fault(f"an answer took {max(took):.1f} s")


def answer_times(client: Client, count: int) -> list[float]:
    """How long clients that wait for the outputs of a small run had to, one by one."""
    path = f"/graphs/{client.graphs['three']}/executions/?wait=20"
    took = []
    for n in range(count):
        began = time.monotonic()
        key = secrets.token_hex(8)
        answer = client.post(path, {"inputs": {"n": n}}, key).json()
        took.append(time.monotonic() - began)
        if answer.get("outputs") != {"out": [n + 1]}:
            client.troubles.gave_up.append(key)
    return took
