"""What the world sends to a webhook: who is let in, what starts, what comes back."""

import logging
import threading
import time
from typing import Any

import orjson
import pytest
from django.db import OperationalError, connection
from django.test import Client

from accounts.models import User, WorkspaceMember
from core.limits import MIB
from executions.models import Execution, Hook, HookDelivery
from executions.triggers import hook_view
from executions.triggers.hooks import hook_create
from graphs.models import Graph
from graphs.services import graph_delete
from tests.executions.triggers.test_signing import github, standard
from tests.factories import (
    CALCULATOR,
    INPUT,
    NUMBER_INPUT,
    OUTPUT,
    document,
    make_graph,
    node,
)

pytestmark = pytest.mark.django_db

TRIGGER = "8fa8c167-2002-47ce-aba8-97572fc5d387"
SECRET = "sixteen-characters-or-more"
JSON = "application/json"


@pytest.fixture
def outside() -> Client:
    """A sender: no cookie, no token, and CSRF is looked at."""
    return Client(enforce_csrf_checks=True)


def make_hook(user: User, graph: Graph | None = None, **facts: Any) -> Hook:
    return hook_create(user=user, graph=graph or make_graph(user), **facts)


def url(hook: Hook) -> str:
    return f"/hooks/{hook.token}/"


def send(
    outside: Client,
    hook: Hook,
    body: bytes = b"{}",
    headers: dict[str, str] | None = None,
    kind: str = JSON,
    query: str = "",
) -> Any:
    return outside.post(
        url(hook) + query, body, content_type=kind, headers=headers or {}
    )


def starts() -> int:
    return Execution.objects.count()


# --- What starts ----------------------------------------------------------------------


@pytest.mark.parametrize("method", ["post", "put"])
@pytest.mark.parametrize("end", ["/", ""])
def test_a_delivery_starts_the_agent(
    outside: Client, alice: User, method: str, end: str
):
    hook = make_hook(alice)
    path = url(hook).rstrip("/") + end
    answer = getattr(outside, method)(path, b'{"Input": 8, "x": 1}', content_type=JSON)
    run = Execution.objects.get()
    assert answer.status_code == 202
    assert answer.json() == {"id": str(run.id), "status": "QUEUED"}
    assert answer["Location"] == f"http://testserver/api/v1/executions/{run.id}/"
    assert (run.trigger, run.inputs, run.user_id) == ("hook", {"Input": 8}, alice.id)


def everything() -> Any:
    names = ("payload", "headers", "query")
    nodes = [node(name, INPUT, name=name) for name in names]
    nodes += [node("n", NUMBER_INPUT, name="n"), node("out", OUTPUT, name="out")]
    nodes += [node("sum", CALCULATOR, operation="Add", b=1)]
    return document(nodes, ["n.result -> sum.a", "sum.result -> out.value"])


def test_inputs_of_three_names_get_what_came_as_a_whole(outside: Client, alice: User):
    hook = make_hook(alice, make_graph(alice, everything()))
    headers = {"X-Event": "push", "Authorization": "Bearer s", "Cookie": "a=b"}
    answer = send(
        outside, hook, b'{"n": 5, "m": [1]}', headers, query="?a=1&b=2&a=3&secret=x"
    )
    assert answer.status_code == 202, answer.content
    inputs = Execution.objects.get().inputs
    assert inputs["payload"] == {"n": 5, "m": [1]}
    assert inputs["query"] == {"a": ["1", "3"], "b": "2", "secret": "x"}
    assert inputs["headers"]["x-event"] == "push"
    assert {"authorization", "cookie"}.isdisjoint(inputs["headers"])
    assert inputs["n"] == 5


def test_a_trigger_gets_what_came(outside: Client, alice: User):
    nodes = [node("hook", TRIGGER), node("out", OUTPUT, name="out")]
    graph = make_graph(alice, document(nodes, ["hook.payload -> out.value"]))
    answer = send(outside, make_hook(alice, graph), b'{"n": 5}')
    assert answer.status_code == 202, answer.content
    assert Execution.objects.get().inputs == {"payload": {"n": 5}}


def test_a_form_fits_numbers(outside: Client, alice: User):
    hook = make_hook(alice)
    kind = "application/x-www-form-urlencoded"
    assert send(outside, hook, b"Input=8", kind=kind).status_code == 202
    assert Execution.objects.get().inputs == {"Input": "8"}


def test_inputs_that_do_not_fit_are_named(outside: Client, alice: User):
    answer = send(outside, make_hook(alice), b'{"Input": [1]}')
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["inputs.Input"]
    assert starts() == 0


def test_an_agent_with_errors_says_so(outside: Client, alice: User):
    nodes = [node("sum", CALCULATOR, operation="Add"), node("out", OUTPUT, name="O")]
    graph = make_graph(alice, document(nodes, ["sum.result -> out.value"]))
    assert send(outside, make_hook(alice, graph)).status_code == 422


def test_a_hook_that_waits_says_how_long(outside: Client, alice: User):
    assert send(outside, make_hook(alice, wait_s=2.5))["X-Wait-S"] == "2.5"
    assert "X-Wait-S" not in send(outside, make_hook(alice))


# --- What is refused ------------------------------------------------------------------


@pytest.mark.parametrize("method", ["get", "head", "delete", "patch", "options"])
def test_other_methods_start_nothing(outside: Client, alice: User, method: str):
    answer = getattr(outside, method)(url(make_hook(alice)))
    assert (answer.status_code, answer["Allow"]) == (405, "POST, PUT")
    assert starts() == 0


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        pytest.param(b"{", JSON, 400, id="no JSON"),
        pytest.param(b'{"Input": 1, "Input": 2}', JSON, 400, id="a key twice"),
        pytest.param(b'{"Input": NaN}', JSON, 400, id="NaN"),
        pytest.param(b"\xff", "text/plain", 400, id="not UTF-8"),
        pytest.param(b"x", "image/png", 415, id="a picture"),
        pytest.param(b"x", "multipart/form-data; boundary=x", 415, id="files"),
        pytest.param(b" " * (MIB + 1), JSON, 413, id="too large"),
    ],
)
def test_bodies_that_are_refused(outside, alice, body, kind, status):
    answer = send(outside, make_hook(alice), body, kind=kind)
    assert answer.status_code == status
    assert answer["content-type"] == "application/problem+json"
    assert starts() == 0


def test_a_body_that_only_says_it_is_large_is_refused_unread(
    outside: Client, alice: User
):
    answer = outside.post(
        url(make_hook(alice)), b"{}", content_type=JSON, CONTENT_LENGTH="9999999999"
    )
    assert answer.status_code == 413


def pause(hook: Hook) -> None:
    Hook.objects.update(is_active=False)


def pause_agent(hook: Hook) -> None:
    Graph.objects.update(is_active=False)


def delete_agent(hook: Hook) -> None:
    graph_delete(user=hook.user, graph=hook.graph)


def lock_out(hook: Hook) -> None:
    User.objects.update(is_active=False)


def leave(hook: Hook) -> None:
    WorkspaceMember.objects.all().delete()


@pytest.mark.parametrize(
    "happens", [pause, pause_agent, delete_agent, lock_out, leave, Hook.delete]
)
def test_what_starts_nothing_is_as_if_it_were_not(
    outside: Client, alice: User, happens: Any
):
    hook = make_hook(alice, check_by="secret", secret=SECRET)
    nowhere = outside.post("/hooks/nothing/", b"{}", content_type=JSON)
    happens(hook)
    answer = send(outside, hook, headers={"X-Webhook-Secret": SECRET})
    assert answer.status_code == nowhere.status_code == 404
    assert answer.content == nowhere.content
    assert starts() == 0


@pytest.mark.parametrize("token", ["x", "%2e%2e", "é", "a" * 5000, "a b", "\u202e"])
def test_no_token_breaks_it(outside: Client, db: None, token: str):
    answer = outside.post(f"/hooks/{token}/", b"{}", content_type=JSON)
    assert answer.status_code == 404


# --- Who is let in --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"X-Webhook-Secret": SECRET}, 202),
        ({"X-Webhook-Secret": SECRET + "x"}, 401),
        ({"X-Webhook-Secret": SECRET[:-1]}, 401),
        ({"X-Webhook-Secret": ""}, 401),
        ({"X-Telegram-Bot-Api-Secret-Token": SECRET}, 202),
        ({"X-Telegram-Bot-Api-Secret-Token": SECRET + "x"}, 401),
        ({"X-Webhook-Secret": "", "X-Telegram-Bot-Api-Secret-Token": SECRET}, 401),
        ({}, 401),
        ({"Authorization": SECRET}, 401),
    ],
)
def test_a_secret_is_asked_for(outside, alice, headers, status):
    hook = make_hook(alice, check_by="secret", secret=SECRET)
    assert send(outside, hook, headers=headers).status_code == status
    assert starts() == (status == 202)


def signed_hook(user: User) -> Hook:
    return make_hook(user, check_by="signature", secret=SECRET)


BODY = b'{"Input": 1}'
KEY = SECRET.encode()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param(lambda now: standard(KEY, at=now, body=BODY), 202, id="standard"),
        pytest.param(lambda now: github(SECRET, BODY), 202, id="GitHub"),
        pytest.param(lambda now: {}, 401, id="none"),
        pytest.param(
            lambda now: standard(KEY, at=now - 400, body=BODY), 401, id="too old"
        ),
        pytest.param(
            lambda now: standard(b"other", at=now, body=BODY), 401, id="another key"
        ),
        pytest.param(
            lambda now: standard(KEY, at=now, body=b"{}"), 401, id="another body"
        ),
        pytest.param(lambda now: {"X-Webhook-Secret": SECRET}, 401, id="a secret"),
    ],
)
def test_a_signature_is_asked_for(outside, alice, headers, status):
    answer = send(outside, signed_hook(alice), BODY, headers(int(time.time())))
    assert answer.status_code == status
    assert starts() == (status == 202)


def test_a_hook_that_lost_its_secret_is_closed(outside: Client, alice: User):
    hook = make_hook(alice, check_by="secret", secret=SECRET)
    Hook.objects.update(secret=None)
    assert send(outside, hook, headers={"X-Webhook-Secret": ""}).status_code == 401


# --- The same delivery again ----------------------------------------------------------


@pytest.mark.parametrize("name", ["webhook-id", "X-GitHub-Delivery", "Idempotency-Key"])
def test_a_delivery_that_comes_again_starts_nothing(
    outside: Client, alice: User, name: str
):
    hook = make_hook(alice, wait_s=1)
    first = send(outside, hook, BODY, {name: "d-1"})
    Execution.objects.update(status="COMPLETED")
    again = send(outside, hook, b'{"Input": 99}', {name: "d-1"})
    other = send(outside, hook, BODY, {name: "d-2"})
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert again.status_code == 202
    assert again.json() == {"id": first.json()["id"], "status": "COMPLETED"}
    assert again["X-Wait-S"] == "1"
    assert other.json()["id"] != first.json()["id"]
    assert starts() == 2


def test_a_replay_is_answered_whatever_became_of_the_agent(
    outside: Client, alice: User
):
    hook = make_hook(alice)
    first = send(outside, hook, BODY, {"webhook-id": "d-1"})
    again = send(outside, hook, b'{"Input": "bad"}', {"webhook-id": "d-1"})
    assert again.json()["id"] == first.json()["id"]


def test_without_an_id_each_delivery_starts_a_run(outside: Client, alice: User):
    hook = make_hook(alice)
    send(outside, hook)
    send(outside, hook)
    assert starts() == 2
    assert not HookDelivery.objects.exists()


def test_of_several_ids_the_signed_one_counts(outside: Client, alice: User):
    ids = {"Idempotency-Key": "b", "webhook-id": "a", "X-GitHub-Delivery": "c"}
    send(outside, make_hook(alice), headers=ids)
    assert HookDelivery.objects.get().delivery_id == "a"


def test_an_id_is_one_of_its_hook(outside: Client, alice: User):
    graph = make_graph(alice)
    for hook in (make_hook(alice, graph), make_hook(alice, graph)):
        send(outside, hook, headers={"webhook-id": "same"})
    assert starts() == 2


@pytest.mark.parametrize("id", ["", "x" * 256, "é", "tab\there"])
def test_an_id_that_is_none_is_refused(outside: Client, alice: User, id: str):
    answer = send(outside, make_hook(alice), headers={"webhook-id": id})
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["webhook-id"]
    assert starts() == 0


def test_a_refused_delivery_may_come_again(outside: Client, alice: User):
    hook = make_hook(alice)
    assert send(outside, hook, b'{"Input": []}', {"webhook-id": "1"}).status_code == 400
    assert send(outside, hook, b'{"Input": 1}', {"webhook-id": "1"}).status_code == 202


@pytest.mark.django_db(transaction=True)
def test_the_same_delivery_at_once_starts_one_run(alice: User):
    hook = make_hook(alice)
    ready = threading.Barrier(4)
    answers: list[Any] = []

    def deliver() -> None:
        try:
            ready.wait(10)
            answers.append(send(Client(), hook, BODY, {"webhook-id": "d-1"}))
        finally:
            connection.close()

    threads = [threading.Thread(target=deliver) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert [answer.status_code for answer in answers] == [202] * 4
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("Idempotency-Replayed" in answer for answer in answers) == 3
    assert starts() == HookDelivery.objects.count() == 1


# --- What is told ---------------------------------------------------------------------


def test_the_token_is_in_no_log(
    outside: Client,
    alice: User,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    def away(*_: Any, **__: Any) -> None:
        raise OperationalError("gone")

    hook = make_hook(alice)
    caplog.set_level(logging.DEBUG, "django.request")
    assert send(outside, hook, b"{").status_code == 400
    monkeypatch.setattr(hook_view, "hook_deliver", away)
    answer = send(outside, hook)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "did not answer" in caplog.text
    assert hook.token not in caplog.text


def test_an_answer_says_nothing_about_the_hook(outside: Client, alice: User):
    hook = make_hook(alice, check_by="secret", secret=SECRET, name="Private")
    answer = send(outside, hook, headers={"X-Webhook-Secret": "wrong"})
    told = orjson.dumps(answer.json()).decode() + str(answer.headers)
    assert all(word not in told for word in (SECRET, hook.token, "Private"))
    assert not answer.cookies
