"""A credential is put through runs on a real server; then it is looked for everywhere,
in every form that programs give to text."""

import shutil
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.executions.test_kill import Cluster, own_database
from tests.security.canary import (  # noqa: F401 - `echo` is a fixture
    echo,
    forms,
    found,
    of_postgresql,
    places,
    said_to,
    unescaped,
)
from tests.servers import registered

CANARY = 'CANARY-7f3a/"x+y'
SIX = {"node output", "errors", "export", "logs", "ws frames", "database"}


def check(told: dict[str, str]) -> None:
    assert {place.partition(":")[0] for place in told} >= SIX
    assert all(told.values()), "a place that says nothing proves nothing"
    assert found(told, CANARY) == []
    assert "[secret]" in told["node output:/"]


def test_it_is_found_nowhere(tmp_path: Path, echo: str):  # noqa: F811
    check(places(tmp_path, echo, CANARY))


@pytest.mark.services
def test_it_is_found_nowhere_in_services_mode(tmp_path: Path, echo: str):  # noqa: F811
    """Where the processes are several, and the database has a dump of its own."""
    if shutil.which("pg_dump") is None:
        pytest.fail("pg_dump is not on PATH. Install PostgreSQL's client.")
    with ExitStack() as stack:
        url = stack.enter_context(own_database())
        cluster = Cluster(tmp_path, url, echo)
        stack.callback(cluster.end)
        cluster.start()
        with registered(cluster.url, "alice@example.org") as client:
            told = said_to(client, cluster.url, echo, CANARY)
        told["database"] = of_postgresql(url)
        told["logs"] = "".join(process.log for process in cluster.processes)
    check(told)


@pytest.mark.parametrize("form", forms(CANARY))
def test_each_form_would_be_found(form: str):
    """Bare, and behind escapes."""
    hidden = forms(CANARY)[form].replace("\\", "\\\\")
    hidden = hidden.replace('"', "\\u0022").replace("/", "\\/")
    assert ("x", form) in found({"x": f"before {hidden} after"}, CANARY)
    assert forms(CANARY)[form] == unescaped(hidden)
