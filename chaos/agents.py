"""The agents that runs under test are of, and what each must come to."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

Json = dict[str, Any]

STEP: Final = "c4a05000-0000-4000-8000-000000000001"
POISON: Final = "c4a05000-0000-4000-8000-000000000002"
NUMBER: Final = "96dae2bb-97a2-41c2-bd2f-13a3b5a8ea98"
TEXT: Final = "c0a8e994-ebf1-4a9c-a4d8-89d09c86741b"
OUTPUT: Final = "363ae599-353e-4804-937e-b2ee3cef3da4"
CALCULATOR: Final = "b1ab9b19-67a6-406d-abf5-2dba76d00c79"
CONDITION: Final = "715696a0-e1da-45c8-b209-c2fa9c3b0be6"
REQUEST: Final = "6595ae1f-b924-42cb-9a41-551a0611c4b4"
TIMER: Final = "d67a9c52-5e4e-11e2-bcfd-0800200c9a71"
AGENT: Final = "e189baac-8c20-45a1-94a7-55177ea42565"
REVIEW: Final = "8b2a7b3c-6e9d-4a5f-8c1b-2e3f4a5b6c7d"

ONCE_CODE: Final = "outcome_unknown"
POISON_CODE: Final = "worker_lost"


@dataclass(frozen=True, kw_only=True)
class Shape:
    """An agent, and the truth about its runs: a run with input `n` that nothing
    disturbs has these outputs and so many node executions.

    `effects` are the paths asked for with the run's own key, `once` those that must
    never be asked for twice. `may_fail_with` are the codes of failures that are right.
    """

    name: str
    document: Callable[[str], Json]
    outputs: Callable[[int], list[Any]]
    node_executions: int
    effects: tuple[str, ...] = ()
    once: tuple[str, ...] = ()
    may_fail_with: frozenset[str] = frozenset()


def chain(length: int = 5, seconds: float = 0.03) -> Shape:
    names = [f"step{n}" for n in range(length)]
    nodes = [_node(name, STEP, seconds=seconds) for name in names]
    links = [f"{a}.value -> {b}.value" for a, b in pairwise(names)]
    ends = [f"in.result -> {names[0]}.value", f"{names[-1]}.value -> out.value"]
    return Shape(
        name=f"chain {length}",
        document=lambda _: _document([*_ENDS, *nodes], [*ends, *links]),
        outputs=lambda n: [n + length],
        node_executions=length + 2,
    )


def three() -> Shape:
    """The smallest: it never leaves memory speed."""
    add = _node("add", CALCULATOR, operation="Add", b=1)
    links = ["in.result -> add.a", "add.result -> out.value"]
    return Shape(
        name="three",
        document=lambda _: _document([*_ENDS, add], links),
        outputs=lambda n: [n + 1],
        node_executions=3,
    )


def fan_out(width: int = 20, seconds: float = 0.1) -> Shape:
    nodes = [_node(f"step{n}", STEP, add=n, seconds=seconds) for n in range(width)]
    links = [f"in.result -> step{n}.value" for n in range(width)]
    links += [f"step{n}.value -> out.value" for n in range(width)]
    return Shape(
        name=f"fan-out {width}",
        document=lambda _: _document([*_ENDS, *nodes], links),
        outputs=lambda n: [n + add for add in range(width)],
        node_executions=2 * width + 1,
    )


def loop(times: int = 10, seconds: float = 0.02) -> Shape:
    nodes = [
        _node("start", CALCULATOR, operation="Multiply", b=0),
        _node("step", STEP, seconds=seconds),
        _node("again", CONDITION, operator="<", value2=times),
    ]
    links = [
        "in.result -> start.a",
        "start.result -> step.value",
        "step.value -> again.value1",
        "again.yes_output -> step.value",
        "again.no_output -> out.value",
    ]
    return Shape(
        name=f"loop {times}",
        document=lambda _: _document([*_ENDS, *nodes], links),
        outputs=lambda _: [times],
        node_executions=2 * times + 3,
    )


def effects(seconds: float = 0.05) -> Shape:
    """Two calls that may be repeated, for they carry the key of the run."""
    paths = ("/keyed/first", "/keyed/second")
    links = [
        *_CALLS,
        "key.result -> first.headers_#_Idempotency-Key",
        "key.result -> second.headers_#_Idempotency-Key",
    ]
    return Shape(
        name="effects",
        document=lambda at: _document(_calls(at, paths, seconds), links),
        outputs=lambda _: [200],
        node_executions=6,
        effects=paths,
    )


def once(seconds: float = 0.05) -> Shape:
    """Two calls that must not be repeated: a lost one ends the run."""
    paths = ("/once/first", "/once/second")
    return Shape(
        name="once",
        document=lambda at: _document(_calls(at, paths, seconds), list(_CALLS)),
        outputs=lambda _: [200],
        node_executions=6,
        once=paths,
        may_fail_with=frozenset((ONCE_CODE,)),
    )


def timer(seconds: int = 6) -> Shape:
    nodes = [_node("timer", TIMER, seconds=seconds), _node("step", STEP)]
    links = [
        "in.result -> timer.input_message",
        "timer.output_message -> step.value",
        "step.value -> out.value",
    ]
    return Shape(
        name=f"timer {seconds}",
        document=lambda _: _document([*_ENDS, *nodes], links),
        outputs=lambda n: [n + 1],
        node_executions=4,
    )


def parent(child: str, adds: int) -> Shape:
    """Runs the agent with the id `child`, which adds so much."""
    call = _node("agent", AGENT, graph_id=child)
    links = ["in.result -> agent.n", "agent.out -> out.value"]
    return Shape(
        name="parent",
        document=lambda _: _document([*_ENDS, call], links),
        outputs=lambda n: [n + adds],
        node_executions=3,
    )


def review() -> Shape:
    """Asks a person, who is to approve."""
    nodes = [_node("ask", REVIEW, name="May it go on?"), _node("step", STEP)]
    links = [
        "in.result -> ask.data",
        "ask.approved_data -> step.value",
        "step.value -> out.value",
    ]
    return Shape(
        name="review",
        document=lambda _: _document([*_ENDS, *nodes], links),
        outputs=lambda n: [n + 1],
        node_executions=4,
    )


def sleeper(seconds: float = 60) -> Shape:
    """Still there when it is cancelled."""
    return chain(1, seconds)


def poison() -> Shape:
    links = ["in.result -> poison.value", "poison.value -> out.value"]
    return Shape(
        name="poison",
        document=lambda _: _document([*_ENDS, _node("poison", POISON)], links),
        outputs=lambda _: [],
        node_executions=2,
        may_fail_with=frozenset((POISON_CODE,)),
    )


# --- Writing documents ----------------------------------------------------------------


def _node(id: str, block_id: str, **constants: Any) -> Json:
    return {"id": id, "block_id": block_id, "input_default": constants}


_ENDS: Final = (_node("in", NUMBER, name="n"), _node("out", OUTPUT, name="out"))

_CALLS: Final = (
    "in.result -> first.body_#_n",
    "key.result -> first.body_#_key",
    "first.status -> step.value",
    "step.value -> second.body_#_n",
    "key.result -> second.body_#_key",
    "second.status -> out.value",
)


def _calls(at: str, paths: tuple[str, str], seconds: float) -> list[Json]:
    first, second = (f"http://{at}{path}" for path in paths)
    return [
        *_ENDS,
        _node("key", TEXT, name="key"),
        _node("first", REQUEST, url=first),
        _node("step", STEP, seconds=seconds),
        _node("second", REQUEST, url=second),
    ]


def _document(nodes: list[Json], links: list[str]) -> Json:
    return {"name": "Chaos", "nodes": nodes, "links": [_link(text) for text in links]}


def _link(text: str) -> Json:
    source, sink = text.split(" -> ")
    source_id, source_name = source.split(".", 1)
    sink_id, sink_name = sink.split(".", 1)
    return {
        "id": text,
        "source_id": source_id,
        "source_name": source_name,
        "sink_id": sink_id,
        "sink_name": sink_name,
    }
