"""Running again over HTTP."""

from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from executions.models import Execution, NodeExecution
from graphs.domain.parse import parse_graph
from graphs.services import graph_delete, graph_publish, graph_save_draft
from tests.conftest import SignedIn
from tests.executions.rows import make_execution
from tests.factories import (
    CALCULATOR,
    NUMBER_INPUT,
    OUTPUT,
    document,
    make_graph,
    node,
)

pytestmark = pytest.mark.django_db

EVERYTHING = ["in", "out", "sum"]
NOBODY = "0198c0de-0000-7000-8000-000000000000"


@pytest.fixture
def client(alice: User, signed_in: SignedIn) -> APIClient:
    return signed_in(alice)


def ended(user: User, status: str = "COMPLETED", **columns: Any) -> Execution:
    """A run of `in → sum → out` that is over; all three have fired."""
    row = make_execution(user, status=status, due_at=None, **columns)
    for node_id in EVERYTHING:
        fired(row, node_id)
    return row


def fired(row: Execution, node_id: str, status: str = "COMPLETED") -> None:
    now = timezone.now()
    NodeExecution.objects.create(
        execution=row,
        node_id=node_id,
        number=1 + NodeExecution.objects.filter(execution=row, node_id=node_id).count(),
        status=status,
        inputs={},
        outputs=[],
        started_at=now,
        ended_at=now,
    )


def rerun(client: APIClient, row: Execution, body: Any = None, **headers: str) -> Any:
    url = f"/api/v1/executions/{row.id}/rerun/"
    return client.post(url, body or {}, headers=headers)


def made(answer: Any) -> Execution:
    assert answer.status_code == 202, answer.json()
    assert answer.json()["status"] == "QUEUED"
    return Execution.objects.get(id=answer.json()["id"])


def reused(answer: Any) -> list[str]:
    options: Any = made(answer).options or {}
    return [*options.get("reuse", {"node_ids": []})["node_ids"]]


def test_a_run_is_run_again_as_it_was(client, alice):
    source = ended(alice, priority=3)
    answer = rerun(client, source)
    row = made(answer)
    assert (row.trigger, row.rerun_of_id, row.options) == ("rerun", source.id, None)
    assert (row.inputs, row.version_id) == ({"Input": 1}, source.version_id)
    assert (row.priority, row.graph_id, row.user) == (3, source.graph_id, alice)
    assert row.due_at is not None
    shown = client.get(answer["location"]).json()
    assert (shown["trigger"], shown["rerun_of_id"]) == ("rerun", str(source.id))


def test_from_a_node_what_does_not_come_after_it_is_taken_over(client, alice):
    source = ended(alice)
    answer = rerun(client, source, {"from": "sum", "node_inputs": {"b": 1}})
    assert made(answer).options == {
        "reuse": {"execution_id": str(source.id), "node_ids": ["in"]},
        "node_inputs": {"sum": {"b": 1}},
    }
    assert reused(rerun(client, source, {"from": "out"})) == ["in", "sum"]
    assert made(rerun(client, source, {"from": "in"})).options is None


def test_edited_inputs_are_not_taken_over(client, alice):
    source = ended(alice)
    answer = rerun(client, source, {"from": "out", "inputs": {"Input": 2}})
    assert (made(answer).inputs, reused(answer)) == ({"Input": 2}, [])
    same = rerun(client, source, {"from": "out", "inputs": {"Input": 1}})
    assert reused(same) == ["in", "sum"]


@pytest.mark.parametrize(
    ("status", "errors", "fired_too", "expected"),
    [
        pytest.param("FAILED", [{"node_id": "out"}], {"out": "FAILED"}, ["in", "sum"],
                     id="the last node failed"),
        pytest.param("FAILED", [{"node_id": "in"}], {"in": "FAILED"}, [],
                     id="the first failed"),
        pytest.param("COMPLETED", [], {"sum": "FAILED"}, ["in"], id="handled failure"),
        pytest.param("TIMED_OUT", [], {"sum": "CANCELLED"}, ["in"], id="cut short"),
        pytest.param("CANCELLED", [], {}, EVERYTHING, id="cancelled after the end"),
    ],
)  # fmt: skip
def test_from_the_failure(client, alice, status, errors, fired_too, expected):
    source = ended(alice, status, errors=errors)
    for node_id, how in fired_too.items():
        fired(source, node_id, how)
    assert reused(rerun(client, source, {"from": "failure"})) == expected


@pytest.mark.parametrize(
    ("status", "errors", "expected"),
    [
        pytest.param("FAILED", [{"node_id": "x"}], EVERYTHING, id="came to rest"),
        pytest.param("FAILED", [{"node_id": None}], ["in"], id="a limit ended it"),
        pytest.param("CANCELLED", [], ["in"], id="somebody ended it"),
    ],
)
def test_who_never_fired_is_run_unless_it_never_would(
    client, alice, status, errors, expected
):
    source = ended(alice, status, errors=errors)
    NodeExecution.objects.exclude(node_id="in").delete()
    assert reused(rerun(client, source, {"from": "failure"})) == expected


def test_what_was_put_on_pins_stays_there(client, alice):
    source = ended(alice)
    first = made(rerun(client, source, {"from": "sum", "node_inputs": {"b": 1}}))
    Execution.objects.filter(id=first.id).update(status="FAILED", due_at=None)
    fired(first, "in")
    fired(first, "sum", "FAILED")
    second = made(rerun(client, first, {"from": "failure"}))
    assert second.options["node_inputs"] == {"sum": {"b": 1}}
    fired(first, "out")
    NodeExecution.objects.filter(execution=first).update(status="COMPLETED")
    third = made(rerun(client, first, {"from": "out"}))
    assert "node_inputs" not in third.options


def edit(row: Execution, user: User, b: int) -> None:
    nodes = [
        node("in", NUMBER_INPUT, name="Input"),
        node("sum", CALCULATOR, operation="Add", b=b),
        node("out", OUTPUT, name="Output"),
    ]
    links = ["in.result -> sum.a", "sum.result -> out.value"]
    draft = parse_graph(document(nodes, links), strict_blocks=True)
    graph_save_draft(user=user, graph=row.graph, draft=draft)
    row.graph.refresh_from_db()


def test_another_version_may_be_run(client, alice):
    source = ended(alice)
    edit(source, alice, b=1)
    published = graph_publish(user=alice, graph=source.graph)
    answer = rerun(client, source, {"from": "out", "version": published.number})
    assert made(answer).version_id == published.id
    assert reused(answer) == ["in"]  # the sum is another one now
    assert reused(rerun(client, source, {"from": "out"})) == ["in", "sum"]
    assert rerun(client, source, {"version": 9}).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param({"from": "gone"}, "from", id="no such node"),
        pytest.param({"from": ""}, "from", id="no name"),
        pytest.param({"from": "failure"}, "from", id="nothing failed"),
        pytest.param({"from": 7, "inputs": {}}, "from", id="a number"),
        pytest.param({"inputs": []}, "inputs", id="inputs as a list"),
        pytest.param({"inputs": {"Inptu": 1}}, "inputs.Inptu", id="no such input"),
        pytest.param({"node_inputs": {"b": 1}}, "node_inputs", id="pins of no node"),
        pytest.param(
            {"from": "sum", "node_inputs": {"z": 1}}, "node_inputs.z", id="no such pin"
        ),
        pytest.param(
            {"from": "sum", "node_inputs": {"b": "x"}}, "node_inputs.b", id="wrong type"
        ),
        pytest.param(
            {"from": "sum", "node_inputs": {"b_$_x": 1}},
            "node_inputs.b_$_x",
            id="malformed pin",
        ),
        pytest.param({"form": "sum"}, "form", id="a misspelt key"),
        pytest.param({"version": "latest"}, "version", id="no version"),
    ],
)
def test_what_is_wrong_is_said(client, alice, body, field):
    answer = rerun(client, ended(alice), body)
    assert answer.status_code == 400
    assert [e["field"] for e in answer.json()["errors"]] == [field]
    assert Execution.objects.count() == 1


@pytest.mark.parametrize("status", ["QUEUED", "RUNNING", "WAITING"])
def test_what_has_not_ended_is_not_run_again(client, alice, status):
    answer = rerun(client, make_execution(alice, status=status))
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:problem:not-ended"


def test_a_deleted_agent_does_not_run_again(client, alice):
    source = ended(alice)
    graph_delete(user=alice, graph=source.graph)
    answer = rerun(client, source)
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:problem:agent-deleted"


def test_a_key_makes_one_rerun(client, alice):
    source = ended(alice)
    key = {"Idempotency-Key": "again"}
    first = rerun(client, source, {"from": "sum"}, **key)
    again = rerun(client, source, {"from": "sum"}, **key)
    assert again.json() == first.json()
    assert again["idempotency-replayed"] == "true"
    assert rerun(client, source, {"from": "out"}, **key).status_code == 422
    assert Execution.objects.filter(trigger="rerun").count() == 1


def test_what_is_not_charlies_is_not_there(alice, charlie, signed_in, anyone):
    source = ended(alice)
    make_graph(charlie)
    assert rerun(signed_in(charlie), source).status_code == 404
    assert rerun(anyone, source).status_code == 401
    assert (
        signed_in(charlie).post(f"/api/v1/executions/{NOBODY}/rerun/").status_code
        == 404
    )
    assert Execution.objects.count() == 1
