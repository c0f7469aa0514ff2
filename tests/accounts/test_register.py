"""Registering: who gets in, with what, and what is refused."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from rest_framework.test import APIClient

from accounts.models import User, Workspace, WorkspaceMember
from accounts.services import user_register
from tests.conftest import PASSWORD

URL = "/api/v1/auth/register/"

pytestmark = pytest.mark.django_db


def test_it_works(anyone: APIClient):
    answer = anyone.post(URL, {"email": " New@Example.org ", "password": PASSWORD})
    user = User.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {"id": str(user.pk), "email": "New@Example.org"}
    assert user.check_password(PASSWORD)


def test_a_new_user_owns_a_workspace(alice: User):
    member = WorkspaceMember.objects.get()
    assert (member.user, member.role) == (alice, WorkspaceMember.Role.OWNER)


def test_the_address_is_not_in_the_database_in_the_clear(alice: User):
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_user")
        stored = b"".join(bytes(v) for v in cursor.fetchone() if isinstance(v, bytes))
    assert b"alice" not in stored
    assert User.objects.get().email == "alice@example.org"


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        # There is no domain to send to.
        pytest.param({"email": "no-at-sign"}, "email", "invalid", id="no-address"),
        # Other than in a name, a blank is no part of an address.
        pytest.param({"email": "a b@example.org"}, "email", "invalid", id="blank"),
        # Longer than mail can carry.
        pytest.param(
            {"email": "a" * 250 + "@example.org"}, "email", "max_length", id="long"
        ),
        pytest.param({"email": ""}, "email", "blank", id="empty"),
        # An operator of a document store is an object, not a text.
        pytest.param({"email": {"$ne": None}}, "email", "invalid", id="operator"),
        pytest.param({"email": None}, "email", "null", id="null"),
        pytest.param({"password": "kq7"}, "password", "password_too_short", id="short"),
        # It stands near the top of every list of leaked passwords.
        pytest.param(
            {"password": "password123"},
            "password",
            "password_too_common",
            id="common",
        ),
        # Hashing without a limit would be a way to keep the server busy.
        pytest.param(
            {"password": "x7" * 129}, "password", "max_length", id="long-password"
        ),
        # A misspelt field is said, not lost.
        pytest.param({"emial": "x"}, "emial", "unknown_field", id="unknown"),
        # Rights are not for the taking.
        pytest.param({"role": "admin"}, "role", "unknown_field", id="role"),
        pytest.param(
            {"is_superuser": True}, "is_superuser", "unknown_field", id="superuser"
        ),
    ],
)
def test_what_is_refused(
    anyone: APIClient, body: dict[str, Any], field: str, code: str
):
    answer = anyone.post(URL, {"email": "n@example.org", "password": PASSWORD} | body)
    faults = [(fault["field"], fault["code"]) for fault in answer.json()["errors"]]
    assert answer.status_code == 400
    assert (field, code) in faults
    assert not User.objects.exists()


def test_all_faults_are_told_at_once(anyone: APIClient):
    answer = anyone.post(URL, {"email": "nobody", "password": "kq7"})
    assert {fault["field"] for fault in answer.json()["errors"]} == {
        "email",
        "password",
    }


@pytest.mark.parametrize(
    "email",
    [
        pytest.param("alice@example.org", id="same"),
        pytest.param("ALICE@Example.org", id="other-case"),
        pytest.param("alice@example.org  ", id="blanks-around"),
    ],
)
def test_one_address_one_account(anyone: APIClient, alice: User, email: str):
    answer = anyone.post(URL, {"email": email, "password": PASSWORD})
    assert answer.status_code == 400
    assert [(f["field"], f["code"]) for f in answer.json()["errors"]] == [
        ("email", "unique")
    ]
    assert (User.objects.count(), Workspace.objects.count()) == (1, 1)


def test_the_second_of_two_leaves_nothing_behind(alice: User):
    with pytest.raises(ValidationError):
        user_register("alice@example.org", PASSWORD)
    assert (User.objects.count(), Workspace.objects.count()) == (1, 1)


def test_the_password_never_comes_back(anyone: APIClient):
    answer = anyone.post(URL, {"email": "n@example.org", "password": "kq7#secret" * 30})
    assert answer.status_code == 400
    assert b"kq7#secret" not in answer.content
