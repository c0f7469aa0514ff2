"""New keys while everything goes on: nothing is lost, nothing stays under old ones."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings as site_settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils.timezone import now
from pytest_django import Settings

from accounts import rotation
from accounts.models import Credential, DataKey, User
from accounts.selectors import default_workspace
from core import failpoints
from core.crypto import MasterKeys
from core.keys import forget_keys, keyring
from executions.models import Execution, NodeExecution, Signal
from graphs.models import Graph, GraphVersion
from tests.executions.rows import make_execution
from tests.factories import make_user

pytestmark = pytest.mark.django_db

SECRET = {"api_key": "CANARY-7f3a"}
NEW_MASTER = "B" * 43


@pytest.fixture(autouse=True)
def _in_no_hurry(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No other process is there to be waited for."""
    monkeypatch.setattr(rotation, "FRESH_S", 0)
    monkeypatch.setattr(rotation, "_SPARE_S", 0)
    monkeypatch.setattr(rotation, "BATCH", 3)
    yield
    failpoints.clear()
    forget_keys()


def filled(user: User, count: int = 5) -> None:
    """Some of everything that is sealed."""
    for n in range(count):
        run = make_execution(user, inputs={"n": n})
        Signal.objects.create(execution=run, kind="answer", body={"n": n})
        NodeExecution.objects.create(
            execution=run,
            node_id="a",
            number=1,
            status="RUNNING",
            inputs={"n": n},
            outputs=[],
            started_at=now(),
        )
        credential = Credential(
            workspace=default_workspace(user), owner=user, provider="openai"
        )
        credential.secrets = SECRET
        credential.save()


def check(user: User, count: int = 5) -> None:
    """All of it opens, as a process reads it that has just started."""
    forget_keys()
    assert User.objects.get(id=user.id).email == user.email
    assert [run.inputs["n"] for run in Execution.objects.order_by("id")] == [
        *range(count)
    ]
    assert [s.body["n"] for s in Signal.objects.order_by("id")] == [*range(count)]
    assert {n.inputs["n"] for n in NodeExecution.objects.all()} == {*range(count)}
    assert all(c.secrets == SECRET for c in Credential.objects.all())
    assert all(graph.draft["nodes"] for graph in Graph.objects.all())
    assert all(version.body["nodes"] for version in GraphVersion.objects.all())


def used_keys() -> set[str]:
    """The ids of all data keys that have sealed anything."""
    found = set()
    for column in rotation.columns():
        start = column.field.token_at + 1
        table, name = column.model._meta.db_table, column.field.column
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {name} FROM {table} WHERE {name} IS NOT NULL")  # noqa: S608
            for (stored,) in cursor.fetchall():
                found.add(bytes(stored)[start : start + 8].hex())
    return found


def newest_keys() -> set[str]:
    rows = DataKey.objects.filter(purpose="data", retired_at=None)
    return set(rows.values_list("key_id", flat=True))


def test_a_new_master_key_wraps_every_data_key(alice: User, settings: Settings):
    filled(alice)
    before, used = keyring().key_id, used_keys()
    settings.ENCRYPTION_MASTER_KEYS_OLD = [settings.ENCRYPTION_MASTER_KEY]
    settings.ENCRYPTION_MASTER_KEY = NEW_MASTER
    check(alice)
    call_command("rotatekeys")
    settings.ENCRYPTION_MASTER_KEYS_OLD = []
    check(alice)
    assert User.objects.get_by_natural_key(alice.email) == alice
    assert set(DataKey.objects.values_list("master_id", flat=True)) == {
        MasterKeys(NEW_MASTER).id
    }
    assert keyring().key_id != before
    assert used_keys() == used


def test_without_the_older_master_key_it_says_so(alice: User, settings: Settings):
    settings.ENCRYPTION_MASTER_KEY = NEW_MASTER
    with pytest.raises(CommandError, match="ENCRYPTION_MASTER_KEYS_OLD"):
        call_command("rotatekeys")


def test_new_data_keys_seal_everything(alice: User, capsys: pytest.CaptureFixture[str]):
    filled(alice)
    before = used_keys()
    call_command("rotatekeys", data_keys=True)
    check(alice)
    assert not used_keys() & before
    assert used_keys() <= newest_keys()
    retired = DataKey.objects.exclude(retired_at=None)
    assert before <= set(retired.values_list("key_id", flat=True))
    out, err = capsys.readouterr()
    assert "values sealed anew" in out
    assert "accounts.Credential.sealed: 5 of 5" in err


def test_it_can_be_done_again_and_again(alice: User):
    filled(alice)
    for _ in range(3):
        call_command("rotatekeys", data_keys=True)
    check(alice)
    assert used_keys() <= newest_keys()


class _Killed(BaseException):
    """As if the process had ended here."""


def test_what_was_killed_goes_on_where_it_was(alice: User):
    def die() -> None:
        raise _Killed

    filled(alice)
    keys = None
    for nth in (1, 2, 4, 7):
        failpoints.install("F14", nth=nth, action=die)
        with pytest.raises(_Killed):
            call_command("rotatekeys", data_keys=True)
        check(alice)
        # No attempt makes keys of its own.
        keys = keys or newest_keys()
        assert newest_keys() == keys
    failpoints.clear()
    call_command("rotatekeys", data_keys=True)
    check(alice)
    assert used_keys() <= newest_keys()


def test_what_does_not_open_is_named_and_stops_nothing(alice: User):
    filled(alice)
    bad = Credential.objects.earliest("id")
    other: Any = Credential.objects.order_by("id").values_list("sealed", flat=True)[1]
    Credential.objects.filter(id=bad.id).update(sealed=other)
    with pytest.raises(CommandError, match="1 values do not open"):
        call_command("rotatekeys", data_keys=True)
    bad.delete()
    check(alice)


# --- Under load -----------------------------------------------------------------------

READS_S, WRITES_S, SECONDS = 50, 10, 12


def _environment() -> dict[str, str]:
    url = urlsplit(os.environ["DATABASE_URL"])
    database = connection.settings_dict["NAME"]
    return {
        **os.environ,
        "DATABASE_URL": urlunsplit(url._replace(path=f"/{database}")),
        "ENCRYPTION_MASTER_KEY": site_settings.ENCRYPTION_MASTER_KEY,
        "DJANGO_SETTINGS_MODULE": "chaos.settings",
    }


class _Load:
    """Reads and writes at a pace, each thread with a session of its own."""

    def __init__(self, user: User) -> None:
        self._user = user
        self._stop = threading.Event()
        self.failed: list[str] = []
        self.done = {"reads": 0, "writes": 0}
        self._threads = [
            threading.Thread(target=self._keep_on, args=("reads", READS_S, self._read)),
            threading.Thread(
                target=self._keep_on, args=("writes", WRITES_S, self._write)
            ),
        ]

    def __enter__(self) -> "_Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _keep_on(self, kind: str, per_s: int, act: Any) -> None:
        try:
            while not self._stop.wait(1 / per_s):
                try:
                    act()
                except Exception as error:
                    self.failed.append(f"{kind}: {error!r}")
                self.done[kind] += 1
        finally:
            connection.close()

    def _read(self) -> None:
        assert User.objects.get(id=self._user.id).email == self._user.email
        assert all(c.secrets == SECRET for c in Credential.objects.all()[:3])
        assert all("n" in run.inputs for run in Execution.objects.all()[:3])

    def _write(self) -> None:
        credential = Credential.objects.order_by("?")[0]
        credential.secrets = SECRET
        credential.save()
        run = Execution.objects.order_by("?")[0]
        run.inputs = {"n": 1}
        run.save(update_fields=["inputs"])


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_nothing_fails_while_keys_change_and_the_command_dies():
    alice = make_user()
    filled(alice, 40)
    before = used_keys()
    command = [sys.executable, "manage.py", "rotatekeys", "--data-keys"]
    environment, kills = _environment(), 0
    with _Load(alice) as load:
        deadline = time.monotonic() + SECONDS
        for nth in (1, 2, 3):
            killed = subprocess.run(
                command,
                env={**environment, "FAILPOINT": f"F14:{nth}:kill9"},
                capture_output=True,
            )
            kills += killed.returncode == -9
        ended = subprocess.run(command, env=environment, capture_output=True, text=True)
        time.sleep(max(0.0, deadline - time.monotonic()))
    assert ended.returncode == 0, ended.stderr
    assert load.failed == []
    assert load.done["reads"] > SECONDS * READS_S / 3
    assert kills
    assert not used_keys() & before
