"""The engine loses its process at every boundary of the journal, and keeps its word.

The real loop of a run, on a clock of its own and a database that commits as much of
what was appended as the test says. `CI` in the environment asks for more examples.
"""

import asyncio
import os
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from blocks.spec import Effect
from graphs.domain.model import Graph
from tests.executions.ground import Ground, Stored
from tests.executions.short import out
from tests.executions.virtual_time import VirtualLoop
from tests.graphs_by_hand import graph
from tests.zoo import ECHO
from tests.zoo_trouble import (
    ACTS,
    ASKS,
    CALLS,
    MAPS,
    NAPS,
    TRIES,
    Act,
    acts,
    listeners,
)

EXAMPLES = 500 if "CI" in os.environ else 60

CHILD = graph({"x": (ACTS, {"seconds": 3}), "o": out()}, "x.value -> o.value")
KINDS: dict[str, tuple[str, str, Any]] = {
    # Its block, the pin that its one value leaves by, and that value.
    "inline": (ECHO, "value", "at once"),
    "pure": (ACTS, "value", "pure"),
    "idempotent": (ACTS, "value", "idempotent"),
    "once": (ACTS, "value", "once"),
    "nap": (NAPS, "value", "rested"),
    "try": (TRIES, "value", "tried"),
    "ask": (ASKS, "approved_data", {"may": "I"}),
    "call": (CALLS, "out", "done"),
    "map": (MAPS, "value", [["done"], ["done"]]),
}
MAY_GO_WRONG = {"outcome_unknown", "worker_lost", "agent_failed"}


@st.composite
def stages(draw: st.DrawFn) -> tuple[Graph, dict[str, list[Any]]]:
    """A graph in which each node fires once, and what it gives if nothing goes wrong:
    every stage follows an earlier one or none, and has an output."""
    kinds = draw(st.lists(st.sampled_from(list(KINDS)), min_size=1, max_size=5))
    nodes: dict[str, Any] = {}
    links: list[str] = []
    for at, kind in enumerate(kinds):
        block, pin, _ = KINDS[kind]
        nodes[f"n{at}"] = (block, *_how(draw, kind))
        nodes[f"o{at}"] = out(f"out{at}")
        links.append(f"n{at}.{pin} -> o{at}.value")
        before = draw(st.integers(-1, at - 1))
        if before >= 0:
            links.append(f"n{before}.{KINDS[kinds[before]][1]} -> n{at}.after")
    facts = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "on_unknown_outcome": st.just("review"),
                "durability": st.just("each_node"),
                "max_parallel": st.integers(1, 2),
            },
        )
    )
    expected = {f"out{at}": [KINDS[kind][2]] for at, kind in enumerate(kinds)}
    return graph(nodes, *links, settings=facts), expected


def _how(draw: st.DrawFn, kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
    seconds = draw(st.sampled_from([0.0, 3.0, 60.0]))
    match kind:
        case "inline":
            return {"value": "at once"}, {}
        case "nap":
            return {"seconds": seconds, "works_s": draw(st.sampled_from([0, 1]))}, {}
        case "ask":
            return {"data": {"may": "I"}}, {}
        case "call":
            return {"graph_id": "child"}, {}
        case "map":
            return {"items": [1, 2]}, {}
        case "try":
            retry = {"max_attempts": 5, "delay_s": seconds, "backoff": "fixed"}
            effect = draw(st.sampled_from(["pure", "idempotent"]))
            return {"effect": effect}, {"retry": retry}
        case _:
            return {"effect": kind, "value": kind, "seconds": seconds}, {}


class CrashingEngine(RuleBasedStateMachine):
    @initialize(made=stages())
    def begin(self, made: tuple[Graph, dict[str, list[Any]]]) -> None:
        agent, self.expected = made
        self.crashes = self.cancelled = 0
        self.allowed: dict[tuple[str, str, int], int] = {}
        self.loop = VirtualLoop()
        self.loop.run_until_complete(self.prepare(agent))
        acts.clear()
        listeners[:] = [self.see]

    async def prepare(self, agent: Graph) -> None:
        self.ground = Ground({"child": CHILD}, by_itself=False)
        self.run = self.ground.start(agent)

    def see(self, act: Act) -> None:
        """A block begins: all that this depends on is durable, and it may begin."""
        it = self.of(act)
        place = (act.node_id, act.number)
        mine = [e for e in it.events if (e.get("node_id"), e.get("number")) == place]
        types = [event["type"] for event in mine]
        assert "node.completed" not in types, f"{act} completed before"
        if act.effect is not Effect.PURE:
            attempts = [e["attempt"] for e in mine if e["type"] == "node.started"]
            assert act.attempt in attempts, f"{act} is not on record"

    def of(self, act: Act) -> Stored:
        return next(
            it for id_, it in self.ground.executions.items() if str(id_) == act[0]
        )

    def goes_on(self) -> bool:
        return self.run.end is None

    @precondition(goes_on)
    @rule(seconds=st.sampled_from([0.001, 0.1, 1.0, 4.0, 65.0]))
    def time_passes(self, seconds: float) -> None:
        self.loop.run_until_complete(self.ground.work(seconds))

    @precondition(goes_on)
    @rule(seconds=st.sampled_from([0.1, 1.0, 1.0, 4.0]))
    def the_database_keeps_up(self, seconds: float) -> None:
        self.ground.by_itself = True
        self.the_database_commits_all()
        self.time_passes(seconds)
        self.ground.by_itself = False

    @precondition(lambda self: self.ground.runners)
    @rule()
    def the_worker_dies_at_work(self) -> None:
        self.the_database_keeps_up(1.0)
        self.the_worker_dies()

    @rule(data=st.data())
    def the_database_commits(self, data: st.DataObject) -> None:
        most = len(self.ground.pending)
        self.commit(data.draw(st.integers(0, most), label="entries"))

    @rule()
    def the_database_commits_all(self) -> None:
        self.commit(len(self.ground.pending))

    def commit(self, count: int) -> None:
        async def commit() -> None:
            self.ground.commit(count)

        self.loop.run_until_complete(commit())

    @rule()
    def the_worker_dies(self) -> None:
        async def die() -> None:
            self.ground.crash()
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        self.crashes += 1
        self.loop.run_until_complete(die())

    @rule()
    def the_worker_is_told_to_stop(self) -> None:
        for runner, _ in list(self.ground.runners.values()):
            if runner.may_stop:
                runner.hand_over()
        self.loop.run_until_complete(self.ground.work(0.01))

    @precondition(lambda self: self.run.reviews)
    @rule(yes=st.booleans())
    def somebody_answers(self, yes: bool) -> None:
        review = next(iter(self.run.reviews.values()))
        is_about_outcome = review.purpose == "outcome"
        if is_about_outcome and yes:
            key = (str(self.run.id), review.node_id, review.number)
            self.allowed[key] = self.allowed.get(key, 0) + 1
        self.tell(
            lambda: self.ground.answer(self.run, approved=yes or not is_about_outcome)
        )

    @precondition(goes_on)
    @rule(kind=st.sampled_from(["pause", "resume"]))
    def somebody_interferes(self, kind: str) -> None:
        self.tell(lambda: self.ground.send(self.run, kind))

    @precondition(lambda self: self.goes_on() and not self.cancelled)
    @rule(really=st.sampled_from([False, False, False, True]))
    def somebody_cancels(self, really: bool) -> None:
        if really:
            self.cancelled = 1
            self.tell(lambda: self.ground.send(self.run, "cancel"))

    def tell(self, what: Any) -> None:
        async def tell() -> None:
            what()

        self.loop.run_until_complete(tell())

    @invariant()
    def what_must_not_be_repeated_was_not(self) -> None:
        begun: dict[tuple[str, str, int], int] = {}
        for act in acts:
            if act.effect is Effect.ONCE:
                begun[act[:3]] = begun.get(act[:3], 0) + 1
        for key, count in begun.items():
            assert count <= 1 + self.allowed.get(key, 0), key

    def teardown(self) -> None:
        if not hasattr(self, "ground"):
            return
        listeners.clear()
        try:
            self.loop.run_until_complete(self.come_to_the_end())
            self.check_the_end()
        finally:
            self.the_worker_dies()
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
            self.loop.close()

    async def come_to_the_end(self) -> None:
        self.ground.by_itself = True
        self.ground.commit()
        self.ground.send(self.run, "resume")
        for _ in range(20):
            await self.ground.work(300)
            while self.run.reviews:
                self.somebody_answers_in_the_end()
            if all(it.end for it in self.ground.executions.values()):
                return
        raise AssertionError(f"it does not end: {self.run.types()}")

    def somebody_answers_in_the_end(self) -> None:
        self.ground.answer(self.run, approved=True)

    def check_the_end(self) -> None:
        assert not self.ground.broken
        status, outputs, codes = self.run.outcome
        assert self.run.types().count("finished") == 1
        assert self.run.types()[0] == "started" or status == "CANCELLED"
        for it in self.ground.executions.values():
            assert all(row.ended_at for row in it.rows.values())
        for name, values in outputs.items():
            assert values == self.expected[name]
        if status == "COMPLETED":
            assert outputs == self.expected
        elif status == "FAILED":
            assert set(codes) <= MAY_GO_WRONG
            assert self.crashes
        else:
            assert (status, self.cancelled) == ("CANCELLED", 1)


TestCrashingEngine = CrashingEngine.TestCase
TestCrashingEngine.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=30,
    deadline=None,
    derandomize=False,  # another search each time, also in CI
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
