"""Runs for rows: one that ends within its request, and an engine for many."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.test import Client

from executions import direct
from executions.engine.service import EngineService
from executions.models import Execution
from tests.security.corpus.stage import JSON
from tests.security.corpus.tools import Tools


def run_at_once(tools: Tools, client: Client, graph: str, inputs: Any) -> Execution:
    """To its end, within the transaction of the test."""
    direct.limited.forget()
    path = f"/api/v1/graphs/{graph}/executions/?wait=5"
    answer = client.post(path, {"inputs": inputs}, JSON)
    assert answer.status_code == 200, answer.content
    return Execution.objects.get(id=answer.json()["id"])


@contextmanager
def engine() -> Iterator[EngineService]:
    """Of this process. Needs a test without a transaction around it."""
    running = EngineService()
    running.start()
    try:
        yield running
    finally:
        running.stop()
        _end_sessions()


def _end_sessions() -> None:
    """Threads of a pool keep theirs until the process ends, which here it does not."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
