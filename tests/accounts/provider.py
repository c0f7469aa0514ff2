"""A provider of accounts on loopback: it trades codes and refresh tokens in, and tells
good tokens from bad ones."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import orjson


class Provider:
    """`answers` are `(status, body)` of the next trades; `asked` what was sent."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.address = f"127.0.0.1:{port}"
        self.answers: list[tuple[int, Any]] = []
        self.asked: list[dict[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.good = {"Bearer good"}
        self.pause_s = 0.0

    def settings(self, **changes: Any) -> dict[str, Any]:
        """What `OAUTH_PROVIDERS` says of it."""
        oauth = {
            "authorize_url": f"{self.url}/authorize",
            "token_url": f"{self.url}/token",
            "scopes": ["read"],
            **changes,
        }
        kinds, test = ["oauth2", "api_key"], {"url": f"{self.url}/me"}
        return {
            "loopback": {"title": "Loopback", "kinds": kinds, "oauth": oauth,
                         "test": test}
        }  # fmt: skip


@contextmanager
def provider_running() -> Iterator[Provider]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            good = self.headers.get("Authorization") in provider.good
            self._answer(200 if good else 401, {})

        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            provider.asked.append(dict(parse_qsl(self.rfile.read(size).decode())))
            provider.headers.append({k.lower(): v for k, v in self.headers.items()})
            threading.Event().wait(provider.pause_s)
            self._answer(*provider.answers.pop(0))

        def _answer(self, status: int, body: Any) -> None:
            raw = body if isinstance(body, bytes) else orjson.dumps(body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: the output of tests is theirs."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        provider = Provider(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield provider
        finally:
            server.shutdown()
            thread.join()
