"""Workspaces, members and invitations."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.api_keys.services import key_create
from accounts.models import ApiKey, Invitation, User, Workspace, WorkspaceMember
from accounts.workspaces.services import invitation_accept, member_remove
from core.http import Problem
from core.ratelimit.windows import Rate
from tests.accounts.mails import arrived, token_in
from tests.conftest import SignedIn
from tests.factories import make_user

URL = "/api/v1/workspaces/"
ACCEPT = "/api/v1/invitations/accept/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(alice: User, signed_in: SignedIn) -> APIClient:
    return signed_in(alice)


@pytest.fixture
def home(alice: User) -> Workspace:
    return Workspace.objects.get(members=alice)


def member(workspace: Workspace, role: str) -> User:
    user = make_user()
    WorkspaceMember.objects.create(workspace=workspace, user=user, role=role)
    return user


def invited(owner: APIClient, home: Workspace, role: str = "editor") -> str:
    body = {"email": "new@example.org", "role": role}
    answer = owner.post(f"{URL}{home.pk}/invitations/", body)
    assert answer.status_code == 201, answer.json()
    return str(answer.json()["link"]).rstrip("/").rpartition("/")[2]


def test_a_workspace_is_made_read_changed_and_worked_in(owner: APIClient) -> None:
    made = owner.post(URL, {"name": "Kitchen"}).json()
    assert (made["name"], made["role"]) == ("Kitchen", "owner")
    where = f"{URL}{made['id']}/"
    changed = owner.patch(where, {"name": "Bakery", "strict_input": True}).json()
    assert (changed["name"], changed["strict_input"]) == ("Bakery", True)
    headers = {"X-Workspace": made["id"]}
    graph = owner.post("/api/v1/graphs/", {"name": "There"}, headers=headers).json()
    there = owner.get("/api/v1/graphs/", headers=headers).json()["results"]
    assert [row["id"] for row in there] == [graph["id"]]
    assert (
        owner.get("/api/v1/me/", headers=headers).json()["workspace"]["id"]
        == (made["id"])
    )
    names = [row["name"] for row in owner.get(URL).json()["results"]]
    assert sorted(names) == ["Bakery", "My workspace"]


@pytest.mark.parametrize(
    ("header", "status"),
    [
        pytest.param("00000000-0000-7000-8000-000000000000", 404, id="not there"),
        pytest.param("kitchen", 400, id="no id"),
    ],
)
def test_another_workspace_cannot_be_named(
    owner: APIClient, header: str, status: int
) -> None:
    answer = owner.post(
        "/api/v1/graphs/", {"name": "x"}, headers={"X-Workspace": header}
    )
    assert answer.status_code == status


def test_an_invitation_is_accepted_once(
    owner: APIClient, home: Workspace, charlie: User, signed_in: SignedIn
) -> None:
    token = invited(owner, home)
    assert token.encode() not in bytes(Invitation.objects.get().digest)
    guest = signed_in(charlie)
    joined = guest.post(ACCEPT, {"token": token})
    assert (joined.status_code, joined.json()["role"]) == (200, "editor")
    assert signed_in(make_user()).post(ACCEPT, {"token": token}).status_code == 400
    rows = owner.get(f"{URL}{home.pk}/members/").json()["results"]
    assert {row["email"]: row["role"] for row in rows} == {
        "alice@example.org": "owner",
        "charlie@example.org": "editor",
    }


def test_where_mails_are_sent_the_link_goes_to_the_person_alone(
    owner: APIClient,
    home: Workspace,
    charlie: User,
    signed_in: SignedIn,
    settings: Settings,
) -> None:
    settings.MAIL_IS_ON = True
    body = {"email": "new@example.org", "role": "editor"}
    answer = owner.post(f"{URL}{home.pk}/invitations/", body)
    assert (answer.status_code, answer.json()["link"]) == (201, None)
    (message,) = arrived()
    assert message.to == ["new@example.org"]
    assert f"{settings.SITE_URL}/invitations/" in str(message.body)
    joined = signed_in(charlie).post(ACCEPT, {"token": token_in(message)})
    assert (joined.status_code, joined.json()["role"]) == (200, "editor")


def test_a_withdrawn_invitation_is_not_mailed(
    owner: APIClient, home: Workspace, settings: Settings
) -> None:
    settings.MAIL_IS_ON = True
    body = {"email": "new@example.org", "role": "editor"}
    made = owner.post(f"{URL}{home.pk}/invitations/", body).json()
    owner.delete(f"{URL}{home.pk}/invitations/{made['id']}/")
    assert arrived() == []


def test_nobody_asks_everybody(
    owner: APIClient, home: Workspace, settings: Settings
) -> None:
    settings.RATES = replace(settings.RATES, mails_asked=Rate(3, 3600))
    bodies = [{"email": f"a{n}@example.org", "role": "reader"} for n in range(4)]
    where = f"{URL}{home.pk}/invitations/"
    answers = [owner.post(where, body).status_code for body in bodies]
    assert answers == [201] * 3 + [429]
    assert Invitation.objects.count() == 3


def test_who_belongs_to_it_keeps_his_role(
    owner: APIClient, home: Workspace, alice: User
) -> None:
    assert owner.post(ACCEPT, {"token": invited(owner, home, "reader")}).json()[
        "role"
    ] == "owner"  # fmt: skip


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda token: token[:-1], id="cut"),
        pytest.param(lambda token: "", id="empty"),
        pytest.param(lambda token: "\ud800", id="no UTF-8"),
    ],
)
def test_what_is_no_invitation_is_refused(
    owner: APIClient, home: Workspace, charlie: User, signed_in: SignedIn, spoil: Any
) -> None:
    token = spoil(invited(owner, home))
    body = b'{"token": "\\ud800"}' if token == "\ud800" else None
    guest = signed_in(charlie)
    answer = (
        guest.generic("POST", ACCEPT, body, content_type="application/json")
        if body
        else guest.post(ACCEPT, {"token": token})
    )
    assert answer.status_code == 400
    assert WorkspaceMember.objects.filter(workspace=home).count() == 1


def test_an_old_or_withdrawn_invitation_is_none(
    owner: APIClient, home: Workspace, charlie: User, signed_in: SignedIn
) -> None:
    old, withdrawn = invited(owner, home), invited(owner, home)
    newest, oldest = Invitation.objects.order_by("-id")
    where = f"{URL}{home.pk}/invitations/{newest.pk}/"
    assert owner.delete(where).status_code == 204
    past = timezone.now() - timedelta(seconds=1)
    Invitation.objects.filter(pk=oldest.pk).update(expires_at=past)
    guest = signed_in(charlie)
    assert guest.post(ACCEPT, {"token": old}).status_code == 400
    assert guest.post(ACCEPT, {"token": withdrawn}).status_code == 400


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param({"email": "x", "role": "reader"}, "", id="no address"),
        pytest.param({"email": "a@example.org", "role": "king"}, "role", id="no role"),
        pytest.param(
            {"email": "alice@example.org", "role": "reader"}, "email", id="a member"
        ),
    ],
)
def test_wrong_invitations_are_refused(
    owner: APIClient, home: Workspace, body: dict[str, str], field: str
) -> None:
    answer = owner.post(f"{URL}{home.pk}/invitations/", body)
    assert answer.status_code == 400
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert not Invitation.objects.exists()


def test_the_last_owner_stays(owner: APIClient, home: Workspace, alice: User) -> None:
    where = f"{URL}{home.pk}/"
    mine = f"{where}members/{alice.pk}/"
    assert owner.post(f"{where}leave/").status_code == 409
    assert owner.delete(mine).status_code == 409
    assert owner.patch(mine, {"role": "reader"}).status_code == 409
    other = member(home, "reader")
    owner.patch(f"{where}members/{other.pk}/", {"role": "owner"})
    assert owner.post(f"{where}leave/").status_code == 204
    assert owner.get(where).status_code == 404


def test_keys_of_who_leaves_are_revoked(home: Workspace, signed_in: SignedIn) -> None:
    editor = member(home, "editor")
    made = key_create(user=editor, workspace=home, name="x", permissions=["*"])
    signed_in(editor).post(f"{URL}{home.pk}/leave/")
    assert ApiKey.objects.get(pk=made.row.pk).revoked_at is not None


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="one writer at a time")
def test_of_two_owners_who_leave_at_once_one_stays(alice: User) -> None:
    home = Workspace.objects.get(members=alice)
    member(home, "owner")

    def leave(row: WorkspaceMember) -> bool:
        try:
            member_remove(user=row.user, member=row)
        except Problem:
            return False
        finally:
            connection.close()
        return True

    rows = list(WorkspaceMember.objects.filter(workspace=home).select_related("user"))
    with ThreadPoolExecutor(2) as pool:
        left = list(pool.map(leave, rows))
    assert sorted(left) == [False, True]
    assert WorkspaceMember.objects.filter(workspace=home).count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="one writer at a time")
def test_of_many_who_accept_at_once_one_joins(alice: User, signed_in: SignedIn) -> None:
    home = Workspace.objects.get(members=alice)
    token = invited(signed_in(alice), home)
    people = [make_user() for _ in range(4)]

    def accept(user: User) -> bool:
        try:
            invitation_accept(user=user, token=token)
        except Problem:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(4) as pool:
        joined = list(pool.map(accept, people))
    assert joined.count(True) == 1
    assert WorkspaceMember.objects.filter(workspace=home).count() == 2
