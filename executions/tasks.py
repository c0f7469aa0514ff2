"""Celery's part: the doorbell, and the engine's life in a worker process."""

from typing import Any

from celery import shared_task
from celery.signals import worker_ready, worker_shutting_down

from executions.engine.service import engine


@shared_task(name="executions.bell", ignore_result=True)
def bell() -> None:
    """There may be executions to run: hand over to the loop and return."""
    engine.ring()


@worker_ready.connect
def start_engine(**_: Any) -> None:
    engine.start()
    engine.ring()


@worker_shutting_down.connect
def stop_engine(**_: Any) -> None:
    engine.stop()
