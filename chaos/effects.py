"""The world outside: a web server that only adds to its log of what it was asked."""

import json
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

Calls = Counter["Call"]


class Call(NamedTuple):
    """`run` is the key of the run, `key` the idempotency key of the request."""

    path: str
    run: str
    key: str


class EffectLog:
    """Answers each request after `delay_s`, once it stands in the log."""

    def __init__(self, log: Path, delay_s: float = 0.02) -> None:
        self._log = log.open("a", buffering=1)
        self._lock = threading.Lock()
        self._calls: Calls = Counter()
        self.delay_s = delay_s
        handler = type("Handler", (_Handler,), {"effects": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self.address = f"127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def add(self, call: Call) -> None:
        with self._lock:
            self._calls[call] += 1
            self._log.write(json.dumps([time.time(), *call]) + "\n")

    def calls(self) -> Calls:
        """How often each was asked for."""
        with self._lock:
            return Counter(self._calls)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._log.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 200


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    effects: EffectLog

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        body = json.loads(raw or b"{}")
        key = self.headers.get("idempotency-key", "")
        self.effects.add(Call(self.path, str(body.get("key")), key))
        time.sleep(self.effects.delay_s)
        self._answer(b'{"done": true}')

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:  # who asked was killed
            return

    def log_message(self, *_: object) -> None:
        """The log of effects says it all."""
