"""What comes in by other ways than HTTP bodies: the broker's queue, a signed cookie."""

import json
import logging
import pickle
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from celery import Celery
from celery.contrib.testing.worker import start_worker
from django.conf import settings
from django.test import Client
from kombu import Connection, Producer

from autogpt_site.celery import app
from tests.security.corpus.facts import Facts
from tests.security.corpus.generators import built, unpickled
from tests.security.corpus.rows import Row
from tests.security.corpus.tools import Target, Tools, starting
from tests.servers import until

QUEUE: Final = "corpus"
REFUSED: Final = ("Refusing to deserialize", "ContentDisallowed", "unregistered task")


def queued(row: Row, tools: Tools) -> Facts:
    """A worker with our settings finds the message in its queue."""
    given = row.given
    before = unpickled()
    worker = _worker()
    options: Any = {"pool": "solo", "perform_ping_check": False}
    with start_worker(worker, **options), _heard(tools):
        _publish(worker, given["content_type"], built(given["body"]))
        until(lambda: _is_refused(tools), within_s=15)
    return {
        "executed": bool(tools.spy.programs) or unpickled() != before,
        "audit": [("worker.refused", "")] if _is_refused(tools) else [],
    }


@contextmanager
def _heard(tools: Tools) -> Iterator[None]:
    """What the worker logs; while it starts, it sets up logging anew."""
    logger = logging.getLogger("celery.worker.consumer.consumer")
    logger.addHandler(tools.log.handler)
    try:
        yield
    finally:
        logger.removeHandler(tools.log.handler)


def _worker() -> Celery:
    """Ours in what it accepts and knows, on a queue that nobody else reads."""
    worker = Celery(
        "corpus", broker="memory://corpus", backend=None, set_as_current=False
    )
    worker.conf.accept_content = app.conf.accept_content
    worker.conf.task_default_queue = QUEUE
    worker.conf.worker_hijack_root_logger = False
    worker.conf.broker_connection_retry_on_startup = True
    return worker


def _publish(worker: Celery, content_type: str, body: Any) -> None:
    raw = body if isinstance(body, bytes) else _task(body)
    with worker.connection_for_write() as connection:
        _send(connection, content_type, raw, body)


def _send(connection: Connection, kind: str, raw: bytes, body: Any) -> None:
    is_task = isinstance(body, dict)
    headers = {"task": body["task"], "id": "1", "lang": "py"} if is_task else {}
    Producer(connection).publish(
        raw,
        routing_key=QUEUE,
        content_type=kind,
        content_encoding="utf-8" if is_task else "binary",
        headers=headers,
    )


def _task(body: Any) -> bytes:
    return json.dumps([body.get("args", []), body.get("kwargs", {}), {}]).encode()


def _is_refused(tools: Tools) -> bool:
    return any(text in tools.log.text for text in REFUSED)


def forged_session(row: Row, tools: Tools) -> Facts:
    before = unpickled()
    client = Client()
    value = row.value if isinstance(row.value, bytes) else pickle.dumps(row.value)
    client.cookies[settings.SESSION_COOKIE_NAME] = b64encode(value).decode()
    answer = client.get("/api/v1/graphs/")
    return {
        "status": answer.status_code,
        "executed": bool(tools.spy.programs) or unpickled() != before,
        "text": answer.content.decode(),
    }


TARGETS = [
    Target(starting("broker queue"), queued, "nothing"),
    Target(starting("session cookie"), forged_session),
]
