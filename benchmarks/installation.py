"""A whole installation in services mode, on servers' databases of its own."""

import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg
import redis
from celery import Celery

from benchmarks.api import Api
from benchmarks.processes import Process, until
from scripts.commands import ROOT
from scripts.own_servers import free_port, own_redis
from scripts.recipes import command_of, without_make
from scripts.services import postgresql, throw_away_secrets

Connection = psycopg.Connection[Any]

DURABLE: Final = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
}

NOT_OURS: Final = ("DJANGO_SETTINGS_MODULE", "DATA_DIR")


@dataclass(frozen=True)
class Machine:
    """PostgreSQL with a database ready to be copied, and a Redis that is ours alone."""

    server: str
    template: str
    redis_url: str
    environment: Mapping[str, str]
    folder: Path

    @contextmanager
    def installation(self, *, workers: int = 1) -> Iterator["Installation"]:
        """One web process and `workers` workers on an empty database."""
        with ExitStack() as stack:
            name = stack.enter_context(_database(self.server, self.template))
            stack.callback(_empty, self.redis_url)
            place = {"DATABASE_URL": _at(self.server, name)}
            site = Installation(self, {**self.environment, **place}, name)
            stack.callback(site.stop)
            site.start_web()
            for _ in range(workers):
                site.start_worker()
            yield site


@dataclass
class Installation:
    machine: Machine
    environment: Mapping[str, str]
    name: str
    url: str = ""
    processes: list[Process] = field(default_factory=list)
    workers: list[Process] = field(default_factory=list)

    @property
    def worker(self) -> Process:
        return self.workers[-1]

    @property
    def web(self) -> Process:
        return self.processes[0]

    def start_web(self) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        web = self._start(command_of("web", PORT=port))
        until(lambda: answers(self.url) or not web.is_alive, "the web process")
        if not web.is_alive:
            raise RuntimeError(f"the web process ended: {web.log[-2000:]}")

    def start_worker(self, **environment: str) -> Process:
        worker = self._start(command_of("worker"), **environment)
        self.workers.append(worker)
        until(self._workers_answer, "the workers")
        return worker

    def _workers_answer(self) -> bool:
        """
        Raises:
            RuntimeError: the newest has ended.
        """
        if not self.worker.is_alive:
            raise RuntimeError(f"the worker ended: {self.worker.log[-2000:]}")
        alive = sum(worker.is_alive for worker in self.workers)
        return len(self._celery.control.ping(timeout=0.3) or ()) >= alive

    def ring(self, times: int = 1) -> None:
        """Ring workers as the web processes do."""
        with self._celery.producer_pool.acquire(block=True) as producer:
            for _ in range(times):
                self._celery.send_task(
                    "executions.bell", queue="bell", producer=producer
                )

    @cached_property
    def _celery(self) -> Celery:
        return Celery(broker=self.environment["REDIS_URL"])

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.stop()
        self.processes.clear()
        self.workers.clear()

    def stop_workers(self) -> None:
        for worker in self.workers:
            worker.stop()
        self.workers.clear()

    def _start(self, command: list[str], **environment: str) -> Process:
        log = self.machine.folder / f"{self.name}-{len(self.processes)}.log"
        process = Process(command, {**self.environment, **environment}, log)
        self.processes.append(process)
        return process

    @contextmanager
    def api(self, email: str = "bench@example.com") -> Iterator[Api]:
        """A new account's way in."""
        with httpx.Client(base_url=f"{self.url}/api/v1/", timeout=90) as client:
            yield Api.register(client, email)

    def connect(self) -> Connection:
        return psycopg.connect(self.environment["DATABASE_URL"], autocommit=True)


@contextmanager
def machine() -> Iterator[Machine]:
    """The PostgreSQL of this machine, or one of our own if it has none; our own Redis.

    All that was made on them is gone afterwards.
    """
    with ExitStack() as stack:
        server = stack.enter_context(postgresql(**DURABLE))
        redis_url = stack.enter_context(own_redis())
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-"))
        template = stack.enter_context(_database(server, "template0"))
        environment = _environment(redis_url)
        _migrate({**environment, "DATABASE_URL": _at(server, template)})
        yield Machine(server, template, redis_url, environment, Path(folder))


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/livez").status_code == 200
    except httpx.TransportError:
        return False


def _environment(redis_url: str) -> dict[str, str]:
    inherited = without_make(os.environ)
    kept = {name: text for name, text in inherited.items() if name not in NOT_OURS}
    place = {"REDIS_URL": redis_url, "LIMITS": "relaxed"}
    return {**kept, **throw_away_secrets(), **place}


@contextmanager
def _database(server: str, template: str) -> Iterator[str]:
    name = f"bench_{secrets.token_hex(4)}"
    with psycopg.connect(_at(server, "postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield name
    finally:
        with psycopg.connect(_at(server, "postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _at(server: str, database: str) -> str:
    return urlunsplit(urlsplit(server)._replace(path=f"/{database}"))


def _empty(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()


def _migrate(environment: Mapping[str, str]) -> None:
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
