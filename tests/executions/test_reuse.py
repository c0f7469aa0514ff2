"""What a new run may take over from an earlier one."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executions.domain.reuse import edited_names, failed, reusable
from executions.domain.status import NodeStatus
from graphs.domain.model import Graph, NodeId
from tests.graphs_by_hand import graph
from tests.zoo import ECHO, INPUT, zoo

DONE, FAILED, CANCELLED = NodeStatus.COMPLETED, NodeStatus.FAILED, NodeStatus.CANCELLED

#   x → a → b → c        b and d meet in c; y → d is a branch of its own
#   y → d ──────┘
WORLD = graph(
    {
        "x": (INPUT, {"name": "x"}),
        "y": (INPUT, {"name": "y"}),
        "a": ECHO,
        "b": ECHO,
        "c": ECHO,
        "d": ECHO,
    },
    "x.result -> a.value",
    "a.value -> b.value",
    "b.value -> c.value",
    "y.result -> d.value",
    "d.value -> c.value",
)
CYCLE = graph(
    dict.fromkeys("pqrs", ECHO),
    "p.value -> q.value",
    "q.value -> r.value",
    "r.value -> q.value",
    "r.value -> s.value",
)


def all_done(of: Graph) -> dict[NodeId, set[NodeStatus]]:
    return {id_: {DONE} for id_ in of.nodes}


def taken_over(of: Graph = WORLD, how=None, **facts) -> str:
    ended = all_done(of) | {NodeId(id_): ends for id_, ends in (how or {}).items()}
    found = reusable(
        of, ended={k: v for k, v in ended.items() if v}, specs=zoo, **facts
    )
    return "".join(sorted(found))


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param({"start_at": "b"}, "adxy", id="before it, and beside it"),
        pytest.param({"start_at": "x"}, "dy", id="an input"),
        pytest.param({"start_at": "c"}, "abdxy", id="the last"),
        pytest.param({"start_at": "b", "edited": {"y"}}, "ax", id="an edited input"),
        pytest.param({"start_at": "c", "edited": {"x", "y"}}, "", id="both edited"),
        pytest.param({"start_at": "c", "edited": {"z"}}, "abdxy", id="no such input"),
        pytest.param({"how": {"a": {DONE, FAILED}}}, "dxy", id="one of two failed"),
        pytest.param({"how": {"d": {CANCELLED}}}, "abxy", id="cut short"),
        pytest.param({"how": {"b": ()}}, "abcdxy", id="never fired, and never would"),
        pytest.param(
            {"how": {"b": ()}, "came_to_rest": False}, "adxy", id="had no time to fire"
        ),
        pytest.param({"of": CYCLE, "start_at": "r"}, "p", id="what it feeds back to"),
        pytest.param({"of": CYCLE, "start_at": "s"}, "pqr", id="behind a cycle"),
    ],
)
def test_what_is_taken_over(facts, expected):
    assert taken_over(**facts) == expected


def changed(id_: str, **facts: object) -> Graph:
    node = replace(WORLD.nodes[NodeId(id_)], **facts)  # type: ignore[arg-type]
    return replace(WORLD, nodes={**WORLD.nodes, node.id: node})


@pytest.mark.parametrize(
    ("ran", "expected"),
    [
        pytest.param(WORLD, "abdxy", id="the same"),
        pytest.param(changed("a", constants={"value": 1}), "dxy", id="a constant"),
        pytest.param(changed("d", block_id=INPUT), "abxy", id="another block"),
        pytest.param(changed("a", metadata={"position": 1}), "abdxy", id="only moved"),
        pytest.param(replace(WORLD, links=WORLD.links[1:]), "dxy", id="a new link"),
        pytest.param(graph({"x": (INPUT, {"name": "x"})}), "x", id="new nodes"),
    ],
)
def test_of_another_version_only_what_stayed(ran, expected):
    assert taken_over(start_at="c", ran=ran) == expected


def test_what_failed():
    ended = {NodeId("a"): {DONE}, NodeId("b"): {DONE, FAILED}, NodeId("c"): {CANCELLED}}
    assert failed(ended) == {"b", "c"}
    assert failed({}) == set()


@pytest.mark.parametrize(
    ("before", "now", "names"),
    [
        pytest.param({"a": 1}, {"a": 1}, set(), id="the same"),
        pytest.param({"a": 1}, {"a": True}, {"a"}, id="one is not true"),
        pytest.param({"a": None}, {}, {"a"}, id="left out"),
        pytest.param({}, {"a": None}, {"a"}, id="added"),
        pytest.param(
            {"a": {"x": 1, "y": 2}}, {"a": {"y": 2, "x": 1}}, set(), id="order"
        ),
    ],
)
def test_which_inputs_were_edited(before, now, names):
    assert edited_names(before, now) == names


# --- Whatever the graph ---------------------------------------------------------------


@st.composite
def runs(draw: st.DrawFn):
    names = [f"n{n}" for n in range(draw(st.integers(1, 8)))]
    one = st.sampled_from(names)
    links = draw(st.lists(st.tuples(one, one), max_size=16))
    drawn = graph(
        dict.fromkeys(names, ECHO), *(f"{a}.value -> {b}.value" for a, b in links)
    )
    ends = st.sets(st.sampled_from([DONE, DONE, FAILED, CANCELLED]))
    ended = {NodeId(name): draw(ends) for name in names}
    return drawn, ended, NodeId(draw(one)), draw(st.booleans())


def reached(of: Graph, start: NodeId) -> set[NodeId]:
    found = {start}
    for _ in of.nodes:
        found |= {link.sink_id for link in of.links if link.source_id in found}
    return found


@given(runs())
def test_what_is_taken_over_is_closed_upward_and_done(run):
    of, ended, start, came_to_rest = run
    found = reusable(
        of, ended=ended, start_at={start}, came_to_rest=came_to_rest, specs=zoo
    )
    assert not found & reached(of, start)
    for link in of.links:
        assert link.source_id in found or link.sink_id not in found
    for id_ in found:
        assert ended[id_] == {DONE} or (came_to_rest and not ended[id_])


@given(runs())
def test_nothing_is_run_again_without_need(run):
    of, ended, start, came_to_rest = run
    found = reusable(
        of, ended=ended, start_at={start}, came_to_rest=came_to_rest, specs=zoo
    )
    unfit = {
        id_ for id_, how in ended.items()
        if not (how == {DONE} or (came_to_rest and not how))
    }  # fmt: skip
    needed = set().union(*(reached(of, id_) for id_ in unfit | {start}))
    assert found == set(of.nodes) - needed
