"""Snippets: each is a sound part of a graph, and goes into a draft as a whole."""

import pytest

from graphs.domain.findings import errors_of
from graphs.domain.model import Graph
from graphs.domain.validation import validate
from graphs.models import GraphEvent
from graphs.snippets import snippets, with_snippet
from tests.factories import make_graph

ALL = list(snippets())


@pytest.fixture
def client(alice, signed_in):
    return signed_in(alice)


def put(client, row, body, **headers):
    return client.post(
        f"/api/v1/graphs/{row.id}/snippets/", body, format="json", headers=headers
    )


def test_what_the_mission_asks_for_is_there():
    assert {"error-handling", "retry"} <= set(ALL)


@pytest.mark.parametrize("id", ALL)
def test_pins_to_link_are_there(id):
    snippet = snippets()[id]
    for way in (*snippet.ways_in, *snippet.ways_out):
        assert way["node_id"] in snippet.graph.nodes
    assert set(snippet.graph.nodes).isdisjoint(
        with_snippet(Graph(), snippet).graph.nodes
    )


@pytest.mark.parametrize("id", ALL)
def test_only_what_is_still_to_be_linked_is_missing(id):
    snippet = snippets()[id]
    wanted = {(way["node_id"], way["pin"]) for way in snippet.ways_in}
    found = {(f.node_id, f.pin) for f in errors_of(validate(snippet.graph)) if f.pin}
    assert found <= wanted


def test_the_list_shows_them(client):
    page = client.get("/api/v1/snippets/").json()
    assert [row["id"] for row in page["results"]] == sorted(ALL)
    assert page["results"][0]["nodes"]


@pytest.mark.django_db
def test_it_goes_into_the_draft_as_one_edit(client, alice):
    row = make_graph(alice)
    answer = put(client, row, {"snippet": "error-handling"})
    assert answer.status_code == 201
    body = answer.json()
    assert set(body["node_ids"]) == {
        "error_detector", "error_logger", "error_notifier", "fallback_handler",
    }  # fmt: skip
    before = row.draft
    row.refresh_from_db()
    assert body["revision"] == row.revision
    assert len(row.draft["nodes"]) == len(before["nodes"]) + 4
    assert row.draft["nodes"][: len(before["nodes"])] == before["nodes"]
    assert GraphEvent.objects.filter(graph=row).count() == 2


def test_twice_is_two_of_it(client, alice):
    row = make_graph(alice)
    first = put(client, row, {"snippet": "retry"}).json()
    second = put(client, row, {"snippet": "retry"}).json()
    assert first["node_ids"] != second["node_ids"]
    places = [n["metadata"]["position"]["y"] for n in first["nodes"] + second["nodes"]]
    assert places[1] > places[0]


def test_it_goes_where_it_is_wanted(client, alice):
    body = {"snippet": "retry", "position": {"x": 10, "y": -20}}
    (node,) = put(client, make_graph(alice), body).json()["nodes"]
    assert node["metadata"]["position"] == {"x": 10.0, "y": -20.0}


def test_somebody_edited_meanwhile(client, alice):
    row = make_graph(alice)
    put(client, row, {"snippet": "retry"})
    assert (
        put(client, row, {"snippet": "retry"}, **{"If-Match": '"1"'}).status_code == 412
    )


@pytest.mark.parametrize(
    "body",
    [{}, {"snippet": "nope"}, {"snippet": "retry", "position": {"x": "a", "y": 1}}],
)
def test_what_makes_no_sense_is_refused(client, alice, body):
    assert put(client, make_graph(alice), body).status_code == 400


def test_the_agent_of_somebody_else_is_not_there(signed_in, alice, charlie):
    answer = put(signed_in(charlie), make_graph(alice), {"snippet": "retry"})
    assert answer.status_code == 404


def test_strangers_are_told_to_sign_in(anyone):
    assert anyone.get("/api/v1/snippets/").status_code == 401
