"""The anchor: plain Celery, as in its first tutorial, with a task that does nothing."""

import os

from celery import Celery

app = Celery(
    "anchor",
    broker=os.environ.get("ANCHOR_REDIS"),
    backend=os.environ.get("ANCHOR_REDIS"),
)
app.conf.update(task_acks_late=False, broker_connection_retry_on_startup=True)


@app.task(ignore_result=True)
def nothing() -> None:
    """For the drain of a backlog."""


@app.task
def answer() -> int:
    """For clients that wait for the result."""
    return 1
