"""Tools of servers that speak the Model Context Protocol."""

from typing import Annotated, Any, Final

import orjson
from pydantic import BeforeValidator

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.credentials import CredentialKind, CredentialRef, credentials_pin
from blocks.errors import BlockInputError
from blocks.library.http_authenticated import require_host
from blocks.mcp import McpSession
from blocks.spec import Category, CostHint, Effect, Example
from blocks.values import JsonObject

_URL: Final = "https://mcp.example/mcp"
_JSON: Final = {"content-type": "application/json"}
_TIMEOUT_S: Final = 60.0


def _result(number: int, result: JsonObject) -> bytes:
    return orjson.dumps({"jsonrpc": "2.0", "id": number, "result": result})


_TOOLS: Final = _result(2, {"tools": [{"name": "weather"}]})
_GREETING: Final[tuple[tuple[str, str, int, dict[str, str], bytes], ...]] = (
    ("POST", _URL, 200, _JSON, _result(1, {"protocolVersion": "2025-06-18"})),
    ("POST", _URL, 202, {}, b""),
)


@block(
    id="a0a4b1c2-d3e4-4f56-a7b8-c9d0e1f2a3b4",
    name="MCPToolBlock",
    categories=(Category.DEVELOPER_TOOLS,),
    effect=Effect.ONCE,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={
                "server_url": _URL,
                "selected_tool": "weather",
                "tool_arguments": {"city": "Oslo"},
            },
            calls=(
                *_GREETING,
                (
                    "POST",
                    _URL,
                    200,
                    _JSON,
                    _result(2, {"content": [{"type": "text", "text": "Rain"}]}),
                ),
            ),
            outputs=[("result", "Rain")],
        ),
        Example(
            inputs={"server_url": _URL},
            calls=(
                *_GREETING,
                (
                    "POST",
                    _URL,
                    200,
                    _JSON,
                    _result(2, {"tools": [{"name": "weather"}]}),
                ),
            ),
            error="choose one of weather",
        ),
    ),
)
class MCPTool(Block):
    """Calls a tool of a remote MCP server."""

    class Input(Pins):
        server_url: str = pin("The address of the server.")
        credentials: Annotated[
            CredentialRef | None, BeforeValidator(lambda value: value or None)
        ] = credentials_pin(
            "mcp",
            kinds=(CredentialKind.OAUTH2, CredentialKind.API_KEY),
            description="The account at the server, if it asks for one.",
        )
        selected_tool: str = pin("The name of the tool.", default="")
        tool_input_schema: dict[str, Any] = pin(
            "What the tool takes, as JSON Schema.", default={}, hidden=True
        )
        tool_description: str = pin("What the tool does.", default="", hidden=True)
        tool_arguments: dict[str, Any] = pin("What to give the tool.", default={})

    class Output(Pins):
        result: Any = pin("What the tool answered.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        arguments = _arguments(inputs)
        headers = await _headers(inputs, ctx)
        session = McpSession(ctx.http, inputs.server_url, headers, _TIMEOUT_S)
        await session.begin()
        if not inputs.selected_tool:
            names = ", ".join(str(tool.get("name")) for tool in await session.tools())
            raise BlockInputError(f"pin 'selected_tool': choose one of {names}")
        yield "result", await session.call(inputs.selected_tool, arguments)


def _arguments(inputs: Any) -> JsonObject:
    """Those given together and, over them, those that have a pin of their own."""
    schema = inputs.tool_input_schema
    known = schema.get("properties") or {}
    own = {k: v for k, v in (inputs.model_extra or {}).items() if k in known}
    arguments = {**inputs.tool_arguments, **own}
    missing = [name for name in schema.get("required") or () if name not in arguments]
    if missing:
        names = ", ".join(map(repr, missing))
        raise BlockInputError(f"pin 'tool_arguments': the tool also needs {names}")
    return arguments


async def _headers(inputs: Any, ctx: Context) -> dict[str, str]:
    """Only an account that the node names is used: the server may be anybody's."""
    if inputs.credentials is None:
        return {}
    credential = await ctx.credentials.get(inputs.credentials, "mcp")
    if credential.hosts:
        require_host(inputs.server_url, credential)
    return {"Authorization": f"Bearer {credential.token.reveal()}"}
