"""What the scheduler looks up about a graph."""

import pytest

from executions.domain.plan import make_plan
from graphs.domain.model import NodeId
from tests.executions.short import const, given, out
from tests.graphs_by_hand import graph
from tests.zoo import ADD, ECHO, FAILS, INPUT, KEEP, NOTE, PAIR, zoo


def plan_of(nodes, *links, **more):
    return make_plan(graph(nodes, *links, **more), zoo)


@pytest.mark.parametrize(
    ("nodes", "links", "starting"),
    [
        pytest.param({"a": ECHO, "b": ECHO}, ["a.value -> b.value"], "a", id="sources"),
        # An input starts though something is linked to it.
        pytest.param(
            {"a": ECHO, "i": given("x")}, ["a.value -> i.value"], "ai", id="inputs"
        ),
        pytest.param({"n": NOTE, "a": ECHO}, [], "a", id="notes-never"),
        pytest.param({"a": ECHO}, ["a.value -> a.value"], "", id="self-loop"),
        pytest.param({"o": out()}, [], "o", id="lone-output"),
    ],
)
def test_what_starts(nodes, links, starting):
    plan = plan_of(nodes, *links)
    assert {id_ for id_, node in plan.nodes.items() if node.starts} == set(starting)


@pytest.mark.parametrize(
    ("source", "arrow", "static"),
    [
        pytest.param(ECHO, "->", False, id="plain"),
        pytest.param(ECHO, "=>", True, id="flag-on-the-link"),
        pytest.param(KEEP, "->", True, id="static-source"),
        pytest.param(INPUT, "->", True, id="inputs-are-static"),
    ],
)
def test_what_is_static(source, arrow, static):
    pin = "result" if source == INPUT else "value"
    plan = plan_of({"a": source, "b": ECHO}, f"a.{pin} {arrow} b.value")
    assert plan.nodes[NodeId("b")].static == ({"value"} if static else set())


@pytest.mark.parametrize(
    ("link", "handles"),
    [
        pytest.param("f.error -> e.value", True, id="exactly-error"),
        pytest.param("f.error_#_x -> e.value", False, id="a-part-of-it"),
        pytest.param("f.value -> e.value", False, id="another-pin"),
    ],
)
def test_what_handles_errors(link, handles):
    plan = plan_of({"f": FAILS, "e": ECHO}, link)
    assert plan.nodes[NodeId("f")].handles_errors is handles


def test_links_into_one_pin_are_one_queue_and_parts_of_it_are_others():
    plan = plan_of(
        {"a": const(1), "b": const(2), "p": PAIR},
        "a.value -> p.a",
        "b.value -> p.a",
        "b.value -> p.a_#_x",
    )
    assert plan.nodes[NodeId("p")].linked == ("a", "a_#_x")


@pytest.mark.parametrize(
    ("limit", "planned"), [(3, 3), (0, None), (-1, None), ("3", None), (None, None)]
)
def test_a_limit_that_is_none_is_left_out(limit, planned):
    assert plan_of({}, settings={"max_parallel": limit}).max_parallel == planned
    node = plan_of({"a": (ECHO, {}, {"max_parallel": limit})}).nodes[NodeId("a")]
    assert node.max_parallel == planned


def test_an_unknown_block_is_named():
    with pytest.raises(LookupError, match="node a: no block has the id nope"):
        plan_of({"a": "nope"})


def test_a_form_field_left_empty_is_no_value():
    plan = plan_of({"a": (ADD, {"value": 1, "limit": ""})})
    assert plan.nodes[NodeId("a")].constants == {"value": 1}
