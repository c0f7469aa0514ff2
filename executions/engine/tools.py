"""Nodes that hang on a `tools` pin, for a block that decides itself which to use."""

import asyncio
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from blocks.base import Pins, Step, Steps
from blocks.context import Spend, Wait
from blocks.errors import BlockError
from blocks.invoke import check_step, drive_inline, failure_of, prepare
from blocks.spec import BlockSpec, Kind
from blocks.values import JsonObject, JsonValue
from blocks.world import Tool, ToolResult
from executions.domain.plan import Plan, PlanNode
from graphs.domain.model import NodeId
from graphs.domain.pins import tool_pin_of

if TYPE_CHECKING:
    from executions.engine.context import NodeContext

NAME_AT_MOST: Final = 64


def no_tools(ctx: "NodeContext") -> "NodeTools":
    return NodeTools({}, {}, ctx)


def tools_of(plan: Plan, node: PlanNode, ctx: "NodeContext") -> "NodeTools":
    pins: dict[NodeId, list[str]] = {}
    for name, routes in node.routes.items():
        if tool_pin_of(name) is not None:
            for route in routes:
                pins.setdefault(route.sink_id, []).append(route.sink_pin)
    return NodeTools({id_: plan.nodes[id_] for id_ in pins}, pins, ctx)


class NodeTools:
    """Implements `blocks.world.Tools`."""

    def __init__(
        self,
        nodes: dict[NodeId, PlanNode],
        pins: dict[NodeId, list[str]],
        ctx: "NodeContext",
    ) -> None:
        self._nodes = nodes
        self._pins = pins
        self._ctx = ctx

    def all(self) -> Sequence[Tool]:
        taken: set[str] = set()
        return [
            Tool(
                node_id=id_,
                name=_free(_name(node), taken),
                description=_description(node),
                schema=_schema(node, self._pins[id_]),
            )
            for id_, node in self._nodes.items()
        ]

    async def call(self, tool: Tool, arguments: JsonObject, *, key: str) -> ToolResult:
        node = self._nodes[NodeId(tool.node_id)]
        outputs: list[tuple[str, JsonValue]] = []
        spent: list[int] = []
        failure: str | None = None
        try:
            if node.spec.kind is Kind.AGENT:
                await self._run_agent(node, arguments, key, outputs.append)
            else:
                async for step in self._steps(node, arguments, key):
                    _take(node, step, outputs, spent)
        except Exception as error:
            failure = str(failure_of(error))
        return ToolResult(outputs=outputs, error=failure, spent=sum(spent))

    async def _run_agent(
        self,
        node: PlanNode,
        arguments: JsonObject,
        key: str,
        emit: Callable[[tuple[str, JsonValue]], None],
    ) -> None:
        given = node.constants.get("inputs")
        result = await self._ctx.agents.run(
            str(node.constants.get("graph_id", "")),
            {**(given if isinstance(given, dict) else {}), **arguments},
            key=key,
            version=_version(node.constants.get("graph_version")),
        )
        for name, values in result.outputs.items():
            for value in values:
                emit((name, value))
        if result.status != "COMPLETED":
            reasons = "; ".join(str(e.get("message", e)) for e in result.errors)
            raise BlockError(f"the agent ended {result.status}: {reasons}")

    def _steps(self, node: PlanNode, arguments: JsonObject, key: str) -> Steps:
        if node.spec.kind is not Kind.STANDARD:
            raise BlockError(f"{node.spec.name} cannot be used as a tool")
        inputs = prepare(node.spec, node.constants, arguments)
        ctx = self._ctx.within(key)
        if node.spec.cpu:
            return _in_thread(node.spec, inputs, ctx)
        return node.spec.block.run(inputs, ctx)


async def _in_thread(spec: BlockSpec, inputs: Pins, ctx: "NodeContext") -> Steps:
    def steps() -> list[Step]:
        return list(drive_inline(spec, inputs, ctx))

    for step in await asyncio.to_thread(steps):
        yield step


def _take(
    node: PlanNode,
    step: Step,
    outputs: list[tuple[str, JsonValue]],
    spent: list[int],
) -> None:
    checked = check_step(node.spec, step)
    if isinstance(checked, Wait):
        raise BlockError("a tool cannot wait", code="unavailable")
    if isinstance(checked, Spend):
        spent.append(checked.amount)
    else:
        outputs.append((checked[0], checked[1].value))


def _version(value: JsonValue) -> int:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number else 0  # type: ignore[return-value]


def _name(node: PlanNode) -> str:
    given = node.label or str(node.constants.get("agent_name") or "")
    name = given or node.spec.name.removesuffix("Block")
    return re.sub(r"[^a-zA-Z0-9_-]+", "_", name).strip("_").lower() or "tool"


def _description(node: PlanNode) -> str:
    """What the user says of the node, or its block; that of all sub-agents is one."""
    agent = node.constants.get("agent_name")
    if node.spec.kind is Kind.AGENT and node.description == node.spec.description:
        return f"Runs the agent {agent!r}." if agent else "Runs an agent."
    return node.description


def _free(name: str, taken: set[str]) -> str:
    """The name, or with a number behind it where another tool has it."""
    found, number = name[:NAME_AT_MOST], 0
    while found in taken:
        number += 1
        tail = f"_{number}"
        found = name[: NAME_AT_MOST - len(tail)] + tail
    taken.add(found)
    return found


def _schema(node: PlanNode, pins: list[str]) -> JsonObject:
    """Of the arguments: the linked pins, as the block or sub-agent declares them."""
    is_agent = node.spec.kind is Kind.AGENT
    declared = _agent_pins(node) if is_agent else _block_pins(node)
    needed = [pin for pin in pins if declared.get(pin, ({}, True))[1]]
    return {
        "type": "object",
        "properties": {pin: declared.get(pin, ({}, True))[0] for pin in pins},
        "required": list(needed),
        "additionalProperties": False,
    }


def _block_pins(node: PlanNode) -> dict[str, tuple[JsonObject, bool]]:
    return {
        name: (pin.schema, pin.required and name not in node.constants)
        for name, pin in node.spec.inputs.items()
    }


def _agent_pins(node: PlanNode) -> dict[str, tuple[JsonObject, bool]]:
    schema = node.constants.get("input_schema")
    properties = schema.get("properties") if isinstance(schema, dict) else None
    required = schema.get("required") if isinstance(schema, dict) else None
    if not isinstance(properties, dict):
        return {}
    names = required if isinstance(required, list) else []
    return {
        name: (part if isinstance(part, dict) else {}, name in names)
        for name, part in properties.items()
    }
