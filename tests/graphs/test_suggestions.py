"""What could be better about a graph, and the changes that are safe to make."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from graphs.domain.fixes import FixError, applied, fix_from
from graphs.domain.model import NodeId
from graphs.domain.parse import parse_graph
from graphs.domain.suggestions import suggest
from graphs.domain.transfer import import_agent
from graphs.domain.validation import validate
from tests.conftest import SignedIn
from tests.factories import CALCULATOR, INPUT, OUTPUT, STORE, UNKNOWN, document, node

WEB = "6595ae1f-b924-42cb-9a41-551a0611c4b4"
EACH = "f66a3543-28d3-4ab5-8945-9b336371e2ce"
COMBINE = "e30a4d42-7b7d-4e6a-b36e-1f9b8e3b7d85"
IN, OUT = node("in", INPUT, name="x"), node("out", OUTPUT, name="y")
GETS = {"url": "https://api.example", "method": "GET"}


def heavy(id: str, **metadata: Any) -> dict[str, Any]:
    return node(id, WEB, **GETS) | {"metadata": metadata}


def graph_of(nodes: list[Any], links: list[str], **settings: Any) -> Any:
    graph, _ = import_agent(document(nodes, links) | {"settings": settings})
    return graph


ROWS = [
    pytest.param(
        "dead-branch",
        [IN, OUT, node("s", STORE, data=1), node("t", STORE)],
        ["in.result -> out.value", "in.result -> s.input", "s.output -> t.input"],
        {},
        [("s", "t")],
        id="dead: its end is not linked",
    ),
    pytest.param(
        "dead-branch",
        [IN, OUT, heavy("w")],
        ["in.result -> out.value", "in.result -> w.body_#_a"],
        {},
        [],
        id="dead: not what has an effect",
    ),
    pytest.param(
        "dead-branch",
        [IN, OUT, node("s", STORE), node("u", UNKNOWN)],
        ["in.result -> out.value", "in.result -> s.input", "s.output -> u.x"],
        {},
        [],
        id="dead: not before a placeholder, whose effect nobody knows",
    ),
    pytest.param(
        "dead-branch",
        [IN, node("s", STORE)],
        ["in.result -> s.input"],
        {},
        [],
        id="dead: not in an agent without outputs",
    ),
    pytest.param(
        "same-twice",
        [
            IN,
            node("a", CALCULATOR, operation="Add", b=1),
            node("b", CALCULATOR, operation="Add", b=1),
            node("c", CALCULATOR, operation="Add", b=2),
        ],
        ["in.result -> a.a", "in.result -> b.a", "in.result -> c.a"],
        {},
        [("a", "b")],
        id="same: constants and links",
    ),
    pytest.param(
        "same-twice", [heavy("a"), heavy("b")], [], {}, [], id="same: not with effects"
    ),
    pytest.param(
        "cacheable-node",
        [node("p", WEB, url="https://a.example", method="POST"), heavy("g")],
        [],
        {},
        [],
        id="cacheable: not what must not be repeated",
    ),
    pytest.param(
        "resource-heavy-node",
        [node("e", EACH, items=[1, 2]), heavy("w"), heavy("v")],
        ["e.item -> w.body_#_a"],
        {},
        [("w",)],
        id="heavy: fires once for each value",
    ),
    pytest.param(
        "parallel-opportunity",
        [node("e", EACH, items=[1, 2]), heavy("w", max_parallel=1)],
        ["e.item -> w.body_#_a"],
        {},
        [("w",)],
        id="parallel: one after another",
    ),
    pytest.param(
        "parallel-opportunity",
        [IN, heavy("v"), heavy("w")],
        ["in.result -> v.body_#_a", "in.result -> w.body_#_a"],
        {"max_parallel": 1},
        [("v", "w")],
        id="parallel: the agent allows one at once",
    ),
    pytest.param(
        "parallel-opportunity",
        [IN, heavy("v"), heavy("w")],
        ["in.result -> v.body_#_a", "v.response -> w.body_#_a"],
        {"max_parallel": 1},
        [],
        id="parallel: one needs the other",
    ),
]


@pytest.mark.parametrize(("rule", "nodes", "links", "facts", "found"), ROWS)
def test_rules(rule, nodes, links, facts, found):
    graph = graph_of(nodes, links, **facts)
    told = [tuple(one.node_ids) for one in suggest(graph) if one.rule == rule]
    assert told == found


@pytest.mark.parametrize(("rule", "nodes", "links", "facts", "found"), ROWS)
def test_a_fix_does_away_with_what_it_is_for(rule, nodes, links, facts, found):
    graph = graph_of(nodes, links, **facts)
    for one in suggest(graph):
        if one.fix is not None:
            fixed = applied(graph, fix_from(one.fix.to_json()))
            assert one not in suggest(fixed)


def test_a_fix_of_a_finding_does_away_with_it():
    graph = graph_of(
        [node("c", COMBINE, input=["a"]), node("n", CALCULATOR, operation="Add", b=1)],
        ["c.output -> n.a", "c.nowhere -> n.b"],
    )
    offered = [one for one in validate(graph) if one.fix is not None]
    assert {one.rule for one in offered} >= {"unknown-pin"}
    for one in offered:
        assert one.fix is not None
        assert one not in validate(applied(graph, one.fix))


def test_a_converter_goes_between():
    graph = graph_of(
        [node("c", COMBINE, input=["1"]), node("n", CALCULATOR, operation="Add", b=1)],
        ["c.output -> n.a"],
    )
    fix = {"op": "insert_converter", "link_id": graph.links[0].id, "type": "number"}
    fixed = applied(graph, fix_from(fix))
    path = [(link.source_id, link.sink_id) for link in fixed.links]
    middle = NodeId(f"{graph.links[0].id} converted")
    assert path == [("c", middle), (middle, "n")]
    assert fixed.nodes[middle].constants == {"type": "number"}


@pytest.mark.parametrize(
    "fix",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"op": "drop_table"}, id="unknown"),
        pytest.param({"op": "remove_nodes"}, id="a field is missing"),
        pytest.param({"op": "remove_nodes", "node_ids": [["a"]]}, id="no id"),
        pytest.param({"op": "remove_nodes", "node_ids": ["x"]}, id="no such node"),
        pytest.param({"op": "remove_link", "link_id": "x"}, id="no such link"),
        pytest.param(
            {"op": "set_metadata", "node_id": "in", "key": "position", "value": 1},
            id="no setting",
        ),
        pytest.param(
            {"op": "insert_converter", "link_id": "x", "type": "boolean?"},
            id="no type",
        ),
    ],
)
def test_what_is_no_fix_is_refused(fix):
    graph = graph_of([IN, OUT], ["in.result -> out.value"])
    with pytest.raises(FixError):
        applied(graph, fix_from(fix))


NODES = st.lists(
    st.sampled_from([STORE, CALCULATOR, WEB, OUTPUT, UNKNOWN]), min_size=1, max_size=6
)


@given(NODES, st.data())
def test_every_fix_that_is_offered_can_be_made(blocks, data):
    nodes = [node(f"n{place}", block) for place, block in enumerate(blocks)]
    ends = st.sampled_from([one["id"] for one in nodes])
    pairs = data.draw(st.lists(st.tuples(ends, ends), max_size=6, unique=True))
    graph = graph_of(nodes, [f"{a}.output -> {b}.input" for a, b in pairs])
    for one in [*suggest(graph), *validate(graph)]:
        if one.fix is not None:
            fixed = applied(graph, fix_from(one.fix.to_json()))
            known = set(fixed.nodes)
            assert all({it.source_id, it.sink_id} <= known for it in fixed.links)


@pytest.mark.django_db
def test_over_http(alice: User, signed_in: SignedIn):
    client = signed_in(alice)
    body = document(
        [IN, OUT, node("s", STORE)], ["in.result -> out.value", "in.result -> s.input"]
    )
    id_ = client.post("/api/v1/graphs/", body).json()["id"]
    path = f"/api/v1/graphs/{id_}/"
    (one,) = client.get(f"{path}suggestions/").json()["suggestions"]
    assert (one["rule"], one["node_ids"]) == ("dead-branch", ["s"])
    answer = client.post(f"{path}fixes/", {"fix": one["fix"]})
    assert answer.status_code == 200
    kept = client.get(path).json()
    assert [node["id"] for node in kept["nodes"]] == ["in", "out"]
    assert kept["revision"] == answer.json()["revision"] == 2
    again = client.post(f"{path}fixes/", {"fix": one["fix"]})
    assert again.status_code == 400
    assert "no node" in again.json()["errors"][0]["message"]


def test_a_sound_graph_has_nothing_to_improve():
    body = document([IN, OUT], ["in.result -> out.value"])
    assert suggest(parse_graph(body, strict_blocks=True)) == []
