"""What holds for every graph and every order in which attempts go on."""

from collections import Counter
from collections.abc import Sequence

import orjson
from hypothesis import given, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from blocks.dynamic_pins import MISSING, select
from blocks.values import JsonValue
from core.limits import Limits
from executions.domain.events import CancelRequested, Completed, Emitted, Failed
from executions.domain.scheduler import advance, begin
from executions.domain.state import NodeExecution, RunState
from graphs.domain.model import Graph, NodeId
from tests.executions.driver import Key, Play, dump, stored
from tests.executions.random_graphs import (
    INPUTS,
    any_graphs,
    expected_outputs,
    steady_graphs,
)

LIMITS = Limits(node_executions=40)

unhurried = settings(deadline=None)
"""A busy machine is no reason to fail."""


def chosen(draw: st.DataObject, keys: Sequence[Key]) -> Key:
    return draw.draw(st.sampled_from(keys))


class WatchedPlay(Play):
    """Keeps all firings that a node ever made, and a dump after every event."""

    def __init__(self, *args, **kwargs) -> None:
        self.dumps: list[str] = []
        super().__init__(*args, **kwargs)

    def folded(self) -> None:
        super().folded()
        self.dumps.append(repr(dump(self.state)))


@unhurried
@given(agent=any_graphs(), data=st.data())
def test_folding_the_stored_history_gives_the_same_state_after_each_event(agent, data):
    play = WatchedPlay(agent, INPUTS, limits=LIMITS)
    play.run(lambda keys: chosen(data, keys))

    state, _ = begin(play.plan, INPUTS, LIMITS)
    for number, event in enumerate(stored(play.log)):
        advance(state, event)
        assert repr(dump(state)) == play.dumps[number], (number, event)


@unhurried
@given(agent=any_graphs(), data=st.data())
def test_every_run_ends_and_keeps_its_limits(agent, data):
    play = Play(agent, INPUTS, limits=LIMITS)
    most = play.state.max_parallel
    per_node = {id_: node.max_parallel for id_, node in play.plan.nodes.items()}
    while not play.state.status.is_final:
        running = Counter(node_id for node_id, _ in play.under_way)
        assert len(play.under_way) <= most
        for node_id, count in running.items():
            assert count <= (per_node[node_id] or most)
        play.step(*chosen(data, list(play.under_way)))
    assert play.state.started == len(play.started) <= LIMITS.node_executions
    assert len(set(play.started)) == len(play.started), "a firing began twice"
    over = any(error["code"] == "limit_passed" for error in play.state.errors)
    assert over or not unfinished(play.state)


def unfinished(state: RunState) -> list[NodeExecution]:
    left = [*state.ready, *state.running.values()]
    return left + [e for node in state.nodes.values() for e in node.delayed]


@unhurried
@given(agent=any_graphs(), data=st.data(), steps=st.integers(0, 60))
def test_no_value_is_lost_and_none_is_used_twice(agent, data, steps):
    play = Play(agent, INPUTS, limits=LIMITS)
    firings = Firings()
    firings.see(play.state)
    for _ in range(steps):
        if play.state.status.is_final:
            break
        play.step(*chosen(data, list(play.under_way)))
        firings.see(play.state)
    over = any(error["code"] == "limit_passed" for error in play.state.errors)
    if over:
        return
    arrived = arrivals(play)
    for node_id, node in play.state.nodes.items():
        for pin, queue in node.queues.items():
            came = arrived.get((node_id, pin), [])
            taken = [
                inputs[pin]
                for inputs in firings.of_node(node_id)
                if pin in inputs  # An input block's first firing has no linked values.
                and not (node.node.starts and inputs is firings.first(node_id))
            ]
            note(f"{node_id}.{pin}: came {came}, taken {taken}, waiting {list(queue)}")
            if pin not in node.node.static:
                assert counted(came) == counted(taken + list(queue))
            else:
                fresh = len(came) - len(queue)
                assert 0 <= fresh <= max(len(taken), 0)
                assert set(counted(taken)) <= set(counted(came))


def counted(values: Sequence[JsonValue]) -> Counter[bytes]:
    return Counter(orjson.dumps(value) for value in values)


Arrived = dict[tuple[NodeId, str], list[JsonValue]]


class Firings:
    """The inputs of all firings, gathered from the states a run went through."""

    def __init__(self) -> None:
        self.inputs: dict[Key, dict[str, JsonValue]] = {}

    def see(self, state: RunState) -> None:
        for execution in unfinished(state):
            key = (execution.node.id, execution.number)
            self.inputs.setdefault(key, execution.inputs)

    def of_node(self, node_id: NodeId) -> list[dict[str, JsonValue]]:
        return [inputs for key, inputs in self.inputs.items() if key[0] == node_id]

    def first(self, node_id: NodeId) -> dict[str, JsonValue] | None:
        return self.inputs.get((node_id, 1))


def arrivals(play: Play) -> Arrived:
    """What links brought to each pin, worked out from the history alone."""
    arrived: Arrived = {}
    ended = {
        (event.node_id, event.number)
        for event in play.log
        if isinstance(event, Completed | Failed)
    }
    for event in play.log:
        if not isinstance(event, Emitted | Failed):
            continue
        sent = emission(event)
        node = play.plan.nodes[event.node_id]
        earlier = [(event.node_id, number) for number in range(1, event.number)]
        if node.ordered and not ended.issuperset(earlier):
            continue  # Held until those before it have ended.
        for route in node.routes.get(sent[0], ()):
            part = select(sent[1], route.path) if route.path.steps else sent[1]
            if part is not MISSING:
                arrived.setdefault((route.sink_id, route.sink_pin), []).append(part)
    return arrived


def emission(event: Emitted | Failed) -> tuple[str, JsonValue]:
    if isinstance(event, Emitted):
        return event.pin, event.value
    return "error", event.message


def begun(agent: Graph, **more) -> Play:
    """A run whose inputs have fired, so that static values are there."""
    play = Play(agent, INPUTS, **more)
    for key in list(play.under_way):
        if play.plan.nodes[key[0]].spec.static_output:
            play.finish(*key)
    return play


@unhurried
@given(agent=steady_graphs(), data=st.data())
def test_timing_does_not_change_what_a_steady_graph_gives(agent, data):
    expected = expected_outputs(agent)
    play = begun(agent)
    if not play.state.status.is_final:
        play.run(lambda keys: chosen(data, keys))
    assert play.state.outputs == expected


@unhurried
@given(agent=steady_graphs(), data=st.data())
def test_a_crash_after_any_event_does_not_change_what_a_steady_graph_gives(agent, data):
    log = stored(begun(agent).run().log if not_over(agent) else begun(agent).log)
    first = len(begun(agent).log)
    cut = data.draw(st.integers(min(first, len(log) - 1), len(log) - 1), label="cut")
    again = Play(agent, INPUTS, past=log[:cut])
    assert again.run(lambda keys: chosen(data, keys)).state.outputs == (
        expected_outputs(agent)
    )


def not_over(agent: Graph) -> bool:
    return not begun(agent).state.status.is_final


class CrashingRun(RuleBasedStateMachine):
    """A run that goes on, loses its process at any event, and is taken up again."""

    @initialize(agent=steady_graphs())
    def begin(self, agent: Graph) -> None:
        self.agent = agent
        self.play = begun(agent)
        self.cancelled = False

    def goes_on(self) -> bool:
        return not self.play.state.status.is_final

    @precondition(goes_on)
    @rule(data=st.data())
    def step(self, data: st.DataObject) -> None:
        self.play.step(*chosen(data, list(self.play.under_way)))

    @rule()
    def crash(self) -> None:
        before = {k: len(e) for k, e in self.play.under_way.items()}
        outputs = self.play.state.outputs
        self.play = Play(self.agent, INPUTS, past=stored(self.play.log))
        assert self.play.state.outputs == outputs
        assert {k: len(e) for k, e in self.play.under_way.items()} == before

    @precondition(goes_on)
    @rule()
    def cancel(self) -> None:
        self.cancelled = True
        self.play.tell(CancelRequested())

    @invariant()
    def something_runs_until_the_end(self) -> None:
        assert bool(self.play.under_way) == self.goes_on()

    def teardown(self) -> None:
        if not hasattr(self, "play"):
            return
        self.play.run()
        expected = expected_outputs(self.agent)
        if not self.cancelled:
            assert self.play.state.outputs == expected
        else:
            for name, values in self.play.state.outputs.items():
                assert values == expected[name][: len(values)]


TestCrashingRun = CrashingRun.TestCase
TestCrashingRun.settings = settings(unhurried, max_examples=40, stateful_step_count=25)
