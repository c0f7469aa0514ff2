"""Answers of a model for the examples of blocks."""

import orjson

from blocks.credentials import Credential, CredentialKind
from blocks.secret import Secret
from blocks.values import JsonValue

ACCOUNT = Credential(
    id="example",
    provider="openai",
    kind=CredentialKind.API_KEY,
    secrets={"api_key": Secret("example")},
)


def answering(text: str) -> tuple[str, str, int, dict[str, str], bytes]:
    """A call of the model that gets this text."""
    return _call({"content": text})


def calling(
    name: str, **arguments: JsonValue
) -> tuple[str, str, int, dict[str, str], bytes]:
    """A call of the model that wants a tool."""
    function = {"name": name, "arguments": orjson.dumps(arguments).decode()}
    return _call({"tool_calls": [{"id": "call_1", "function": function}]})


def _call(message: object) -> tuple[str, str, int, dict[str, str], bytes]:
    usage = {"prompt_tokens": 20, "completion_tokens": 5}
    body = orjson.dumps({"choices": [{"message": message}], "usage": usage})
    url = "https://api.openai.com/v1/chat/completions"
    return ("POST", url, 200, {"content-type": "application/json"}, body)


USAGE = {"input_tokens": 20, "output_tokens": 5, "cost": 105, "calls": 1}
"""Of one such answer of the default model."""
