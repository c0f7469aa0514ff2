"""Keeps the record of one run: numbers its events, shows them as rows, writes both."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from core import failpoints
from executions.domain.events import (
    Asked,
    Begun,
    Called,
    CalledWithin,
    Completed,
    Emitted,
    Event,
    Failed,
    Finished,
    Parked,
    Retrying,
    Reused,
    ReviewRequest,
    Started,
    Waiting,
    Woken,
)
from executions.domain.state import NodeExecution, RunState
from executions.domain.wire import to_json
from executions.engine.journal import (
    Child,
    End,
    Entry,
    Extras,
    Journal,
    Memo,
    NewReview,
    News,
    RunHandle,
)
from executions.engine.large_values import LargeValues
from executions.engine.projection import Key, NodeRows

_BEGINNINGS: Final = frozenset({Begun, Started, Woken, Parked})
"""These alone are no progress: a worker may die right after them each time."""
# Tuples, for a union would be made anew at each of a million checks.
_OPEN_A_ROW: Final = (Started, Reused)
_CHANGE_A_ROW: Final = (Emitted, Completed, Failed, Waiting, Retrying)
_GO_OUTSIDE: Final = (Asked, Called, CalledWithin)


class Recorder:
    """What has been noted since the last `write` becomes one entry of the journal.

    `at` is the time of what is noted, in milliseconds since the epoch.
    """

    def __init__(
        self,
        handle: RunHandle,
        journal: Journal,
        state: RunState,
        known_rows: Mapping[Key, UUID],
        values: LargeValues,
    ) -> None:
        self.at = 0
        self._now: tuple[int, datetime] = (-1, _time(0))
        self.end: End | None = None
        self.events: list[bytes] = []
        self._handle = handle
        self._journal = journal
        self._state = state
        self._values = values
        self._rows = NodeRows(known_rows, values)
        self._extras: Extras | None = None
        self._progressed = False

    @property
    def extras(self) -> Extras:
        """What this turn adds beside events and rows."""
        if self._extras is None:
            self._extras = Extras()
        return self._extras

    def note(self, event: Event) -> None:
        """Give the event its number and bring the rows that show it up to date; the
        state is still the one before it."""
        self._handle.seq += 1
        if isinstance(event, Emitted):
            event = self._values.recorded(event)
        self.events.append(to_json(event, self._handle.seq, self.at))
        self._progressed = self._progressed or type(event) not in _BEGINNINGS
        if isinstance(event, _OPEN_A_ROW):
            execution = self._state.running[event.node_id, event.number]
            self._rows.open(event, execution, self._time())
        elif isinstance(event, _CHANGE_A_ROW):
            if isinstance(event, Completed):
                self._keep_result(event)
            self._change(event)
        elif isinstance(event, _GO_OUTSIDE):
            self._send_out(event)
            if not isinstance(event, CalledWithin):
                self._change(event)

    def finish(self, event: Finished) -> None:
        """Note the end; to be called once the state has ended."""
        failpoints.hit("F9")
        self._handle.seq += 1
        self.events.append(to_json(event, self._handle.seq, self.at))
        self._progressed = True
        running = self._state.running
        self._rows.cancel_open(running, self._time())
        self.end = End(
            status=self._state.status,
            outputs=self._state.outputs,
            record=self._values.outputs(self._state.outputs),
            errors=self._state.errors,
            ended_at=self._time(),
            children=[id_ for e in running.values() for id_ in _children(e)],
            reviews=[e.review_id for e in running.values() if e.review_id],
        )

    def expire_reviews(self, events: Iterable[Failed]) -> None:
        for event in events:
            execution = self._state.running[event.node_id, event.number]
            self.extras.expired_reviews.append(execution.review_id)

    def write(self) -> None:
        """Hand what was noted to the journal as one entry."""
        self._tell_parent()
        if self._values.fresh:
            self.extras.values, self._values.fresh = self._values.fresh, []
        if not self.events and self._extras is None:
            return
        self._journal.append(
            Entry(
                run=self._handle,
                last_seq=self._handle.seq,
                events=self.events,
                rows=self._rows.changes(),
                node_executions=self._state.started,
                cost=self._state.spent,
                progressed=self._progressed,
                end=self.end,
                extras=self._extras,
            )
        )
        self.events, self._extras, self._progressed = [], None, False

    def _change(
        self,
        event: Completed | Failed | Emitted | Waiting | Retrying | Asked | Called,
    ) -> None:
        execution = self._state.running[event.node_id, event.number]
        self._rows.change(event, execution, self._time())

    def _keep_result(self, event: Completed) -> None:
        key = (event.node_id, event.number)
        execution = self._state.running[key]
        if not execution.memo_key or not execution.attempt:
            return
        expires = self._time() + timedelta(seconds=self._state.limits.memo_seconds)
        outputs = self._rows.outputs_of(key)
        block_id = execution.node.spec.id
        self.extras.memos.append(Memo(execution.memo_key, block_id, outputs, expires))

    def _send_out(self, event: Asked | Called | CalledWithin) -> None:
        node_id, number = event.node_id, event.number
        if isinstance(event, Asked):
            if event.request is not None:
                self.extras.reviews.append(_review(event, event.request))
        elif event.call is not None:
            inputs: Any = self._values.places(event.call.inputs)
            call = event.call._replace(inputs=inputs)
            child = Child(event.child_id, node_id, number, call)
            self.extras.children.append(child)

    def _tell_parent(self) -> None:
        fresh = self._state.fresh_outputs
        if self._handle.parent is not None and (fresh or self.end):
            outputs = [(name, self._values.place(value)) for name, value in fresh]
            self.extras.news = News(outputs, self.end)
        fresh.clear()

    def _time(self) -> datetime:
        """`at`, made once for all that a turn notes."""
        if self._now[0] != self.at:
            self._now = (self.at, _time(self.at))
        return self._now[1]


def _review(event: Asked, request: ReviewRequest) -> NewReview:
    until = None if event.until is None else _time(event.until)
    place = (event.node_id, event.number)
    return NewReview(event.review_id, *place, event.purpose, until, request)


def _time(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, tz=UTC)


def _children(execution: NodeExecution) -> list[str]:
    """Sub-agents of it that have not ended."""
    own = [execution.child_id] if execution.child_id else []
    return own + execution.open_calls
