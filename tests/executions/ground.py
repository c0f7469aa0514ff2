"""A database and the workers on it, in memory: what is not committed a crash forgets.

It does what the adapters of the database do, by the same rules, one entry at a time.
"""

import asyncio
import math
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

import orjson

from blocks.errors import BlockError
from blocks.values import JsonValue
from blocks.world import AgentResult
from core.limits import Limits
from executions.domain.events import AgentCall
from executions.domain.plan import make_plan
from executions.engine.context import RunIdentity, contexts
from executions.engine.journal import (
    End,
    Entry,
    Extras,
    LeaseLost,
    Parent,
    RunHandle,
    news_body,
)
from executions.engine.large_values import Large, large, reader
from executions.engine.resolver import NothingOutside, Remembered, check_depth
from executions.engine.run import ReceivedSignal, Run
from executions.engine.runner import Runner
from graphs.domain.model import Graph
from tests.executions.running import NO_WORLD
from tests.executions.stored_runs import Stored
from tests.executions.virtual_time import now
from tests.zoo import zoo


class Ground(NothingOutside):
    """`by_itself`: every entry is committed as soon as the loop has a moment."""

    def __init__(
        self,
        agents: Mapping[str, Graph] | None = None,
        *,
        limits: Limits | None = None,
        by_itself: bool = True,
    ) -> None:
        self.agents = agents or {}
        self.limits = limits or Limits()
        self.by_itself = by_itself
        self.executions: dict[UUID, Stored] = {}
        self.pending: list[Entry] = []
        self.runners: dict[UUID, tuple[Runner, asyncio.Task[Any]]] = {}
        self.values: dict[str, Large] = {}
        """The large ones of all executions."""
        self.memos: dict[str, Remembered] = {}
        self.approves: set[str] = set()
        self.outputs_of: dict[tuple[str, int], Remembered] = {}
        self._waiting: list[tuple[RunHandle, asyncio.Future[None]]] = []
        self._signals = 0
        self._bell = asyncio.Event()
        self.broken: list[BaseException] = []

    # From outside

    def start(
        self, graph: Graph, inputs: Mapping[str, JsonValue] | None = None, **facts: Any
    ) -> Stored:
        it = Stored(graph, inputs or {}, **facts)
        self.executions[it.id] = it
        return it

    def send(self, it: Stored, kind: str, body: Any = None) -> None:
        self._insert_signal(it, kind, body)
        held = self.runners.get(it.id)
        if held is not None:
            held[0].signal(it.signals[-1])

    def answer(self, it: Stored, *, approved: bool = True, **more: Any) -> None:
        """The oldest question that is open."""
        review = it.reviews.pop(next(iter(it.reviews)))
        body = {"node_id": review.node_id, "number": review.number}
        body |= {"review_id": review.id, "approved": approved}
        self.send(it, "answer", body | {"data": review.request.data} | more)

    # As a worker

    def claim(self) -> int:
        """Begin what is due; answers how many."""
        due = [it for it in self.executions.values() if self._is_due(it)]
        for it in due:
            self._begin(it)
        return len(due)

    async def work(self, seconds: float = math.inf) -> "Ground":
        """Claim what comes due, for so long or until nothing is left to be done."""
        until = now() + seconds
        while True:
            self.claim()
            if self.broken:
                raise self.broken[0]
            if not self._may_go_on() or now() >= until:
                return self
            await self._sleep(min(until, self._next_due()))

    async def _sleep(self, until: float) -> None:
        self._bell.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout_at(None if until == math.inf else until):
                await self._bell.wait()

    def _next_due(self) -> float:
        free = [it for it in self.executions.values() if it.id not in self.runners]
        times = [it.due_at for it in free if it.due_at is not None]
        return min(times, default=math.inf)

    def crash(self) -> None:
        """Whatever was not committed is gone, and so are all attempts."""
        self.pending.clear()
        for runner, task in self.runners.values():
            runner.handle.lost = True
            task.cancel()
            it = self.executions[runner.handle.execution_id]
            if it.end is None and it.token == runner.handle.lease_token:
                it.lost_leases += 1
                it.due_at = now()
        self.runners.clear()

    async def hand_over(self) -> None:
        """Stop on purpose."""
        tasks = [task for _, task in self.runners.values()]
        for runner, _ in self.runners.values():
            if runner.may_stop:
                runner.hand_over()
        await asyncio.gather(*tasks)

    # As the journal

    def append(self, entry: Entry) -> None:
        self.pending.append(entry)
        if self.by_itself:
            asyncio.get_running_loop().call_soon(self.commit)

    async def durable(self, run: RunHandle) -> None:
        if run.lost:
            raise LeaseLost(str(run.execution_id))
        if any(entry.run is run for entry in self.pending):
            future = asyncio.get_running_loop().create_future()
            self._waiting.append((run, future))
            await future

    def commit(self, count: int | None = None) -> None:
        """The first so many of the entries that are pending."""
        count = len(self.pending) if count is None else count
        batch, self.pending = self.pending[:count], self.pending[count:]
        for entry in batch:
            self._commit(entry)
        left = {id(entry.run) for entry in self.pending}
        for run, future in self._waiting:
            if id(run) not in left and not future.done():
                lost = LeaseLost(str(run.execution_id))
                future.set_exception(lost) if run.lost else future.set_result(None)
        self._waiting = [one for one in self._waiting if not one[1].done()]
        self._bell.set()

    def _commit(self, entry: Entry) -> None:
        it = self.executions[entry.run.execution_id]
        if it.token != entry.run.lease_token or it.end is not None:
            entry.run.lost = True
            return
        it.events += [orjson.loads(event) for event in entry.events]
        numbers = [event["seq"] for event in it.events]
        assert numbers == [*range(1, len(numbers) + 1)], "a gap in the numbers"
        assert entry.last_seq == len(numbers)
        entry.run.committed = entry.last_seq
        it.rows.update((row.id, row) for row in entry.rows)
        it.node_executions = entry.node_executions or it.node_executions
        it.cost = entry.cost or it.cost
        it.lost_leases = 0 if entry.progressed else it.lost_leases
        if entry.extras is not None:
            self._add(it, entry, entry.extras)
        if entry.end is not None:
            self._end(it, entry.end)

    def _add(self, it: Stored, entry: Entry, extras: Extras) -> None:
        for new in extras.values:
            value = orjson.loads(new.raw)
            self.values[str(new.id)] = large(str(new.id), value, new.raw)
        it.signals = [s for s in it.signals if s.id not in extras.folded]
        for child in extras.children:
            place = Parent(it.id, child.node_id, child.number)
            graph = self.agents[child.call.graph_id]
            facts: dict[str, Any] = {"parent": place, "depth": it.depth + 1}
            inputs = self._read_all(_stored(dict(child.call.inputs)))
            self.start(graph, inputs, id=UUID(child.id), **facts)
        it.reviews.update((review.id, review) for review in extras.reviews)
        it.expired += extras.expired_reviews
        for id_ in extras.expired_reviews:
            it.reviews.pop(id_, None)
        for memo in extras.memos:
            read = reader(self.values)
            outputs = [(pin, read(value)) for pin, value in orjson.loads(memo.outputs)]
            self.memos.setdefault(memo.key, Remembered(str(it.id), outputs))
        if extras.news is not None and it.parent is not None:
            body = _stored(news_body(entry, it.parent, extras.news))
            self.send(self.executions[it.parent.execution_id], "child", body)
        if extras.park is not None:
            until = extras.park.until
            due = None if until is None else until.timestamp()
            left = None if due is None else round(due - now(), 1)
            it.parks.append((extras.park.reason, left))
            it.snapshot = entry.last_seq, extras.park.snapshot
            it.waiting_for = extras.park.reason
            it.due_at = now() if it.signals else due
            self.runners.pop(it.id, None)

    def _read_all(self, places: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        read = reader(self.values)
        return {name: read(place) for name, place in places.items()}

    def _end(self, it: Stored, end: End) -> None:
        it.end, it.due_at = end, None
        it.cancelled_reviews += end.reviews
        self.runners.pop(it.id, None)
        for id_ in map(UUID, end.children):
            if self.executions[id_].end is None:
                self.send(self.executions[id_], "cancel")

    def _insert_signal(self, it: Stored, kind: str, body: Any) -> None:
        if it.end is not None:
            return
        self._signals += 1
        it.signals.append(ReceivedSignal(self._signals, it.id, kind, body, self.values))
        if it.id not in self.runners and it.started_at is not None:
            it.due_at = now()
        self._bell.set()

    def _is_due(self, it: Stored) -> bool:
        is_held = it.id in self.runners or it.end is not None
        return not is_held and it.due_at is not None and it.due_at <= now()

    def _may_go_on(self) -> bool:
        unended = [it for it in self.executions.values() if it.end is None]
        return any(it.id in self.runners or it.due_at is not None for it in unended)

    def _begin(self, it: Stored) -> None:
        it.token += 1
        it.started_at = it.started_at or now()
        it.waiting_for = ""
        run = self._run_of(it)
        who = RunIdentity(execution_id=str(it.id))
        runner = Runner(
            run,
            journal=self,
            context_for=contexts(who, NO_WORLD, now, run.plan),
            clock=asyncio.get_running_loop().time,
            resolver=_Resolver(self, it),
            cpu_pool=asyncio.get_running_loop().cpu_pool,  # type: ignore[attr-defined]
        )
        for signal in it.signals:
            runner.signal(signal)
        task = asyncio.create_task(runner.run())
        task.add_done_callback(self._see)
        self.runners[it.id] = (runner, task)

    def _see(self, task: asyncio.Task[Any]) -> None:
        """A lost lease is what a crash means; anything else is an error of the
        engine."""
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, LeaseLost):
            self.broken.append(error)
            self._bell.set()

    def _run_of(self, it: Stored) -> Run:
        seq = len(it.events)
        handle = RunHandle(it.id, it.token, seq=seq, committed=seq, parent=it.parent)
        handle.lost_leases = it.lost_leases
        return Run(
            handle=handle,
            plan=make_plan(it.graph, zoo),
            inputs=it.inputs,
            limits=self.limits,
            past=it.past(reader(self.values)),
            values=dict(self.values),
            snapshot=None if it.snapshot is None else it.snapshot[1],
            started_at=it.started_at,
            rows=it.open_rows(),
            reuse=it.reuse,
            reuse_from="earlier" if it.reuse else "",
        )


class _Resolver(NothingOutside):
    def __init__(self, ground: Ground, it: Stored) -> None:
        self._ground = ground
        self._it = it

    async def agent(
        self, graph_id: str, version: object, inputs: Mapping[str, JsonValue]
    ) -> AgentCall:
        check_depth(self._it.depth + 1, self._ground.limits)
        if graph_id not in self._ground.agents:
            raise BlockError(f"there is no agent {graph_id!r}", code="unknown_agent")
        return AgentCall(graph_id, "", inputs)

    async def result(self, child_id: str) -> AgentResult:
        child = self._ground.executions[UUID(child_id)]
        assert child.end is not None, "asked before its end was durable"
        assert child.parent is not None
        assert child.parent.execution_id == self._it.id
        status, outputs, errors = child.outcome
        return AgentResult(
            status=status, outputs=outputs, errors=errors, execution_id=child_id
        )

    async def is_approved(self, node_id: str) -> bool:
        return node_id in self._ground.approves

    async def recall(self, key: str) -> Remembered | None:
        return self._ground.memos.get(key)

    async def stored(self, node_id: str, number: int) -> Remembered | None:
        return self._ground.outputs_of.get((node_id, number))


def _stored(document: Any) -> Any:
    """As it comes back from where it was written to."""
    return orjson.loads(orjson.dumps(document))
