"""The blocks of lists and failures: limits, edge cases, and parallel work."""

import asyncio
from dataclasses import replace

import pytest

from blocks.bounded import each
from blocks.error_kinds import ErrorKind, kind_of_error
from blocks.testing import FakeContext, FakeTools, run_block
from blocks.testing.fakes import FakeAgents
from blocks.values import JsonValue
from blocks.world import AgentResult, Tool, ToolResult
from tests.blocks.calls import named

DATA = named("DataProcessor")
CONCURRENT = named("ConcurrentProcessor")
MAP = named("MapAgent")
RETRY = named("Retry")
MERGE = named("MergeObjects")
JOIN = named("JoinTables")
PIVOT = named("PivotTable")


async def outputs(spec, ctx=None, **inputs):
    result = await run_block(spec, inputs, ctx or FakeContext())
    assert result.error is None, result.error
    return dict(result.outputs)


async def test_progress_comes_after_each_hundred_items():
    ctx = FakeContext()
    inputs = {"data": [1] * 250, "operation": "filter", "expression": "true"}
    result = await run_block(DATA, inputs, ctx)
    told = [value for pin, value in result.outputs if pin == "progress"]
    assert told == [
        {"percentage": 40.0, "processed": 100},
        {"percentage": 80.0, "processed": 200},
        {"percentage": 100.0, "processed": 250},
    ]
    assert ctx.live.steps[-1] == (250, 250, "")


async def test_one_budget_serves_all_items():
    inputs = {
        "data": [list(range(1_000))] * 1_000,
        "operation": "transform",
        "expression": "item.map(i, item.map(k, i * k))",
    }
    result = await run_block(DATA, inputs, FakeContext())
    assert result.error.code == "expression_budget"
    assert "item 0" in str(result.error)


# --- Several at a time ---


async def test_never_more_at_once_than_allowed_and_all_are_done():
    running, most = 0, 0

    async def work(place, item):
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.001 * (item % 3))
        running -= 1
        return item * 2

    found = [outcome async for outcome in each(range(50), work, at_once=10)]
    assert most == 10
    assert [outcome.value for outcome in sorted(found)] == [2 * i for i in range(50)]


async def test_who_stops_listening_stops_the_work():
    stopped = []

    async def work(place, item):
        try:
            await asyncio.sleep(item)
        except asyncio.CancelledError:
            stopped.append(place)
            raise

    outcomes = each([0, 60, 60], work, at_once=3)
    assert (await anext(outcomes)).place == 0
    await outcomes.aclose()
    assert sorted(stopped) == [1, 2]


class Agents(FakeAgents):
    """The later it was called, the sooner it answers; odd ones fail."""

    async def run(self, graph_id, inputs, *, key, version=0):
        self.ran.append((graph_id, inputs, key))
        await asyncio.sleep(0.01 * (5 - inputs["n"]))
        if inputs["n"] % 2:
            return AgentResult(status="FAILED", outputs={}, errors=[{"message": "odd"}])
        return AgentResult(
            status="COMPLETED", outputs={"out": [inputs["n"]]}, errors=[]
        )


@pytest.mark.parametrize(
    ("keep_order", "results"),
    [
        pytest.param(True, [0, 2, 4], id="in-the-order-of-the-items"),
        pytest.param(False, [4, 2, 0], id="as-they-come"),
    ],
)
async def test_order_of_results_is_chosen(keep_order, results):
    ctx = FakeContext(agents=Agents())
    found = await outputs(
        MAP, ctx, items=list(range(5)), graph_id="g", input_name="n",
        output_name="out", keep_order=keep_order,
    )  # fmt: skip
    assert found["results"] == results
    assert [error["index"] for error in found["errors"]] == [1, 3]
    assert found["completed"] == 3


async def test_each_item_has_a_key_of_its_own():
    """So after a crash the same item is the same run."""
    agents = Agents()
    items = [{"n": 0}, {"n": 2}]
    await outputs(MAP, FakeContext(agents=agents), items=items, graph_id="g")
    assert [key for _, _, key in agents.ran] == ["0", "1"]


async def test_an_agent_without_the_wanted_output_is_an_error():
    ctx = FakeContext(agents=Agents())
    items = [{"n": 0}]
    found = await outputs(MAP, ctx, items=items, graph_id="g", output_name="x")
    assert found["errors"][0]["message"] == "it has no output 'x'"


async def test_a_linked_node_gets_its_only_argument():
    tool = Tool(
        node_id="n", name="t", description="", schema={"properties": {"text": {}}}
    )
    tools = FakeTools(
        (tool,), [ToolResult(outputs=[], error="no"), ToolResult(outputs=[])]
    )
    found = await outputs(
        CONCURRENT, FakeContext(tools=tools), items=["a", "b"], max_parallel=1
    )
    assert [arguments for _, arguments, _ in tools.called] == [
        {"text": "a"},
        {"text": "b"},
    ]
    assert found["errors"] == ["Item 0: no"]


@pytest.mark.parametrize("spec", [MAP, CONCURRENT], ids=lambda spec: spec.name)
async def test_too_many_items_are_refused(spec):
    inputs = {"items": [{}] * 1_001, "graph_id": "g"}
    result = await run_block(spec, inputs, FakeContext())
    assert "1,001 items are too many" in str(result.error)


def test_what_repeating_does_depends_on_who_works():
    block = CONCURRENT.block
    assert block.effect(block.Input(items=[], graph_id="g")) == "idempotent"
    assert block.effect(block.Input(items=[])) == "once"


# --- Failures ---


KINDS = [
    pytest.param("The request timed out", ErrorKind.TIMEOUT, id="words"),
    pytest.param("answered with status 429", ErrorKind.RATE_LIMIT, id="429"),
    pytest.param("HTTP 502", ErrorKind.SERVER_ERROR, id="502"),
    pytest.param("found 502 rows too many", ErrorKind.EXECUTION, id="number-of-rows"),
    pytest.param("pin 'to': bad", ErrorKind.VALIDATION, id="pin"),
    pytest.param({"code": "timeout"}, ErrorKind.TIMEOUT, id="code"),
    pytest.param({"status": 503}, ErrorKind.SERVER_ERROR, id="status"),
    pytest.param({"status": 404, "message": "gone"}, ErrorKind.EXECUTION, id="404"),
    pytest.param({"error": "rate limit"}, ErrorKind.RATE_LIMIT, id="words-inside"),
    pytest.param({"status": 422}, ErrorKind.VALIDATION, id="422"),
    pytest.param(
        {"error_type": "TimeoutError", "error_message": "no answer"},
        ErrorKind.TIMEOUT,
        id="name-of-a-timeout",
    ),
    pytest.param(
        {"error_type": "ValidationError", "error_message": "operation"},
        ErrorKind.VALIDATION,
        id="name-of-wrong-input",
    ),
    pytest.param(
        {"error_type": "ProcessingError", "error_message": "no disk"},
        ErrorKind.EXECUTION,
        id="another-name",
    ),
    pytest.param("ValueError: empty", ErrorKind.VALIDATION, id="value-error"),
    pytest.param("pin 'timeout': too large", ErrorKind.VALIDATION, id="pin-timeout"),
    pytest.param("504 Gateway Timeout", ErrorKind.TIMEOUT, id="504"),
    pytest.param("found 504 rows", ErrorKind.EXECUTION, id="504-rows"),
    pytest.param("429 Too Many Requests", ErrorKind.RATE_LIMIT, id="429-first"),
    pytest.param("sent 429 of 500 mails", ErrorKind.EXECUTION, id="429-mails"),
    pytest.param("Connection refused", ErrorKind.SERVER_ERROR, id="refused"),
    pytest.param("API调用超时", ErrorKind.TIMEOUT, id="chinese-timeout"),
    pytest.param("数据不能为空", ErrorKind.VALIDATION, id="chinese-input"),
    pytest.param(None, ErrorKind.EXECUTION, id="nothing"),
    pytest.param(["timeout"], ErrorKind.TIMEOUT, id="list"),
    pytest.param("x" * 5_000 + "timeout", ErrorKind.EXECUTION, id="only-the-beginning"),
]  # fmt: skip


@pytest.mark.parametrize(("error", "kind"), KINDS)
def test_kind_of_error(error, kind):
    assert kind_of_error(error) is kind


WAITS = [
    pytest.param("fixed", 0, 2.0, id="fixed"),
    pytest.param("linear", 2, 6.0, id="linear"),
    pytest.param("exponential", 2, 8.0, id="exponential"),
    pytest.param("exponential", 90, 60.0, id="no-longer-than-the-longest"),
]


@pytest.mark.parametrize(("strategy", "made", "seconds"), WAITS)
async def test_waits_grow(strategy, made, seconds):
    inputs = {
        "error": "timed out", "attempt": made, "delay_s": 2, "max_retries": 100,
        "backoff_strategy": strategy,
    }  # fmt: skip
    result = await run_block(RETRY, inputs, FakeContext())
    assert result.waits == [seconds]
    assert result.outputs[0] == ("attempt", made + 1)


async def test_without_a_count_the_firings_of_the_node_count():
    ctx = FakeContext()
    fourth = FakeContext(identity=replace(ctx.identity, number=4))
    result = await run_block(RETRY, {"error": "timeout"}, fourth)
    assert result.outputs == [
        ("give_up", {"error": "timeout", "attempts": 3, "cause": "timeout"})
    ]


async def test_any_failure_may_be_tried_again():
    result = await run_block(
        RETRY, {"error": "odd", "retry_conditions": ["any"]}, FakeContext()
    )
    assert ("attempt", 1) in result.outputs


# --- Tables ---


async def test_a_row_that_fits_several_is_there_several_times():
    left = [{"k": 1}, {"k": True}, {"k": None}]
    right = [{"k": 1, "v": "a"}, {"k": 1.0, "v": "b"}, {"k": None, "v": "c"}]
    found = await outputs(JOIN, left=left, right=right, left_on="k")
    assert found["rows"] == [{"k": 1, "v": "a"}, {"k": 1, "v": "b"}]
    # As in JSON, true is not 1, and null equals nothing.
    assert found["unmatched"] == [{"k": True}, {"k": None}]


async def test_a_join_that_explodes_is_refused():
    rows: list[JsonValue] = [{"k": 1}] * 400
    result = await run_block(
        JOIN, {"left": rows, "right": rows, "left_on": "k"}, FakeContext()
    )
    assert "100,000 rows" in str(result.error)


PIVOTS = [
    pytest.param("average", 2.0, id="average"),
    pytest.param("count", 2, id="count"),
    pytest.param("min", 1, id="min"),
    pytest.param("max", 3, id="max"),
    pytest.param("first", 1, id="first"),
]


@pytest.mark.parametrize(("how", "value"), PIVOTS)
async def test_nulls_do_not_count_in_a_pivot(how, value):
    rows = [{"a": "x", "b": "y", "c": c} for c in (1, None, 3)]
    found = await outputs(
        PIVOT, rows=rows, index="a", columns="b", values="c", aggregate=how
    )
    assert found["rows"] == [{"a": "x", "y": value}]


async def test_merging_changes_none_of_its_inputs():
    objects = [{"a": {"x": 1}}, {"a": {"x": 2}}]
    found = await outputs(MERGE, objects=objects, deep=True, on_conflict="first")
    assert found["merged"] == {"a": {"x": 1}}
    assert objects == [{"a": {"x": 1}}, {"a": {"x": 2}}]
