"""An installation in services mode: its processes, and what holds which run."""

import itertools
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx
import psycopg
from psycopg import sql

from chaos.apps import READY
from chaos.processes import Process
from chaos.servers import PostgreSQL, Redis
from chaos.volumes import Volume
from scripts.commands import ROOT
from scripts.own_servers import HOST, free_port
from scripts.recipes import command_of
from scripts.sealed_rows import SealedRows
from scripts.services import throw_away_secrets

Row = tuple[Any, ...]

READY_WITHIN_S: Final = 60.0
GONE_WITHIN_S: Final = 40.0
_TEMPLATE: Final = "chaos_template"
_NOT_OURS: Final = ("FAILPOINT", "CHAOS_BELL", "CHAOS_CLOCK_OFFSET_S")


class NotReadyError(Exception):
    """Something did not come up; the text says what, and where its log is."""


class Site:
    """`web`, `workers` and `beats` are the processes that should be up now."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://{HOST}:{self.port}"
        self.web: Process | None = None
        self.workers: list[Process] = []
        self.beats: list[Process] = []
        self._environment = environment
        self._number = itertools.count(1)
        self._all: list[Process] = []

    # --- Processes ---

    def start_web(self, **extra: str) -> Process:
        """Return once it answers; `extra` is added to its environment."""
        self.web = self._start("web", self.port, extra)
        until(self._web_answers, READY_WITHIN_S, f"the web process ({self.folder})")
        return self.web

    def start_ready_worker(self, **extra: str) -> Process:
        worker = self.start_worker(**extra)
        self.wait_for_workers()
        return worker

    def start_worker(self, **extra: str) -> Process:
        """`extra` is added to its environment."""
        worker = self._start("worker", 0, extra)
        self.workers.append(worker)
        return worker

    def start_beat(self) -> Process:
        schedule = self.folder / f"beat-schedule-{len(self._all)}"
        beat = self._start("beat", 0, {}, "-s", str(schedule))
        self.beats.append(beat)
        return beat

    def wait_for_workers(self) -> None:
        """Until each has said that its engine looks for work."""
        for worker in self.workers:
            until(partial(_is_ready, worker), READY_WITHIN_S, f"worker ({worker.log})")

    def kill_worker(self, worker: Process) -> None:
        self.workers.remove(worker)
        worker.kill()

    def replace_dead(self) -> int:
        """Start a worker for each that died by itself; how many there were."""
        dead = [worker for worker in self.workers if not worker.is_up]
        for worker in dead:
            self.workers.remove(worker)
            self.start_worker()
        return len(dead)

    def end(self) -> None:
        for process in self._all:
            process.kill()

    def _start(
        self, target: str, port: int, extra: dict[str, str], *arguments: str
    ) -> Process:
        name = f"{target}-{next(self._number)}"
        # One web process: with more, one that is killed is replaced at once.
        recipe = command_of(target, PORT=port, WEB_PROCESSES=1)
        command = (*recipe, *arguments)
        environment = self._environment | extra
        process = Process(name, command, self.folder / f"{name}.log", environment)
        self._all.append(process)
        return process

    def _web_answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/livez", timeout=2).status_code == 200
        except httpx.TransportError:
            return False

    # --- The database ---

    @property
    def database_url(self) -> str:
        return self._environment["DATABASE_URL"]

    @contextmanager
    def database(self) -> Iterator["psycopg.Connection[Any]"]:
        with psycopg.connect(
            self.database_url, autocommit=True, connect_timeout=5
        ) as connection:
            yield connection

    def rows(self, query: str, *parameters: object) -> list[Row]:
        with self.database() as connection:
            return connection.execute(query.encode(), parameters).fetchall()

    @contextmanager
    def sealed(self) -> Iterator[SealedRows]:
        """To open what is stored."""
        with self.database() as connection:
            yield SealedRows(connection, self._environment)

    def held_by(self, process: Process) -> list[str]:
        """The runs whose lease names this process."""
        found = self.rows(
            "SELECT id FROM executions_execution WHERE status = 'RUNNING' "
            r"AND lease_owner ~ ('\m' || %s || '\M')",
            str(process.pid),
        )
        return [str(row[0]) for row in found]

    def ended(self) -> int:
        [(count,)] = self.rows(
            "SELECT count(*) FROM executions_execution WHERE ended_at IS NOT NULL"
        )
        return int(count)

    def unfinished(self) -> int:
        [(count,)] = self.rows(
            "SELECT count(*) FROM executions_execution WHERE ended_at IS NULL"
        )
        return int(count)


def _is_ready(worker: Process) -> bool:
    """Or dead, which is for others to notice."""
    return worker.says(READY) or not worker.is_up


def until(ask: Callable[[], bool], within_s: float, what: str) -> None:
    """
    Raises:
        NotReadyError: it did not become true in time.
    """
    deadline = time.monotonic() + within_s
    while not ask():
        if time.monotonic() > deadline:
            raise NotReadyError(f"{what} was not ready within {within_s:.0f} s")
        time.sleep(0.05)


class Ground:
    """The servers that sites are built on; each site gets an empty database. `volume`
    is what PostgreSQL stores on, where that is one of its own."""

    def __init__(
        self,
        postgresql: PostgreSQL,
        redis: Redis,
        folder: Path,
        volume: Volume | None = None,
    ) -> None:
        self.postgresql = postgresql
        self.redis = redis
        self.volume = volume
        self.folder = folder
        self._secrets = throw_away_secrets()
        self._prepare_template()

    @contextmanager
    def site(self, name: str, egress_allow: str) -> Iterator[Site]:
        database = f"chaos_{secrets.token_hex(4)}"
        self._create(database, _TEMPLATE)
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        site = Site(self._environment(database, egress_allow, folder), folder)
        try:
            yield site
        finally:
            site.end()
            self._drop(database)

    def _prepare_template(self) -> None:
        self._create(_TEMPLATE, "template1")
        command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        environment = self._environment(_TEMPLATE, "", self.folder)
        subprocess.run(command, cwd=ROOT, env=environment, check=True)

    def _environment(
        self, database: str, egress_allow: str, folder: Path
    ) -> dict[str, str]:
        inherited = {k: v for k, v in os.environ.items() if k not in _NOT_OURS}
        return {
            **inherited,
            **self._secrets,
            "DJANGO_SETTINGS_MODULE": "chaos.settings",
            "DATABASE_URL": f"{self.postgresql.url}/{database}",
            "REDIS_URL": self.redis.url,
            "EGRESS_ALLOW": egress_allow,
            "DATA_DIR": str(folder),
            "LIMITS": "relaxed",
        }

    def _create(self, database: str, template: str) -> None:
        self._execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(database), sql.Identifier(template)
            )
        )

    def _drop(self, database: str) -> None:
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        self._execute(drop.format(sql.Identifier(database)))

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(
            f"{self.postgresql.url}/postgres", autocommit=True
        ) as connection:
            connection.execute(statement)
