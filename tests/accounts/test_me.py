"""Oneself: reading, changing, and by which door one comes."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings
from rest_framework.test import APIClient

from accounts.models import User, Workspace, WorkspaceMember
from accounts.rights.context import auth_of, signed_in_as
from accounts.selectors import default_workspace, workspaces_of
from tests.conftest import SignedIn

URL = "/api/v1/me/"

pytestmark = pytest.mark.django_db


def test_it_works(alice: User, signed_in: SignedIn):
    workspace = Workspace.objects.get()
    assert signed_in(alice).get(URL).json() == {
        "id": str(alice.pk),
        "email": "alice@example.org",
        "name": "",
        "timezone": "UTC",
        "phone": None,
        "role": "user",
        "workspace": {"id": str(workspace.pk), "name": workspace.name},
    }


def test_it_changes_what_is_given(alice: User, signed_in: SignedIn):
    client = signed_in(alice)
    client.patch(URL, {"name": "Alice"})
    answer = client.patch(URL, {"timezone": "Europe/Berlin"})
    assert answer.status_code == 200
    alice.refresh_from_db()
    assert (alice.name, alice.timezone) == ("Alice", "Europe/Berlin")
    assert alice.email == "alice@example.org"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        # As people write it, and as E.164 does; empty takes it away.
        pytest.param("+49 (30) 901-820", "+4930901820", id="written-for-people"),
        pytest.param("+4930901820", "+4930901820", id="plain"),
        pytest.param("", None, id="none"),
    ],
)
def test_a_phone_number(alice: User, signed_in: SignedIn, given: str, kept: str | None):
    answer = signed_in(alice).patch(URL, {"phone": given})
    assert (answer.status_code, answer.json()["phone"]) == (200, kept)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param({"timezone": "Mars/Olympus"}, "timezone", id="no-such-zone"),
        # Zones are files; names must not walk about among others.
        pytest.param({"timezone": "../../etc/passwd"}, "timezone", id="path"),
        pytest.param({"timezone": "America"}, "timezone", id="folder"),
        pytest.param({"timezone": ""}, "timezone", id="empty"),
        pytest.param({"name": "x" * 201}, "name", id="long"),
        # Whose country would it be?
        pytest.param({"phone": "030 901820"}, "phone", id="no-country"),
        pytest.param({"phone": "+49 CALL ME"}, "phone", id="no-number"),
        # Known, but not for changing here.
        pytest.param({"role": "admin"}, "role", id="role"),
        pytest.param({"id": "x"}, "id", id="id"),
        pytest.param({"email": "b@example.org"}, "email", id="email"),
    ],
)
def test_what_is_refused(
    alice: User, signed_in: SignedIn, body: dict[str, Any], field: str
):
    answer = signed_in(alice).patch(URL, {"name": "changed"} | body)
    assert answer.status_code == 400
    assert [fault["field"] for fault in answer.json()["errors"]] == [field]
    alice.refresh_from_db()
    assert (alice.name, alice.timezone, alice.role) == ("", "UTC", "user")


def test_strangers_are_asked_to_sign_in(anyone: APIClient):
    answer = anyone.get(URL)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="api"'
    assert answer.json()["status"] == 401


def test_charlie_sees_himself(alice: User, charlie: User, signed_in: SignedIn):
    mine = signed_in(charlie).get(URL).json()
    theirs = signed_in(alice).get(URL).json()
    assert mine["id"] == str(charlie.pk)
    assert mine["workspace"]["id"] != theirs["workspace"]["id"]
    assert set(workspaces_of(alice)).isdisjoint(workspaces_of(charlie))


def test_a_browser_reads_with_its_cookie(client: Client, alice: User):
    client.force_login(alice)
    assert client.get(URL).status_code == 200


def test_a_browser_writes_with_the_token_of_the_page(alice: User, settings: Settings):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    body, kind = b'{"name": "Alice"}', "application/json"
    answer = browser.patch(URL, body, kind)
    assert (answer.status_code, answer.json()["status"]) == (403, 403)
    token = "t" * 32
    browser.cookies[settings.CSRF_COOKIE_NAME] = token
    answer = browser.patch(URL, body, kind, headers={"X-CSRFToken": token})
    assert answer.status_code == 200


def test_a_body_is_read_once_though_the_check_of_the_token_looks_into_it(
    alice: User, settings: Settings
):
    """Unlike for a PATCH, Django looks for the token of a POST in its body first."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    browser.cookies[settings.CSRF_COOKIE_NAME] = token = "t" * 32
    headers = {"X-CSRFToken": token}
    body, kind = b'{"name": "Mine"}', "application/json"
    answer = browser.post("/api/v1/graphs/", body, kind, headers=headers)
    assert (answer.status_code, answer.json()["name"]) == (201, "Mine")


def test_a_cookie_of_the_shut_out_is_worth_nothing(client: Client, alice: User):
    client.force_login(alice)
    User.objects.update(is_active=False)
    assert client.get(URL).status_code == 401


def test_the_workspace_is_read_once_per_request(
    alice: User, django_assert_num_queries: DjangoAssertNumQueries
):
    signed_in_as(alice, auth_of(alice))
    default_workspace(alice)
    with django_assert_num_queries(0):
        default_workspace(alice)


def test_the_default_is_the_workspace_joined_first(alice: User):
    first = Workspace.objects.get()
    later = Workspace.objects.create(name="Later")
    WorkspaceMember.objects.create(workspace=later, user=alice)
    assert default_workspace(User.objects.get()) == first


def test_who_has_no_workspace_gets_one(db: None):
    user = User.objects.create_superuser("root@example.org", "x")
    made = default_workspace(user)
    assert list(workspaces_of(user)) == [made]
    assert default_workspace(User.objects.get()) == made
