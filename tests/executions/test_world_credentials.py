"""The credentials of a workspace, as blocks get them."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import orjson
import pytest
from django.db import OperationalError, connection

from accounts.audit.chain import chain_all
from accounts.credentials.services import credential_create
from accounts.models import AuditEvent, User
from accounts.models import Credential as CredentialRow
from accounts.selectors import default_workspace
from blocks.context import NodeIdentity
from blocks.credentials import Credential, CredentialKind, CredentialRef
from blocks.errors import BlockError
from blocks.secret import Secret
from core.redaction import redactor
from executions.domain.events import Completed, Emitted, Failed, Retrying
from executions.engine.leaks import without_secrets
from executions.world import credentials as world
from executions.world.credentials import Accesses, StoredCredentials
from graphs.domain.model import NodeId

pytestmark = pytest.mark.django_db(transaction=True)

CANARY = "CANARY-7f3a"


class Default:
    """What an environment gives."""

    async def get(self, ref: CredentialRef | None, *providers: str) -> Credential:
        return Credential(
            id="env",
            provider=providers[0],
            kind=CredentialKind.API_KEY,
            secrets={"api_key": Secret("key-of-the-environment")},
        )


@pytest.fixture
def accesses(monkeypatch: pytest.MonkeyPatch) -> Accesses:
    own = Accesses()
    monkeypatch.setattr(world, "accesses", own)
    return own


@pytest.fixture
def caller(alice: User) -> Iterator[NodeIdentity]:
    identity = NodeIdentity(
        user_id=str(alice.id),
        workspace_id=str(default_workspace(alice).id),
        execution_id=str(uuid4()),
        graph_id=str(uuid4()),
        node_id="ask",
    )
    yield identity
    redactor.forget(identity.execution_id)


def stored(user: User, **facts: Any) -> CredentialRow:
    given = {"provider": "openai", "kind": "api_key", "secrets": {"api_key": CANARY}}
    return credential_create(
        owner=user, workspace=default_workspace(user), **(given | facts)
    )


def got(
    caller: NodeIdentity, ref: object, *providers: str, default: Any = None
) -> Credential:
    named = CredentialRef(id=str(ref)) if ref is not None else None

    async def get() -> Credential:
        return await StoredCredentials(caller, pool, default).get(named, *providers)

    with ThreadPoolExecutor(1) as pool:
        try:
            return asyncio.run(get())
        finally:
            pool.submit(lambda: connection.close()).result()


def test_it_works(alice: User, caller: NodeIdentity, accesses: Accesses):
    row = stored(alice, title="Ours", settings={"base_url": "https://llm.example"})
    found = got(caller, row.id, "openai", "groq")
    assert found.token.reveal() == CANARY
    assert (found.id, found.title, found.kind) == (str(row.id), "Ours", "api_key")
    assert found.settings == {"base_url": "https://llm.example"}
    assert CANARY not in repr(found)


def test_without_a_name_the_environment_gives_one(
    caller: NodeIdentity, accesses: Accesses
):
    found = got(caller, None, "openai", default=Default())
    assert found.id == "env"
    assert redactor.of(caller.execution_id).text("key-of-the-environment") == "[secret]"
    with pytest.raises(BlockError, match="openai or groq") as caught:
        got(caller, None, "openai", "groq")
    assert caught.value.code == "credential_missing"


def test_what_cannot_be_used_says_why(
    alice: User, charlie: User, caller: NodeIdentity, accesses: Accesses
):
    cases = [
        (stored(alice).id, ("groq",), "credential_refused"),
        (stored(charlie).id, ("openai",), "credential_missing"),
        (uuid4(), (), "credential_missing"),
        ("no id", (), "credential_missing"),
    ]
    for ref, providers, code in cases:
        with pytest.raises(BlockError) as caught:
            got(caller, ref, *providers, default=Default())
        assert caught.value.code == code
        assert CANARY not in str(caught.value)
    assert accesses.write() == 0


def test_each_use_is_noted_later_and_together(
    alice: User, caller: NodeIdentity, accesses: Accesses
):
    row = stored(alice)
    for _ in range(3):
        got(caller, row.id, "openai")
    assert CredentialRow.objects.get(id=row.id).last_used_at is None
    assert accesses.write() == 3
    assert accesses.write() == 0
    chain_all()
    uses = AuditEvent.objects.filter(action="credential.used")
    assert [(use.actor_id, use.subject) for use in uses] == [
        (alice.id, f"credential:{row.id}")
    ] * 3
    assert orjson.loads(uses[0].detail) == {
        "execution": caller.execution_id,
        "graph": caller.graph_id,
        "node": "ask",
        "number": 1,
        "attempt": 1,
        "provider": "openai",
    }
    assert CredentialRow.objects.get(id=row.id).last_used_at is not None


def test_what_the_database_refused_is_noted_again(
    alice: User,
    caller: NodeIdentity,
    accesses: Accesses,
    monkeypatch: pytest.MonkeyPatch,
):
    def broken(deeds: object) -> None:
        raise OperationalError("away")

    got(caller, stored(alice).id)
    with monkeypatch.context() as patch:
        patch.setattr(world.audit, "record_all", broken)
        with pytest.raises(OperationalError):
            accesses.write()
    assert accesses.write() == 1


# --- What a run tells afterwards ------------------------------------------------------


def emission(value: Any) -> Emitted:
    return Emitted(NodeId("ask"), 1, 0, "out", value, orjson.dumps(value))


def test_a_run_that_used_a_secret_does_not_tell_it(
    alice: User, caller: NodeIdentity, accesses: Accesses
):
    got(caller, stored(alice).id)
    events = (
        emission({"echo": [f"Bearer {CANARY}"]}),
        Failed(NodeId("ask"), 1, "failed", f"GET /?key={CANARY}", False),
        Retrying(NodeId("ask"), 1, 1, "failed", f"bad {CANARY}", 5),
        emission({"other": 1}),
        Completed(NodeId("ask"), 1),
    )
    cleaned = without_secrets(caller.execution_id, events)
    assert CANARY not in str(cleaned)
    assert cleaned[0].value == {"echo": ["Bearer [secret]"]}
    assert orjson.loads(cleaned[0].raw) == cleaned[0].value
    # What holds no secret is not touched, and other runs are not looked at.
    assert cleaned[3] is events[3]
    assert without_secrets(str(uuid4()), events) is events


def test_of_a_header_the_key_alone_is_found_too(
    alice: User, caller: NodeIdentity, accesses: Accesses
):
    row = stored(
        alice,
        provider="http",
        kind="host_scoped",
        hosts=["api.example"],
        secrets={"Authorization": f"Bearer {CANARY}"},
    )
    got(caller, row.id, "http")
    assert redactor.of(caller.execution_id).text(f"key {CANARY}") == "key [secret]"


def test_a_user_name_is_no_secret(
    alice: User, caller: NodeIdentity, accesses: Accesses
):
    secrets = {"username": "administrator", "password": CANARY}
    row = stored(alice, provider="smtp", kind="user_password", secrets=secrets)
    got(caller, row.id)
    patterns = redactor.of(caller.execution_id)
    assert patterns.text(f"administrator:{CANARY}") == "administrator:[secret]"
