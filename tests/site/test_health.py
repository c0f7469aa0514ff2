"""Health: alive is not the same as ready."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from autogpt_site import health
from autogpt_site.management.commands import waitschema

ANOTHER_KEY = "A" * 43 + "="

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    health._migrations.cache_clear()
    yield
    health._migrations.cache_clear()


def broken(*args: Any, **kwargs: Any) -> Any:
    raise OperationalError("password=hunter2 host=db.internal")


def test_it_works(client: Client, alice: User):
    assert client.get("/livez").json() == {"status": "alive"}
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (
        200,
        {"status": "ready", "failed": {}},
    )


def test_being_alive_asks_nothing(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
):
    with django_assert_num_queries(0):
        assert client.get("/livez").status_code == 200


def test_a_lost_database_is_not_ready(client: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connection, "cursor", broken)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["failed"]["database"] == "no answer"
    assert b"hunter2" not in answer.content


def test_pending_migrations_are_not_ready_until_they_are_applied(
    client: Client, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as patch:
        patch.setattr(health, "pending_migrations", lambda: ["graphs.0002_more"])
        answer = client.get("/readyz")
    assert (answer.status_code, list(answer.json()["failed"])) == (503, ["migrations"])
    assert client.get("/readyz").status_code == 200


def test_another_key_than_the_data_has_is_not_ready(
    client: Client, alice: User, settings: Settings
):
    settings.ENCRYPTION_MASTER_KEY = ANOTHER_KEY
    answer = client.get("/readyz")
    assert (answer.status_code, list(answer.json()["failed"])) == (503, ["keys"])
    assert ANOTHER_KEY not in answer.content.decode()


def test_a_lost_cache_only_degrades(client: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(type(cache._connections["default"]), "set", broken)  # type: ignore[attr-defined]
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert list(answer.json()["failed"]) == ["cache"]


def test_waiting_ends_when_the_schema_is_there(capsys: pytest.CaptureFixture[str]):
    call_command("waitschema", timeout=0)
    assert capsys.readouterr().out == "The schema is complete.\n"


def test_waiting_goes_on_until_the_schema_is_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    states: list[Any] = [broken, broken, lambda: ["graphs.0001_initial"], list]
    monkeypatch.setattr(waitschema, "pending_migrations", lambda: states.pop(0)())
    monkeypatch.setattr(waitschema, "POLL_S", 0)
    monkeypatch.setattr(connection, "close", lambda: None)
    call_command("waitschema", timeout=30)
    out, err = capsys.readouterr()
    # Each reason is said once.
    assert err.count("does not answer") == 1
    assert "graphs.0001_initial" in err
    assert "complete" in out


def test_waiting_in_vain_says_for_what(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(waitschema, "pending_migrations", lambda: ["graphs.0002_more"])
    with pytest.raises(
        CommandError, match=r"in vain: 1 migrations .*graphs\.0002_more"
    ):
        call_command("waitschema", timeout=0)
