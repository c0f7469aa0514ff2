"""What is left of a run when its process dies in the middle of it."""

import os
import secrets
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest
from psycopg import sql

from scripts.own_servers import free_port
from scripts.services import throw_away_secrets
from tests.executions.agents import errand, mapped, sums, ticks
from tests.servers import (
    Effects,
    Process,
    answers,
    ended,
    events_of,
    new_agent,
    registered,
    running_site,
    start_run,
    until,
)


@pytest.fixture
def effects() -> Iterator[Effects]:
    world = Effects()
    yield world
    world.close()


def nodes_of(client: httpx.Client, run: str) -> dict[str, Any]:
    rows = client.get(f"/executions/{run}/nodes/").json()["results"]
    return {row["node_id"]: row for row in rows}


def wait_for_timer(client: httpx.Client, run: str) -> None:
    def is_waiting() -> bool:
        timer = nodes_of(client, run).get("timer")
        return bool(timer and timer["status"] == "WAITING")

    until(is_waiting)


def check_errand(client: httpx.Client, run: str, effects: Effects) -> None:
    """Everything happened, and what was durable before the end of the process once."""
    result = ended(client, run)
    assert (result["status"], result["outputs"]) == ("COMPLETED", {"Output": [200]})
    assert [call[1] for call in effects.calls] == ["/before", "/after"]
    events = events_of(client, run)
    assert [e["type"] for e in events].count("execution.started") == 1
    ends = [e["node_id"] for e in events if e["type"] == "node.completed"]
    assert sorted(ends) == sorted(set(ends))
    rows = nodes_of(client, run)
    assert {row["status"] for row in rows.values()} == {"COMPLETED"}
    assert {name: rows[name]["attempt"] for name in ("pure", "before", "after")} == {
        "pure": 1,
        "before": 1,
        "after": 1,
    }
    assert len(rows["timer"]["outputs"]) == 1


# --- Embedded mode --------------------------------------------------------------------


def test_a_run_outlives_its_process(tmp_path: Path, effects: Effects):
    with (
        running_site(tmp_path, EGRESS_ALLOW=effects.address) as site,
        site.demo() as client,
    ):
        agent = new_agent(client, errand(effects.address))
        run = start_run(client, agent, {"Input": 1})["id"]
        wait_for_timer(client, run)
        site.process.kill()
        site.start()
        check_errand(client, run, effects)
    assert site.process.complaints() == []


def test_an_effect_of_unknown_outcome_is_not_repeated(tmp_path, effects):
    with (
        running_site(tmp_path, EGRESS_ALLOW=effects.address) as site,
        site.demo() as client,
    ):
        agent = new_agent(client, errand(effects.address, last_path="/slow/"))
        run = start_run(client, agent, {"Input": 1})["id"]
        until(lambda: len(effects.calls) == 2)
        site.process.kill()
        site.start()
        result = ended(client, run)
    assert result["status"] == "FAILED"
    assert [error["code"] for error in result["errors"]] == ["outcome_unknown"]
    assert [call[1] for call in effects.calls] == ["/before", "/slow/"]


def test_all_accepted_runs_come_to_their_end(tmp_path):
    """Killed again, at no particular moment, while new runs come in. A third time in a
    row would be held against the node that was under way."""
    runs: list[str] = []
    with running_site(tmp_path) as site, site.demo() as client:
        agent = new_agent(client, ticks(seconds=1, repeat=2))
        for _ in range(2):
            runs += [start_run(client, agent, {"Input": 5})["id"] for _ in range(8)]
            site.process.kill()
            site.start()
        results = [ended(client, run) for run in runs]
        for run in runs:
            events_of(client, run)
    assert [r["outputs"] for r in results] == [{"Output": [5, 5]}] * len(runs)


def test_what_a_block_had_other_agents_do_is_done_once(tmp_path):
    """Killed while the second pair is at work: the first is not run again."""
    items = [1, 2, 3, 4, 5]
    with running_site(tmp_path) as site, site.demo() as client:
        ticking = new_agent(client, ticks(seconds=1, repeat=1))
        agent = new_agent(client, mapped(ticking, items))
        run = start_run(client, agent, {})["id"]

        def children() -> list[Any]:
            rows = client.get("/executions/", params={"parent": run}).json()["results"]
            return [row["id"] for row in rows]

        until(lambda: len(children()) >= 3)
        site.process.kill()
        site.start()
        result = ended(client, run)
        assert len(children()) == len(items)
    assert (result["status"], result["outputs"]) == (
        "COMPLETED",
        {"Output": [items], "Errors": [[]]},
    )


def test_a_cancelled_run_stays_cancelled(tmp_path):
    with running_site(tmp_path) as site, site.demo() as client:
        agent = new_agent(client, ticks(seconds=60, repeat=1))
        run = start_run(client, agent, {"Input": 5})["id"]
        wait_for_timer(client, run)
        client.post(f"/executions/{run}/cancel/")
        site.process.kill()
        site.start()
        assert ended(client, run)["status"] == "CANCELLED"


# --- Services mode --------------------------------------------------------------------


class Cluster:
    """One web process and its workers on a database of their own."""

    def __init__(self, folder: Path, database_url: str, egress_allow: str) -> None:
        self._folder = folder
        self._environment = {
            **throw_away_secrets(),
            "DATABASE_URL": database_url,
            "REDIS_URL": os.environ["REDIS_URL"],
            "DATA_DIR": str(folder),
            "EGRESS_ALLOW": egress_allow,
        }
        self._database_url = database_url
        self.processes: list[Process] = []
        self.workers: list[Process] = []

    def start(self) -> None:
        """Return once both workers have done some work."""
        self._migrate()
        self._start_servers()
        with registered(self.url, "first@example.org") as client:
            agent = new_agent(client, sums())
            seen: set[int] = set()

            def have_all_worked() -> bool:
                run = start_run(client, agent, {"Input": 1})["id"]
                ended(client, run)
                seen.add(self._owner_of(run))
                return seen >= {worker.popen.pid for worker in self.workers}

            until(have_all_worked, within_s=60)

    def _start_servers(self) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        web = ["-m", "uvicorn", "autogpt_site.asgi:application", "--port", str(port)]
        worker = ["-m", "celery", "-A", "autogpt_site", "worker", "-P", "threads"]
        worker += ["-c", "2", "-Q", "bell,default", "--without-gossip"]
        self.workers = [self._process(f"worker{n}", worker) for n in (1, 2)]
        answers(self._process("web", [*web, "--no-access-log"]), self.url)

    def _migrate(self) -> None:
        migrate = self._process("migrate", ["manage.py", "migrate"])
        assert migrate.popen.wait(60) == 0, migrate.log

    def _process(self, name: str, command: list[str]) -> Process:
        process = Process(command, self._folder / name, self._environment)
        self.processes.append(process)
        return process

    def holder_of(self, run: str) -> Process:
        """The worker whose lease the run is under."""
        pid = self._owner_of(run)
        return next(w for w in self.workers if w.popen.pid == pid)

    def _owner_of(self, run: str) -> int:
        with psycopg.connect(self._database_url) as connection:
            row = connection.execute(
                "SELECT lease_owner FROM executions_execution WHERE id = %s", [run]
            ).fetchone()
        owner = row[0] if row else ""
        return int(owner.split(":")[1]) if owner else 0

    def end(self) -> None:
        for process in self.processes:
            process.kill()


@contextmanager
def own_database() -> Iterator[str]:
    given = os.environ["DATABASE_URL"]
    name = f"kill_{secrets.token_hex(4)}"
    maintenance = urlsplit(given)._replace(path="/postgres").geturl()
    with psycopg.connect(maintenance, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlsplit(given)._replace(path=f"/{name}").geturl()
        finally:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
            connection.execute(drop.format(sql.Identifier(name)))


@pytest.fixture
def cluster(tmp_path: Path, effects: Effects) -> Iterator[Cluster]:
    with ExitStack() as stack:
        url = stack.enter_context(own_database())
        running = Cluster(tmp_path, url, effects.address)
        stack.callback(running.end)
        running.start()
        yield running


@pytest.mark.services
@pytest.mark.parametrize(
    ("end", "seconds"),
    [
        pytest.param(signal.SIGKILL, 3, id="killed: after the lease"),
        pytest.param(signal.SIGTERM, 4, id="asked to end: handed back"),
    ],
)
def test_another_worker_finishes_the_run(cluster, effects, end, seconds):
    with registered(cluster.url, "alice@example.org") as client:
        agent = new_agent(client, errand(effects.address, seconds=seconds))
        run = start_run(client, agent, {"Input": 1})["id"]
        wait_for_timer(client, run)
        cluster.holder_of(run).popen.send_signal(end)
        ended(client, run, within_s=25)
        check_errand(client, run, effects)
        started = [e for e in events_of(client, run) if e["type"] == "node.started"]
        assert [e["node_id"] for e in started].count("timer") == 2


@pytest.mark.services
def test_a_worker_that_was_asleep_writes_nothing(cluster, effects):
    """Its lease is gone when it wakes: the run has been finished by another."""
    with registered(cluster.url, "alice@example.org") as client:
        agent = new_agent(client, errand(effects.address))
        run = start_run(client, agent, {"Input": 1})["id"]
        wait_for_timer(client, run)
        holder = cluster.holder_of(run)
        holder.popen.send_signal(signal.SIGSTOP)
        ended(client, run, 35)
        before = events_of(client, run)
        holder.popen.send_signal(signal.SIGCONT)
        again = start_run(client, new_agent(client, sums()), {"Input": 1}, "?wait=10")
        assert again["status"] == "COMPLETED"
        until(lambda: "lost the lease" in holder.log or "leases may" in holder.log)
        assert events_of(client, run) == before
        check_errand(client, run, effects)
