"""What is deleted, what stays, and that nothing of what is deleted is left."""

from datetime import timedelta
from io import StringIO
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, models
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from autogpt_site import settings as site_settings
from core.ids import new_id
from executions import reruns, retention
from executions.models import (
    Execution,
    ExecutionEventSegment,
    ExecutionShare,
    ExecutionSnapshot,
    Hook,
    HookDelivery,
    MemoizedResult,
    NodeExecution,
    Review,
    Schedule,
    ScheduleTick,
    Signal,
    Slot,
    StartKey,
    StoredValue,
)
from graphs.freezing import graph_freeze
from graphs.models import Graph, GraphEvent
from tests.conftest import SignedIn
from tests.factories import make_graph

pytestmark = pytest.mark.django_db

_counted = count()


@pytest.fixture(autouse=True)
def _keep_all(settings: Settings) -> None:
    settings.RETAIN_DAYS = settings.RETAIN_RUNS = None


@pytest.fixture
def graph(alice: User) -> Graph:
    return make_graph(alice)


def run(graph: Graph, days: float | None = 0, **columns: Any) -> Execution:
    """One that ended so long ago; None: not yet. Made in this order."""
    is_live = days is None
    ago = timedelta(days=days or 0, minutes=1)
    facts: dict[str, Any] = {
        "workspace": graph.workspace,
        "user": graph.owner,
        "graph": graph,
        "version": graph_freeze(graph, user=graph.owner),
        "inputs": {},
        "outputs": {},
        "errors": [],
        "status": "RUNNING" if is_live else "COMPLETED",
        "created_at": Now() - ago,
        "ended_at": None if is_live else Now() - ago,
        "id": UUID(int=retention._id_at(timezone.now() - ago).int + next(_counted)),
    }
    return Execution.objects.create(**facts | columns)


def keep(graph: Graph, **columns: int | None) -> None:
    Graph.objects.filter(id=graph.id).update(**columns)


def prune() -> int:
    return sum(retention.batches())


def left(*runs: Execution) -> list[bool]:
    found = set(Execution.objects.values_list("id", flat=True))
    return [one.id in found for one in runs]


# --- Which ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "default", "stays"),
    [
        pytest.param(None, None, [True, True, True], id="all by default"),
        pytest.param(None, 5, [False, True, True], id="as the settings say"),
        pytest.param(5, None, [False, True, True], id="as the agent says"),
        pytest.param(20, 5, [True, True, True], id="the agent knows better"),
        pytest.param(2, 5, [False, False, True], id="less than the settings"),
        pytest.param(1, None, [False, False, True], id="never on its first day"),
    ],
)
def test_by_age(graph, settings, own, default, stays):
    keep(graph, keep_days=own)
    settings.RETAIN_DAYS = default
    runs = [run(graph, days) for days in (10, 3, 0.9)]
    assert prune() == stays.count(False)
    assert left(*runs) == stays


@pytest.mark.parametrize(
    ("own", "default", "stays"),
    [
        pytest.param(None, None, 6, id="all by default"),
        pytest.param(None, 4, 4, id="as the settings say"),
        pytest.param(4, None, 4, id="as the agent says"),
        pytest.param(5, 4, 5, id="the agent knows better"),
        pytest.param(6, None, 6, id="just so many"),
        pytest.param(7, None, 6, id="fewer than that"),
        pytest.param(1, None, 2, id="never on its first day"),
    ],
)
def test_by_number(graph, settings, own, default, stays):
    keep(graph, keep_runs=own)
    settings.RETAIN_RUNS = default
    runs = [run(graph, days) for days in (9, 8, 7, 2, 0.5, 0.1)]
    live = run(graph, None)
    assert prune() == 6 - stays
    assert left(*runs, live) == [False] * (6 - stays) + [True] * (stays + 1)


def test_each_agent_by_its_own_rule(alice, charlie, graph):
    other, his = make_graph(alice), make_graph(charlie)
    keep(graph, keep_days=5)
    keep(his, keep_runs=1)
    runs = [run(one, days) for one in (graph, other, his) for days in (9, 8)]
    assert prune() == 3
    assert left(*runs) == [False, False, True, True, False, True]


def test_runs_of_a_deleted_agent_go_as_well(graph):
    keep(graph, keep_days=5, is_active=False)
    Graph.objects.filter(id=graph.id).update(deleted_at=Now())
    old = run(graph, 9)
    assert prune() == 1
    assert left(old) == [False]
    assert GraphEvent.objects.filter(graph=graph).exists()


@pytest.mark.parametrize("status", ["QUEUED", "RUNNING", "WAITING"])
def test_what_has_not_ended_stays(graph, status):
    keep(graph, keep_days=1, keep_runs=1)
    live = run(graph, 99, status=status, ended_at=None)
    run(graph, 9)
    run(graph, 3)
    assert prune() == 2
    assert left(live) == [True]


# --- What belongs together ------------------------------------------------------------


def test_sub_agents_go_with_who_called_them(alice, graph):
    other = make_graph(alice)
    keep(graph, keep_days=5)
    keep(other, keep_days=1)
    top, young = run(graph, 9), run(graph, 3)
    child = run(other, 9, parent=top)
    grandchild = run(other, 2, parent=child)
    kept = run(other, 9, parent=young)
    assert prune() == 1
    assert left(top, child, grandchild, young, kept) == [False] * 3 + [True] * 2


@pytest.mark.parametrize("depth", [1, 2])
def test_what_stands_over_a_live_one_stays(graph, depth):
    keep(graph, keep_days=1)
    top = run(graph, 9)
    below = top
    for _ in range(depth):
        below = run(graph, 9, parent=below)
    Execution.objects.filter(id=below.id).update(ended_at=None, status="RUNNING")
    assert prune() == 0
    Execution.objects.filter(id=below.id).update(ended_at=Now(), status="CANCELLED")
    assert prune() == 1
    assert not Execution.objects.exists()


@pytest.mark.parametrize("of_child", [False, True])
def test_what_is_being_repeated_stays_until_that_has_ended(graph, of_child):
    keep(graph, keep_days=1)
    source = top = run(graph, 9)
    if of_child:
        source = run(graph, 9, parent=top)
    again = run(graph, None, rerun_of=source)
    assert prune() == 0
    Execution.objects.filter(id=again.id).update(ended_at=Now(), status="FAILED")
    assert prune() == 1
    again.refresh_from_db()
    assert again.rerun_of_id is None


# --- Nothing is left ------------------------------------------------------------------


def with_everything(graph: Graph) -> Execution:
    """A row in each table that refers to runs."""
    it = run(graph, 9)
    owner, workspace = graph.owner, graph.workspace
    by = {"workspace": workspace, "graph": graph, "user": owner, "name": "x"}
    of_node = {"node_id": "a", "number": 1}
    NodeExecution.objects.create(
        execution=it, **of_node, status="COMPLETED", inputs={}, outputs=[],
        started_at=Now(),
    )  # fmt: skip
    ExecutionEventSegment.objects.create(
        execution=it, first_seq=1, last_seq=1, body=[{}]
    )
    StoredValue.objects.create(execution=it, size=1, body="x")
    ExecutionSnapshot.objects.create(execution=it, seq=1, body={})
    Signal.objects.create(execution=it, kind="cancel")
    ExecutionShare.objects.create(execution=it, workspace=workspace, user=owner)
    Review.objects.create(workspace=workspace, execution=it, **of_node, data=1)
    Slot.objects.create(execution=it, key="k")
    StartKey.objects.create(
        user=owner, route="/", key="k", fingerprint="f", execution=it
    )
    schedule = Schedule.objects.create(**by, cron="* * * * *", inputs={}, next_at=Now())
    ScheduleTick.objects.create(schedule=schedule, due_at=Now(), execution=it)
    hook = Hook.objects.create(**by, token="t", token_hash="t")
    HookDelivery.objects.create(hook=hook, delivery_id="d", execution=it)
    return it


def counts() -> dict[str, int]:
    """Rows of each table that refers to runs."""
    return {
        relation.related_model.__name__: relation.related_model._default_manager.count()
        for relation in Execution._meta.related_objects
        if relation.related_model is not Execution
    }


def test_all_about_a_run_goes_with_it(graph):
    keep(graph, keep_days=1)
    with_everything(graph)
    assert set(counts().values()) == {1}
    assert prune() == 1
    assert set(counts().values()) == {0}
    assert Hook.objects.count() == Schedule.objects.count() == 1
    connection.check_constraints()


def test_nothing_refers_to_what_is_deleted_beside_a_run():
    """Else such rows would have to go first."""
    for relation in Execution._meta.related_objects:
        if relation.related_model is not Execution:
            assert relation.related_model._meta.related_objects == ()
        else:
            assert relation.on_delete in (models.SET_NULL, models.CASCADE)


def test_it_reads_no_row_of_what_it_deletes(graph, django_assert_max_num_queries):
    keep(graph, keep_days=1)
    for _ in range(30):
        run(graph, 9)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert prune() == 30
    assert len(queries) < 30
    assert not [q for q in queries if "body" in q["sql"] or "outputs" in q["sql"]]


def test_results_that_are_over_are_forgotten(graph):
    facts = {"workspace": graph.workspace, "block_id": "b", "outputs": []}
    for key, days in (("old", -1), ("new", 1)):
        expires = Now() + timedelta(days=days)
        MemoizedResult.objects.create(
            **facts, key=key, execution_id=new_id(), expires_at=expires
        )
    assert prune() == 0
    assert [kept.key for kept in MemoizedResult.objects.all()] == ["new"]


# --- Batch by batch -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("runs_at_once", "rows_at_once", "steps"),
    [
        pytest.param(1000, 10_000, [7, 0], id="one"),
        pytest.param(3, 10_000, [3, 3, 1, 0], id="so many runs"),
        pytest.param(7, 30, [2, 2, 2, 1, 0], id="so many rows"),
        pytest.param(7, 5, [1] * 7 + [0], id="one that is large"),
    ],
)
def test_steps_are_small(monkeypatch, graph, runs_at_once, rows_at_once, steps):
    monkeypatch.setattr(retention, "RUNS_AT_ONCE", runs_at_once)
    monkeypatch.setattr(retention, "ROWS_AT_ONCE", rows_at_once)
    keep(graph, keep_days=1)
    for _ in range(7):
        run(graph, 9, node_executions=12)
    assert list(retention.batches()) == steps


def test_what_must_stay_holds_up_nothing(monkeypatch, graph):
    monkeypatch.setattr(retention, "RUNS_AT_ONCE", 2)
    keep(graph, keep_days=1)
    needed = [run(graph, 20 - n) for n in range(5)]
    for one in needed:
        run(graph, None, rerun_of=one)
    gone = [run(graph, 9) for _ in range(3)]
    assert prune() == 3
    assert left(*needed, *gone) == [True] * 5 + [False] * 3


def test_a_walk_that_broke_off_is_taken_up_by_the_next(monkeypatch, graph):
    monkeypatch.setattr(retention, "RUNS_AT_ONCE", 2)
    keep(graph, keep_days=1)
    for _ in range(5):
        run(graph, 9)
    walk = retention.batches()
    assert next(walk) == 2
    del walk
    assert prune() == 3


def test_the_job_does_a_little_at_a_time(monkeypatch, graph):
    monkeypatch.setattr(retention, "RUNS_AT_ONCE", 2)
    monkeypatch.setattr(retention, "WORK_S", -1)
    keep(graph, keep_days=1)
    for _ in range(5):
        run(graph, 9)
    cleaner = retention.Cleaner()
    assert [cleaner.clean() for _ in range(4)] == [2, 2, 1, 0]
    cleaner.clean()
    run(graph, 9)
    assert cleaner.clean() == 0, "it has been round, and rests"
    assert retention.Cleaner().clean() == 1


def test_a_job_that_failed_rests_as_well(monkeypatch, graph):
    def broken() -> Any:
        yield 0
        raise IntegrityError

    monkeypatch.setattr(retention, "batches", broken)
    cleaner = retention.Cleaner()
    with pytest.raises(IntegrityError):
        cleaner.clean()
    assert [cleaner.clean(), cleaner.clean()] == [0, 0]


# --- By command, and by agent ---------------------------------------------------------


def test_the_command(graph):
    keep(graph, keep_days=1)
    for _ in range(3):
        run(graph, 9)
    needed = run(graph, 9)
    run(graph, None, rerun_of=needed)
    out = StringIO()
    call_command("prune", dry_run=True, stdout=out)
    assert "4 runs would be deleted" in out.getvalue()
    assert Execution.objects.count() == 5
    call_command("prune", stdout=out)
    assert "3 runs deleted, 1 still needed" in out.getvalue()
    assert Execution.objects.count() == 2


def test_an_agent_says_how_long_its_runs_are_kept(alice, graph, signed_in: SignedIn):
    client, url = signed_in(alice), f"/api/v1/graphs/{graph.id}/"
    shown = client.patch(url, {"keep_days": 7, "keep_runs": 100}).json()
    assert (shown["keep_days"], shown["keep_runs"], shown["revision"]) == (7, 100, 2)
    event = GraphEvent.objects.get(graph=graph, revision=2)
    assert event.body == {"draft": {}, "keep_days": 7, "keep_runs": 100}
    shown = client.patch(url, {"keep_days": None}).json()
    assert (shown["keep_days"], shown["keep_runs"], shown["revision"]) == (None, 100, 3)
    assert client.patch(url, {"name": "New"}).json()["keep_runs"] == 100
    assert client.get(url).json()["keep_runs"] == 100


@pytest.mark.parametrize("value", [0, -1, 1.5, "many", True, 10**9])
@pytest.mark.parametrize("field", ["keep_days", "keep_runs"])
def test_what_it_says_must_make_sense(alice, graph, signed_in: SignedIn, field, value):
    answer = signed_in(alice).patch(f"/api/v1/graphs/{graph.id}/", {field: value})
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_what_the_environment_says():
    by_default = 30 if site_settings.SERVICES_MODE else None
    said = [site_settings._kept(wanted, 30) for wanted in (None, 0, 7)]
    assert said == [by_default, None, 7]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("key", [{}, {"Idempotency-Key": "again"}])
def test_a_run_that_is_deleted_while_it_is_repeated_is_not_there(
    monkeypatch, alice, graph, signed_in: SignedIn, key
):
    source = run(graph, 9)
    prepare = reruns.rerun_prepare

    def meanwhile(**facts: Any) -> Execution:
        made = prepare(**facts)
        assert retention.delete([source.id]) == 1
        return made

    monkeypatch.setattr(reruns, "rerun_prepare", meanwhile)
    url = f"/api/v1/executions/{source.id}/rerun/"
    assert signed_in(alice).post(url, headers=key).status_code == 404
    assert not Execution.objects.exists()
