"""Large values on a real database and over HTTP, in both modes."""

import asyncio
import time
from collections.abc import Iterable, Iterator
from typing import Any

import orjson
import pytest
from django.db.models.functions import Now
from rest_framework.test import APIClient

from accounts.models import User
from core.ids import new_id
from core.limits import MIB, Limits
from executions.domain.references import KEY, id_in
from executions.domain.status import NodeStatus
from executions.engine.context import contexts
from executions.engine.database_flush import flush
from executions.engine.database_resolver import _remembered
from executions.engine.database_store import DatabaseStore
from executions.engine.journal import Entry, InMemoryJournal, NodeRow
from executions.engine.large_values import LARGE_BYTES
from executions.engine.runner import Runner
from executions.engine.worker import Worker
from executions.models import (
    Execution,
    ExecutionEventSegment,
    MemoizedResult,
    NodeExecution,
    Review,
    StoredValue,
)
from executions.reviews.services import Answer, review_answer
from executions.services import execution_start
from graphs.models import Graph
from tests.conftest import SignedIn
from tests.executions.running import NO_WORLD
from tests.executions.workers import working
from tests.factories import INPUT, OUTPUT, STORE, document, make_graph, node
from tests.servers import until

pytestmark = pytest.mark.django_db(transaction=True)

AGENT = "e189baac-8c20-45a1-94a7-55177ea42565"
REVIEW = "8b2a7b3c-6e9d-4a5f-8c1b-2e3f4a5b6c7d"
STEP = "f66a3543-28d3-4ab5-8945-9b336371e2ce"

BIG: Any = ["x" * LARGE_BYTES]
LOOKS_SO: Any = {KEY: "0198c0de-0000-7000-8000-000000000000"}
PASSED_ON = document(
    [
        node("in", INPUT, name="a"),
        node("keep", STORE) | {"metadata": {"cacheable": True}},
        node("out", OUTPUT, name="out"),
    ],
    ["in.result -> keep.input", "keep.output -> out.value"],
)


@pytest.fixture
def client(alice: User, signed_in: SignedIn) -> APIClient:
    return signed_in(alice)


@pytest.fixture
def worker(db: None) -> Iterator[Worker]:
    with working() as worker:
        yield worker


def started(user: User, graph: Graph, **inputs: Any) -> Execution:
    return execution_start(user=user, graph=graph, inputs=inputs)


def finished(row: Execution, worker: Worker) -> Execution:
    worker.ring()
    until(lambda: Execution.objects.get(id=row.id).ended_at is not None)
    return Execution.objects.get(id=row.id)


def record_of(row: Execution) -> str:
    """All that is stored of it, but for its inputs and the values."""
    bodies: list[Any] = [Execution.objects.get(id=row.id).outputs]
    for table in (ExecutionEventSegment, NodeExecution):
        for one in table.objects.filter(execution=row).values():
            bodies += [one.get(name) for name in ("body", "inputs", "outputs")]
    return orjson.dumps(bodies).decode()


def read(client: APIClient, row: Execution, *path: object) -> Any:
    parts = "".join(f"{part}/" for part in path)
    return client.get(f"/api/v1/executions/{row.id}/{parts}")


# --- Stored and read ------------------------------------------------------------------


@pytest.mark.parametrize("value", [BIG, BIG[0]])
def test_it_is_stored_once_and_read_by_reference(alice, client, worker, value):
    row = finished(started(alice, make_graph(alice, PASSED_ON), a=value), worker)
    assert len(record_of(row)) < 10_000
    kept = StoredValue.objects.get()
    assert (kept.execution_id, kept.body) == (row.id, value)
    assert kept.size == len(orjson.dumps(value))
    events = read(client, row, "events").json()["results"]
    shown = [event["value"] for event in events if event["type"] == "node.emitted"]
    assert {id_in(place) for place in shown} == {str(kept.id), None}
    (nodes,) = [read(client, row, "nodes").json()["results"]]
    assert all(len(orjson.dumps(one)) < 2_000 for one in nodes)
    answer = read(client, row, "values", kept.id)
    assert (answer["content-type"], answer.json()) == ("application/json", value)


def test_the_answer_has_the_values_themselves(alice, client, worker):
    row = finished(started(alice, make_graph(alice, PASSED_ON), a=BIG), worker)
    answer = read(client, row).json()
    assert answer["outputs"] == {"out": [BIG]}
    assert (answer["inputs"], answer["outputs_by_reference"]) == ({"a": BIG}, False)


@pytest.mark.parametrize("value", [LOOKS_SO, [LOOKS_SO], {KEY: {"$": 1}}])
def test_what_looks_like_a_reference_is_answered_as_it_was(
    alice, client, worker, value
):
    row = finished(started(alice, make_graph(alice, PASSED_ON), a=value), worker)
    answer = read(client, row).json()
    assert answer["outputs"] == {"out": [value]}
    assert answer["inputs"] == {"a": value}
    assert StoredValue.objects.count() == 0


def start_and_wait(client: APIClient, graph: Graph, value: Any) -> Any:
    url = f"/api/v1/graphs/{graph.id}/executions/?wait=5"
    return client.post(url, {"inputs": {"a": value}})


ECHO = document(
    [node("in", INPUT, name="a"), node("out", OUTPUT, name="out")],
    ["in.result -> out.value"],
)


@pytest.mark.parametrize("value", [BIG, LOOKS_SO, 1])
def test_a_run_that_ends_at_once_keeps_its_large_values_too(alice, client, value):
    answer = start_and_wait(client, make_graph(alice, ECHO), value)
    assert answer.status_code == 200
    assert answer.json()["outputs"] == {"out": [value]}
    assert "outputs_by_reference" not in answer.json()
    row = Execution.objects.get()
    assert len(record_of(row)) < 5_000
    assert [kept.body for kept in StoredValue.objects.all()] == [BIG] * (value == BIG)
    assert read(client, row).json()["outputs"] == {"out": [value]}


def several_times(count: int) -> Any:
    """The input comes out under so many names."""
    names = [f"out{n}" for n in range(count)]
    nodes = [node("in", INPUT, name="a"), *(node(n, OUTPUT, name=n) for n in names)]
    return document(nodes, [f"in.result -> {name}.value" for name in names])


def test_outputs_above_a_mebibyte_come_by_reference(alice, client, worker):
    text = "x" * (MIB // 2)
    two, one = make_graph(alice, several_times(2)), make_graph(alice, several_times(1))
    by_reference = finished(started(alice, two, a=text), worker)
    answer = read(client, by_reference).json()
    assert answer["outputs_by_reference"]
    (first,), (second,) = answer["outputs"].values()
    assert first == second
    assert (first["size"], first["preview"]) == (MIB // 2 + 2, '"' + "x" * 199)
    assert read(client, by_reference, "values", id_in(first)).json() == text
    whole = finished(started(alice, one, a=text), worker)
    assert read(client, whole).json()["outputs"] == {"out0": [text]}


# --- Whose they are -------------------------------------------------------------------


def test_a_value_is_for_who_may_read_the_run(
    alice, charlie, client, signed_in, anyone, worker
):
    graph = make_graph(alice, PASSED_ON)
    row = finished(started(alice, graph, a=BIG), worker)
    other = finished(started(alice, graph, a=1), worker)
    hers = finished(started(charlie, make_graph(charlie, PASSED_ON), a=[BIG]), worker)
    kept = StoredValue.objects.get(execution=row).id
    foreign = StoredValue.objects.get(execution=hers).id
    assert read(client, row, "values", kept).status_code == 200
    assert read(anyone, row, "values", kept).status_code == 401
    for who, run, value in [
        (signed_in(charlie), row, kept),  # not his run
        (signed_in(charlie), hers, kept),  # his run, not its value
        (client, row, foreign),
        (client, other, kept),  # another run of hers
        (client, row, new_id()),
    ]:
        assert read(who, run, "values", value).status_code == 404


def test_no_value_is_read_because_a_user_named_it(alice, charlie, client, worker):
    """An input that looks like a reference to what is somebody else's."""
    his = finished(started(charlie, make_graph(charlie, PASSED_ON), a=BIG), worker)
    kept = StoredValue.objects.get(execution=his)
    named = {KEY: str(kept.id), "size": kept.size, "preview": ""}
    calling = document(
        [
            node("in", INPUT, name="a"),
            node("call", AGENT, graph_id=str(make_graph(alice, ECHO).id)),
            node("out", OUTPUT, name="out"),
        ],
        ["in.result -> call.a", "call.out -> out.value"],
    )
    row = finished(started(alice, make_graph(alice, calling), a=named), worker)
    assert read(client, row).json()["outputs"] == {"out": [named]}
    (child,) = row.children.all()
    answer = read(client, child).json()
    assert (answer["inputs"], answer["outputs"]) == ({"a": named}, {"out": [named]})
    assert not StoredValue.objects.exclude(execution=his).exists()


# --- Sub-agents, reviews, results used again ------------------------------------------


def test_a_sub_agent_is_given_it_and_gives_it_back_without_a_copy(
    alice, client, worker
):
    nodes = [
        node("in", INPUT, name="a"),
        node("call", AGENT, graph_id=str(make_graph(alice, ECHO).id)),
        node("out", OUTPUT, name="out"),
    ]
    links = ["in.result -> call.a", "call.out -> out.value"]
    graph = make_graph(alice, document(nodes, links))
    row = finished(started(alice, graph, a=BIG), worker)
    child = Execution.objects.get(parent=row)
    assert len(record_of(row)) + len(record_of(child)) < 10_000
    assert len(orjson.dumps(child.inputs)) < 1_000
    kept = StoredValue.objects.get()
    assert kept.execution_id == row.id
    for run in (row, child):
        answer = read(client, run).json()
        assert (answer["outputs"], answer["inputs"]) == ({"out": [BIG]}, {"a": BIG})
        assert read(client, run, "values", kept.id).json() == BIG
    again = client.post(f"/api/v1/executions/{child.id}/rerun/").json()["id"]
    made = Execution.objects.get(id=again)
    assert made.inputs == {"a": BIG}
    assert finished(made, worker).status == "COMPLETED"


def test_it_survives_a_question_that_parks_the_run(alice, client, worker):
    nodes = [
        node("in", INPUT, name="a"),
        node("step", STEP),
        node("ask", REVIEW, name="ok?"),
        node("out", OUTPUT, name="out"),
    ]
    links = ["in.result -> step.items", "in.result -> ask.data"]
    links += ["step.item -> out.value", "ask.approved_data -> out.title"]
    two = [LOOKS_SO, BIG[0]]
    row = started(alice, make_graph(alice, document(nodes, links)), a=two)
    worker.ring()
    until(lambda: Execution.objects.get(id=row.id).waiting_for == "review")
    assert len(orjson.dumps(Execution.objects.get(id=row.id).snapshot.body)) < 10_000
    review = Review.objects.get()
    assert review.data == two
    review_answer(user=alice, review=review, answer=Answer(True, two))
    ended = finished(row, worker)
    assert read(client, ended).json()["outputs"]["out"] == [LOOKS_SO]
    assert StoredValue.objects.filter(execution=row).count() == 2
    assert len(record_of(row)) < 20_000


def test_what_is_taken_over_is_a_copy_of_its_own(alice, client, worker):
    source = finished(started(alice, make_graph(alice, PASSED_ON), a=BIG), worker)
    MemoizedResult.objects.all().delete()
    url = f"/api/v1/executions/{source.id}/rerun/"
    again = client.post(url, {"from": "out"}).json()["id"]
    row = finished(Execution.objects.get(id=again), worker)
    reused = row.nodes.get(node_id="keep")
    assert reused.reused_from == source.id
    assert StoredValue.objects.get(execution=row).body == BIG
    StoredValue.objects.filter(execution=source).delete()
    assert read(client, row).json()["outputs"] == {"out": [BIG]}


def test_a_kept_result_goes_with_its_value(alice, client, worker):
    graph = make_graph(alice, PASSED_ON)
    first = finished(started(alice, graph, a=BIG), worker)
    memo = MemoizedResult.objects.get()
    assert len(orjson.dumps(memo.outputs)) < 1_000
    second = finished(started(alice, graph, a=BIG), worker)
    assert second.nodes.get(node_id="keep").reused_from == first.id
    assert read(client, second).json()["outputs"] == {"out": [BIG]}
    StoredValue.objects.filter(execution=first).delete()
    third = finished(started(alice, graph, a=BIG), worker)
    assert third.nodes.get(node_id="keep").reused_from is None
    assert read(client, third).json()["outputs"] == {"out": [BIG]}


def test_a_result_without_its_value_is_none():
    gone = {KEY: str(new_id()), "size": 1, "preview": ""}
    assert _remembered((new_id(), [["a", 1], ["b", gone]])) is None
    found = _remembered((new_id(), [["a", {KEY: {"$": LOOKS_SO}}]]))
    assert found is not None
    assert found.outputs == [("a", LOOKS_SO)]


# --- A worker that died ---------------------------------------------------------------


def claimed() -> Any:
    (claim,) = DatabaseStore("me", Limits()).look(5, []).claims
    return claim


def run(claim: Any) -> list[Entry]:
    journal = InMemoryJournal()
    assert runner_of(claim, journal).run_at_once(5)
    return journal.entries


def go_on(claim: Any) -> list[Entry]:
    """After a worker died, nothing is done in one go."""
    journal = InMemoryJournal()
    asyncio.run(runner_of(claim, journal).run())
    return journal.entries


def runner_of(claim: Any, journal: InMemoryJournal) -> Runner:
    context = contexts(claim.identity, NO_WORLD, time.time, claim.run.plan)
    return Runner(claim.run, journal=journal, context_for=context, clock=time.time)


def cut(entry: Entry, seq: int) -> Entry:
    """As if the worker had died after this event."""
    events = entry.events[: seq - entry.last_seq]
    return Entry(
        run=entry.run,
        last_seq=seq,
        events=events,
        rows=list(_as_of(entry.rows, seq)),
        node_executions=1,
        extras=entry.extras if seq > 1 else None,
    )


def _as_of(rows: Iterable[NodeRow], seq: int) -> Iterator[NodeRow]:
    """Of the input and the output; `seq` is the number of the last event."""
    for row, (began, ended) in zip(rows, [(2, 5), (4, 8)], strict=True):
        if seq >= ended:
            yield row
        elif seq >= began:
            yield row._replace(status=NodeStatus.RUNNING, outputs=b"[]", ended_at=None)


@pytest.mark.parametrize("value", [BIG, LOOKS_SO])
@pytest.mark.parametrize("seq", range(1, 9))
def test_who_takes_over_sees_the_true_values(alice, value, seq):
    row = started(alice, make_graph(alice, several_times(1)), a=value)
    (whole,) = run(claimed())
    assert flush([cut(whole, seq)])[1] == set()
    Execution.objects.filter(id=row.id).update(due_at=Now())
    claim = claimed()
    rest = go_on(claim)
    assert rest[-1].end is not None
    assert rest[-1].end.outputs == {"out0": [value]}
    assert flush(rest)[1] == set()
    # Of a value that only a node's inputs have shown, nothing tells who goes on.
    assert StoredValue.objects.count() == (value is BIG) * (2 if seq == 2 else 1)


def test_a_run_whose_value_is_gone_ends_alone(alice):
    row = started(alice, make_graph(alice, several_times(1)), a=BIG)
    fine = started(alice, make_graph(alice, PASSED_ON), a=1)
    claims = DatabaseStore("me", Limits()).look(5, []).claims
    claim = next(one for one in claims if one.handle.execution_id == row.id)
    (whole,) = run(claim)
    flush([cut(whole, 5)])
    StoredValue.objects.all().delete()
    Execution.objects.all().update(due_at=Now())
    found = DatabaseStore("other", Limits()).look(5, []).claims
    faults = {one.handle.execution_id: one.fault for one in found}
    assert faults[fine.id] == ""
    assert "KeyError" in faults[row.id]
