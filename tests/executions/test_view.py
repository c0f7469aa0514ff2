"""The live view, by the table that the front end is tested with as well."""

import copy
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings

from executions.domain.view import fold_view, new_view
from executions.domain.wire import to_json
from executions.engine.journal import InMemoryJournal
from tests.executions.driver import Play
from tests.executions.random_graphs import INPUTS, any_graphs
from tests.executions.running import runner_of, written
from tests.graphs_by_hand import graph
from tests.zoo import ECHO, FAILS, TICKS

TABLE = orjson.loads(Path(__file__).with_name("view_fold.json").read_bytes())


def folded(events) -> dict:
    view = new_view()
    for event in events:
        fold_view(view, event)
    return view


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case["name"]) for case in TABLE]
)
def test_the_fold_does_what_the_table_says(case):
    assert folded(case["events"]) == case["view"]


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case["name"]) for case in TABLE]
)
def test_what_was_seen_before_changes_nothing(case):
    view = folded(case["events"])
    before = copy.deepcopy(view)
    for event in case["events"]:
        fold_view(view, event)
    assert view == before


@settings(deadline=None, max_examples=40)
@given(agent=any_graphs())
def test_the_view_of_a_run_agrees_with_its_state(agent):
    play = Play(agent, INPUTS).run()
    view = folded(
        orjson.loads(to_json(event, seq, 1_000 + seq))
        for seq, event in enumerate(play.log, start=1)
    )
    assert view["status"] == play.state.status
    assert view["seq"] == len(play.log)
    started = sum(node["started"] for node in view["nodes"].values())
    assert started == play.state.started
    assert all(node["active"] == 0 for node in view["nodes"].values())


async def test_the_view_of_a_run_with_waits():
    journal = InMemoryJournal()
    agent = graph(
        {"t": TICKS, "e": ECHO, "f": (FAILS, {"value": 1})}, "t.value -> e.value"
    )
    await runner_of(agent, journal=journal).run()
    nodes = folded(written(journal))["nodes"]
    assert {id_: node["state"] for id_, node in nodes.items()} == {
        "t": "completed",
        "e": "completed",
        "f": "failed",
    }
    assert nodes["t"]["outputs"] == {"value": {"value": 2, "count": 3}}
    assert nodes["f"]["error"] == {"code": "failed", "message": "no: 1"}


def test_a_long_run_leaves_no_more_behind_than_a_short_one():
    def one_firing(number: int) -> list[dict]:
        of = {"node_id": "a", "number": number}
        kinds = ("started", "called", "child_ended", "completed")
        facts = {"child_id": f"c{number}", "cost": 0, "attempt": 1}
        return [{"type": f"node.{kind}", **of, **facts} for kind in kinds]

    def size(firings: int) -> int:
        events = [e for number in range(firings) for e in one_firing(number)]
        view = folded({"seq": seq, **e} for seq, e in enumerate(events, start=1))
        return len(orjson.dumps(view))

    assert size(5_000) - size(50) < 50
