"""A language model for tests: a real server that says what it was told to say, in both
wire formats, in parts or whole, and that fails in the ways real ones do."""

import json
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Reply:
    """`calls` are `(name, arguments)`; arguments that are text are sent as they are.

    `raw` replaces the body; `parts` are how many pieces a text is sent in; `cut` breaks
    off after so many events, `hangs_up` by cutting the connection; `fault` is an error
    in the middle of a stream; `delay_s` passes before each event.
    """

    text: str = ""
    calls: tuple[tuple[str, Any], ...] = ()
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    whole: bool = False
    parts: int = 3
    cut: int | None = None
    hangs_up: bool = False
    fault: dict[str, Any] | None = None
    delay_s: float = 0.0
    finish: str | None = None
    counts: bool = True
    thinking: str = ""


def fails(status: int, message: str = "no", kind: str = "", **headers: str) -> Reply:
    error = {"error": {"message": message, "type": kind}}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status=status, raw=json.dumps(error).encode(), headers=named)


@dataclass(frozen=True)
class Asked:
    """A request as it came; header names are lower-case."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def messages(self) -> list[dict[str, Any]]:
        return self.body["messages"]

    @property
    def last(self) -> Any:
        return self.messages[-1]["content"]


class LlmServer:
    """Answers with the replies in order; the last one stays."""

    def __init__(self, replies: Iterable[Reply]) -> None:
        self.replies = list(replies)
        self.asked: list[Asked] = []
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"model": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self.address = f"127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def take(self, asked: Asked) -> Reply:
        with self._lock:
            self.asked.append(asked)
            return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def llm_server(*replies: Reply | str) -> Iterator[LlmServer]:
    server = LlmServer(Reply(text=r) if isinstance(r, str) else r for r in replies)
    try:
        yield server
    finally:
        server.close()


class _Handler(BaseHTTPRequestHandler):
    model: LlmServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.path, headers, json.loads(raw))
        reply = self.model.take(asked)
        messages = self.path.endswith("/messages")
        if reply.raw is not None or reply.whole or not asked.body.get("stream"):
            whole = reply.raw or _whole(reply, messages)
            self._send_whole(reply, whole)
        else:
            self._stream(reply, list(_events(reply, messages)))

    def _send_whole(self, reply: Reply, body: bytes) -> None:
        time.sleep(reply.delay_s)
        self.send_response(reply.status)
        headers = {"content-type": "application/json", **reply.headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, reply: Reply, events: list[bytes]) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for event in events[: reply.cut]:
            time.sleep(reply.delay_s)
            # Cut in the middle, for parts arrive as the network likes.
            for piece in (event[:7], event[7:]):
                if piece:
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                    self.wfile.flush()
        if reply.hangs_up:
            self.close_connection = True
        else:
            self.wfile.write(b"0\r\n\r\n")

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:  # who asked has gone
            return

    def log_message(self, *_: object) -> None:
        """Tests read `asked`."""


def _pieces(text: str, count: int) -> list[str]:
    size = max(-(-len(text) // count), 1)
    return [text[at : at + size] for at in range(0, len(text), size)]


def _arguments(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _events(reply: Reply, messages: bool) -> Iterator[bytes]:
    made = _anthropic_events(reply) if messages else _openai_events(reply)
    for event in made:
        name = f"event: {event['type']}\n" if messages else ""
        yield f"{name}data: {json.dumps(event)}\n\n".encode()
    if not messages and reply.fault is None:
        yield b"data: [DONE]\n\n"


# --- Chat completions -----------------------------------------------------------------

_OPENAI_USAGE = {"prompt_tokens": 1000, "completion_tokens": 100}


def _openai_events(reply: Reply) -> Iterator[dict[str, Any]]:
    yield _choice({"role": "assistant", "content": ""})
    for piece in _pieces(reply.text, reply.parts):
        yield _choice({"content": piece})
    for index, (name, arguments) in enumerate(reply.calls):
        call = {"index": index, "id": f"call_{index}", "type": "function"}
        yield _choice({"tool_calls": [{**call, "function": {"name": name}}]})
        for piece in _pieces(_arguments(arguments), reply.parts):
            function = {"arguments": piece}
            yield _choice({"tool_calls": [{"index": index, "function": function}]})
    if reply.fault is not None:
        yield {"error": reply.fault}
        return
    yield _choice({}, reply.finish or ("tool_calls" if reply.calls else "stop"))
    if reply.counts:
        yield {"choices": [], "usage": _OPENAI_USAGE}


def _choice(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


# --- Messages -------------------------------------------------------------------------


def _anthropic_events(reply: Reply) -> Iterator[dict[str, Any]]:
    usage = {"input_tokens": 1000, "output_tokens": 1} if reply.counts else {}
    yield {"type": "message_start", "message": {"role": "assistant", "usage": usage}}
    yield {"type": "ping"}
    for index, (block, deltas) in enumerate(_anthropic_blocks(reply)):
        place = {"index": index}
        yield {"type": "content_block_start", **place, "content_block": block}
        for delta in deltas:
            yield {"type": "content_block_delta", **place, "delta": delta}
        yield {"type": "content_block_stop", **place}
    if reply.fault is not None:
        yield {"type": "error", "error": reply.fault}
        return
    stop = {"stop_reason": reply.finish or ("tool_use" if reply.calls else "end_turn")}
    used = {"output_tokens": 100} if reply.counts else {}
    yield {"type": "message_delta", "delta": stop, "usage": used}
    yield {"type": "message_stop"}


Block = tuple[dict[str, Any], list[dict[str, Any]]]


def _anthropic_blocks(reply: Reply) -> Iterator[Block]:
    if reply.thinking:
        pieces = _pieces(reply.thinking, reply.parts)
        deltas = [{"type": "thinking_delta", "thinking": piece} for piece in pieces]
        signed = {"type": "signature_delta", "signature": "signed"}
        yield {"type": "thinking", "thinking": ""}, [*deltas, signed]
    if reply.text:
        pieces = _pieces(reply.text, reply.parts)
        deltas = [{"type": "text_delta", "text": piece} for piece in pieces]
        yield {"type": "text", "text": ""}, deltas
    for index, (name, arguments) in enumerate(reply.calls):
        pieces = _pieces(_arguments(arguments), reply.parts)
        deltas = [{"type": "input_json_delta", "partial_json": p} for p in pieces]
        call = {"type": "tool_use", "id": f"call_{index}", "name": name, "input": {}}
        yield call, deltas


# --- Whole ----------------------------------------------------------------------------


def _whole(reply: Reply, messages: bool) -> bytes:
    made = _anthropic_whole(reply) if messages else _openai_whole(reply)
    return json.dumps(made).encode()


def _openai_whole(reply: Reply) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": reply.text or None}
    if reply.calls:
        message["tool_calls"] = [
            {
                "id": f"call_{index}",
                "type": "function",
                "function": {"name": name, "arguments": _arguments(arguments)},
            }
            for index, (name, arguments) in enumerate(reply.calls)
        ]
    finish = reply.finish or "stop"
    choices = [{"index": 0, "message": message, "finish_reason": finish}]
    return {"choices": choices, "usage": _OPENAI_USAGE if reply.counts else None}


def _anthropic_whole(reply: Reply) -> dict[str, Any]:
    content: list[dict[str, Any]] = []
    if reply.text:
        content.append({"type": "text", "text": reply.text})
    for index, (name, arguments) in enumerate(reply.calls):
        call = {"id": f"call_{index}", "name": name, "input": arguments}
        content.append({"type": "tool_use", **call})
    usage = {"input_tokens": 1000, "output_tokens": 100} if reply.counts else {}
    stop = reply.finish or "end_turn"
    return {"type": "message", "content": content, "stop_reason": stop, "usage": usage}
