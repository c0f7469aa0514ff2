import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.domain.document import from_document
from graphs.domain.model import Graph
from graphs.domain.parse import GraphFormatError, parse_graph, to_document
from tests.factories import (
    CALCULATOR,
    COMBINE,
    INPUT,
    OUTPUT,
    STORE,
    TEMPLATE,
    UNKNOWN,
    Json,
    document,
    link,
    node,
    node_of,
)

ADD: Json = {"operation": "Add", "a": 1, "b": 2}


def faults(body: object, *, strict_blocks: bool = True) -> list[tuple[str, str]]:
    with pytest.raises(GraphFormatError) as caught:
        parse_graph(body, strict_blocks=strict_blocks)
    return [(fault.field, fault.code) for fault in caught.value.errors]


def with_nodes(*nodes: object) -> Json:
    return {"nodes": list(nodes), "links": []}


def with_links(*links: object) -> Json:
    nodes = [node("a", CALCULATOR, **ADD), node("b", CALCULATOR, **ADD)]
    return {"nodes": nodes, "links": list(links)}


def good_link(**changed: object) -> dict:
    return link("a.result -> b.a") | changed


def test_it_reads_a_draft():
    graph = parse_graph(document(), strict_blocks=True)
    assert graph.name == "Sum"
    assert list(graph.nodes) == ["in", "sum", "out"]
    assert node_of(graph, "sum").constants == {"operation": "Add", "b": 34}
    assert [one.sink_name for one in graph.links] == ["a", "value"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param([], [("", "not_an_object")], id="a list"),
        pytest.param(None, [("", "not_an_object")], id="null"),
        pytest.param({"nodes": {}}, [("nodes", "not_a_list")], id="nodes an object"),
        pytest.param({"links": 3}, [("links", "not_a_list")], id="links a number"),
        pytest.param({"name": 3}, [("name", "not_text")], id="name a number"),
        pytest.param({"name": "x" * 201}, [("name", "too_long")], id="long name"),
        pytest.param(
            {"description": []}, [("description", "not_text")], id="description a list"
        ),
        pytest.param(
            {"settings": []}, [("settings", "not_an_object")], id="settings a list"
        ),
        pytest.param(
            {"nodes": [None] * 20_001}, [("nodes", "too_many")], id="too many nodes"
        ),
        pytest.param(
            {"links": [None] * 100_001}, [("links", "too_many")], id="too many links"
        ),
    ],
)
def test_faults_at_the_top(body, expected):
    assert faults(body) == expected


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        pytest.param(3, [("nodes[0]", "not_an_object")], id="no object"),
        pytest.param({"block_id": STORE}, [("nodes[0].id", "missing")], id="no id"),
        pytest.param(
            {"id": "", "block_id": STORE}, [("nodes[0].id", "missing")], id="empty id"
        ),
        pytest.param(
            {"id": 7, "block_id": STORE}, [("nodes[0].id", "not_text")], id="number id"
        ),
        pytest.param(
            {"id": "x" * 201, "block_id": STORE},
            [("nodes[0].id", "too_long")],
            id="long id",
        ),
        pytest.param({"id": "a"}, [("nodes[0].block_id", "missing")], id="no block"),
        pytest.param(
            {"id": "a", "block_id": "x" * 37},
            [("nodes[0].block_id", "too_long")],
            id="long block id",
        ),
        pytest.param(
            {"id": "a", "block_id": UNKNOWN},
            [("nodes[0].block_id", "unknown_block")],
            id="unknown block",
        ),
        pytest.param(
            {"id": "a", "block_id": STORE, "input_default": []},
            [("nodes[0].input_default", "not_an_object")],
            id="constants a list",
        ),
        pytest.param(
            {"id": "a", "block_id": STORE, "metadata": "x"},
            [("nodes[0].metadata", "not_an_object")],
            id="metadata text",
        ),
        pytest.param(
            {"id": "a", "block_id": STORE, "input_default": {"input_$_x": 1}},
            [("nodes[0].input_default.input_$_x", "bad_pin_name")],
            id="bad dynamic pin",
        ),
        pytest.param(
            {"id": "a", "block_id": STORE, "input_default": {"x" * 501: 1}},
            [(f"nodes[0].input_default.{'x' * 500}", "too_long")],
            id="long pin name",
        ),
        pytest.param(
            {"id": "a", "block_id": STORE, "input_default": {"input": "x" * 2**20}},
            [("nodes[0].input_default.input", "too_large")],
            id="large constant",
        ),
    ],
)
def test_faults_of_a_node(entry, expected):
    assert faults(with_nodes(entry)) == expected


def test_an_id_may_be_used_once():
    body = with_nodes(node("a", STORE), node("b", STORE), node("a", STORE))
    assert faults(body) == [("nodes[2].id", "duplicate_id")]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        pytest.param([], [("links[0]", "not_an_object")], id="no object"),
        pytest.param(good_link(id=None), [("links[0].id", "missing")], id="no id"),
        pytest.param(
            good_link(source_id="zz"),
            [("links[0].source_id", "unknown_node")],
            id="from",
        ),
        pytest.param(
            good_link(sink_id="zz"), [("links[0].sink_id", "unknown_node")], id="to"
        ),
        pytest.param(
            good_link(sink_id=None), [("links[0].sink_id", "missing")], id="no sink"
        ),
        pytest.param(
            good_link(source_name="nopin"),
            [("links[0].source_name", "unknown_pin")],
            id="unknown output",
        ),
        pytest.param(
            good_link(sink_name="result"),
            [("links[0].sink_name", "unknown_pin")],
            id="an output as sink",
        ),
        pytest.param(
            good_link(source_name="nopin_#_x"),
            [("links[0].source_name", "unknown_pin")],
            id="base of a dynamic pin",
        ),
        pytest.param(
            good_link(source_name="result_@___class__"),
            [("links[0].source_name", "bad_pin_name")],
            id="a private field",
        ),
        pytest.param(
            good_link(sink_name="a_$_first"),
            [("links[0].sink_name", "bad_pin_name")],
            id="no index",
        ),
        pytest.param(
            good_link(sink_name="x" * 501),
            [("links[0].sink_name", "too_long")],
            id="long pin name",
        ),
        pytest.param(
            good_link(is_static="yes"),
            [("links[0].is_static", "not_a_boolean")],
            id="static text",
        ),
        pytest.param(
            good_link(source_id="zz", sink_name="nopin", id=3),
            [
                ("links[0].id", "not_text"),
                ("links[0].source_id", "unknown_node"),
                ("links[0].sink_name", "unknown_pin"),
            ],
            id="all at once",
        ),
    ],
)
def test_faults_of_a_link(entry, expected):
    assert faults(with_links(entry)) == expected


def test_two_links_may_not_share_an_id():
    second = good_link(sink_name="b")
    assert faults(with_links(good_link(), second)) == [("links[1].id", "duplicate_id")]


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(good_link(source_name="error"), id="every block has error"),
        pytest.param(good_link(source_name="result_#_key"), id="part of an output"),
        pytest.param(good_link(is_static=None), id="no is_static"),
    ],
)
def test_links_that_are_good(entry):
    assert len(parse_graph(with_links(entry), strict_blocks=True).links) == 1


def test_an_input_block_has_no_error_pin():
    body = document([node("i", INPUT, name="x"), node("o", OUTPUT, name="y")])
    body["links"] = [link("i.error -> o.value")]
    assert faults(body) == [("links[0].source_name", "unknown_pin")]


def test_a_placeholder_takes_any_pin():
    nodes = [node("p", UNKNOWN, **{"Primary Keyword": 1}), node("s", STORE)]
    body = document(nodes, ["p.tools_^_x_~_y -> s.input", "s.output -> p.Main Topic"])
    graph = parse_graph(body, strict_blocks=False)
    assert len(graph.links) == 2
    body["links"] = [link("p.result_@___class__ -> s.input")]
    assert len(parse_graph(body, strict_blocks=False).links) == 1
    assert faults(body)[-1] == ("links[0].source_name", "bad_pin_name")


def test_named_placeholders_may_stay():
    body = document([node("p", UNKNOWN)])
    graph = parse_graph(body, strict_blocks=True, placeholders={UNKNOWN})
    assert node_of(graph, "p").block_id == UNKNOWN


@pytest.mark.parametrize(
    ("block", "constants", "links", "field"),
    [
        pytest.param(CALCULATOR, {"a": "x"}, [], "a", id="no number"),
        pytest.param(CALCULATOR, {"a": {}}, [], "a", id="an object for a number"),
        pytest.param(
            CALCULATOR, {"operation": "Root"}, [], "operation", id="no choice"
        ),
        pytest.param(TEMPLATE, {"values": 3}, [], "values", id="no object"),
        pytest.param(
            TEMPLATE,
            {"values_#_a": 1, "values_$_0": 2},
            [],
            "values_#_a",
            id="parts that do not go together",
        ),
        pytest.param(
            COMBINE,
            {"input_$_0": None, "input_$_1": "b"},
            [],
            "input_$_0",
            id="merged parts of the wrong type",
        ),
        pytest.param(CALCULATOR, {"a": "3", "b": " 4.5 "}, [], None, id="numeric text"),
        pytest.param(CALCULATOR, {"a": None}, [], None, id="null is unset"),
        pytest.param(
            CALCULATOR,
            {"a": "", "operation": "", "round_result": ""},
            [],
            None,
            id="empty text on other pins is unset",
        ),
        pytest.param(
            CALCULATOR, {"a": "x"}, ["s.output -> n.a"], None, id="under a link"
        ),
        pytest.param(
            COMBINE,
            {"input_$_1": "b"},
            ["s.output -> n.input_$_0"],
            None,
            id="a part beside a linked part",
        ),
        pytest.param(CALCULATOR, {"mystery": object}, [], None, id="no such pin"),
    ],
)
def test_constants(block, constants, links, field):
    constants = {
        key: 1 if value is object else value for key, value in constants.items()
    }
    body = document([node("n", block, **constants), node("s", STORE)], links)
    if field is None:
        graph = parse_graph(body, strict_blocks=True)
        assert node_of(graph, "n").constants == constants
    else:
        assert faults(body) == [(f"nodes[0].input_default.{field}", "wrong_constant")]
        parse_graph(body, strict_blocks=False)


def test_all_faults_are_told_at_once():
    body = {
        "name": 1,
        "nodes": [node("a", CALCULATOR, a="x"), {"id": "b"}],
        "links": [good_link(source_name="nopin")],
    }
    assert faults(body) == [
        ("name", "not_text"),
        ("nodes[1].block_id", "missing"),
        ("links[0].source_name", "unknown_pin"),
        ("nodes[0].input_default.a", "wrong_constant"),
    ]


def test_a_repeated_link_is_kept_once():
    graph = parse_graph(with_links(good_link(), good_link(id="l2")), strict_blocks=True)
    assert [one.id for one in graph.links] == ["a.result -> b.a"]
    assert [one.id for one in graph.repeated] == ["l2"]


def test_a_link_of_an_import_gets_an_id():
    body = with_links(good_link(id=None), good_link(id="", sink_name="b"))
    graph = parse_graph(body, strict_blocks=False)
    assert [one.id for one in graph.links] == ["link-0", "link-1"]


@pytest.mark.parametrize("name", [None, "", "  "])
def test_without_a_name_it_is_untitled(name):
    body = document([]) | {"name": name, "description": None}
    graph = parse_graph(body, strict_blocks=True)
    assert (graph.name, graph.description) == ("Untitled agent", "")


def test_copies_are_dropped_and_what_is_unknown_is_kept():
    entry = node("a", STORE) | {
        "input_links": [1],
        "output_links": [],
        "graph_id": "g",
        "graph_version": 1,
        "webhook_id": "w",
        "colour": "red",
    }
    body = {"nodes": [entry], "id": "g", "user_id": "u", "instructions": "Go."}
    graph = parse_graph(body, strict_blocks=True)
    assert node_of(graph, "a").extra == {"colour": "red"}
    assert graph.extra == {"instructions": "Go."}


LEAF: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 3, "", "a", "b", [], {}, "error", STORE, UNKNOWN]
)


def objects(*keys: str) -> st.SearchStrategy[dict]:
    return st.dictionaries(st.sampled_from(keys), LEAF)


NODES = st.lists(LEAF | objects("id", "block_id", "input_default", "metadata", "x"))
LINKS = st.lists(
    LEAF
    | objects("id", "source_id", "source_name", "sink_id", "sink_name", "is_static")
)
BODIES = st.fixed_dictionaries(
    {"nodes": LEAF | NODES, "links": LEAF | LINKS},
    optional={"name": LEAF, "description": LEAF, "settings": LEAF, "extra": LEAF},
)


def parsed(body: Json) -> Graph | None:
    try:
        return parse_graph(body, strict_blocks=False)
    except GraphFormatError:
        return None


@given(BODIES)
def test_any_document_is_refused_or_can_be_stored(body):
    graph = parsed(body)
    assert graph is None or from_document(to_document(graph)) == graph


def test_a_large_graph_is_read_in_time():
    nodes = [node(f"n{i}", CALCULATOR, operation="Add", b=3) for i in range(20_000)]
    links = [f"n{i}.result -> n{i + 1}.a" for i in range(19_999)]
    body = document(nodes, links)
    start = time.process_time()
    parse_graph(body, strict_blocks=True)
    assert time.process_time() - start < 15  # quadratic, it takes minutes
