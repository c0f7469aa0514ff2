"""The end of a workspace: who may, what refuses it, what is gone, what nobody can read
any more; and what the end of a membership means for what starts by itself."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.db import connection, models
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.api_keys.services import key_create
from accounts.audit.chain import chain_all
from accounts.credentials.services import credential_create
from accounts.models import (
    AuditEvent,
    DataKey,
    Invitation,
    User,
    Workspace,
    WorkspaceMember,
)
from accounts.sharing import share_create
from accounts.workspaces.ending import workspace_delete
from accounts.workspaces.services import (
    invitation_create,
    member_remove,
    workspace_create,
)
from core.crypto import DecryptionError
from core.http import Problem
from core.stored import opened
from executions import clearing
from executions.files import services as files
from executions.models import (
    Execution,
    ExecutionEventSegment,
    Hook,
    MemoryValue,
    Schedule,
    Signal,
    StoredFile,
)
from executions.services import execution_start
from executions.triggers.hooks import hook_by_token, hook_create
from graphs.models import Graph, GraphShare
from tests.conftest import SignedIn
from tests.factories import make_graph, make_user
from tests.files.conftest import folder  # noqa: F401 (a fixture: files stay here)

URL = "/api/v1/workspaces/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(alice: User) -> Workspace:
    """Her workspace; she has another one, too."""
    home = Workspace.objects.get(members=alice)
    workspace_create(user=alice, name="Other")
    return home


@pytest.fixture
def owner(alice: User, signed_in: SignedIn) -> APIClient:
    return signed_in(alice)


def started(graph: Graph) -> Execution:
    return execution_start(user=graph.owner, graph=graph, inputs={"Input": 1})


def ended(run: Execution) -> Execution:
    now = timezone.now()
    Execution.objects.filter(id=run.pk).update(
        status="COMPLETED", ended_at=now, due_at=None
    )
    return run


def furnish(alice: User, home: Workspace, settings: Settings) -> dict[str, Any]:
    """One of nearly everything that a workspace can hold."""
    graph = make_graph(alice)
    run = ended(started(graph))
    child = ended(started(graph))
    Execution.objects.filter(id=child.pk).update(parent=run)
    again = ended(started(graph))
    Execution.objects.filter(id=again.pk).update(rerun_of=run)
    ExecutionEventSegment.objects.create(
        execution=run, first_seq=1, last_seq=1, body=[{"type": "x"}]
    )
    Signal.objects.create(execution=run, kind="cancel")
    share_create(
        GraphShare, user=alice, of=graph, email="charlie@example.org", level="run"
    )
    file = files.file_create(
        workspace_id=home.pk,
        owner_id=alice.pk,
        name="x.txt",
        content=ContentFile(b"secret"),
        size=6,
        limits=settings.LIMITS,
    )
    MemoryValue.objects.create(workspace=home, user=alice, key="k", value={"a": 1})
    Schedule.objects.create(
        workspace=home, graph=graph, user=alice, cron="* * * * *", inputs={},
        next_at=timezone.now(),
    )  # fmt: skip
    hook = hook_create(user=alice, graph=graph, name="h")
    credential = credential_create(
        owner=alice, workspace=home, provider="openai", kind="api_key",
        secrets={"api_key": "sk-1"},
    )  # fmt: skip
    key = key_create(user=alice, workspace=home, name="k", permissions=["*"])
    asked = {"email": "new@example.org", "role": "reader"}
    invitation_create(user=alice, workspace=home, **asked)
    return {
        "graph": graph, "run": run, "file": file, "hook": hook, "key": key,
        "credential": credential,
    }  # fmt: skip


def clear_all() -> None:
    while clearing.clear():
        files.expire()


def left_of(home: Workspace) -> dict[str, int]:
    """Rows of every table that still name the workspace."""
    counts = {}
    for model in apps.get_models():
        names = [
            field.name
            for field in model._meta.concrete_fields
            if isinstance(field, models.ForeignKey) and field.related_model is Workspace
        ]
        for name in names:
            counts[model.__name__] = model._default_manager.filter(
                **{name: home.pk}
            ).count()
    return {name: count for name, count in counts.items() if count}


def dumped(row: models.Model, name: str) -> tuple[str, Any, bytes]:
    """What a dump has of one column, with what is needed to open it."""
    table, is_text = row._meta.db_table, connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        id_ = row.pk.hex if is_text else row.pk
        cursor.execute(f"SELECT {name} FROM {table} WHERE id = %s", [id_])  # noqa: S608
        stored = bytes(cursor.fetchone()[0])
    field: Any = row._meta.get_field(name)
    return field.column_label, row.pk, stored


def test_everything_goes_and_nothing_else(
    owner: APIClient, alice: User, charlie: User, home: Workspace, settings: Settings,
    django_capture_on_commit_callbacks: Any, folder: Any,  # noqa: F811
) -> None:  # fmt: skip
    things = furnish(alice, home, settings)
    theirs = ended(started(make_graph(charlie)))
    with django_capture_on_commit_callbacks(execute=True):
        assert owner.delete(f"{URL}{home.pk}/").status_code == 204
    clear_all()
    assert left_of(home) == {}
    assert not Workspace.objects.filter(pk=home.pk).exists()
    assert not StoredFile.objects.exists()
    assert not [path for path in folder.rglob("*") if path.is_file()]
    assert list(Execution.objects.values_list("id", flat=True)) == [theirs.pk]
    assert Graph.objects.get().owner == charlie
    assert things["graph"].pk != Graph.objects.get().pk


def test_what_it_sealed_can_be_read_by_nobody(
    owner: APIClient, alice: User, charlie: User, home: Workspace, settings: Settings,
    django_capture_on_commit_callbacks: Any, folder: Any,  # noqa: F811
) -> None:  # fmt: skip
    run = furnish(alice, home, settings)["run"]
    key = DataKey.objects.get(workspace=home)
    dump = [dumped(run, "inputs"), dumped(run.segments.get(), "body")]
    assert [opened(*each) for each in dump] == [b'{"Input":1}', b'[{"type":"x"}]']
    with django_capture_on_commit_callbacks(execute=True):
        owner.delete(f"{URL}{home.pk}/")
    assert not DataKey.objects.filter(key_id=key.key_id).exists()
    for each in dump:
        with pytest.raises(DecryptionError, match="not known here"):
            opened(*each)


def test_it_is_nobodys_at_once(
    owner: APIClient, alice: User, charlie: User, home: Workspace, settings: Settings,
    signed_in: SignedIn, folder: Any,  # noqa: F811
) -> None:  # fmt: skip
    """Before anything has been cleared away."""
    things = furnish(alice, home, settings)
    graph, run, file = things["graph"], things["run"], things["file"]
    assert owner.delete(f"{URL}{home.pk}/").status_code == 204
    assert Execution.objects.filter(workspace=home).exists()
    guest, program = signed_in(charlie), APIClient(HTTP_X_API_KEY=things["key"].key)
    for client in (owner, guest):
        assert client.get(f"{URL}{home.pk}/").status_code == 404
        assert client.get(f"/api/v1/graphs/{graph.pk}/").status_code == 404
        assert client.get(f"/api/v1/executions/{run.pk}/").status_code == 404
    assert owner.get(f"/api/v1/files/{file.pk}/").status_code == 404
    assert program.get("/api/v1/me/").status_code == 401
    assert hook_by_token(things["hook"].token) is None
    assert not Schedule.objects.filter(is_active=True).exists()
    admin = make_user()
    User.objects.filter(pk=admin.pk).update(role="admin")
    admin.refresh_from_db()
    headers = {"X-Workspace": str(home.pk)}
    assert signed_in(admin).get(f"{URL}{home.pk}/").status_code == 404
    assert signed_in(admin).get("/api/v1/me/", headers=headers).status_code == 404
    assert not Invitation.objects.exists()


@pytest.mark.parametrize(
    "columns",
    [
        # Each state in which something may still happen.
        pytest.param({}, id="queued"),
        pytest.param({"due_at": None}, id="held back"),
        pytest.param({"status": "RUNNING"}, id="running"),
        pytest.param({"status": "WAITING", "due_at": None}, id="waiting"),
    ],
)
def test_not_while_runs_are_under_way(
    owner: APIClient, alice: User, home: Workspace, columns: dict[str, Any]
) -> None:
    run = started(make_graph(alice))
    Execution.objects.filter(id=run.pk).update(**columns)
    answer = owner.delete(f"{URL}{home.pk}/")
    assert (answer.status_code, answer.json()["type"]) == (
        409, "urn:problem:runs-under-way",
    )  # fmt: skip
    assert owner.get(f"{URL}{home.pk}/").status_code == 200
    ended(run)
    assert owner.delete(f"{URL}{home.pk}/").status_code == 204


def test_the_only_workspace_stays(alice: User, owner: APIClient) -> None:
    home = Workspace.objects.get(members=alice)
    answer = owner.delete(f"{URL}{home.pk}/")
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:problem:last-workspace"


@pytest.mark.parametrize("role", ["editor", "operator", "reader"])
def test_only_owners_may(home: Workspace, role: str, signed_in: SignedIn) -> None:
    user = make_user()
    WorkspaceMember.objects.create(workspace=home, user=user, role=role)
    assert signed_in(user).delete(f"{URL}{home.pk}/").status_code == 403
    assert Workspace.objects.get(pk=home.pk).deleted_at is None


def test_who_dies_while_clearing_has_done_what_he_has_done(
    alice: User, home: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two runs at once; the process dies after the first batch."""
    monkeypatch.setattr("executions.retention.RUNS_AT_ONCE", 2)
    graph = make_graph(alice)
    for _ in range(5):
        ended(started(graph))
    workspace_delete(user=alice, workspace=home)
    next(clearing.steps())
    assert Execution.objects.count() == 3
    next(clearing.steps())
    assert Execution.objects.count() == 1
    clear_all()
    assert left_of(home) == {}
    assert not Workspace.objects.filter(pk=home.pk).exists()


def test_a_run_that_came_too_late_goes_too(alice: User, home: Workspace) -> None:
    """It was begun while the workspace ended, and nobody has seen it."""
    run = started(make_graph(alice))
    Execution.objects.filter(id=run.pk).update(status="COMPLETED")
    workspace_delete(user=alice, workspace=home)
    Execution.objects.filter(id=run.pk).update(status="RUNNING")
    clear_all()
    assert not Workspace.objects.filter(pk=home.pk).exists()


def test_the_log_remembers(alice: User, home: Workspace) -> None:
    workspace_delete(user=alice, workspace=home)
    clear_all()
    chain_all()
    told = AuditEvent.objects.get(action="workspace.deleted")
    assert (told.workspace_id, told.actor_id) == (home.pk, alice.pk)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="one writer at a time")
def test_of_the_last_two_deleted_at_once_one_stays(alice: User) -> None:
    workspace_create(user=alice, name="Other")

    def end(workspace: Workspace) -> bool:
        try:
            workspace_delete(user=alice, workspace=workspace)
        except Problem:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(end, Workspace.objects.all()))
    assert sorted(done) == [False, True]


# --- The end of a membership ----------------------------------------------------------


def test_what_a_member_set_going_goes_on(
    alice: User, charlie: User, home: Workspace
) -> None:
    """It belongs to the workspace; from now on it runs for an owner."""
    member = WorkspaceMember.objects.create(workspace=home, user=charlie, role="editor")
    graph = make_graph(alice)
    hook = hook_create(user=charlie, graph=graph, name="h")
    schedule = Schedule.objects.create(
        workspace=home, graph=graph, user=charlie, cron="* * * * *", inputs={}
    )
    member_remove(user=alice, member=member)
    found = hook_by_token(Hook.objects.get(pk=hook.pk).token)
    assert found is not None
    assert found.user == alice
    schedule.refresh_from_db()
    assert (schedule.user, schedule.is_active) == (alice, True)


def test_who_left_the_workspace_he_chose_works_in_another(
    alice: User, charlie: User, home: Workspace
) -> None:
    """Else every page of his would be gone."""
    member = WorkspaceMember.objects.create(workspace=home, user=charlie, role="reader")
    browser = Client()
    browser.force_login(charlie)
    browser.post("/account/workspace/choose/", {"workspace": str(home.pk)})
    assert browser.get("/api/v1/me/").json()["workspace"]["id"] == str(home.pk)
    member_remove(user=alice, member=member)
    assert browser.get("/agents/").status_code == 200
    assert browser.get("/api/v1/me/").json()["workspace"]["id"] != str(home.pk)
