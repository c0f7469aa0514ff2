"""Executions over HTTP, route by route; no worker runs."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import User
from executions.domain.status import ExecutionStatus, NodeStatus
from executions.engine.database_journal import _flush_patiently
from executions.engine.journal import RunHandle
from executions.models import Execution, NodeExecution, Signal
from executions.selectors import execution_list
from graphs.models import Graph, GraphVersion
from graphs.services import graph_publish, graph_save_draft
from tests.conftest import SignedIn
from tests.executions.reviews.asked import join
from tests.executions.rows import entry, make_execution, node_row, the_end
from tests.factories import (
    CALCULATOR,
    document,
    make_graph,
    node,
)

pytestmark = pytest.mark.django_db

NOBODY = "0198c0de-0000-7000-8000-000000000000"


@pytest.fixture
def client(alice: User, signed_in: SignedIn) -> APIClient:
    return signed_in(alice)


@pytest.fixture
def graph(alice: User) -> Graph:
    return make_graph(alice)


def start_url(graph: Graph) -> str:
    return f"/api/v1/graphs/{graph.id}/executions/"


def url(execution: Execution, part: str = "") -> str:
    return f"/api/v1/executions/{execution.id}/{part}"


def errors_of(answer: Any) -> list[tuple[str, str]]:
    assert answer["content-type"] == "application/problem+json"
    return [(e["field"], e["code"]) for e in answer.json()["errors"]]


# --- Starting -------------------------------------------------------------------------


def test_a_start_is_accepted_and_stored(client: APIClient, graph: Graph, alice: User):
    answer = client.post(start_url(graph), {"inputs": {"Input": 8}})
    row = Execution.objects.get()
    assert answer.status_code == 202
    assert answer.json() == {"id": str(row.id), "status": "QUEUED"}
    assert answer["location"].endswith(url(row))
    assert (row.user, row.graph, row.inputs) == (alice, graph, {"Input": 8})
    assert (row.priority, row.outputs, row.errors) == (0, {}, [])
    assert row.due_at is not None
    assert client.get(answer["location"]).json()["inputs"] == {"Input": 8}


@pytest.mark.parametrize("body", [{}, {"inputs": {}}, {"inputs": {"Input": None}}])
def test_inputs_may_be_left_out(client: APIClient, graph: Graph, body: dict[str, Any]):
    assert client.post(start_url(graph), body).status_code == 202


def publish_two_and_edit(graph: Graph, user: User) -> list[GraphVersion]:
    """Versions 1 and 2, and a draft that is neither."""
    from graphs.domain.parse import parse_graph

    versions = []
    for number in (1, 2, 3):
        body = document()
        body["description"] = f"edit {number}"
        draft = parse_graph(body, strict_blocks=True)
        graph = graph_save_draft(user=user, graph=graph, draft=draft)
        if number < 3:
            versions.append(graph_publish(user=user, graph=graph))
            graph.refresh_from_db()
    return versions


@pytest.mark.parametrize(
    ("version", "number"),
    [
        pytest.param({}, 2, id="the latest published one"),
        pytest.param({"version": None}, 2, id="null is the same"),
        pytest.param({"version": 1}, 1, id="an older one"),
        pytest.param({"version": "draft"}, None, id="the draft"),
    ],
)
def test_which_version_runs(client, alice, graph, version, number):
    publish_two_and_edit(graph, alice)
    answer = client.post(start_url(graph), version)
    assert answer.status_code == 202
    assert client.get(answer["location"]).json()["version"] == number


def test_without_a_published_version_the_draft_runs(client, graph):
    answer = client.post(start_url(graph), {})
    assert client.get(answer["location"]).json()["version"] is None


def test_an_unknown_version_is_not_there(client, graph):
    answer = client.post(start_url(graph), {"version": 7})
    assert 400 <= answer.status_code < 500
    assert answer["content-type"] == "application/problem+json"
    assert not Execution.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param({"priority": -1}, "priority", id="priority below 0"),
        pytest.param({"priority": 10}, "priority", id="priority above 9"),
        pytest.param({"priority": "high"}, "priority", id="priority as a word"),
        pytest.param({"priority": None}, "priority", id="priority null"),
        pytest.param({"delay_s": -0.1}, "delay_s", id="delay below 0"),
        pytest.param({"delay_s": 366 * 86400 + 1}, "delay_s", id="over a year"),
        pytest.param({"delay_s": "nan"}, "delay_s", id="delay that is no number"),
        pytest.param({"delay_s": "inf"}, "delay_s", id="delay without an end"),
        pytest.param({"version": 0}, "version", id="versions begin at 1"),
        pytest.param({"version": True}, "version", id="a boolean"),
        pytest.param({"version": "latest"}, "version", id="an unknown word"),
        pytest.param({"version": 2**40}, "version", id="a huge number"),
        pytest.param({"version": 1.5}, "version", id="half a version"),
        pytest.param({"inputs": []}, "inputs", id="inputs as a list"),
        pytest.param({"inputs": None}, "inputs", id="inputs null"),
        pytest.param({"inputs": "x"}, "inputs", id="inputs as text"),
        pytest.param({"input": {}}, "input", id="a misspelt key"),
        pytest.param({"inputs": {"Inptu": 1}}, "inputs.Inptu", id="an unknown input"),
        pytest.param({"inputs": {"Input": "x"}}, "inputs.Input", id="of a wrong type"),
        pytest.param({"inputs": {"Input": {}}}, "inputs.Input", id="an object"),
    ],
)
def test_what_is_wrong_with_a_start_is_said(client, graph, body, field):
    answer = client.post(start_url(graph), body)
    assert answer.status_code == 400
    assert [name for name, _ in errors_of(answer)] == [field]
    assert not Execution.objects.exists()


@pytest.mark.parametrize("wait", ["x", "-1", "61", "nan", "inf", "1e400"])
def test_a_wait_that_is_none_is_refused(client, graph, wait):
    answer = client.post(f"{start_url(graph)}?wait={wait}", {})
    assert answer.status_code == 400
    assert [name for name, _ in errors_of(answer)] == ["wait"]
    assert not Execution.objects.exists()


@pytest.mark.parametrize("key", ["priority", "delay_s"])
def test_bounds_may_be_reached(client, graph, key):
    most = {"priority": 9, "delay_s": 366 * 86400}[key]
    for value in (0, most):
        assert client.post(start_url(graph), {key: value}).status_code == 202


def test_a_graph_with_errors_does_not_start(client, alice):
    broken = make_graph(alice, document([node("sum", CALCULATOR, operation="Add")]))
    answer = client.post(start_url(broken), {})
    assert answer.status_code == 422
    missing = "missing-required-pin"
    assert {("nodes.sum.a", missing), ("nodes.sum.b", missing)} <= {*errors_of(answer)}
    assert not Execution.objects.exists()
    assert not GraphVersion.objects.exists()


def test_starting_again_costs_the_same(client, graph):
    costs = []
    for _ in range(4):
        with CaptureQueriesContext(connection) as queries:
            client.post(start_url(graph), {"inputs": {"Input": 1}})
        costs.append(len(queries))
    assert costs[-1] == costs[-2] <= costs[0]
    assert costs[-1] <= 8


# --- Reading --------------------------------------------------------------------------


def finish(row: Execution, events: int = 3, rows: int = 1) -> RunHandle:
    run = RunHandle(row.id, row.lease_token)
    of_run = tuple(
        node_row(number=n, status=NodeStatus.COMPLETED, outputs=b'[["result",35]]')
        for n in range(1, rows + 1)
    )
    _flush_patiently([entry(run, events, rows=of_run, end=the_end())])
    return run


def test_the_list_is_newest_first_and_can_be_filtered(client, alice):
    rows = [make_execution(alice) for _ in range(3)]
    finish(rows[0])

    def listed(query: str = "") -> list[str]:
        return [
            r["id"] for r in client.get(f"/api/v1/executions/{query}").json()["results"]
        ]

    assert listed() == [str(row.id) for row in reversed(rows)]
    assert listed("?status=COMPLETED") == [str(rows[0].id)]
    assert listed(f"?graph={rows[1].graph_id}") == [str(rows[1].id)]
    assert listed(f"?graph={rows[1].graph_id}&status=COMPLETED") == []
    assert listed(f"?graph={NOBODY}") == []


def test_the_list_is_filtered_by_what_started_a_run(client, alice):
    top = make_execution(alice)
    child = make_execution(alice, trigger="agent", parent=top)
    rerun = make_execution(alice, trigger="rerun", rerun_of=top)

    def listed(query: str) -> list[str]:
        page = client.get(f"/api/v1/executions/?{query}").json()
        return [row["id"] for row in page["results"]]

    assert listed("trigger=agent") == [str(child.id)]
    assert listed("trigger=rerun") == [str(rerun.id)]
    assert listed(f"parent={top.id}") == [str(child.id)]
    assert listed(f"parent={top.id}&trigger=rerun") == []


def test_queued_ones_are_found_whether_due_or_held_back(client, alice):
    rows = [make_execution(alice, due_at=None), make_execution(alice)]
    make_execution(alice, status="RUNNING")
    page = client.get("/api/v1/executions/?status=QUEUED").json()
    assert [r["id"] for r in page["results"]] == [str(row.id) for row in rows[::-1]]


def test_the_runs_of_several_workspaces_are_one_list(client, alice, charlie):
    join(charlie, of=alice)
    rows = [make_execution(who) for who in (alice, charlie, charlie, alice, charlie)]
    Execution.objects.filter(user=charlie).update(workspace=charlie.workspaces.last())
    client.force_authenticate(charlie)
    page = client.get("/api/v1/executions/?limit=2").json()
    pages = [page]
    while page["next"]:
        page = client.get(page["next"]).json()
        pages.append(page)
    seen = [row["id"] for page in pages for row in page["results"]]
    assert seen == [str(row.id) for row in rows[::-1]]
    back = client.get(pages[-1]["previous"]).json()
    assert back["results"] == pages[-2]["results"]


@pytest.mark.parametrize(
    "query",
    ["?status=DONE", "?graph=x", "?limit=0", "?trigger=me", "?parent=x"],
)
def test_a_filter_that_is_none_is_refused(client, query):
    assert client.get(f"/api/v1/executions/{query}").status_code == 400


def test_the_list_has_pages(client, alice):
    rows = {str(make_execution(alice).id) for _ in range(5)}
    page = client.get("/api/v1/executions/?limit=2").json()
    seen = [row["id"] for row in page["results"]]
    while page["next"]:
        page = client.get(page["next"]).json()
        seen += [row["id"] for row in page["results"]]
    assert (set(seen), len(seen)) == (rows, 5)


@pytest.mark.services
@pytest.mark.parametrize(
    ("filters", "index"),
    [
        pytest.param({}, "executions_of_workspace", id="all"),
        pytest.param({"status": "COMPLETED"}, "executions_of_workspace", id="many"),
        pytest.param({"status": "FAILED"}, "executions_rare", id="few"),
        pytest.param({"graph": NOBODY}, "executions_of_graph", id="of a graph"),
    ],
)
def test_the_list_is_read_off_an_index_in_its_order(alice, filters, index):
    make_execution(alice)
    (rows,) = execution_list(alice, **filters)._parts
    with connection.cursor() as cursor:
        # So few rows would be read whole and sorted.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    plan = rows.values("id")[:51].explain()
    assert f"using {index} on" in plan
    assert "Sort" not in plan


def test_a_row_of_the_list_is_short(client, alice):
    make_execution(alice)
    (row,) = client.get("/api/v1/executions/").json()["results"]
    assert set(row) == {
        "id", "graph_id", "graph_name", "version", "status", "priority",
        "node_executions", "created_at", "started_at", "ended_at",
    }  # fmt: skip


def test_one_execution_says_how_it_ended(client, alice):
    row = make_execution(alice)
    finish(row)
    found = client.get(url(row)).json()
    assert (found["status"], found["outputs"]) == ("COMPLETED", {"out": [1]})
    assert (found["inputs"], found["errors"]) == ({"Input": 1}, [])
    assert (found["graph_name"], found["node_executions"]) == ("Sum", 7)
    assert (found["trigger"], found["waiting_for"], found["cost"]) == ("api", "", 0)
    assert (found["parent_id"], found["rerun_of_id"]) == (None, None)
    assert found["pending_reviews"] == 0
    assert found["ended_at"].endswith("Z")


def test_node_executions_tell_what_went_in_and_out(client, alice):
    row = make_execution(alice)
    finish(row)
    (found,) = client.get(url(row, "nodes/")).json()["results"]
    assert (found["node_id"], found["number"], found["attempt"]) == ("a", 1, 1)
    assert (found["inputs"], found["outputs"]) == ({"x": 1}, [["result", 35]])
    assert (found["status"], found["error"]) == ("COMPLETED", None)
    assert found["reused_from"] is None


def test_events_come_behind_a_number_and_in_pages(client, alice):
    row = make_execution(alice)
    run = RunHandle(row.id, row.lease_token)
    for count in (3, 1, 1500):  # segments
        _flush_patiently([entry(run, count)])
    page = client.get(url(row, "events/?after=2")).json()
    seen, pages = page["results"], 1
    while page["next"]:
        page = client.get(page["next"]).json()
        seen, pages = seen + page["results"], pages + 1
    assert [event["seq"] for event in seen] == [*range(3, 1505)]
    assert pages == 2
    assert client.get(url(row, "events/?after=1504")).json()["results"] == []


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "99999999999"])
def test_a_number_that_is_none_is_refused(client, alice, after):
    answer = client.get(url(make_execution(alice), f"events/?after={after}"))
    assert answer.status_code == 400
    assert [name for name, _ in errors_of(answer)] == ["after"]


def test_the_frozen_graph_stays_as_it_was(client, alice):
    row = make_execution(alice)
    before = client.get(url(row, "graph/")).json()
    assert {n["id"] for n in before["nodes"]} == {"in", "sum", "out"}
    assert len(before["links"]) == 2
    publish_two_and_edit(row.graph, alice)
    assert client.get(url(row, "graph/")).json() == before


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/api/v1/executions/", id="list"),
        pytest.param("", id="detail"),
        pytest.param("nodes/", id="nodes"),
        pytest.param("events/", id="events"),
        pytest.param("graph/", id="graph"),
    ],
)
def test_reading_more_costs_no_more_statements(client, alice, path):
    def cost(execution: Execution) -> int:
        where = path if path.startswith("/") else url(execution, path)
        client.get(where)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(where).status_code == 200
        return len(queries)

    small = make_execution(alice)
    finish(small)
    few = cost(small)
    large = make_execution(alice)
    finish(large, events=200, rows=30)
    assert cost(large) == few <= 6


# --- Cancelling -----------------------------------------------------------------------


@pytest.mark.parametrize("status", ["QUEUED", "RUNNING", "WAITING"])
def test_a_cancel_is_a_signal(client, alice, status):
    row = make_execution(alice, status=status)
    answer = client.post(url(row, "cancel/"))
    assert answer.status_code == 202
    assert answer.json() == {"id": str(row.id), "status": status}
    assert answer["location"].endswith(url(row))
    assert Signal.objects.get().execution == row


@pytest.mark.parametrize("status", [s.value for s in ExecutionStatus if s.is_final])
def test_what_has_ended_is_not_cancelled(client, alice, status):
    row = make_execution(alice, status=status, due_at=None)
    answer = client.post(url(row, "cancel/"))
    assert (answer.status_code, answer.json()["status"]) == (202, status)
    assert not Signal.objects.exists()


# --- Who may --------------------------------------------------------------------------

ROUTES = [
    ("get", ""),
    ("get", "nodes/"),
    ("get", "graph/"),
    ("get", "events/"),
    ("post", "cancel/"),
    ("post", "pause/"),
    ("post", "resume/"),
    ("post", "rerun/"),
]


@pytest.mark.parametrize(("method", "part"), ROUTES)
def test_what_is_not_charlies_is_not_there(alice, charlie, signed_in, method, part):
    row = make_execution(alice)
    answer = getattr(signed_in(charlie), method)(url(row, part))
    assert answer.status_code == 404
    assert not Signal.objects.exists()


def test_charlie_starts_and_lists_nothing_of_alices(graph, alice, charlie, signed_in):
    make_execution(alice)
    his = signed_in(charlie)
    assert his.post(start_url(graph), {}).status_code == 404
    assert his.post(start_url(graph), {"inputs": []}).status_code in (400, 404)
    assert his.get("/api/v1/executions/").json()["results"] == []
    assert his.get(f"/api/v1/executions/?graph={graph.id}").json()["results"] == []
    assert Execution.objects.filter(user=charlie).count() == 0


@pytest.mark.parametrize(("method", "part"), ROUTES)
def test_nobody_gets_nothing(anyone, alice, method, part):
    assert getattr(anyone, method)(url(make_execution(alice), part)).status_code == 401


def test_nobody_starts_or_lists_anything(anyone, graph):
    assert anyone.post(start_url(graph), {}).status_code == 401
    assert anyone.get("/api/v1/executions/").status_code == 401


@pytest.mark.parametrize("part", [part for _, part in ROUTES])
def test_an_id_that_is_none_is_not_there(client, part):
    for id in (NOBODY, "x", "1"):
        method = client.post if ("post", part) in ROUTES else client.get
        assert method(f"/api/v1/executions/{id}/{part}").status_code == 404


def test_other_methods_are_refused(client, graph, alice):
    row = make_execution(alice)
    assert client.get(start_url(graph)).status_code == 405
    assert client.post("/api/v1/executions/", {}).status_code == 405
    assert client.delete(url(row)).status_code == 405
    assert client.patch(url(row), {"status": "COMPLETED"}).status_code == 405
    assert client.get(url(row, "cancel/")).status_code == 405
    assert NodeExecution.objects.count() == 0
