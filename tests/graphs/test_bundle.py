"""Agents with those they call in one file: in, out, and in again."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from graphs import services
from graphs.domain.bundle import callees, check_document, packed, unpack
from graphs.domain.document import from_document
from graphs.domain.faults import GraphFormatError
from graphs.domain.transfer import AGENT_EXECUTOR
from graphs.exporting import exported
from graphs.models import Graph
from tests.conftest import SignedIn
from tests.factories import INPUT, OUTPUT, UNKNOWN, Json, document, node

LLM = "1f292d4a-41a4-4977-9684-7c8d560b9f91"


def calling(id: str, *others: str, **more: Any) -> Json:
    """An agent with a node for each agent that it calls."""
    nodes = [node("in", INPUT, name="x"), node("out", OUTPUT, name="y")]
    nodes += [
        node(f"call {other}", AGENT_EXECUTOR, graph_id=other, user_id="author")
        for other in others
    ]
    return document(nodes, ["in.result -> out.value"]) | {"id": id, "name": id} | more


def deep() -> Json:
    """Three levels: `c` stands in the list of the file, `d` in that of `b`."""
    inner = calling("b", "c", "d", sub_graphs=[calling("d", "top")])
    return calling("top", "b", sub_graphs=[inner, calling("c")])


def test_agents_at_all_depths_are_read_once():
    bundle = unpack(calling("top", "b", sub_graphs=[deep(), calling("b")]))
    assert sorted(bundle.parts) == ["b", "c", "d", "top"]
    assert not any("sub_graphs" in graph.extra for graph in bundle.parts.values())
    assert bundle.report.sub_graphs == 4


@pytest.mark.parametrize(
    ("others", "missing"),
    [
        pytest.param(["b", "c"], (), id="all came with it"),
        pytest.param(["b", "elsewhere"], ("elsewhere",), id="one is elsewhere"),
        pytest.param(["top"], (), id="it calls itself"),
    ],
)
def test_agents_that_did_not_come_with_it_are_named(others, missing):
    body = calling("top", *others, sub_graphs=[calling("b"), calling("c")])
    assert unpack(body).report.agents_missing == missing


def test_a_fault_in_a_sub_agent_says_where():
    body = calling(
        "top", sub_graphs=[calling("b", sub_graphs=[{"id": "x", "nodes": 1}])]
    )
    with pytest.raises(GraphFormatError) as caught:
        unpack(body)
    fields = [fault.field for fault in caught.value.errors]
    assert fields == ["sub_graphs[0].sub_graphs[0].nodes"]


def test_findings_of_sub_agents_name_them():
    part = document([node("u", UNKNOWN)]) | {"id": "b", "name": "Helper"}
    texts = [one.message for one in check_document(calling("top", sub_graphs=[part]))]
    assert any(text.startswith("In the sub-agent 'Helper': ") for text in texts)


def test_what_is_no_agent_in_the_list_is_kept():
    bundle = unpack(calling("top", sub_graphs=[3, {"no": "id"}, calling("b")]))
    assert bundle.top.extra["sub_graphs"] == [3, {"no": "id"}]
    whole: Json = packed({"sub_graphs": [3]}, [{"id": "b", "user_id": ""}])
    assert whole["sub_graphs"] == [{"id": "b"}, 3]


def test_the_report_tells_what_is_wanted():
    nodes = [
        node("a", LLM, prompt="See https://api.example/v1 and http://Other.example."),
        node("b", LLM, prompt="x", credentials={"id": "c"}),
        node("c", LLM, prompt="x", model="claude-3-haiku-20240307"),
    ]
    report: Json = unpack(document(nodes)).report.to_json()
    wanted = [
        (one["providers"], [place["node_id"] for place in one["nodes"]])
        for one in report["credentials_wanted"]
    ]
    assert wanted == [(["openai"], ["a", "b"]), (["anthropic"], ["c"])]
    assert report["hosts"] == ["api.example", "other.example."]


# --- Stored ---------------------------------------------------------------------------


def imported(user: User, body: Json) -> Graph:
    return services.graph_import(user=user, document=body).graph


def names_called(graph: Graph) -> list[str]:
    ids = callees(from_document(graph.draft))
    return sorted(Graph.objects.filter(id__in=ids).values_list("name", flat=True))


@pytest.mark.django_db
def test_sub_agents_become_agents_that_are_called(alice: User):
    top = imported(alice, deep())
    by_name = {graph.name: graph for graph in Graph.objects.all()}
    assert sorted(by_name) == ["b", "c", "d", "top"]
    assert names_called(top) == ["b"]
    assert names_called(by_name["b"]) == ["c", "d"]
    assert names_called(by_name["d"]) == ["top"]
    assert {graph.workspace_id for graph in by_name.values()} == {top.workspace_id}


@pytest.mark.django_db
def test_a_sub_agent_that_is_none_stores_nothing(alice: User):
    body = calling("top", sub_graphs=[calling("b"), {"id": "c", "links": 1}])
    with pytest.raises(GraphFormatError):
        imported(alice, body)
    assert not Graph.objects.exists()


@pytest.mark.django_db
def test_in_and_out_and_in_again_is_the_same(alice: User, charlie: User):
    once = exported(imported(alice, deep()))
    again = exported(imported(charlie, once))
    assert len(once["sub_graphs"]) == 3  # type: ignore[arg-type]
    first, second = unpack(once), unpack(again)
    renaming = {new: old for old, new in zip(_ids(once), _ids(again), strict=True)}
    assert _shape(second, renaming) == _shape(first, {})


def _ids(body: Json) -> list[str]:
    named = sorted((one["name"], one["id"]) for one in [body, *body["sub_graphs"]])
    return [id_ for _, id_ in named]


def _shape(bundle: Any, renaming: dict[str, str]) -> dict[str, Any]:
    graphs = {bundle.id: bundle.top, **bundle.parts}
    return {
        graph.name: (
            list(graph.nodes),
            graph.links,
            sorted(renaming.get(id_, id_) for id_ in callees(graph)),
            graph.extra,
        )
        for graph in graphs.values()
    }


@pytest.mark.django_db
def test_agents_of_others_are_not_exported(alice: User, charlie: User):
    theirs = imported(charlie, calling("secret"))
    mine = imported(alice, calling("mine", str(theirs.id)))
    assert exported(mine)["sub_graphs"] == []


@pytest.mark.django_db
def test_the_report_names_the_new_agents(alice: User, signed_in: SignedIn):
    client: APIClient = signed_in(alice)
    answer = client.post("/api/v1/graphs/import/", deep()).json()
    agents = {one["name"]: one["id"] for one in answer["report"]["agents"]}
    assert sorted(agents) == ["b", "c", "d"]
    assert client.get(f"/api/v1/graphs/{agents['c']}/").status_code == 200
    again = calling("again", agents["c"], "0192f0c1-0000-7000-8000-000000000000")
    report = client.post("/api/v1/graphs/import/", again).json()["report"]
    assert report["agents_missing"] == ["0192f0c1-0000-7000-8000-000000000000"]
