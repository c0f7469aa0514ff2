"""A whole installation in services mode, on a database of its own."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg

ROOT = Path(__file__).resolve().parent.parent
POSTGRES = os.environ.get(
    "DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/postgres"
)
REDIS = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/9")
READY_WITHIN_S = 60


@dataclass(frozen=True)
class Installation:
    """`url` answers; `worker` is the process that runs executions."""

    url: str
    environment: dict[str, str]
    worker: "subprocess.Popen[bytes]"

    @property
    def database(self) -> str:
        return self.environment["DATABASE_URL"]

    def worker_peak_mib(self) -> float:
        """The most memory the worker has had at one time."""
        status = Path(f"/proc/{self.worker.pid}/status").read_text()
        line = next(row for row in status.splitlines() if row.startswith("VmHWM"))
        return int(line.split()[1]) / 1024


@contextmanager
def installation() -> Iterator[Installation]:
    """Web and worker processes on an empty database, which is dropped afterwards."""
    with ExitStack() as stack:
        database = stack.enter_context(_database())
        environment = _environment(database)
        _manage(environment, "migrate", "--verbosity", "0")
        port = _free_port()
        stack.enter_context(_process(environment, *_web(port)))
        worker = stack.enter_context(_process(environment, *_worker()))
        url = f"http://127.0.0.1:{port}"
        _wait_for(url)
        yield Installation(url, environment, worker)


def _web(port: int) -> list[str]:
    return [
        sys.executable, "-m", "uvicorn", "autogpt_site.asgi:application",
        "--port", str(port), "--log-level", "warning", "--no-access-log",
        "--ws", "websockets-sansio",
    ]  # fmt: skip


def _worker() -> list[str]:
    return [
        sys.executable, "-m", "celery", "-A", "autogpt_site", "worker", "-P", "threads",
        "-c", "4", "-Q", "bell,default", "--without-gossip", "--without-mingle",
        "--loglevel", "WARNING",
    ]  # fmt: skip


@contextmanager
def _database() -> Iterator[str]:
    name = f"bench_{secrets.token_hex(4)}"
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield urlunsplit(urlsplit(POSTGRES)._replace(path=f"/{name}"))
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _environment(database: str) -> dict[str, str]:
    keys = ("SECRET_KEY", "JWT_SECRET", "ENCRYPTION_MASTER_KEY")
    made = {key: urlsafe_b64encode(secrets.token_bytes(32)).decode() for key in keys}
    places = {"DATABASE_URL": database, "REDIS_URL": REDIS, "LIMITS": "relaxed"}
    return {**os.environ, **made, **places}


def _manage(environment: dict[str, str], *arguments: str) -> None:
    command = [sys.executable, "manage.py", *arguments]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


@contextmanager
def _process(
    environment: dict[str, str], *command: str
) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/livez").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise TimeoutError(f"{url} did not answer within {READY_WITHIN_S} s")
