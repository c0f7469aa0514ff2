"""Starts of runs: the same one again, and far too many."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import httpx
from django.db import connection
from django.test import Client

from core.ratelimit.rates import RATES_BY_NAME
from executions.domain.status import ExecutionStatus
from executions.models import Execution
from tests.factories import document
from tests.security.corpus.facts import Facts
from tests.security.corpus.rows import Row
from tests.security.corpus.runs import engine
from tests.security.corpus.stage import JSON, Stage
from tests.security.corpus.tools import (
    Target,
    Tools,
    both,
    of_kind,
    starting,
    with_part,
)
from tests.servers import Process, Site, answers, new_agent, until

AT_ONCE: Final = 8
WINDOW_S: Final = 60.0


def same_key(row: Row, tools: Tools) -> Facts:
    """Starts with one idempotency key, one after the other or all at once."""
    stage, given = Stage(), row.given
    client, path = _owner(stage, given), stage.path(row.target.partition(" ")[2])
    key = {"Idempotency-Key": _key(given)}
    differs = given.get("second_body_differs", False)
    before = Execution.objects.count()

    def start(number: int) -> tuple[int, str]:
        inputs = {"Input": number if differs else 1}
        answer = client.post(path, {"inputs": inputs}, JSON, headers=key)
        return answer.status_code, answer.json().get("id", "")

    how = _together if given.get("concurrent") else _in_turn
    told = how(start, given.get("repeat", 2 if differs else 1))
    ids = {id_ for status, id_ in told if status == 202}
    return {
        "status": _least_welcome(row, [status for status, _ in told]),
        "executions": Execution.objects.count() - before,
        "same_execution_id": len(ids) == 1,
    }


def _owner(stage: Stage, given: Any) -> Client:
    return stage.client(given.get("as", "userA"))


def _key(given: Any) -> str:
    key = given["idempotency_key"]
    return key if isinstance(key, str) else "k" * int(key.get("n", 300))


def _least_welcome(row: Row, statuses: list[int]) -> int:
    """The last; of several that must all be right, one that is not."""
    wanted = row.expect.get("status", ())
    wrong = [s for s in statuses if s not in wanted]
    if "second_body_differs" in row.given:
        return statuses[-1]
    return wrong[0] if wrong else statuses[-1]


def _in_turn(start: Callable[[int], Any], times: int) -> list[Any]:
    return [start(number) for number in range(times)]


def _together(start: Callable[[int], Any], times: int) -> list[Any]:
    def begun(number: int) -> Any:
        try:
            return start(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(begun, range(times)))


# --- Too many -------------------------------------------------------------------------


def too_often(row: Row, tools: Tools) -> Facts:
    """Many starts; what was accepted of them comes to its end."""
    tools.settings.RATES = RATES_BY_NAME["default"]
    stage, given = Stage(), row.given
    path, client = stage.path(row.target.partition(" ")[2]), stage.client("userA")
    began = perf_counter()
    statuses: list[int] = []
    for _ in range(given["times"]):
        answer = client.post(path, {"inputs": {"Input": 1}}, JSON)
        statuses.append(answer.status_code)
    given.get("seconds")  # a slower machine only makes it easier for the caller
    assert perf_counter() - began < WINDOW_S
    accepted = statuses.count(202)
    return {
        "status_last": statuses[-1],
        "retry_after": "Retry-After" in answer,
        "accepted_all_terminal": accepted > 0 and _all_end(accepted + 2),
    }


def _all_end(runs: int) -> bool:
    """Those of the stage are two more."""
    over = [status.value for status in ExecutionStatus if status.is_final]
    with engine():
        ended = Execution.objects.filter(status__in=over)
        return until(lambda: ended.count() == runs, within_s=60)


# --- A server that dies ---------------------------------------------------------------


class _Doomed(Site):
    """Dies after the commit of a start, before it answers."""

    def start(self) -> None:
        settings = {"DJANGO_SETTINGS_MODULE": "chaos.settings"}
        self.process = Process(
            ["manage.py", "up", "--port", str(self.port)],
            self.folder / "log",
            self.environment | settings | {"FAILPOINT": "F2:1:kill9"},
        )
        answers(self.process, self.url)


def repeated_after_a_death(row: Row, tools: Tools) -> Facts:
    """The server dies after it has stored the start; the client asks again."""
    assert row.given["kill -9 web before the reply, then retry"] is True
    key = {"Idempotency-Key": row.given["idempotency_key"]}
    folder = Path(tools.folder)
    doomed = _Doomed(folder)
    doomed.start()
    graph = _dies(doomed, key)
    site = Site(folder)
    site.start()
    try:
        with site.demo() as client:
            path = f"/graphs/{graph}/executions/"
            answer = client.post(path, json={"inputs": {"Input": 1}}, headers=key)
            runs = client.get(f"/executions/?graph={graph}").json()["results"]
    finally:
        site.process.stop()
    return {"status": answer.status_code, "executions": len(runs)}


def _dies(site: Site, key: dict[str, str]) -> str:
    with site.demo() as client:
        graph = new_agent(client, document())
        path = f"/graphs/{graph}/executions/"
        try:
            client.post(path, json={"inputs": {"Input": 1}}, headers=key)
        except httpx.TransportError:
            site.process.popen.wait(10)
            return graph
    site.process.kill()
    raise AssertionError("the server was to die before it answered")


EXECUTE = starting("POST /api/graphs/<A>/execute/")
TARGETS = [
    Target(
        both(of_kind("idempotency"), with_part("kill -9")),
        repeated_after_a_death,
        "nothing",
    ),
    Target(
        both(of_kind("idempotency"), with_part("idempotency_key")),
        same_key,
        "transactions",
    ),
    Target(
        both(EXECUTE, of_kind("rate"), with_part("times")), too_often, "transactions"
    ),
]
