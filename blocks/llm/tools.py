"""Tools as a model sees them, and what it asks of them."""

import asyncio
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from blocks.llm.answers import UnusableAnswer
from blocks.llm.messages import Answer, ToolCall, ToolSpec, tool_result
from blocks.llm.reading import object_in, objects_in, parsed, text_in
from blocks.values import JsonObject, JsonValue
from blocks.world import Tool, ToolResult, Tools

_NAME_AT_MOST: Final = 64
_NOT_IN_NAMES: Final = re.compile(r"[^a-zA-Z0-9_-]+")
_DESCRIPTION_AT_MOST: Final = 1_000
_SCHEMA_WORDS: Final = frozenset(
    {
        "additionalProperties",
        "anyOf",
        "default",
        "description",
        "enum",
        "format",
        "items",
        "maxItems",
        "maximum",
        "minItems",
        "minimum",
        "oneOf",
        "properties",
        "required",
        "type",
    }
)
"""What forms and other readers have in a schema is no use to a model."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """`pins` has the pin of each argument: models take few letters in names."""

    tool: Tool
    spec: ToolSpec
    pins: Mapping[str, str]

    @property
    def defaults(self) -> JsonObject:
        properties = object_in(self.tool.schema, "properties")
        return {pin: object_in(properties, pin).get("default") for pin in properties}


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """A call that can be made: `arguments` are by pin."""

    call: ToolCall
    offer: Offer
    arguments: JsonObject


def offers_of(tools: Iterable[Tool]) -> dict[str, Offer]:
    """By the name that the model uses."""
    return {tool.name: _offer(tool) for tool in tools}


def _offer(tool: Tool) -> Offer:
    properties = object_in(tool.schema, "properties")
    names = _names(properties)
    required = tool.schema.get("required")
    needed = set(required) if isinstance(required, list) else set()
    schema: JsonObject = {
        "type": "object",
        "properties": {
            name: _for_models(object_in(properties, pin)) for name, pin in names.items()
        },
        "required": [name for name, pin in names.items() if pin in needed],
        "additionalProperties": False,
    }
    description = tool.description[:_DESCRIPTION_AT_MOST]
    spec = ToolSpec(name=tool.name, description=description, schema=schema)
    return Offer(tool=tool, spec=spec, pins=names)


def _names(pins: Iterable[str]) -> dict[str, str]:
    names: dict[str, str] = {}
    for pin in pins:
        plain = _NOT_IN_NAMES.sub("_", pin)[:_NAME_AT_MOST] or "argument"
        name, number = plain, 0
        while name in names:
            number += 1
            tail = f"_{number}"
            name = plain[: _NAME_AT_MOST - len(tail)] + tail
        names[name] = pin
    return names


def _for_models(schema: JsonObject) -> JsonObject:
    kept: JsonObject = {}
    for word, value in schema.items():
        if word not in _SCHEMA_WORDS:
            continue
        if word == "properties" and isinstance(value, dict):
            value = {name: _part(part) for name, part in value.items()}
        elif isinstance(value, list):
            value = [_part(part) for part in value]
        elif word in ("items", "additionalProperties"):
            value = _part(value)
        kept[word] = value
    return kept


def _part(value: JsonValue) -> JsonValue:
    return _for_models(value) if isinstance(value, dict) else value


def wishes_of(answer: Answer, offers: Mapping[str, Offer]) -> list[Wish]:
    """
    Raises:
        UnusableAnswer: a tool or an argument does not exist, or one is missing.
    """
    return [wish_of(call, offers) for call in answer.calls]


def wish_of(call: ToolCall, offers: Mapping[str, Offer]) -> Wish:
    """
    Raises:
        UnusableAnswer: as for `wishes_of`.
    """
    offer = offers.get(call.name)
    if offer is None:
        known = ", ".join(offers) or "none"
        raise UnusableAnswer(f"there is no tool {call.name!r}; the tools are: {known}")
    given = parsed((call.arguments.strip() or "{}").encode())
    if given is None:
        raise UnusableAnswer(f"the arguments of {call.name} are no JSON object")
    _check(offer, given)
    arguments = {offer.pins[name]: value for name, value in given.items()}
    return Wish(call=call, offer=offer, arguments=arguments)


def _check(offer: Offer, given: JsonObject) -> None:
    name, known = offer.spec.name, ", ".join(offer.pins)
    if unknown := [argument for argument in given if argument not in offer.pins]:
        wrong = ", ".join(repr(argument) for argument in unknown)
        raise UnusableAnswer(f"{name} has no argument {wrong}; it has: {known}")
    required = offer.spec.schema.get("required")
    needed = required if isinstance(required, list) else []
    if missing := [str(argument) for argument in needed if argument not in given]:
        raise UnusableAnswer(f"{name} needs the argument {', '.join(missing)}")


def unanswered(talk: Sequence[JsonObject]) -> list[str]:
    """The ids of the calls in a conversation that have no result yet, in order."""
    asked = [
        text_in(call, "id")
        for message in talk
        for call in objects_in(message, "tool_calls")
    ]
    told = {text_in(m, "tool_call_id") for m in talk if m.get("role") == "tool"}
    return [id_ for id_ in asked if id_ not in told]


class Calls:
    """Makes the calls that a model asks for, some at the same time."""

    def __init__(
        self, tools: Tools, offers: Mapping[str, Offer], *, at_once: int
    ) -> None:
        self._tools = tools
        self._offers = offers
        self._at_once = at_once
        self.made = 0
        self.spent = 0

    async def results(self, calls: Sequence[ToolCall], turn: int) -> list[JsonObject]:
        """A message for each call, in their order; a failure is told to the model."""
        gate = asyncio.Semaphore(self._at_once)

        async def result(place: int, call: ToolCall) -> JsonObject:
            async with gate:
                return tool_result(call.id, await self._make(call, f"{turn}.{place}"))

        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(result(place, call))
                for place, call in enumerate(calls)
            ]
        return [task.result() for task in tasks]

    async def _make(self, call: ToolCall, place: str) -> JsonValue:
        try:
            wish = wish_of(call, self._offers)
        except UnusableAnswer as error:
            return f"Not run: {error}"
        self.made += 1
        key = f"{place}:{_digest(wish)}"
        found = await self._tools.call(wish.offer.tool, wish.arguments, key=key)
        self.spent += found.spent
        return _told(found)


def _digest(wish: Wish) -> str:
    """Told apart by what is asked: the same place may be another call next time."""
    asked = orjson.dumps(
        [wish.offer.tool.node_id, wish.arguments], option=orjson.OPT_SORT_KEYS
    )
    return hashlib.sha256(asked).hexdigest()[:16]


def _told(result: ToolResult) -> JsonValue:
    """Outputs by name; a pin that emitted more than once has a list."""
    values: dict[str, list[JsonValue]] = {}
    for pin, value in result.outputs:
        values.setdefault(pin, []).append(value)
    told: JsonObject = {p: v[0] if len(v) == 1 else list(v) for p, v in values.items()}
    return told if result.error is None else {**told, "error": result.error}
