"""Chat completions: what OpenAI and nearly everybody else speaks."""

from typing import Any, Final

import orjson

from blocks.llm.endpoint import Endpoint
from blocks.llm.failures import broke_off, declined, unreadable
from blocks.llm.messages import Answer, Request, ToolCall, ToolSpec, Usage
from blocks.llm.models import PROVIDERS, Model
from blocks.llm.reading import count_in, object_in, objects_in, text_in
from blocks.values import JsonObject, JsonValue

END: Final = b"[DONE]"
_DEAREST: Final = 1_000_000
_STUBBORN: Final = ("o1", "o3", "o4")
_THINKERS: Final = (*_STUBBORN, "gpt-5")
_SENT: Final = ("role", "content", "name", "tool_calls", "tool_call_id")


def url(endpoint: Endpoint) -> str:
    return f"{endpoint.base_url}/chat/completions"


def headers(endpoint: Endpoint) -> dict[str, str]:
    key = endpoint.key.reveal().strip()
    return {"authorization": f"Bearer {key}"} if key else {}


def body(endpoint: Endpoint, request: Request) -> bytes:
    model = endpoint.model
    made: JsonObject = {
        "model": model.name,
        "messages": [_message(message) for message in request.messages],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if request.max_tokens is not None:
        made[_limit_name(endpoint)] = request.max_tokens
    if request.wants_json:
        made["response_format"] = {"type": "json_object"}
    if model.provider == "open_router":
        made["usage"] = {"include": True}
    if request.thinks:
        made |= _effort(model)
    if request.tools:
        made |= _offer(request, model.name)
    return orjson.dumps(made)


def gathering(endpoint: Endpoint) -> "_Gathering":
    return _Gathering(endpoint)


def _message(message: JsonObject) -> JsonValue:
    sent: JsonObject = {name: message[name] for name in _SENT if name in message}
    sent.setdefault("content", None if "tool_calls" in sent else "")
    return sent


def _limit_name(endpoint: Endpoint) -> str:
    """OpenAI's newer models refuse the name that all other servers know."""
    own = PROVIDERS["openai"]
    is_theirs = endpoint.model.provider == own.name and (
        endpoint.model.is_listed or endpoint.base_url == own.base_url
    )
    return "max_completion_tokens" if is_theirs else "max_tokens"


def _offer(request: Request, model: str) -> JsonObject:
    offer: JsonObject = {"tools": [_tool(tool) for tool in request.tools]}
    # OpenAI's older reasoning models refuse this switch.
    if not request.parallel_tools and not model.startswith(_STUBBORN):
        offer["parallel_tool_calls"] = False
    return offer


def _effort(model: Model) -> JsonObject:
    """Models that cannot think refuse to be asked, except through OpenRouter."""
    if model.provider == "open_router":
        return {"reasoning": {"effort": "high"}}
    return {"reasoning_effort": "high"} if model.name.startswith(_THINKERS) else {}


def _tool(tool: ToolSpec) -> JsonValue:
    function: JsonObject = {
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.schema,
    }
    return {"type": "function", "function": function}


class _PartOfCall:
    def __init__(self) -> None:
        self.id = ""
        self.name = ""
        self.arguments: list[str] = []


class _Gathering:
    """An answer as it comes in parts, or whole."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._text: list[str] = []
        self._refusal: list[str] = []
        self._calls: dict[int, _PartOfCall] = {}
        self._usage: JsonObject = {}
        self._finish = ""
        self.is_complete = False

    def take(self, event: JsonObject) -> str:
        """More of the text, from one part.

        Raises:
            BlockError: the server says that it failed.
        """
        return "".join(self._take(choice, "delta") for choice in self._choices(event))

    def take_whole(self, answer: JsonObject) -> str:
        choices = self._choices(answer)
        if not choices:
            raise unreadable(self._endpoint)
        self.is_complete = True
        return "".join(self._take(choice, "message") for choice in choices)

    def _choices(self, event: JsonObject) -> list[JsonObject]:
        if event.get("error"):
            raise broke_off(self._endpoint, event)
        self._usage = object_in(event, "usage") or self._usage
        return objects_in(event, "choices")[:1]

    def _take(self, choice: JsonObject, name: str) -> str:
        finish = text_in(choice, "finish_reason")
        if finish:
            self._finish, self.is_complete = finish, True
        part = object_in(choice, name)
        self._refusal.append(text_in(part, "refusal"))
        for place, call in enumerate(objects_in(part, "tool_calls")):
            self._take_call(call, place if name == "message" else None)
        text = _text(part)
        self._text.append(text)
        return text

    def _take_call(self, call: JsonObject, place: int | None) -> None:
        index = call.get("index") if place is None else place
        if not isinstance(index, int):
            # Some servers send each call whole and unnumbered.
            index = len(self._calls)
        known = self._calls.setdefault(index, _PartOfCall())
        function = object_in(call, "function")
        known.id = known.id or text_in(call, "id")
        known.name = known.name or text_in(function, "name")
        arguments = function.get("arguments")
        if isinstance(arguments, dict):
            arguments = orjson.dumps(arguments).decode()
        known.arguments.append(arguments if isinstance(arguments, str) else "")

    def answer(self) -> Answer:
        """
        Raises:
            BlockError: the model declines.
        """
        refusal = "".join(self._refusal)
        if refusal or self._finish == "content_filter":
            raise declined(self._endpoint, refusal)
        return Answer(
            text="".join(self._text),
            calls=[
                ToolCall(
                    id=part.id or f"call_{index}",
                    name=part.name,
                    arguments="".join(part.arguments),
                )
                for index, part in sorted(self._calls.items())
            ],
            usage=self._spent(),
            is_cut=self._finish == "length",
        )

    def _spent(self) -> Usage:
        taken = count_in(self._usage, "prompt_tokens")
        made = count_in(self._usage, "completion_tokens")
        model = self._endpoint.model
        cost = model.cost(taken, made)
        if model.provider == "open_router":
            cost = _told_cost(self._usage.get("cost"), cost)
        return Usage(taken, made, cost, 1)


def _told_cost(told: JsonValue, otherwise: int) -> int:
    """In millionths, of what the server says in whole units, if that may be."""
    if isinstance(told, bool) or not isinstance(told, int | float):
        return otherwise
    return round(told * 1_000_000) if 0 <= told < _DEAREST else otherwise


def _text(part: JsonObject) -> str:
    content: Any = part.get("content")
    if isinstance(content, list):
        return "".join(text_in(item, "text") for item in objects_in(part, "content"))
    return content if isinstance(content, str) else ""
