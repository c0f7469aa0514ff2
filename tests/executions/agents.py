"""Agents of real blocks for tests of the whole engine."""

from itertools import pairwise

from blocks.values import JsonObject
from tests.factories import CALCULATOR, NUMBER_INPUT, OUTPUT, STORE, document, node

TIMER = "d67a9c52-5e4e-11e2-bcfd-0800200c9a71"
WEB = "6595ae1f-b924-42cb-9a41-551a0611c4b4"
MAP = "9c0529dc-0f01-4f2e-9d9b-b4fa4acff076"


def sums() -> JsonObject:
    """`Output` is `Input` and 34."""
    return document()


def ticks(seconds: int = 1, repeat: int = 3) -> JsonObject:
    """Gives `Input` as often as told, with a wait before each."""
    return document(
        [
            node("in", NUMBER_INPUT, name="Input"),
            node("timer", TIMER, seconds=seconds, repeat=repeat),
            node("out", OUTPUT, name="Output"),
        ],
        ["in.result -> timer.input_message", "timer.output_message -> out.value"],
    )


def mapped(agent: str, items: list[int]) -> JsonObject:
    """Has the agent do its work for each item, as its `Input`, two at a time."""
    return document(
        [
            node(
                "map",
                MAP,
                items=items,
                graph_id=agent,
                input_name="Input",
                output_name="Output",
                max_parallel=2,
            ),
            node("out", OUTPUT, name="Output"),
            node("errors", OUTPUT, name="Errors"),
        ],
        ["map.results -> out.value", "map.errors -> errors.value"],
    )


def chain(length: int) -> JsonObject:
    """Adds 1 as many times, one node after another."""
    names = [f"add{n}" for n in range(length)]
    nodes = [node("in", NUMBER_INPUT, name="Input"), node("out", OUTPUT, name="Output")]
    nodes += [node(name, CALCULATOR, operation="Add", b=1) for name in names]
    links = [f"in.result -> {names[0]}.a", f"{names[-1]}.result -> out.value"]
    links += [f"{a}.result -> {b}.a" for a, b in pairwise(names)]
    return document(nodes, links)


def errand(address: str, *, seconds: int = 3, last_path="/after") -> JsonObject:
    """A pure node, an effect, a timer, another effect: what a crash may hit."""
    return document(
        [
            node("in", NUMBER_INPUT, name="Input"),
            node("pure", CALCULATOR, operation="Add", b=1),
            node("before", WEB, url=f"http://{address}/before", method="POST"),
            node("timer", TIMER, seconds=seconds),
            node("address", STORE, input=f"http://{address}{last_path}"),
            node("after", WEB, method="POST"),
            node("out", OUTPUT, name="Output"),
        ],
        [
            "in.result -> pure.a",
            "pure.result -> before.body_#_number",
            "before.status -> timer.input_message",
            "timer.output_message -> after.body_#_number",
            "address.output -> after.url",
            "after.status -> out.value",
        ],
    )
