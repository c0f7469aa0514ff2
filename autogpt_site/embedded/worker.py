"""A real Celery worker and the engine, in threads of the server process."""

import logging
import threading
from typing import Any

from celery.worker import WorkController

from autogpt_site.celery import app
from executions.engine.service import engine

logger = logging.getLogger(__name__)


class _Controller(WorkController):
    """Says when it listens; the bare controller sends no signal for it."""

    def __init__(self, ready: threading.Event, **options: Any) -> None:
        self._ready = ready
        super().__init__(**options)

    def on_consumer_ready(self, consumer: object) -> None:
        self._ready.set()


class EmbeddedWorker:
    """`start` returns when doorbells are heard; `stop` when the engine has stopped."""

    def __init__(self) -> None:
        self._ready = threading.Event()
        self._controller = _Controller(
            self._ready,
            app=app,
            pool_cls="threads",
            concurrency=2,
            queues=["bell", "default"],
            loglevel="WARNING",
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )
        self._thread = threading.Thread(
            target=self._controller.start, name="celery", daemon=True
        )

    def start(self) -> None:
        engine.start()
        self._thread.start()
        if not self._ready.wait(10):
            logger.warning("embedded worker: no doorbell yet; looking every second")
        engine.ring()

    def stop(self) -> None:
        engine.stop()
        self._controller.stop()
