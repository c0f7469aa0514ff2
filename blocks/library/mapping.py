"""Blocks that have another agent, or a node, work on every item of a list."""

from collections.abc import Iterator
from typing import Any, Final

from blocks.base import Block, Pins, Step, Steps, block, pin
from blocks.bounded import Outcome, Work, each
from blocks.context import Context, Spend
from blocks.errors import BlockError, BlockInputError
from blocks.spec import Category, CostHint, Effect, Example
from blocks.values import JsonObject, JsonValue
from blocks.world import AgentResult, Tool, ToolResult

MAX_ITEMS: Final = 1_000
AT_ONCE: Final = 10

_AGENT: Final = "0192f0c1-0000-7000-8000-000000000000"
_DONE: Final = AgentResult(status="COMPLETED", outputs={"length": [3]}, errors=())
_FAILED: Final = AgentResult(
    status="FAILED", outputs={}, errors=({"message": "it is no text"},)
)
_TOOL: Final = Tool(node_id="n", name="count", description="", schema={})


@block(
    id="9c0529dc-0f01-4f2e-9d9b-b4fa4acff076",
    name="MapAgentBlock",
    categories=(Category.AGENT, Category.LOGIC),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.COMPUTE,
    examples=(
        Example(
            inputs={"items": ["one", 2], "graph_id": _AGENT, "input_name": "text"},
            agent_results=(_DONE, _FAILED),
            outputs=[
                ("results", [{"length": [3]}]),
                ("errors", [{"index": 1, "item": 2, "message": "it is no text"}]),
                ("completed", 1),
            ],
        ),
        Example(
            inputs={
                "items": [{"text": "one"}],
                "graph_id": _AGENT,
                "output_name": "length",
            },
            agent_results=(_DONE,),
            outputs=[("results", [3]), ("errors", []), ("completed", 1)],
        ),
        Example(
            inputs={"items": [1], "graph_id": _AGENT},
            error="item 0 is no object",
        ),
    ),
)
class MapAgent(Block):
    """Runs another agent once for each item of a list, several at a time. Runs that
    fail do not stop the others: what failed comes apart, with its item."""

    class Input(Pins):
        items: list[Any] = pin("From 0 to 1,000 items.")
        graph_id: str = pin("The agent to run.", title="Agent")
        graph_version: int = pin(
            "Its published version; 0 means the latest.", default=0, advanced=True
        )
        input_name: str = pin(
            "The input of the agent that gets the item; empty: items are objects with "
            "all its inputs.",
            default="",
        )
        shared_inputs: dict[str, Any] = pin(
            "Inputs that are the same for all.", default={}
        )
        output_name: str = pin(
            "The output whose first value is the result; empty: the result is an "
            "object with the list of values of each output.",
            default="",
        )
        max_parallel: int = pin(
            "So many run at a time.", default=AT_ONCE, ge=1, le=AT_ONCE
        )
        keep_order: bool = pin(
            "Results in the order of the items; otherwise as they come.", default=True
        )

    class Output(Pins):
        results: list[Any] = pin("The results of the runs that completed.")
        errors: list[dict[str, Any]] = pin(
            "The others: `index`, `item` and `message` of each."
        )
        completed: int = pin("How many completed.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        _check_count(inputs.items)
        wanted = [_agent_inputs(inputs, i, item) for i, item in enumerate(inputs.items)]

        async def work(index: int, item: Any) -> JsonValue:
            result = await ctx.agents.run(
                inputs.graph_id,
                wanted[index],
                key=str(index),
                version=inputs.graph_version,
            )
            return _agent_value(result, inputs.output_name)

        tally = Tally(inputs.items, keep_order=inputs.keep_order)
        await tally.take(work, inputs.max_parallel, ctx)
        yield "results", tally.results
        yield "errors", tally.errors
        yield "completed", len(tally.results)


def _check_count(items: list[Any]) -> None:
    if len(items) > MAX_ITEMS:
        raise BlockInputError(
            f"pin 'items': {len(items):,} items are too many (limit {MAX_ITEMS:,}); "
            "send them through ChunkListBlock"
        )


def _agent_inputs(inputs: Any, index: int, item: Any) -> JsonObject:
    if inputs.input_name:
        return {**inputs.shared_inputs, inputs.input_name: item}
    if not isinstance(item, dict):
        raise BlockInputError(
            f"pin 'items': item {index} is no object, so say in 'input_name' which "
            "input of the agent gets it"
        )
    return {**inputs.shared_inputs, **item}


def _agent_value(result: AgentResult, output_name: str) -> JsonValue:
    if result.status != "COMPLETED":
        reasons = "; ".join(str(e.get("message", e)) for e in result.errors)
        raise BlockError(reasons or f"the agent ended {result.status}")
    if not output_name:
        return dict(result.outputs)
    return _first(output_name, result.outputs.get(output_name))


def _first(name: str, values: list[JsonValue] | None) -> JsonValue:
    if not values:
        raise BlockError(f"it has no output {name!r}", code="no_output")
    return values[0]


class Tally:
    """What became of the items so far."""

    def __init__(self, items: list[Any], *, keep_order: bool = True) -> None:
        self._items = items
        self._keep_order = keep_order
        self._done: list[Outcome] = []

    async def take(self, work: Work, at_once: int, ctx: Context) -> None:
        """Have the work done, telling watchers how far it is."""
        async for outcome in each(self._items, work, at_once=at_once):
            self._done.append(outcome)
            ctx.live.progress(len(self._done), len(self._items))

    @property
    def results(self) -> list[JsonValue]:
        return [o.value for o in self._in_order() if o.error is None]

    @property
    def errors(self) -> list[JsonObject]:
        """In the order of the items."""
        failed = sorted(o for o in self._done if o.error is not None)
        return [
            {"index": o.place, "item": self._items[o.place], "message": str(o.error)}
            for o in failed
        ]

    def _in_order(self) -> list[Outcome]:
        return sorted(self._done) if self._keep_order else self._done


@block(
    id="96f4bfe8-d37f-4f8e-9e6d-138f84d5e78e",
    name="ConcurrentProcessorBlock",
    categories=(Category.LOGIC,),
    effect=Effect.ONCE,
    cost=CostHint.COMPUTE,
    examples=(
        Example(
            inputs={"items": ["one", 2], "graph_id": _AGENT, "input_name": "text"},
            agent_results=(_DONE, _FAILED),
            outputs=[
                ("results", [{"length": [3]}]),
                ("errors", ["Item 1: it is no text"]),
            ],
        ),
        Example(
            inputs={"items": [[1, 2]], "input_name": "collection"},
            tools=(_TOOL,),
            tool_results=(ToolResult(outputs=[("count", 2)]),),
            outputs=[("results", [{"count": [2]}])],
        ),
        Example(inputs={"items": [1]}, error="link a node to 'tools'"),
    ),
)
class ConcurrentProcessor(Block):
    """Has a node or another agent work on each item of a list, at most 10 at a time.
    Link the input of the node to `tools`, or name the agent. Results come apart from
    errors."""

    class Input(Pins):
        items: list[Any] = pin("From 0 to 1,000 items.")
        graph_id: str = pin(
            "The agent to run; empty: the node that hangs on `tools` works.",
            title="Agent",
            default="",
        )
        input_name: str = pin(
            "The input that gets the item; empty: the only one of the node, or items "
            "are objects with all inputs.",
            default="",
        )
        shared_inputs: dict[str, Any] = pin(
            "Inputs that are the same for all.", default={}
        )
        output_name: str = pin(
            "The output whose first value is the result; empty: the result is an "
            "object with the list of values of each output.",
            default="",
        )
        max_parallel: int = pin("So many at a time.", default=AT_ONCE, ge=1, le=AT_ONCE)

    class Output(Pins):
        tools: Any = pin("The node that works: link one of its inputs here.")
        results: list[Any] = pin("The results, in the order of the items.")
        errors: list[str] = pin("What failed, if anything: `Item n: reason`.")

    def effect(self, inputs: Any) -> Effect:
        """The same call of an agent is the same run; what a node does nobody knows."""
        return Effect.IDEMPOTENT if inputs.graph_id else Effect.ONCE

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        _check_count(inputs.items)
        spent: list[int] = []
        work = _agent_work(inputs, ctx) if inputs.graph_id else None
        work = work or _tool_work(inputs, ctx, spent)
        tally = Tally(inputs.items)
        await tally.take(work, inputs.max_parallel, ctx)
        for step in _steps(tally, spent):
            yield step


def _steps(tally: Tally, spent: list[int]) -> Iterator[Step]:
    if sum(spent):
        yield Spend(sum(spent))
    yield "results", tally.results
    errors = [f"Item {error['index']}: {error['message']}" for error in tally.errors]
    if errors:
        yield "errors", errors


def _agent_work(inputs: Any, ctx: Context) -> Work:
    async def work(index: int, item: Any) -> JsonValue:
        wanted = _agent_inputs(inputs, index, item)
        result = await ctx.agents.run(inputs.graph_id, wanted, key=str(index))
        return _agent_value(result, inputs.output_name)

    return work


def _tool_work(inputs: Any, ctx: Context, spent: list[int]) -> Work:
    tools = ctx.tools.all()
    if len(tools) != 1:
        raise BlockInputError(
            "name the agent in 'graph_id', or link a node to 'tools' (just one)"
        )
    tool = tools[0]
    name = inputs.input_name or _only_argument(tool)

    async def work(index: int, item: Any) -> JsonValue:
        arguments = _arguments(inputs, name, index, item)
        result = await ctx.tools.call(tool, arguments, key=str(index))
        spent.append(result.spent)
        return _tool_value(result, inputs.output_name)

    return work


def _only_argument(tool: Tool) -> str:
    properties = tool.schema.get("properties")
    names = list(properties) if isinstance(properties, dict) else []
    return str(names[0]) if len(names) == 1 else ""


def _arguments(inputs: Any, name: str, index: int, item: Any) -> JsonObject:
    if name:
        return {**inputs.shared_inputs, name: item}
    return _agent_inputs(inputs, index, item)


def _tool_value(result: ToolResult, output_name: str) -> JsonValue:
    if result.error is not None:
        raise BlockError(result.error)
    outputs: dict[str, list[JsonValue]] = {}
    for name, value in result.outputs:
        outputs.setdefault(name, []).append(value)
    if not output_name:
        return outputs  # type: ignore[return-value]
    return _first(output_name, outputs.get(output_name))
