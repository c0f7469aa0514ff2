"""What is said to a model and what it answers, whoever made it.

Messages are in the form of chat completions, which is what conversations on pins hold;
the other wire formats translate.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import orjson

from blocks.credentials import CredentialRef
from blocks.errors import BlockInputError
from blocks.values import JsonObject, JsonValue

ROLES: Final = frozenset({"system", "developer", "user", "assistant", "tool"})


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolSpec:
    """A tool as the model is told of it."""

    name: str
    description: str
    schema: JsonObject


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """`resend` is how often a failure that may pass is met by asking again."""

    model: str
    messages: Sequence[JsonObject]
    tools: Sequence[ToolSpec] = ()
    parallel_tools: bool = True
    max_tokens: int | None = None
    wants_json: bool = False
    thinks: bool = False
    credentials: CredentialRef | None = None
    ollama_host: str = ""
    resend: int = 3
    is_shown: bool = True
    """Watchers see the text while it is written."""

    def saying(self, messages: Sequence[JsonObject]) -> "Request":
        return replace(self, messages=messages)


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolCall:
    """`arguments` is JSON text as the model wrote it, right or wrong."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens, and millionths of money."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost: int = 0
    calls: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cost + other.cost,
            self.calls + other.calls,
        )

    def as_json(self) -> JsonObject:
        return {
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "cost": self.cost,
            "calls": self.calls,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """`is_cut`: it ended because it became too long. `thoughts` are to be sent back
    unread."""

    text: str
    calls: Sequence[ToolCall] = ()
    usage: Usage = field(default_factory=Usage)
    is_cut: bool = False
    thoughts: Sequence[JsonObject] = ()

    def message(self, calls: Sequence[ToolCall] | None = None) -> JsonObject:
        """As it goes into the conversation; `calls` are those that are answered."""
        kept = self.calls if calls is None else calls
        made: JsonObject = {"role": "assistant", "content": self.text or None}
        if kept:
            made["tool_calls"] = [_call_as_json(call) for call in kept]
        if self.thoughts:
            made["thoughts"] = list(self.thoughts)
        return made


def _call_as_json(call: ToolCall) -> JsonObject:
    function: JsonObject = {"name": call.name, "arguments": call.arguments}
    return {"id": call.id, "type": "function", "function": function}


def system(text: str) -> JsonObject:
    return {"role": "system", "content": text}


def user(text: str) -> JsonObject:
    return {"role": "user", "content": text}


def assistant(text: str) -> JsonObject:
    return {"role": "assistant", "content": text}


def tool_result(call_id: str, content: JsonValue) -> JsonObject:
    return {"role": "tool", "tool_call_id": call_id, "content": as_text(content)}


def as_text(value: JsonValue) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def history(items: Sequence[Any] | None, pin: str) -> list[JsonObject]:
    """A conversation from a pin; bare text was said by the user.

    Raises:
        BlockInputError: an item is no message.
    """
    return [_message(item, pin, place) for place, item in enumerate(items or ())]


def _message(item: Any, pin: str, place: int) -> JsonObject:
    if isinstance(item, str):
        return user(item)
    if not isinstance(item, dict) or item.get("role") not in ROLES:
        raise BlockInputError(
            f"pin {pin!r}, item {place}: a message has a role "
            f"({', '.join(sorted(ROLES))}) and a content"
        )
    return item
