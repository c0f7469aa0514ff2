"""The same storage in a bucket of an S3-compatible service."""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import User
from executions.files import services
from executions.files.storage import storage
from executions.models import StoredFile
from tests.files.test_services import store

pytestmark = pytest.mark.django_db


class Bucket(BaseHTTPRequestHandler):
    """Objects by path; asked without a signature it answers nothing."""

    objects: dict[str, bytes]

    def do_PUT(self) -> None:
        size = int(self.headers["Content-Length"])
        self.objects[self.path] = self.rfile.read(size)
        self._answer(200)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        found = self.objects.get(self.path.partition("?")[0])
        if found is None:
            self._answer(404)
            return
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
        if asked:
            part = found[int(asked[1]) : int(asked[2] or len(found)) + 1]
            self._answer(206, part, len(found))
        else:
            self._answer(200, found)

    def do_DELETE(self) -> None:
        self.objects.pop(self.path, None)
        self._answer(204)

    def _answer(self, status: int, body: bytes = b"", of: int = 0) -> None:
        is_signed = "AWS4-HMAC-SHA256" in (self.headers.get("Authorization") or "")
        self.send_response(status if is_signed else 403)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"tag"')
        self.send_header("Last-Modified", "Sat, 31 Jan 2026 12:00:00 GMT")
        if of:
            self.send_header("Content-Range", f"bytes 0-{len(body) - 1}/{of}")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Tests read `objects`."""


@pytest.fixture
def objects(settings: Settings) -> Iterator[dict[str, bytes]]:
    kept: dict[str, bytes] = {}
    handler = type("Handler", (Bucket,), {"objects": kept})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    options = {
        **settings.FILES_IN_BUCKET["OPTIONS"],
        "bucket_name": "agents",
        "endpoint_url": address,
        "region_name": "eu-1",
        "access_key": "key",
        "secret_key": "secret",
    }
    backend = {**settings.FILES_IN_BUCKET, "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "files": backend}
    yield kept
    storage().connection.meta.client.close()  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()
    thread.join()


def test_it_works(alice: User, objects: dict[str, bytes]):
    made = store(alice, b"hello")
    path = f"/agents/{made.workspace_id}/{made.id}"
    assert objects == {path: b"hello"}
    with storage().open(made.key) as content:
        assert content.read() == b"hello"
        content.seek(1)
        assert content.read(2) == b"el"
    services.file_delete(file=made)
    assert objects == {}
    assert not StoredFile.objects.exists()


def test_what_is_gone_is_told(alice: User, objects: dict[str, bytes]):
    made = store(alice)
    objects.clear()
    with pytest.raises(FileNotFoundError), storage().open(made.key) as content:
        content.read()
