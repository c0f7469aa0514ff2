"""Messages: what Anthropic speaks."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

import orjson

from blocks.llm.endpoint import Endpoint
from blocks.llm.failures import broke_off, declined, unreadable
from blocks.llm.fitting import tokens_of
from blocks.llm.messages import Answer, Request, ToolCall, Usage, as_text
from blocks.llm.reading import count_in, object_in, objects_in, parsed, text_in
from blocks.values import JsonObject, JsonValue

END: Final = b""
"""This format has no such mark: its last event says so."""
VERSION: Final = "2023-06-01"
_USUAL_OUTPUT: Final = 4_096
_LONG_OUTPUT: Final = 32_000
_LEAST_OUTPUT: Final = 1_024
_THOUGHT_SHARE: Final = 2


def url(endpoint: Endpoint) -> str:
    return f"{endpoint.base_url.removesuffix('/v1')}/v1/messages"


def headers(endpoint: Endpoint) -> dict[str, str]:
    key = endpoint.key.reveal().strip()
    return {"anthropic-version": VERSION} | ({"x-api-key": key} if key else {})


def body(endpoint: Endpoint, request: Request) -> bytes:
    longest = _longest(endpoint, request)
    made: JsonObject = {
        "model": endpoint.model.name,
        "messages": _turns(request.messages),
        "max_tokens": longest,
        "stream": True,
    }
    told = _system(request.messages)
    if told:
        made["system"] = told
    if request.thinks and longest // _THOUGHT_SHARE >= _LEAST_OUTPUT:
        budget = longest // _THOUGHT_SHARE
        made["thinking"] = {"type": "enabled", "budget_tokens": budget}
    if request.tools:
        made |= _offer(request)
    return orjson.dumps(made)


def gathering(endpoint: Endpoint) -> "_Gathering":
    return _Gathering(endpoint)


def _longest(endpoint: Endpoint, request: Request) -> int:
    """This format wants a limit: as much as the model can, within reason and what the
    prompt leaves of the context."""
    if request.max_tokens is not None:
        return request.max_tokens
    model = endpoint.model
    longest = min(model.max_output or _USUAL_OUTPUT, _LONG_OUTPUT)
    if not model.context:
        return longest
    left = model.context - tokens_of(request.messages)
    return max(min(longest, left), _LEAST_OUTPUT)


def _offer(request: Request) -> JsonObject:
    offer: JsonObject = {
        "tools": [
            {"name": t.name, "description": t.description, "input_schema": t.schema}
            for t in request.tools
        ]
    }
    if not request.parallel_tools:
        offer["tool_choice"] = {"type": "auto", "disable_parallel_tool_use": True}
    return offer


def _system(messages: Sequence[JsonObject]) -> str:
    told = (as_text(m.get("content")) for m in messages if _is_system(m))
    return "\n\n".join(text for text in told if text)


def _is_system(message: JsonObject) -> bool:
    return message.get("role") in ("system", "developer")


def _turns(messages: Sequence[JsonObject]) -> JsonValue:
    """User and model by turns, the user first; a turn is a list of parts."""
    turns: list[tuple[str, list[JsonValue]]] = []
    for message in messages:
        if _is_system(message):
            continue
        role = "assistant" if message.get("role") == "assistant" else "user"
        parts = list(_parts(message))
        if turns and turns[-1][0] == role:
            turns[-1][1].extend(parts)
        elif parts:
            turns.append((role, parts))
    if not turns or turns[0][0] == "assistant":
        turns.insert(0, ("user", [{"type": "text", "text": "Please go on."}]))
    return [{"role": role, "content": parts} for role, parts in turns]


def _parts(message: JsonObject) -> Iterable[JsonValue]:
    if message.get("role") == "tool":
        yield {
            "type": "tool_result",
            "tool_use_id": text_in(message, "tool_call_id"),
            "content": as_text(message.get("content")),
        }
        return
    yield from objects_in(message, "thoughts")
    content = message.get("content")
    if isinstance(content, list):
        yield from map(_part, objects_in(message, "content"))
    elif content:
        yield {"type": "text", "text": as_text(content)}
    for call in objects_in(message, "tool_calls"):
        function = object_in(call, "function")
        yield {
            "type": "tool_use",
            "id": text_in(call, "id"),
            "name": text_in(function, "name"),
            "input": parsed(text_in(function, "arguments").encode()) or {},
        }


_DATA_URI: Final = re.compile(r"data:(image/[a-z.+-]+);base64,(.*)", re.DOTALL)


def _part(part: JsonObject) -> JsonValue:
    """A part of what the user says; a picture is told in another way here."""
    if part.get("type") != "image_url":
        return part
    url = text_in(object_in(part, "image_url"), "url")
    data = _DATA_URI.fullmatch(url)
    source: JsonObject = {"type": "url", "url": url}
    if data is not None:
        source = {"type": "base64", "media_type": data[1], "data": data[2]}
    return {"type": "image", "source": source}


class _Gathering:
    """An answer as it comes in parts, or whole."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._parts: dict[int, JsonObject] = {}
        self._pieces: dict[int, dict[str, list[str]]] = {}
        self._taken = self._made = 0
        self._stop = ""
        self.is_complete = False

    def take(self, event: JsonObject) -> str:
        """More of the text, from one part.

        Raises:
            BlockError: the server says that it failed.
        """
        match event.get("type"):
            case "error":
                raise broke_off(self._endpoint, event)
            case "message_start":
                self._count(object_in(object_in(event, "message"), "usage"))
            case "content_block_start":
                part = object_in(event, "content_block")
                self._parts[count_in(event, "index")] = part
                return text_in(part, "text")
            case "content_block_delta":
                return self._add(count_in(event, "index"), object_in(event, "delta"))
            case "message_delta":
                self._stop = text_in(object_in(event, "delta"), "stop_reason")
                self._count(object_in(event, "usage"))
            case "message_stop":
                self.is_complete = True
        return ""

    def take_whole(self, answer: JsonObject) -> str:
        if answer.get("type") == "error":
            raise broke_off(self._endpoint, answer)
        if not isinstance(answer.get("content"), list):
            raise unreadable(self._endpoint)
        self._parts = dict(enumerate(objects_in(answer, "content")))
        self._stop = text_in(answer, "stop_reason")
        self._count(object_in(answer, "usage"))
        self.is_complete = True
        return self._text()

    def _add(self, index: int, delta: JsonObject) -> str:
        pieces = self._pieces.setdefault(index, {})
        for name in ("text", "partial_json", "thinking", "signature"):
            if name in delta:
                pieces.setdefault(name, []).append(text_in(delta, name))
        return text_in(delta, "text")

    def _count(self, usage: JsonObject) -> None:
        """The counts are totals so far; tokens from the cache count as taken."""
        names = ("input", "cache_creation_input", "cache_read_input")
        taken = sum(count_in(usage, f"{name}_tokens") for name in names)
        self._taken = taken or self._taken
        self._made = count_in(usage, "output_tokens") or self._made

    def answer(self) -> Answer:
        """
        Raises:
            BlockError: the model declines.
        """
        if self._stop == "refusal":
            raise declined(self._endpoint, self._text())
        cost = self._endpoint.model.cost(self._taken, self._made)
        return Answer(
            text=self._text(),
            calls=[self._call(index) for index in self._of_type("tool_use")],
            usage=Usage(self._taken, self._made, cost, 1),
            is_cut=self._stop == "max_tokens",
            thoughts=[
                self._thought(index)
                for index in self._of_type("thinking", "redacted_thinking")
            ],
        )

    def _of_type(self, *kinds: str) -> list[int]:
        parts = sorted(self._parts.items())
        return [index for index, part in parts if part.get("type") in kinds]

    def _piece(self, index: int, name: str) -> str:
        return "".join(self._pieces.get(index, {}).get(name, ()))

    def _text(self) -> str:
        return "".join(
            text_in(self._parts[index], "text") + self._piece(index, "text")
            for index in self._of_type("text")
        )

    def _call(self, index: int) -> ToolCall:
        part = self._parts[index]
        written = self._piece(index, "partial_json")
        return ToolCall(
            id=text_in(part, "id") or f"call_{index}",
            name=text_in(part, "name"),
            arguments=written or as_text(part.get("input") or {}),
        )

    def _thought(self, index: int) -> JsonObject:
        part = dict(self._parts[index])
        for name in self._pieces.get(index, {}):
            part[name] = text_in(part, name) + self._piece(index, name)
        return part
