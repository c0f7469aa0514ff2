"""Random small graphs of sample blocks, and an oracle for those that timing cannot
change."""

from collections.abc import Mapping

from hypothesis import strategies as st

from blocks.dynamic_pins import MISSING, parse_pin, select
from blocks.values import JsonValue
from executions.domain.events import Emitted, Failed
from executions.domain.plan import PlanNode, make_plan
from executions.domain.state import NodeExecution
from graphs.domain.model import Graph, NodeId
from tests.executions.driver import what_it_does
from tests.graphs_by_hand import graph
from tests.zoo import ADD, EACH, ECHO, FAILS, INPUT, KEEP, OUTPUT, PAIR, zoo

SINKS = {
    INPUT: ["value"],
    OUTPUT: ["value", "value_#_x", "value_#_y"],
    ECHO: ["value"],
    KEEP: ["value"],
    FAILS: ["value"],
    PAIR: ["a", "b"],
    EACH: ["items"],
    ADD: ["value"],
}
SOURCES = {
    INPUT: ["result"],
    OUTPUT: ["output"],
    ECHO: ["value", "error"],
    KEEP: ["value"],
    FAILS: ["value", "error", "error_#_x"],
    PAIR: ["value", "value_$_0"],
    EACH: ["value", "value", "error"],
    ADD: ["less", "done", "error"],
}
CONSTANTS: dict[str, dict] = {
    INPUT: {"name": "in"},
    ECHO: {"value": "echo"},
    KEEP: {"value": "kept"},
    FAILS: {"value": "bad"},
    PAIR: {"a": "left", "b": "right"},
    EACH: {"items": [0, 1, None, [5, 6]]},
    ADD: {"value": 0},
}
INPUTS: Mapping[str, JsonValue] = {"in": 1}

values = st.one_of(st.integers(0, 4), st.none(), st.text("ab", max_size=2))
LIMITED: dict[str, st.SearchStrategy[object]] = {
    "max_parallel": st.integers(1, 3),
    "unordered": st.booleans(),
}
metadata = st.fixed_dictionaries({}, optional=LIMITED)


@st.composite
def any_graphs(draw: st.DrawFn) -> Graph:
    """Cycles, several links into one pin, static links: all that may be drawn."""
    kinds = draw(st.lists(st.sampled_from(list(SINKS)), min_size=1, max_size=6))
    nodes = {f"n{at}": _node(draw, at, kind) for at, kind in enumerate(kinds)}
    links = []
    for _ in range(draw(st.integers(0, 9))):
        source, sink = (draw(st.integers(0, len(kinds) - 1)) for _ in "ab")
        arrow = draw(st.sampled_from(["->", "->", "=>"]))
        links.append(_link(draw, kinds, source, arrow, sink))
    limit = draw(st.sampled_from([{}, {"max_parallel": 1}, {"max_parallel": 2}]))
    return graph(nodes, *dict.fromkeys(links), settings=limit)


@st.composite
def steady_graphs(draw: st.DrawFn) -> Graph:
    """No cycle, one link into each pin at most, static values there from the start."""
    kinds = draw(st.lists(st.sampled_from(list(SINKS)), min_size=2, max_size=8))
    kinds = [ECHO if kind == KEEP else kind for kind in kinds]
    nodes = {f"n{at}": _node(draw, at, kind) for at, kind in enumerate(kinds)}
    links: dict[str, str] = {}
    for sink, kind in enumerate(kinds):
        for pin in SINKS[kind] if sink and kind != INPUT else ():
            sources = [at for at in range(sink) if kinds[at] != OUTPUT]
            if sources and draw(st.sampled_from([False, True])):
                source = draw(st.sampled_from(sources))
                name = draw(st.sampled_from(SOURCES[kinds[source]]))
                links[f"n{sink}.{pin}"] = f"n{source}.{name} -> n{sink}.{pin}"
    for _, _, facts in nodes.values():
        facts.pop("unordered", None)
    return graph(nodes, *links.values())


def _node(draw: st.DrawFn, at: int, kind: str) -> tuple[str, dict, dict]:
    constants = dict(CONSTANTS.get(kind, {}))
    if kind == OUTPUT:
        constants = {"name": f"out{at}"}
    elif kind == EACH and draw(st.booleans()):
        constants = {"items": draw(st.lists(values, max_size=5))}
    return kind, constants, draw(metadata)


def _link(draw, kinds: list[str], source: int, arrow: str, sink: int) -> str:
    source_pin = draw(st.sampled_from(SOURCES[kinds[source]]))
    sink_pin = draw(st.sampled_from(SINKS[kinds[sink]]))
    return f"n{source}.{source_pin} {arrow} n{sink}.{sink_pin}"


Sequences = dict[tuple[NodeId, str], list[JsonValue]]


def expected_outputs(agent: Graph) -> dict[str, list[JsonValue]]:
    """The outputs of a steady graph, node by node and without any queue."""
    emitted: Sequences = {}
    outputs: dict[str, list[JsonValue]] = {}
    for node in make_plan(agent, zoo).nodes.values():
        for inputs in _firings(agent, node, emitted):
            execution = NodeExecution(node, 1, inputs)
            events = what_it_does(execution)
            for event in events:
                if isinstance(event, Emitted):
                    pin, value = event.pin, event.value
                elif isinstance(event, Failed):
                    pin, value = "error", event.message
                else:
                    continue
                emitted.setdefault((node.id, pin), []).append(value)
                if node.spec.id == OUTPUT and pin == "output":
                    name = str(node.constants["name"])
                    outputs.setdefault(name, []).append(value)
    return outputs


def _firings(
    agent: Graph, node: PlanNode, emitted: Sequences
) -> list[dict[str, JsonValue]]:
    if node.spec.id == INPUT:
        return [{"value": INPUTS["in"]}]
    static: dict[str, list[JsonValue]] = {}
    queued: dict[str, list[JsonValue]] = {}
    for link in agent.links_into[node.id]:
        from_input = agent.nodes[link.source_id].block_id == INPUT
        path = parse_pin(link.source_name)
        sent = emitted.get((link.source_id, path.base), [])
        parts = [select(value, path) if path.steps else value for value in sent]
        arrived = [part for part in parts if part is not MISSING]
        (static if from_input else queued)[link.sink_name] = arrived
    count = min(map(len, queued.values())) if queued else 1
    if not all(static.values()):
        count = 0
    return [
        {pin: got[0] for pin, got in static.items()}
        | {pin: got[number] for pin, got in queued.items()}
        for number in range(count)
    ]
