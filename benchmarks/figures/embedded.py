"""Embedded mode: `make run` on a machine that is prepared."""

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks.figures import Figures
from benchmarks.installation import Machine, answers
from benchmarks.loads import ROUNDS
from benchmarks.processes import Process, shared_mib, until
from scripts.commands import ROOT
from scripts.own_servers import free_port
from scripts.recipes import without_make

IDLE_S: Final = 5
SERVICES: Final = ("DATABASE_URL", "REDIS_URL", "LIMITS", "DJANGO_SETTINGS_MODULE")


def make_run(machine: Machine) -> Figures:
    """From the command to the first answer, and what all its processes take, idle."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        with _running(folder):
            pass  # the database is there from now on
        ready = [_ready_s(folder) for _ in range(ROUNDS)]
        with _running(folder) as process:
            time.sleep(IDLE_S)
            idle = shared_mib(process.pid)
    return {"ready_s": statistics.median(ready), "idle_mib": idle}


def _ready_s(folder: Path) -> float:
    began = time.perf_counter()
    with _running(folder):
        return time.perf_counter() - began


@contextmanager
def _running(folder: Path) -> Iterator[Process]:
    """`make run` with its data in the folder; it answers."""
    port = free_port()
    inherited = without_make(os.environ)
    kept = {name: text for name, text in inherited.items() if name not in SERVICES}
    command = ["make", "-C", str(ROOT), "run", f"PORT={port}"]
    process = Process(command, {**kept, "DATA_DIR": str(folder)}, folder / "log")
    try:
        url = f"http://127.0.0.1:{port}"
        until(lambda: answers(url), process.log_path.name, every_s=0.01)
        yield process
    finally:
        process.stop()
