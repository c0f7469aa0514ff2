"""Short ways to ask the server of tests through the guarded client."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from blocks.base import Step
from blocks.credentials import Credential, CredentialKind
from blocks.errors import BlockError
from blocks.invoke import prepare
from blocks.llm.client import complete
from blocks.llm.messages import Request
from blocks.secret import Secret
from blocks.testing import FakeContext, FakeHttp, Result, run_block
from blocks.testing.fakes import FakeCredentials, FakeTools
from blocks.world import Tool, ToolResult
from core.egress import EgressClient
from executions.engine.egress_http import EgressHttp
from tests.blocks.calls import named
from tests.llm_server import LlmServer

KEY = "sk-very-secret-0123456789"
OPENAI, ANTHROPIC = "gpt-4o-mini", "claude-haiku-4-5"
BOTH = (OPENAI, ANTHROPIC)


def account(provider: str, server: LlmServer | None, key: str = KEY) -> Credential:
    path = "/v1" if provider != "anthropic" else ""
    url = f"http://{server.address}{path}" if server else ""
    return Credential(
        id=provider,
        provider=provider,
        kind=CredentialKind.API_KEY,
        secrets={"api_key": Secret(key)},
        settings={"base_url": url} if url else {},
    )


@asynccontextmanager
async def context(
    server: LlmServer,
    *accounts: Credential,
    tools: tuple[Tool, ...] = (),
    answers: tuple[ToolResult, ...] = (),
) -> AsyncIterator[FakeContext]:
    """Only HTTP is real."""
    client = EgressClient(
        allow=frozenset({("127.0.0.1", server.port), ("localhost", server.port)})
    )
    given = accounts or (account("openai", server), account("anthropic", server))
    try:
        yield FakeContext(
            http=cast(FakeHttp, EgressHttp(client)),
            credentials=FakeCredentials(given),
            tools=FakeTools(tools, answers),
        )
    finally:
        await client.aclose()


async def stepped(
    name: str, ctx: FakeContext, **inputs: Any
) -> tuple[list[Step], BlockError | None]:
    """All that the block yields, costs too, and how it failed."""
    spec = named(name)
    steps: list[Step] = []
    try:
        async for step in spec.block.run(prepare(spec, inputs, {}), ctx):
            steps.append(step)
    except BlockError as error:
        return steps, error
    return steps, None


async def called(name: str, server: LlmServer, **inputs: Any) -> Result:
    async with context(server) as ctx:
        return await run_block(named(name), inputs, ctx)


def saying(model: str, *messages, **more) -> Request:
    talk = messages or ({"role": "user", "content": "Hello"},)
    return Request(model=model, messages=talk, **({"resend": 0} | more))


async def answer_of(server: LlmServer, request: Request):
    async with context(server) as ctx:
        return await complete(ctx, request), ctx
