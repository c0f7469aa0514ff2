"""A client of the Model Context Protocol over HTTP: one session at one server."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import orjson

from blocks.errors import BlockError
from blocks.rest import failure_code
from blocks.values import JsonObject
from blocks.world import MIB, HttpClient, HttpStream

_VERSION: Final = "2025-06-18"
_MAX_ANSWER: Final = 20 * MIB
_MAX_TOOL_PAGES: Final = 20
_SHOWN: Final = 300


class McpSession:
    """Speaks JSON-RPC; answers come as JSON or as a stream of events.

    Every method raises BlockError: code `bad_request`, `server_error` or `tool_failed`,
    or as HTTP.
    """

    def __init__(
        self, http: HttpClient, url: str, headers: Mapping[str, str], timeout_s: float
    ) -> None:
        self._http = http
        self._url = url
        self._headers = {
            **headers,
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
        }
        self._timeout_s = timeout_s
        self._last_id = 0

    async def begin(self) -> None:
        """Greet the server; everything else comes after."""
        await self._ask(
            "initialize",
            {
                "protocolVersion": _VERSION,
                "capabilities": {},
                "clientInfo": {"name": "autogpt-site", "version": "1"},
            },
        )
        self._headers["MCP-Protocol-Version"] = _VERSION
        await self._tell("notifications/initialized")

    async def tools(self) -> list[JsonObject]:
        """What the server offers: name, description, inputSchema of each."""
        found: list[JsonObject] = []
        cursor: str | None = None
        for _ in range(_MAX_TOOL_PAGES):
            page = await self._ask("tools/list", {"cursor": cursor} if cursor else {})
            found += [tool for tool in page.get("tools", ()) if isinstance(tool, dict)]
            cursor = page.get("nextCursor")
            if not cursor:
                break
        return found

    async def call(self, tool: str, arguments: JsonObject) -> Any:
        """What the tool answers: its structured content, else its text or parts."""
        answer = await self._ask("tools/call", {"name": tool, "arguments": arguments})
        value = _content(answer)
        if answer.get("isError"):
            raise BlockError(
                f"the tool failed: {str(value)[:_SHOWN]}", code="tool_failed"
            )
        return value

    async def _ask(self, method: str, params: JsonObject) -> Any:
        self._last_id += 1
        message: JsonObject = {"jsonrpc": "2.0", "id": self._last_id}
        message |= {"method": method, "params": params}
        answer = await self._send(message, self._last_id)
        if answer is None:
            raise BlockError("the MCP server did not answer", code="server_error")
        if error := answer.get("error"):
            text = error.get("message") if isinstance(error, dict) else error
            raise BlockError(
                f"the MCP server: {str(text)[:_SHOWN]}", code="bad_request"
            )
        result = answer.get("result")
        return result if isinstance(result, dict) else {}

    async def _tell(self, method: str) -> None:
        await self._send({"jsonrpc": "2.0", "method": method}, None)

    async def _send(self, message: JsonObject, wanted: int | None) -> Any:
        async with self._http.stream(
            "POST",
            self._url,
            headers=self._headers,
            body=orjson.dumps(message),
            timeout_s=self._timeout_s,
            max_bytes=_MAX_ANSWER,
        ) as stream:
            self._check(stream)
            return None if wanted is None else await _answer(stream, wanted)

    def _check(self, stream: HttpStream) -> None:
        if not 200 <= stream.status < 300:
            raise BlockError(
                f"the MCP server answered with {stream.status}",
                code=failure_code(stream.status),
            )
        if session := stream.headers.get("mcp-session-id"):
            self._headers["Mcp-Session-Id"] = session


async def _answer(stream: HttpStream, wanted: int) -> Any:
    """The message with that id; a stream may tell other things before it."""
    if "text/event-stream" not in stream.headers.get("content-type", ""):
        raw = b"".join([chunk async for chunk in stream.chunks()])
        return _message(raw)
    async for data in events(stream.chunks()):
        message = _message(data)
        if message.get("id") == wanted:
            return message
    return None


async def events(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The data of each server-sent event."""
    rest, data = b"", []
    async for chunk in chunks:
        *lines, rest = (rest + chunk).replace(b"\r\n", b"\n").split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                data.append(line[5:].removeprefix(b" "))
            elif not line and data:
                yield b"\n".join(data)
                data = []
    if rest.startswith(b"data:"):
        data.append(rest[5:].removeprefix(b" "))
    if data:
        yield b"\n".join(data)


def _message(raw: bytes) -> Any:
    try:
        message = orjson.loads(raw)
    except orjson.JSONDecodeError:
        message = None
    if not isinstance(message, dict):
        raise BlockError("the MCP server did not answer with JSON", code="server_error")
    return message


def _content(answer: Mapping[str, Any]) -> Any:
    if answer.get("structuredContent") is not None:
        return answer["structuredContent"]
    parts = [_part(part) for part in answer.get("content") or () if part]
    return parts[0] if len(parts) == 1 else parts


def _part(part: Any) -> Any:
    """Text is read as JSON if it is an object or a list; other parts stay."""
    if not isinstance(part, dict) or part.get("type") != "text":
        return part
    text = str(part.get("text", ""))
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    return value if isinstance(value, dict | list) else text
