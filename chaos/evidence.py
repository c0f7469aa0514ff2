"""What is found after quiet time: the rows of the runs and the log of effects."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

from chaos.effects import Calls
from chaos.load import Accepted
from chaos.site import Row, Site
from scripts.sealed_rows import SealedRows

Events = list[dict[str, Any]]


@dataclass(kw_only=True)
class RunFound:
    """One run as the database has it. `nodes` are node, number, status and attempt of
    its node executions; `parent` is the run that called it."""

    id: str
    parent: str | None = None
    status: str
    last_seq: int
    node_executions: int
    ended: bool
    due: bool
    lease_owner: str
    outputs: Any
    errors: Any
    events: Events = field(default_factory=list)
    nodes: list[tuple[str, int, str, int]] = field(default_factory=list)

    def started(self) -> set[tuple[str, int]]:
        """The node executions that began at least once."""
        return {(e["node_id"], e["number"]) for e in self.of("node.started")}

    def of(self, kind: str) -> Events:
        return [event for event in self.events if event["type"] == kind]


@dataclass(kw_only=True)
class Evidence:
    """`cancelled` are the runs somebody cancelled; `repeated` says which id the same
    start gave when it was asked for again."""

    accepted: list[Accepted]
    runs: dict[str, RunFound]
    calls: Calls
    cancelled: set[str] = field(default_factory=set)
    repeated: dict[str, str | None] = field(default_factory=dict)


def collect(site: Site) -> dict[str, RunFound]:
    """All runs of the site, with their events and node executions."""
    with site.sealed() as sealed:
        runs = {run.id: run for run in (_run(sealed, row) for row in site.rows(_RUNS))}
        for id, segment_id, body in site.rows(_SEGMENTS):
            column = "executions.executioneventsegment|body"
            runs[str(id)].events += _json(sealed, column, segment_id, body)
    for id, *node in site.rows(_NODES):
        runs[str(id)].nodes.append(tuple(node))
    return runs


def progress_after(runs: dict[str, RunFound]) -> dict[str, list[float]]:
    """When each run had news, in seconds since the epoch."""
    times: dict[str, list[float]] = defaultdict(list)
    for run in runs.values():
        times[run.id] = [event["at"] / 1000 for event in run.events]
    return times


_RUNS = """
    SELECT id, parent_id, status, last_seq, node_executions, ended_at IS NOT NULL,
           due_at IS NOT NULL, lease_owner, outputs, errors
    FROM executions_execution
"""
_SEGMENTS = """
    SELECT execution_id, id, body
    FROM executions_executioneventsegment ORDER BY execution_id, first_seq
"""
_NODES = """
    SELECT execution_id, node_id, number, status, attempt
    FROM executions_nodeexecution
"""


def _json(sealed: SealedRows, column: str, id: UUID, stored: bytes) -> Any:
    return orjson.loads(sealed.open(column, id, stored))


def _run(sealed: SealedRows, row: Row) -> RunFound:
    id, parent, status, last_seq, count, ended, due, owner, outputs, errors = row
    return RunFound(
        id=str(id),
        parent=None if parent is None else str(parent),
        status=status,
        last_seq=last_seq,
        node_executions=count,
        ended=ended,
        due=due,
        lease_owner=owner,
        outputs=_json(sealed, "executions.execution|outputs", id, outputs),
        errors=_json(sealed, "executions.execution|errors", id, errors),
    )
