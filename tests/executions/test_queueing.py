"""Why a run waits and its place; concurrency limits over HTTP."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import User
from core.ids import new_id
from core.limits import Limits
from executions import queueing
from executions.models import ConcurrencyLimit, Execution, Slot, Worker
from tests.conftest import SignedIn
from tests.executions.rows import make_execution
from tests.executions.test_claiming import copies, take
from tests.executions.test_slots import limit_to, runs_of_one_agent
from tests.factories import CALCULATOR, make_graph

pytestmark = pytest.mark.django_db(transaction=True)

LIMITS = "/api/v1/concurrency-limits/"


@pytest.fixture
def client(alice: User, signed_in: SignedIn) -> APIClient:
    return signed_in(alice)


@pytest.fixture
def worker() -> Worker:
    return Worker.objects.create(name="one")


def wait_of(execution: Execution) -> Any:
    return queueing.why(Execution.objects.get(id=execution.id))


def reason(execution: Execution) -> tuple[str, int | None]:
    wait = wait_of(execution)
    assert wait["detail"].endswith(".")
    assert wait["reason"] in queueing.REASONS
    return wait["reason"], wait["place"]


# --- Why ------------------------------------------------------------------------------

CASES = [
    pytest.param({}, "behind", 1, id="next"),
    pytest.param({"in_s": 60}, "scheduled", None, id="to start later"),
    pytest.param({"due_at": None, "waiting_for": "paused"}, "paused", None, id="held"),
    pytest.param({"status": "WAITING", "due_at": None}, "signal", None, id="told"),
    pytest.param({"status": "WAITING", "in_s": -1}, "behind", None, id="woken"),
    *(
        pytest.param(
            {"status": "WAITING", "in_s": 60, "waiting_for": what}, what, None, id=what
        )
        for what in ("paused", "review", "agent", "timer", "retry")
    ),
]


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize(("columns", "expected", "place"), CASES)
def test_why_it_waits(
    alice: User, columns: dict[str, Any], expected: str, place: int | None
):
    assert reason(make_execution(alice, **columns)) == (expected, place)


@pytest.mark.parametrize(
    "status", ["RUNNING", "COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT"]
)
def test_one_that_does_not_wait_has_no_reason(alice: User, status: str):
    assert wait_of(make_execution(alice, status=status)) is None


@pytest.mark.parametrize(
    "worker",
    [
        pytest.param(None, id="none ever"),
        pytest.param({"gone_at": Now()}, id="it ended"),
        pytest.param({"seen_at": Now() - timedelta(minutes=1)}, id="it does not move"),
    ],
)
def test_nobody_is_there_to_take_it(alice: User, worker: dict[str, Any] | None):
    if worker is not None:
        Worker.objects.create(name="one")
        Worker.objects.update(**worker)
    assert reason(make_execution(alice)) == ("no_worker", 1)


@pytest.mark.usefixtures("worker")
def test_the_workspace_has_enough_running(alice: User, settings: Settings):
    settings.LIMITS = Limits(running_per_workspace=2)
    row = make_execution(alice)
    make_execution(alice, status="RUNNING")
    assert reason(row) == ("behind", 1)
    make_execution(alice, status="RUNNING")
    assert reason(row) == ("workspace_limit", 1)
    assert "2 running" in wait_of(row)["detail"]


def test_all_places_are_taken(alice: User):
    rows = runs_of_one_agent(alice, 4)
    limit_to(1, rows[0])
    Execution.objects.filter(id=rows[3].id).update(priority=5)
    take()
    blocked = [row for row in rows if wait_of(row)]
    assert [reason(row) for row in blocked] == [
        ("concurrency", 1 + place) for place in range(3)
    ]
    assert wait_of(blocked[0])["detail"] == (
        "All 1 places for the agent that it uses are taken."
    )


# --- Place ----------------------------------------------------------------------------


@pytest.mark.usefixtures("worker")
def test_places_are_those_in_which_runs_are_begun(alice: User, charlie: User):
    make_execution(charlie)
    rows = [
        make_execution(alice, in_s=-seconds, priority=priority)
        for seconds, priority in ((10, 0), (30, 0), (1, 9), (20, 3), (40, 3))
    ]
    make_execution(alice, in_s=60, priority=9)
    places = {row.id: reason(row)[1] for row in rows}
    begun = [c.id for c in take() if c.id in places]
    assert [places[id_] for id_ in begun] == [1, 2, 3, 4, 5]


@pytest.mark.usefixtures("worker")
def test_counting_stops(
    alice: User,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: Callable[[int], Any],
):
    monkeypatch.setattr(queueing, "COUNTED_AT_MOST", 50)
    first = make_execution(alice, in_s=-60)
    rows = copies(first, 200)
    with django_assert_max_num_queries(4):
        assert reason(rows[-1])[1] == 51
    assert reason(rows[39])[1] == 41


# --- Over HTTP ------------------------------------------------------------------------


def test_a_queued_run_tells_why(client: APIClient, alice: User):
    row = make_execution(alice)
    queue = client.get(f"/api/v1/executions/{row.id}/").json()["queue"]
    assert queue["reason"] == "no_worker"
    assert queue["place"] == 1
    Execution.objects.update(status="RUNNING")
    assert client.get(f"/api/v1/executions/{row.id}/").json()["queue"] is None


def test_a_limit_is_made_shown_changed_and_deleted(client: APIClient, alice: User):
    graph = make_graph(alice)
    body = {"scope": "graph", "target": str(graph.id), "limit": 2}
    made = client.post(LIMITS, body)
    assert made.status_code == 201
    assert made.json() == made.json() | body | {"taken": 0}
    where = f"{LIMITS}{made.json()['id']}/"
    assert client.get(LIMITS).json()["results"] == [made.json()]
    assert client.patch(where, {"limit": 5}).json()["limit"] == 5
    assert client.get(where).json()["limit"] == 5
    assert client.delete(where).status_code == 204
    assert client.get(where).status_code == 404
    assert not ConcurrencyLimit.objects.exists()


def test_it_shows_how_many_places_are_taken(client: APIClient, alice: User):
    row = make_execution(alice)
    key = limit_to(3, row)
    Slot.objects.create(key=key, execution=row)
    limit_to(3, row, "block", CALCULATOR)
    taken = {x["scope"]: x["taken"] for x in client.get(LIMITS).json()["results"]}
    assert taken == {"graph": 1, "block": 0}


def test_the_list_costs_the_same_however_long(
    client: APIClient, alice: User, django_assert_max_num_queries: Any
):
    for _ in range(5):
        limit_to(1, make_execution(alice))
    with django_assert_max_num_queries(4):
        assert len(client.get(LIMITS).json()["results"]) == 5


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        pytest.param({"scope": "planet"}, "scope", "invalid_choice", id="scope"),
        pytest.param({"target": "x"}, "target", "invalid", id="no id"),
        pytest.param({"target": str(new_id())}, "target", "unknown", id="no agent"),
        pytest.param(
            {"scope": "block", "target": str(new_id())},
            "target",
            "unknown",
            id="no block",
        ),
        pytest.param({"limit": -1}, "limit", "min_value", id="negative"),
        pytest.param({"limit": 1.5}, "limit", "invalid", id="no whole number"),
        pytest.param({"most": 1}, "most", "unknown_field", id="unknown field"),
    ],
)
def test_a_limit_that_makes_no_sense(
    client: APIClient, alice: User, change: dict[str, Any], field: str, code: str
):
    body = {"scope": "graph", "target": str(make_graph(alice).id), "limit": 1}
    answer = client.post(LIMITS, body | change)
    assert answer.status_code == 400
    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [(field, code)]


@pytest.mark.parametrize(
    ("scope", "target"), [("block", CALCULATOR), ("credential", "")]
)
def test_other_things_may_be_limited_too(client: APIClient, scope: str, target: str):
    body = {"scope": scope, "target": target or str(new_id()), "limit": 0}
    assert client.post(LIMITS, body).status_code == 201
    again = client.post(LIMITS, body)
    assert (again.status_code, again.json()["type"]) == (
        409,
        "urn:problem:limit-exists",
    )


def test_what_is_anothers_is_not_there(
    alice: User, charlie: User, signed_in: SignedIn, anyone: APIClient
):
    row = make_execution(alice)
    limit_to(1, row)
    where = f"{LIMITS}{ConcurrencyLimit.objects.get().id}/"
    his = signed_in(charlie)
    assert his.get(LIMITS).json()["results"] == []
    assert his.get(where).status_code == 404
    assert his.patch(where, {"limit": 9}).status_code == 404
    assert his.delete(where).status_code == 404
    body = {"scope": "graph", "target": str(row.graph_id), "limit": 0}
    assert his.post(LIMITS, body).status_code == 400
    assert anyone.get(LIMITS).status_code == 401
    assert ConcurrencyLimit.objects.get().limit == 1
