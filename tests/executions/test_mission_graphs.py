"""The blocks of lists and failures inside running graphs."""

import tracemalloc

from tests.blocks.calls import named
from tests.executions.running import run_here
from tests.graphs_by_hand import graph

STORE = named("StoreValue").id
OUTPUT = named("AgentOutput").id
EVALUATE = named("EvaluateExpression").id
STEP = named("StepThroughItems").id
CHUNK = named("ChunkList").id
DATA = named("DataProcessor").id
COLLECT = named("CollectAll").id
WAIT = named("WaitForN").id
FALLBACK = named("Fallback").id
DETECT = named("ErrorDetector").id
CONCURRENT = named("ConcurrentProcessor").id
RETRY = named("Retry").id


async def test_collect_all_gathers_what_comes_one_by_one():
    agent = graph(
        {
            "step": (STEP, {"items": list(range(50))}),
            "empty": (EVALUATE, {"expression": "[]"}),
            "all": (COLLECT, {"expected": 50}),
            "out": (OUTPUT, {"name": "all"}),
        },
        "step.item -> all.item",
        "empty.result -> all.gathered",
        "all.gathered -> all.gathered",
        "all.all -> out.value",
    )
    result = await run_here(agent, {})
    assert result["status"] == "COMPLETED"
    assert result["outputs"] == {"all": [list(range(50))]}


async def test_wait_for_n_sends_lists_of_n():
    agent = graph(
        {
            "step": (STEP, {"items": [1, 2, 3, 4, 5]}),
            "empty": (EVALUATE, {"expression": "[]"}),
            "wait": (WAIT, {"n": 2}),
            "out": (OUTPUT, {"name": "pairs"}),
        },
        "step.item -> wait.item",
        "empty.result -> wait.gathered",
        "wait.gathered -> wait.gathered",
        "wait.items -> out.value",
    )
    result = await run_here(agent, {})
    assert result["outputs"] == {"pairs": [[1, 2], [3, 4]]}


async def test_chunks_are_processed_and_collected():
    """The count of the chunks stands for every one of them by a static link."""
    agent = graph(
        {
            "chunks": (CHUNK, {"items": list(range(2_500))}),
            "count": STORE,
            "work": (DATA, {"operation": "aggregate", "expression": "sum(items)"}),
            "empty": (EVALUATE, {"expression": "[]"}),
            "all": COLLECT,
            "total": (EVALUATE, {"expression": "sum(parts.map(p, p.data[0]))"}),
            "out": (OUTPUT, {"name": "sum"}),
        },
        "chunks.count -> count.input",
        "chunks.chunk -> work.data",
        "work.result -> all.item",
        "count.output => all.expected",
        "empty.result -> all.gathered",
        "all.gathered -> all.gathered",
        "all.all -> total.values_#_parts",
        "total.result -> out.value",
    )
    result = await run_here(agent, {})
    assert result["outputs"] == {"sum": [sum(range(2_500))]}


async def test_a_hundred_thousand_items_take_bounded_memory():
    """Each chunk is let go of once the next node has made another of it."""
    agent = graph(
        {
            "make": (EVALUATE, {"expression": "n", "values": {"n": _items(100_000)}}),
            "chunks": CHUNK,
            "filter": (DATA, {"operation": "filter", "expression": "item.n % 2 == 0"}),
            "change": (
                DATA,
                {"operation": "transform", "expression": "{'n': item.n * 2}"},
            ),
            "count": (DATA, {"operation": "aggregate", "expression": "size(items)"}),
            "out": (OUTPUT, {"name": "count"}),
        },
        "make.result -> chunks.items",
        "chunks.chunk -> filter.data",
        "filter.result_@_data -> change.data",
        "change.result_@_data -> count.data",
        "count.result_@_data -> out.value",
    )
    tracemalloc.start()
    result = await run_here(agent, {})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert result["status"] == "COMPLETED", result["errors"]
    assert result["outputs"] == {"count": [[500]] * 100}
    assert peak < 250 * 2**20


def _items(count):
    return [{"n": n} for n in range(count)]


async def test_concurrent_work_of_a_linked_node():
    agent = graph(
        {
            "all": (
                CONCURRENT,
                {"items": ["1", "1 + 1", "1 / 0"], "output_name": "result"},
            ),
            "work": EVALUATE,
            "out": (OUTPUT, {"name": "results"}),
            "failed": (OUTPUT, {"name": "errors"}),
        },
        "all.tools -> work.expression",
        "all.results -> out.value",
        "all.errors -> failed.value",
    )
    result = await run_here(agent, {})
    assert result["outputs"]["results"] == [[1, 2]]
    (error,) = result["outputs"]["errors"][0]
    assert error.startswith("Item 2: ")
    assert "division by zero" in error


async def test_error_handling_of_a_node_that_fails():
    agent = graph(
        {
            "bad": (EVALUATE, {"expression": "1 / 0"}),
            "detect": DETECT,
            "instead": (FALLBACK, {"default_response": "none"}),
            "out": (OUTPUT, {"name": "answer"}),
        },
        "bad.error -> detect.error",
        "detect.detected -> instead.error",
        "instead.response -> out.value",
    )
    result = await run_here(agent, {})
    assert result["status"] == "COMPLETED"
    assert result["outputs"] == {"answer": ["none"]}


async def test_retries_end():
    """The node fails each time; after three more tries it is given up."""
    agent = graph(
        {
            "value": (STORE, {"input": {"n": 1}}),
            "bad": (EVALUATE, {"expression": "n / 0"}),
            "again": (RETRY, {"retry_conditions": ["any"], "delay_s": 0}),
            "out": (OUTPUT, {"name": "told"}),
        },
        "value.output -> bad.values",
        "again.retry -> bad.values",
        "value.output => again.value",
        "bad.error -> again.error",
        "again.give_up -> out.value",
    )
    result = await run_here(agent, {})
    told = result["outputs"]["told"][0]
    assert told["attempts"] == 3
    assert "division by zero" in told["error"]
