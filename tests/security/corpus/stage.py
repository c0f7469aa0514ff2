"""The people, graphs and runs that rows of the corpus are about."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final
from uuid import uuid4

from django.conf import settings
from django.test import Client

from accounts.models import ApiKey, Credential, MailOrder, User
from accounts.services import tokens_issue, user_register
from executions.models import Execution, Hook, Schedule, StoredFile
from executions.services import execution_start
from graphs.models import Graph, GraphShare
from tests.conftest import PASSWORD
from tests.factories import NOTE, link, make_graph, node
from tests.security.corpus.facts import CANARY
from tests.security.matrix_world import MAKERS, World

JSON = "application/json"
NAMES: Final = {
    # theirs: ours
    "/api/auth/login/": "/api/v1/auth/token/",
    "/api/auth/password-reset/": "/api/v1/auth/password/reset/",
    "/api/auth/password-change/": "/api/v1/auth/password/",
    "/api/users/me/": "/api/v1/me/",
    "/api/tenants/": "/api/v1/workspaces/",
    "/api/webhooks/<token": "/hooks/<token",
    "/api/webhooks/": "/api/v1/hooks/",
    "/api/": "/api/v1/",
    "/admin/": f"/{settings.ADMIN_PATH}",
    "/login/": "/sign-in/",
}
PARTS: Final = {
    # theirs: ours
    "/execute/": "/executions/",
    "/run/": "/executions/",
    "/preview/": "/content/",
    "/download/": "/content/",
    "/logs/": "/events/",
}
KINDS: Final = {
    # a part of an address, and what stands behind it
    "graphs": "graph",
    "executions": "execution",
    "credentials": "credential",
    "files": "file",
    "hooks": "hook",
    "schedules": "schedule",
    "reviews": "review",
    "api-keys": "key",
    "workspaces": "workspace",
    "concurrency-limits": "limit",
    "review-rules": "rule",
}
WORDS: Final = KINDS | {"tenant": "workspace", "webhook": "hook"}
BLOCKS: Final = {
    "http_request": "6595ae1f-b924-42cb-9a41-551a0611c4b4",
    "subgraph": "e189baac-8c20-45a1-94a7-55177ea42565",
    "number": "96dae2bb-97a2-41c2-bd2f-13a3b5a8ea98",
    "note": NOTE,
}
STORE = "1ff065e9-88e8-4358-9d82-8dc91f622ba9"


@dataclass
class Stage:
    """Two people who must not meet, and what they own."""

    a: User = field(init=False)
    b: User = field(init=False)

    def __post_init__(self) -> None:
        self.a = user_register("known@example.com", PASSWORD)
        self.b = user_register("other@example.com", PASSWORD)
        self.graphs = {who: make_graph(user) for who, user in self.people()}
        self.runs = {
            who: execution_start(user=user, graph=self.graphs[who], inputs={"Input": 1})
            for who, user in self.people()
        }
        self._made: dict[tuple[str, str], str] = {}

    def people(self) -> list[tuple[str, User]]:
        return [("A", self.a), ("B", self.b)]

    @cached_property
    def viewer(self) -> User:
        """May look at a graph of B, and no more."""
        return user_register("viewer@example.com", PASSWORD)

    @cached_property
    def staff(self) -> User:
        user = user_register("staff@example.com", PASSWORD)
        rights = {"is_staff": True, "role": User.Role.ADMIN}
        User.objects.filter(id=user.id).update(**rights)
        return User.objects.get(id=user.id)

    # --- What there is ---

    def counts(self) -> dict[str, int]:
        tables: tuple[Any, ...] = (
            User, Graph, Execution, Credential, Hook, Schedule, StoredFile, ApiKey,
            GraphShare, MailOrder,
        )  # fmt: skip
        return {table.__name__: table.objects.count() for table in tables}

    def state(self) -> list[Any]:
        """What requests could change of what belongs to somebody else."""
        return [
            list(Graph.objects.order_by("id").values()),
            list(Credential.objects.order_by("id").values("id", "title", "hosts")),
            list(Execution.objects.order_by("id").values("id", "status")),
            list(User.objects.order_by("id").values("id", "is_staff", "role", "name")),
            self.counts() | {"MailOrder": 0},
        ]

    # --- Who asks ---

    def client(self, who: str) -> Client:
        """`userA`, `userB cookie`, …: by a token, or a cookie where that is said."""
        user = self._named(who)
        if user is None:
            return Client()
        if "cookie" in who or "staff" in who or "admin" in who:
            client = Client(enforce_csrf_checks="cookie" in who)
            client.force_login(user)
            return client
        bearer = f"Bearer {tokens_issue(user).access}"
        return Client(headers={"authorization": bearer})

    def _named(self, who: str) -> User | None:
        name = who.partition(" ")[0]
        if name in ("", "anonymous", "nobody"):
            return None
        people: dict[str, Callable[[], User]] = {
            "userA": lambda: self.a,
            "userB": lambda: self.b,
            "viewer": lambda: self.viewer,
            "staff": lambda: self.staff,
            "admin": lambda: self.staff,
        }
        assert name in people, f"nobody here is called {who!r}"
        return people[name]()

    # --- What is asked for ---

    def path(self, text: str) -> str:
        """An address of the corpus as one of ours."""
        for theirs, ours in NAMES.items():
            if text.startswith(theirs):
                text = ours + text.removeprefix(theirs)
                break
        for theirs, ours in PARTS.items():
            text = text.replace(theirs, ours)
        place, _, query = text.partition("?")
        place = re.sub(r"/([\w-]+)/<([^>]*)>", self._filled, place)
        for who, user in self.people():
            query = query.replace(f"<{who}>", str(user.id))
        return f"{place}?{query}" if query else place

    def _filled(self, found: re.Match[str]) -> str:
        segment, name = found[1], found[2]
        if segment not in KINDS or name == "id":
            return found[0]
        return f"/{segment}/{self.id_of(KINDS[segment], name)}"

    def id_of(self, kind: str, name: str) -> str:
        """Of the thing of this kind that belongs to them: `A`, `B`, `shared …`."""
        if (kind, name) not in self._made:
            self._made[kind, name] = self._make(kind, name)
        return self._made[kind, name]

    def _make(self, kind: str, name: str) -> str:
        if "random" in name:
            return str(uuid4())
        who = "B" if "shared" in name else name.split()[0]
        user = dict(self.people())[who]
        if "shared" in name:
            self._share(who)
        ready: Mapping[str, Callable[[], Any]] = {
            "graph": lambda: self.graphs[who].id,
            "execution": lambda: self.runs[who].id,
        }
        return str(ready[kind]()) if kind in ready else World(user).id_of(kind)

    def _share(self, who: str) -> None:
        graph = self.graphs[who]
        GraphShare.objects.create(
            graph=graph, workspace_id=graph.workspace_id, user=self.viewer, level="read"
        )

    def body(self, value: Any) -> Any:
        """With ids in place of the names that stand for them: `<B graph>`, `<B>`."""
        return json.loads(re.sub(r'"<([^">]+)>"', self._id, json.dumps(value)))

    def _id(self, found: re.Match[str]) -> str:
        who, _, kind = found[1].partition(" ")
        people = dict(self.people())
        if who not in people:
            return found[0]
        if not kind:
            return json.dumps(str(people[who].id))
        return json.dumps(self.id_of(WORDS.get(kind, kind), who))


assert set(KINDS.values()) <= set(MAKERS), "nothing makes one of these"


# --- Graphs in the words of the corpus ------------------------------------------------


def our_graph(given: Any) -> Any:
    """A graph in the words of the corpus as we write one."""
    if not isinstance(given, dict):
        return given
    body = {k: v for k, v in given.items() if k not in ("nodes", "links")}
    body.setdefault("name", "x")
    pairs = given.get("links", [])
    names = {end.split(".")[0] for pair in pairs for end in pair} - {"missing"}
    listed = [_node(each, i) for i, each in enumerate(given.get("nodes", []))]
    known = {each["id"] for each in listed}
    listed += [node(name, STORE) for name in sorted(names - known)]
    body["nodes"] = listed
    body["links"] = [
        link(f"{_end(source, 'output')} -> {_end(sink, 'input')}")
        for source, sink in pairs
    ]
    return body


def _end(text: str, pin: str) -> str:
    return text if "." in text else f"{text}.{pin}"


def _node(given: Any, number: int) -> Any:
    block = str(given.get("block", "note"))
    constants = dict(given.get("input", {}))
    if "graph_id" in constants:
        constants["graph_version"] = 1
    if "credential_id" in given:
        constants["credentials"] = {"id": given["credential_id"]}
    unknown = set(given) - {"block", "input", "credential_id", "id"}
    assert not unknown, f"nothing here says what {unknown} of a node are"
    id_ = str(given.get("id", f"n{number}"))
    return node(id_, BLOCKS.get(block, block), **constants)


def canary_credential(stage: Stage, **facts: Any) -> Credential:
    """Of A, and it holds the canary."""
    from accounts.credentials.services import credential_create

    given: Any = {
        "owner": stage.a,
        "workspace": stage.graphs["A"].workspace,
        "provider": "openai",
        "kind": "api_key",
        "title": "Canary",
        "secrets": {"api_key": CANARY},
    }
    return credential_create(**(given | facts))
