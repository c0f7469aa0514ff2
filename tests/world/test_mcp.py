"""MCP over real HTTP: sessions, streams of events, and what servers do wrong."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from blocks.credentials import Credential, CredentialKind, CredentialRef
from blocks.secret import Secret
from blocks.testing import FakeContext
from blocks.testing.fakes import FakeCredentials
from core.egress import EgressClient, parse_allow
from executions.engine.egress_http import EgressHttp
from tests.blocks.calls import called

TOOLS = [{"name": "add", "inputSchema": {}}, {"name": "fail", "inputSchema": {}}]


class Server(ThreadingHTTPServer):
    """Answers with JSON or a stream of events, as `style` says."""

    daemon_threads = True

    def __init__(self, style: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.style = style
        self.asked: list[tuple[str, dict[str, str]]] = []
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers["content-length"])))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.asked.append((message["method"], headers))
        if message["method"] != "initialize" and headers.get("mcp-session-id") != "s1":
            return self._send(404, "text/plain", b"no session")
        if "id" not in message:
            return self._send(202, "text/plain", b"")
        self._answer({"jsonrpc": "2.0", "id": message["id"], **self._result(message)})

    def _result(self, message):
        match message["method"], message["params"]:
            case "initialize", _:
                return {"result": {"protocolVersion": "2025-06-18"}}
            case "tools/list", {"cursor": "2"}:
                return {"result": {"tools": TOOLS[1:]}}
            case "tools/list", _:
                return {"result": {"tools": TOOLS[:1], "nextCursor": "2"}}
            case "tools/call", {"name": "add", "arguments": {"a": a, "b": b}}:
                return {"result": {"structuredContent": {"sum": a + b}}}
            case "tools/call", {"name": "fail"}:
                text = {"type": "text", "text": "out of tea"}
                return {"result": {"isError": True, "content": [text]}}
        return {"error": {"code": -32602, "message": "unknown tool"}}

    def _answer(self, answer):
        body = json.dumps(answer).encode()
        if self.server.style == "broken":
            return self._send(200, "application/json", body[:-5])
        if self.server.style == "json":
            return self._send(200, "application/json", body)
        note = b'{"jsonrpc": "2.0", "method": "notifications/progress"}'
        events = b": hello\r\nevent: message\r\ndata: " + note + b"\r\n\r\n"
        half = len(body) // 2
        parts = body.replace(b", ", b",\r\ndata: ", 1) if half else body
        self._send(200, "text/event-stream", events + b"data: " + parts + b"\n\n")

    def _send(self, status, kind, body):
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.send_header("mcp-session-id", "s1")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Tests read `asked`."""


KEY = Credential(
    id="key",
    provider="mcp",
    kind=CredentialKind.API_KEY,
    secrets={"api_key": Secret("hush")},
)


async def ran(style: str, inputs, credential: Credential = KEY):
    server = Server(style)
    place = f"127.0.0.1:{server.server_port}"
    client = EgressClient(allow=parse_allow([place]))
    ctx: Any = FakeContext(credentials=FakeCredentials([credential]))
    ctx.http = EgressHttp(client)
    try:
        asked = {"server_url": f"http://{place}/mcp", **inputs}
        return await called("MCPTool", asked, ctx), server.asked
    finally:
        await client.aclose()
        server.shutdown()
        server.server_close()


ADD = {"selected_tool": "add", "tool_arguments": {"a": 2, "b": 3}}


@pytest.mark.parametrize("style", ["json", "events"])
async def test_tool_is_called_in_a_session(style):
    result, asked = await ran(style, ADD)
    assert result.error is None
    assert result.outputs == [("result", {"sum": 5})]
    assert [method for method, _ in asked] == [
        "initialize",
        "notifications/initialized",
        "tools/call",
    ]
    assert asked[-1][1]["mcp-protocol-version"] == "2025-06-18"


async def test_account_is_used_only_when_the_node_names_it():
    _, asked = await ran("json", ADD)
    assert "authorization" not in asked[0][1]
    named = {"credentials": CredentialRef(id="key").model_dump()}
    _, asked = await ran("json", ADD | named)
    assert asked[0][1]["authorization"] == "Bearer hush"
    _, asked = await ran("json", ADD | {"credentials": {}})
    assert "authorization" not in asked[0][1]


FAILURES = [
    pytest.param("json", {"selected_tool": "fail"}, "tool_failed", "out of tea",
                 id="tool"),
    pytest.param("events", {"selected_tool": "nope"}, "bad_request", "unknown tool",
                 id="unknown-tool"),
    pytest.param("json", {}, "bad_input", "add, fail", id="no-tool"),
    pytest.param("broken", ADD, "server_error", "JSON", id="broken-answer"),
    pytest.param(
        "json",
        {"selected_tool": "add", "tool_input_schema": {"required": ["a", "b"]},
         "tool_arguments": {"a": 1}},
        "bad_input", "'b'", id="missing-argument",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("style", "inputs", "code", "reason"), FAILURES)
async def test_failures_are_told(style, inputs, code, reason):
    result, _ = await ran(style, inputs)
    assert (result.error.code, result.outputs) == (code, [])
    assert reason in str(result.error)


async def test_pins_of_their_own_stand_over_arguments():
    own = {
        **ADD,
        "a": 40,
        "stray": 1,
        "tool_input_schema": {"properties": {"a": {}, "b": {}}},
    }
    result, _ = await ran("json", own)
    assert result.outputs == [("result", {"sum": 43})]


async def test_closed_address_is_not_reached():
    ctx: Any = FakeContext()
    ctx.http = EgressHttp(EgressClient())
    result = await called("MCPTool", {"server_url": "http://127.0.0.1:6379/"}, ctx)
    assert result.error.code == "egress_blocked"
