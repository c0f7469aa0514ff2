"""The people of the authorisation matrix, and one thing of each kind, Alice's."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from django.core.files.base import ContentFile
from django.db.models.functions import Now
from django.test import Client
from django.utils.timezone import now
from rest_framework.test import APIClient

from accounts.api_keys.services import key_create
from accounts.credentials.services import credential_create
from accounts.models import ProgramSession, User, Workspace, WorkspaceMember
from accounts.rights.context import AuthContext
from accounts.rights.table import Standing
from accounts.selectors import default_workspace
from accounts.services import tokens_issue
from accounts.workspaces.services import invitation_create
from executions.files.services import file_create
from executions.limits_services import limit_create
from executions.models import (
    Execution,
    ExecutionShare,
    Hook,
    ReviewRule,
    Schedule,
    StoredValue,
)
from executions.services import execution_start
from executions.triggers.hooks import hook_create
from graphs.models import Graph, GraphShare
from tests.executions.reviews.asked import make_review
from tests.factories import make_graph, make_user

SHARED: Final = ("graph", "execution")
"""What can be shared; a share of the matrix is one of each."""


@dataclass(frozen=True)
class Persona:
    """`seat` and `level` are what the person has of Alice's."""

    name: str
    role: str = "user"
    seat: str | None = None
    level: str | None = None
    scopes: Callable[[str], list[str]] | None = None

    def context(self, user_id: UUID, right: str) -> AuthContext:
        scopes = None if self.scopes is None else frozenset(self.scopes(right))
        return AuthContext(user_id, self.role, permissions=scopes)

    def standing(self, resource: str) -> Standing:
        return Standing(self.seat, self.level if resource in SHARED else None)


def _all_but(right: str) -> list[str]:
    from accounts.rights.table import RIGHTS

    return sorted(RIGHTS - {right})


PERSONAS: Final = (
    Persona("other user"),
    Persona("viewer", role="viewer", seat="reader"),
    Persona("viewer of a share", role="viewer", level="run"),
    Persona("reader", seat="reader"),
    Persona("operator", seat="operator"),
    Persona("editor", seat="editor"),
    Persona("read share", level="read"),
    Persona("run share", level="run"),
    Persona("edit share", level="edit"),
    Persona("owner", seat="owner"),
    Persona("admin", role="admin"),
    Persona("key with the scope", seat="owner", scopes=lambda right: [right]),
    Persona("key without the scope", seat="owner", scopes=_all_but),
)


@dataclass
class World:
    alice: User = field(default_factory=make_user)

    @cached_property
    def workspace(self) -> Workspace:
        return default_workspace(self.alice)

    @cached_property
    def graph(self) -> Graph:
        return make_graph(self.alice)

    @cached_property
    def execution(self) -> Execution:
        run = execution_start(user=self.alice, graph=self.graph, inputs={"Input": 1})
        Execution.objects.filter(id=run.id).update(status="COMPLETED", ended_at=Now())
        return run

    def id_of(self, kind: str) -> str:
        """The id of the thing of this kind, made when it is first asked for."""
        made: Any = MAKERS[kind](self)
        return str(getattr(made, "pk", made))

    def person(self, persona: Persona) -> User:
        """Somebody other than Alice, who stands to her things as the persona says."""
        user = make_user()
        User.objects.filter(id=user.pk).update(role=persona.role)
        user.role = persona.role
        if persona.seat is not None:
            WorkspaceMember.objects.create(
                workspace=self.workspace, user=user, role=persona.seat
            )
        if persona.level is not None:
            of = {"workspace": self.workspace, "user": user, "level": persona.level}
            GraphShare.objects.create(graph=self.graph, **of)
            ExecutionShare.objects.create(execution=self.execution, **of)
        return user

    def client(self, persona: Persona, user: User, right: str) -> APIClient:
        client = APIClient()
        if persona.scopes is None:
            client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens_issue(user).access}")
        else:
            key = key_create(
                user=user,
                workspace=self.workspace,
                name="matrix",
                permissions=persona.scopes(right),
            ).key
            client.credentials(HTTP_X_API_KEY=key)
        return client

    def browser(self, user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client


def _credential(world: World) -> Any:
    return credential_create(
        owner=world.alice,
        workspace=world.workspace,
        provider="openai",
        kind="api_key",
        title="x",
        secrets={"api_key": "k"},
    )


def _schedule(world: World) -> Any:
    return Schedule.objects.create(
        workspace=world.workspace,
        graph=world.graph,
        user=world.alice,
        name="x",
        cron="0 0 1 1 *",
        inputs={"Input": 1},
        next_at=now() + timedelta(days=1),
    )


def _hook(world: World) -> Hook:
    return hook_create(user=world.alice, graph=world.graph, name="x")


def _file(world: World) -> Any:
    from django.conf import settings

    return file_create(
        workspace_id=world.workspace.pk,
        owner_id=world.alice.pk,
        name="x.txt",
        content=ContentFile(b"x"),
        size=1,
        limits=settings.LIMITS,
    )


def _limit(world: World) -> Any:
    return limit_create(user=world.alice, scope="graph", target=world.graph.pk, limit=3)


def _rule(world: World) -> Any:
    return ReviewRule.objects.create(
        workspace=world.workspace,
        graph=world.graph,
        node_id="a",
        created_by=world.alice,
    )


def _key(world: World) -> Any:
    made = key_create(
        user=world.alice, workspace=world.workspace, name="x", permissions=["*"]
    )
    return made.row


def _session(world: World) -> Any:
    tokens_issue(world.alice)
    return ProgramSession.objects.filter(user=world.alice).latest("created_at")


def _value(world: World) -> Any:
    return StoredValue.objects.create(execution=world.execution, size=1, body="x")


def _share(world: World) -> Any:
    """Of both things with one id, for the matrix asks for it below either."""
    of = {"workspace": world.workspace, "user": make_user(), "level": "read"}
    share = GraphShare.objects.create(graph=world.graph, **of)
    return ExecutionShare.objects.create(id=share.pk, execution=world.execution, **of)


def _member(world: World) -> Any:
    """Somebody who may be put out: not the one who is asking."""
    user = make_user()
    WorkspaceMember.objects.create(workspace=world.workspace, user=user, role="reader")
    return user


def _invitation(world: World) -> Any:
    asked = {"email": "new@example.org", "role": "reader"}
    made = invitation_create(user=world.alice, workspace=world.workspace, **asked)
    return made.row


MAKERS: Final[Mapping[str, Callable[[World], Any]]] = {
    "graph": lambda world: world.graph,
    "execution": lambda world: world.execution,
    "example": lambda world: "greeting",
    "credential": _credential,
    "schedule": _schedule,
    "hook": _hook,
    "file": _file,
    "limit": _limit,
    "review": lambda world: make_review(world.alice),
    "rule": _rule,
    "key": _key,
    "value": _value,
    "workspace": lambda world: world.workspace,
    "session": _session,
    "member": _member,
    "invitation": _invitation,
    "share": _share,
    "block": lambda world: "b1ab9b19-67a6-406d-abf5-2dba76d00c79",
}
