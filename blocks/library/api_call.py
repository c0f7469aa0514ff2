"""A call of a JSON API that either succeeds or fails."""

from typing import Any, Final

import orjson

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.errors import BlockError
from blocks.library.http import HttpMethod
from blocks.rest import failure_code
from blocks.spec import Category, CostHint, Effect, Example

_JSON: Final = {"content-type": "application/json"}
_TIMEOUT_S: Final = 30.0
_SHOWN: Final = 500


@block(
    id="c58e0b9a-6a0d-4f4f-9d0e-3b7a51e8c6d2",
    name="APICallBlock",
    categories=(Category.OUTPUT, Category.DEVELOPER_TOOLS),
    effect=Effect.ONCE,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"url": "https://api.example/items", "payload": {"name": "tea"}},
            calls=(("POST", "https://api.example/items", 200, _JSON, b'{"id": 7}'),),
            outputs=[("success", {"id": 7}), ("status", 200)],
        ),
        Example(
            inputs={"url": "https://api.example/items", "payload": {}},
            calls=(("POST", "https://api.example/items", 503, {}, b"closed"),),
            error="answered with 503: closed",
        ),
    ),
)
class APICall(Block):
    """Calls a JSON API and gives what it answered. Any answer but a success is a
    failure, and so is one that takes over 30 seconds."""

    class Input(Pins):
        url: str = pin("The address.", placeholder="https://api.example.com")
        payload: Any = pin("What to send, as JSON.", default=None)
        method: HttpMethod = pin("What to ask for.", default=HttpMethod.POST)
        headers: dict[str, str] = pin("Headers to send.", default={})

    class Output(Pins):
        success: Any = pin("The answer.")
        status: int = pin("The status code of the answer.")

    def effect(self, inputs: Any) -> Effect:
        harmless = inputs.method in (HttpMethod.GET, HttpMethod.HEAD)
        return Effect.IDEMPOTENT if harmless else Effect.ONCE

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        body = None if inputs.payload is None else orjson.dumps(inputs.payload)
        kind = {} if body is None else {"Content-Type": "application/json"}
        answer = await ctx.http.request(
            inputs.method.value,
            inputs.url,
            headers={**kind, **inputs.headers},
            body=body,
            timeout_s=_TIMEOUT_S,
        )
        text = answer.body.decode(errors="replace")
        if not 200 <= answer.status < 300:
            raise BlockError(
                f"the API answered with {answer.status}: {text[:_SHOWN]}",
                code=failure_code(answer.status),
            )
        yield "success", _value(answer.body)
        yield "status", answer.status


def _value(body: bytes) -> Any:
    try:
        return orjson.loads(body) if body else None
    except orjson.JSONDecodeError:
        message = "the API did not answer with JSON"
        raise BlockError(message, code="server_error") from None
