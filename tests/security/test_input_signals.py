"""What looks like an attack is stored as it is and noted; strictness refuses it."""

import json

import pytest
from django.test import Client

from accounts.models import AuditDraft, User, Workspace
from graphs.models import Graph
from tests.conftest import SignedIn
from tests.factories import document

GRAPHS = "/api/v1/graphs/"
SCRIPT = "<script>alert('canary words')</script>"

pytestmark = pytest.mark.django_db


def signals() -> list[dict[str, object]]:
    bodies = [json.loads(bytes(draft.body)) for draft in AuditDraft.objects.all()]
    return [body for body in bodies if body["action"] == "input.signal"]


def test_it_is_stored_unchanged_and_noted(signed_in: SignedIn, alice: User):
    answer = signed_in(alice).post(GRAPHS, document() | {"name": SCRIPT})
    assert answer.status_code == 201
    assert Graph.objects.get().name == SCRIPT
    (noted,) = signals()
    assert (noted["subject"], noted["actor"]) == ("xss", str(alice.pk))
    assert "canary words" not in json.dumps(noted)


def test_ordinary_text_is_not_noted(signed_in: SignedIn, alice: User):
    signed_in(alice).post(GRAPHS, document() | {"name": "O'Brien & Sons"})
    assert signals() == []


def test_a_strict_workspace_refuses_it(signed_in: SignedIn, alice: User):
    Workspace.objects.update(strict_input=True)
    answer = signed_in(alice).post(GRAPHS, document() | {"name": SCRIPT})
    assert answer.status_code == 400
    assert answer.data["errors"][0]["field"] == "name"
    assert "canary words" not in answer.content.decode()
    assert not Graph.objects.exists()
    assert signals()


def test_strangers_are_noted_too_but_not_their_passwords(anyone):
    body = {"email": "a@example.org", "password": "' OR '1'='1"}
    anyone.post("/api/v1/auth/token/", body)
    assert signals() == []
    anyone.post("/api/v1/auth/token/", body | {"email": "' OR '1'='1' --"})
    assert [noted["subject"] for noted in signals()] == ["sql"]


def test_what_is_searched_for_is_noted(signed_in: SignedIn, alice: User):
    answer = signed_in(alice).get(GRAPHS, {"search": "' OR '1'='1' --"})
    assert answer.status_code == 200
    assert [noted["subject"] for noted in signals()] == ["sql"]


def test_forms_of_pages_are_looked_through_but_for_their_passwords(client: Client):
    form = {"username": "a@example.org", "password": "' OR '1'='1"}
    assert client.post("/sign-in/", form).status_code == 200
    assert signals() == []
    client.post("/sign-in/", form | {"username": SCRIPT})
    (noted,) = signals()
    assert (noted["subject"], noted["actor"]) == ("xss", None)
    assert "canary words" not in json.dumps(noted)


def test_a_page_refuses_it_where_the_workspace_is_strict(client: Client, alice: User):
    client.force_login(alice)
    assert client.get("/agents/", {"search": SCRIPT}).status_code == 200
    Workspace.objects.update(strict_input=True)
    answer = client.get("/agents/", {"search": SCRIPT})
    assert answer.status_code == 400
    assert "canary words" not in answer.content.decode()


@pytest.mark.parametrize("name", ["code", "state", "token"])
def test_secrets_in_addresses_are_not_looked_at(client: Client, name: str):
    client.get("/sign-in/", {name: SCRIPT})
    assert signals() == []
