"""The anchor: plain Celery on the same machine and the same Redis, prefork -c 2."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import redis

from benchmarks.installation import Machine
from benchmarks.processes import Process, until
from scripts.commands import ROOT

COUNT: Final = 5_000
CLIENTS: Final = 8
SECONDS: Final = 6.0
QUEUE: Final = "celery"
TAKEN: Final = "unacked"


def drain_rate(machine: Machine) -> float:
    """Tasks published beforehand, from the first one taken to the last one done."""
    _publish(machine)
    with redis.Redis.from_url(machine.redis_url) as client, worker(machine):
        until(lambda: client.llen(QUEUE) < COUNT, "the first task", every_s=0.001)
        began = time.perf_counter()
        until(lambda: not client.llen(QUEUE) and not client.hlen(TAKEN), "the drain")
        return COUNT / (time.perf_counter() - began)


def _publish(machine: Machine) -> None:
    publish = (
        "from benchmarks.celery_app import app, nothing\n"
        "with app.producer_pool.acquire(block=True) as producer:\n"
        f"    for _ in range({COUNT}): nothing.apply_async(producer=producer)\n"
    )
    subprocess.run(
        [sys.executable, "-c", publish], cwd=ROOT, env=_environment(machine), check=True
    )


def answers_per_s(machine: Machine) -> float:
    """Of 8 clients, each waiting for the result; a worker runs."""
    command = [sys.executable, "-m", "benchmarks.celery_clients"]
    done = subprocess.run(
        [*command, str(CLIENTS), str(SECONDS)],
        cwd=ROOT,
        env=_environment(machine),
        check=True,
        capture_output=True,
    )
    return float(done.stdout)


@contextmanager
def worker(machine: Machine) -> Iterator[Process]:
    command = [sys.executable, "-m", "celery", "-A", "benchmarks.celery_app", "worker"]
    options = ["-P", "prefork", "-c", "2", "--without-gossip", "--without-mingle"]
    log = machine.folder / "celery.log"
    log.unlink(missing_ok=True)
    process = Process(
        [*command, *options, "--loglevel", "WARNING"], _environment(machine), log
    )
    try:
        yield process
    finally:
        process.stop()


def _environment(machine: Machine) -> dict[str, str]:
    return {**os.environ, "ANCHOR_REDIS": machine.redis_url}
