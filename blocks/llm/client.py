"""Asking a model: one request, its answer while it comes, and asking again."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final, Protocol, TypeAlias

from blocks.context import Context
from blocks.errors import BlockError
from blocks.llm import anthropic_wire, openai_wire
from blocks.llm.endpoint import Endpoint, endpoint_for
from blocks.llm.failures import (
    ModelError,
    empty,
    incomplete,
    refusal,
    unreadable,
)
from blocks.llm.fitting import tokens_in, tokens_of
from blocks.llm.messages import Answer, Request, Usage
from blocks.llm.reading import events, parsed
from blocks.values import JsonObject
from blocks.world import MIB, HttpStream

TIMEOUT_S: Final = 600.0
"""Models that think are silent for minutes."""
_LARGEST: Final = 64 * MIB
_LARGEST_REFUSAL: Final = 64 * 1024
_MAY_PASS: Final = frozenset(
    {"rate_limit", "server_error", "unreachable", "empty_answer"}
)
_FIRST_WAIT_S: Final = 0.5
_LONGEST_WAIT_S: Final = 30.0
"""Whoever asks for more patience gets it from the retry policy of the node."""

Show: TypeAlias = Callable[[str], None]


class Parts(Protocol):
    """An answer as it comes; both ways of taking return what is new of its text."""

    is_complete: bool

    def take(self, event: JsonObject) -> str: ...
    def take_whole(self, answer: JsonObject) -> str: ...
    def answer(self) -> Answer: ...


class Wire(Protocol):
    """A wire format, which is a module; `END` marks the end of a stream."""

    @property
    def END(self) -> bytes: ...

    def url(self, endpoint: Endpoint) -> str: ...
    def headers(self, endpoint: Endpoint) -> dict[str, str]: ...
    def body(self, endpoint: Endpoint, request: Request) -> bytes: ...
    def gathering(self, endpoint: Endpoint) -> Parts: ...


_WIRES: Final[dict[str, Wire]] = {"openai": openai_wire, "anthropic": anthropic_wire}


async def complete(ctx: Context, request: Request) -> Answer:
    """Ask, and ask again up to `request.resend` times where the failure may pass.

    Raises:
        BlockError: with a code that retry policies understand: `rate_limit`,
            `server_error`, `timeout`, `unreachable`; or one that asking again does not
            cure: `unauthorized`, `bad_request`, `unknown_model`, `quota_exceeded`,
            `declined`, `too_long`, `bad_answer`; or as for credentials.
    """
    endpoint = await endpoint_for(ctx, request)
    failures = 0
    while True:
        try:
            return await _once(ctx, endpoint, request)
        except BlockError as error:
            failures += 1
            wait_s = _wait_before_next(error, failures)
            if failures > request.resend or wait_s is None:
                raise
        await asyncio.sleep(wait_s)


def _wait_before_next(error: BlockError, failures: int) -> float | None:
    """None: asking again is no use, or would take too long."""
    if error.code not in _MAY_PASS:
        return None
    wished = error.wait_s if isinstance(error, ModelError) else None
    usual = min(_FIRST_WAIT_S * 2.0 ** (failures - 1), _LONGEST_WAIT_S)
    wait_s = usual if wished is None else wished
    return wait_s if wait_s <= _LONGEST_WAIT_S else None


async def _once(ctx: Context, endpoint: Endpoint, request: Request) -> Answer:
    wire = _WIRES[endpoint.speaks]
    async with ctx.http.stream(
        "POST",
        wire.url(endpoint),
        headers={"content-type": "application/json", **wire.headers(endpoint)},
        body=wire.body(endpoint, request),
        timeout_s=TIMEOUT_S,
        max_bytes=_LARGEST,
    ) as stream:
        if not 200 <= stream.status < 300:
            body = await _start_of(stream.chunks(), _LARGEST_REFUSAL)
            raise refusal(endpoint, stream.status, stream.headers, body, ctx.now())
        answer = await _read(ctx, endpoint, request, stream)
    if not answer.text and not answer.calls:
        raise empty(endpoint, is_cut=answer.is_cut)
    return _counted(endpoint, request, answer)


async def _start_of(chunks: AsyncIterator[bytes], size: int) -> bytes:
    found = b""
    async for chunk in chunks:
        found += chunk
        if len(found) >= size:
            break
    return found


async def _read(
    ctx: Context, endpoint: Endpoint, request: Request, stream: HttpStream
) -> Answer:
    gathering = _WIRES[endpoint.speaks].gathering(endpoint)
    show = ctx.live.text if request.is_shown else _hide
    if "event-stream" in stream.headers.get("content-type", ""):
        await _take_events(endpoint, gathering, stream.chunks(), show)
    else:
        await _take_body(endpoint, gathering, stream.chunks(), show)
    if not gathering.is_complete:
        raise incomplete(endpoint)
    return gathering.answer()


async def _take_body(
    endpoint: Endpoint, gathering: Parts, chunks: AsyncIterator[bytes], show: Show
) -> None:
    """An answer that does not say that it comes in parts; some do all the same."""
    body = b"".join([chunk async for chunk in chunks])
    whole = parsed(body)
    if whole is not None:
        show(gathering.take_whole(whole))
    elif body.lstrip().startswith((b"data:", b"event:", b":")):
        await _take_events(endpoint, gathering, _in_one(body), show)
    else:
        raise unreadable(endpoint)


async def _in_one(body: bytes) -> AsyncIterator[bytes]:
    yield body


async def _take_events(
    endpoint: Endpoint, gathering: Parts, chunks: AsyncIterator[bytes], show: Show
) -> None:
    end = _WIRES[endpoint.speaks].END
    async for data in events(chunks):
        if data == end:
            gathering.is_complete = True
            continue
        event = parsed(data)
        if event is None:
            raise unreadable(endpoint)
        if more := gathering.take(event):
            show(more)


def _hide(text: str) -> None:
    """Answers that nobody is to watch."""


def _counted(endpoint: Endpoint, request: Request, answer: Answer) -> Answer:
    """With an estimate where the server does not count."""
    usage = answer.usage
    if usage.input_tokens or usage.output_tokens:
        return answer
    taken = tokens_of(request.messages)
    made = tokens_in(answer.text) + sum(tokens_in(c.arguments) for c in answer.calls)
    cost = endpoint.model.cost(taken, made)
    return Answer(
        text=answer.text,
        calls=answer.calls,
        usage=Usage(taken, made, cost, 1),
        is_cut=answer.is_cut,
        thoughts=answer.thoughts,
    )
