"""Accounts in the admin."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.admin import SEALED
from accounts.models import ApiKey, User, Workspace, WorkspaceMember
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

USERS = "admin:accounts_user_changelist"


@pytest.fixture
def root(client: Client) -> Client:
    user = User.objects.create_superuser("root@example.org", PASSWORD, name="Root")
    client.force_login(user)
    return client


def page(client: Client, name: str, *args: Any, **query: str) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def form_of(user: User, **changed: Any) -> dict[str, Any]:
    made = {
        "address": user.email,
        "name": user.name,
        "timezone": user.timezone,
        "role": user.role,
        "is_active": "on",
    }
    return made | changed


def test_one_signs_in_by_address(client: Client):
    User.objects.create_superuser("root@example.org", PASSWORD)
    target = reverse("admin:index")
    form = {"username": "Root@Example.org", "password": PASSWORD, "next": target}
    answer = client.post(reverse("sign-in"), form)
    assert answer["Location"] == target
    assert client.get(target).status_code == 200


def test_another_address_is_not_confirmed(root: Client, alice: User):
    alice.email_verified_at = timezone.now()
    alice.save()
    url = reverse("admin:accounts_user_change", args=[alice.pk])
    root.post(url, form_of(alice, name="Alice"))
    alice.refresh_from_db()
    assert alice.email_verified_at is not None
    root.post(url, form_of(alice, address="other@example.org"))
    alice.refresh_from_db()
    assert alice.email == "other@example.org"
    assert not alice.email_verified_at


def test_users_are_listed_with_their_address(root: Client, alice: User):
    assert "alice@example.org" in page(root, USERS)


def test_others_do_not_get_in(client: Client, alice: User):
    client.force_login(alice)
    answer = client.get(reverse(USERS))
    assert answer.status_code == 302
    assert "alice@example.org" not in answer.content.decode()


@pytest.mark.parametrize(
    ("term", "is_found"),
    [
        pytest.param("alice@example.org", True, id="address"),
        pytest.param(" ALICE@example.org", True, id="in-another-form"),
        pytest.param("wonder", True, id="part-of-the-name"),
        # The address is encrypted: there are no parts to compare with.
        pytest.param("alice@", False, id="part-of-the-address"),
    ],
)
def test_search(root: Client, alice: User, term: str, is_found: bool):
    User.objects.filter(pk=alice.pk).update(name="Alice Wonder")
    assert ("Alice Wonder" in page(root, USERS, q=term)) is is_found


def test_one_row_that_does_not_open_leaves_the_others(
    root: Client, alice: User, charlie: User
):
    User.objects.filter(pk=alice.pk).update(name="Alice")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_user SET email = %s WHERE email_index = %s",
            [b"\x01 forged", bytes(alice.email_index)],
        )
    text = page(root, USERS)
    assert SEALED in text
    assert "charlie@example.org" in text


def test_a_user_is_added_with_a_workspace(root: Client):
    form = {
        "address": "new@example.org",
        "role": "user",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    page(root, "admin:accounts_user_add")
    assert root.post(reverse("admin:accounts_user_add"), form).status_code == 302
    user = User.objects.get_by_natural_key("new@example.org")
    assert user.check_password(PASSWORD)
    assert Workspace.objects.filter(members=user).count() == 1


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"address": "alice@EXAMPLE.org"}, id="taken"),
        pytest.param({"address": "nobody"}, id="no-address"),
        pytest.param({"password2": "other-horse-9"}, id="two-passwords"),
        pytest.param({"password1": "kq7", "password2": "kq7"}, id="short"),
    ],
)
def test_a_user_that_is_not_added(root: Client, alice: User, changed: dict[str, Any]):
    form = {
        "address": "new@example.org",
        "role": "user",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    before = User.objects.count()
    answer = root.post(reverse("admin:accounts_user_add"), form | changed)
    assert answer.status_code == 200
    assert User.objects.count() == before


def test_a_new_address_is_the_one_to_sign_in_with(root: Client, alice: User):
    url = reverse("admin:accounts_user_change", args=[alice.pk])
    assert "alice@example.org" in root.get(url).content.decode()
    answer = root.post(url, form_of(alice, address="liddell@example.org"))
    assert answer.status_code == 302
    assert User.objects.get_by_natural_key("liddell@example.org") == alice
    assert User.objects.get(pk=alice.pk).email == "liddell@example.org"
    assert User.objects.get(pk=alice.pk).check_password(PASSWORD)


def test_the_password_is_changed_on_its_own_page(root: Client, alice: User):
    url = reverse("admin:auth_user_password_change", args=[alice.pk])
    assert root.get(url).status_code == 200
    new = {"password1": "another-horse-9", "password2": "another-horse-9"}
    assert root.post(url, new).status_code == 302
    alice.refresh_from_db()
    assert alice.check_password("another-horse-9")


def test_the_log_holds_no_address(root: Client, alice: User, charlie: User):
    url = reverse("admin:accounts_user_change", args=[alice.pk])
    root.post(url, form_of(alice, address="liddell@example.org"))
    member = WorkspaceMember.objects.get(user=alice)
    url = reverse("admin:accounts_workspace_change", args=[member.workspace.pk])
    members = {
        "name": "Shared",
        "workspacemember_set-TOTAL_FORMS": "2",
        "workspacemember_set-INITIAL_FORMS": "1",
        "workspacemember_set-0-id": str(member.pk),
        "workspacemember_set-0-workspace": str(member.workspace.pk),
        "workspacemember_set-0-user": str(alice.pk),
        "workspacemember_set-0-role": "owner",
        "workspacemember_set-1-workspace": str(member.workspace.pk),
        "workspacemember_set-1-user": str(charlie.pk),
        "workspacemember_set-1-role": "editor",
    }
    assert root.post(url, members).status_code == 302
    assert member.workspace.members.count() == 2
    url = reverse("admin:accounts_user_delete", args=[alice.pk])
    assert root.post(url, {"post": "yes"}).status_code == 302
    entries = list(LogEntry.objects.values_list("object_repr", "change_message"))
    assert len(entries) == 3
    assert "@" not in str(entries)


def test_an_api_key_is_shown_without_what_it_opens_with(root: Client, alice: User):
    key = ApiKey.objects.create(
        workspace=Workspace.objects.get(),
        user=alice,
        name="CI",
        prefix="agpt_ab12",
        digest=b"\xabDIGEST-OF-KEY",
    )
    for text in (
        page(root, "admin:accounts_apikey_change", key.pk),
        page(root, "admin:accounts_apikey_changelist"),
    ):
        assert "agpt_ab12" in text
        assert "digest" not in text.lower()
    url = reverse("admin:accounts_apikey_change", args=[key.pk])
    assert root.post(url, {"name": "changed"}).status_code == 403


def test_groups_are_not_offered():
    assert not admin.site.is_registered(Group)


def test_tokens_that_sign_in_are_nowhere_to_be_read():
    shown = {model._meta.label for model in admin.site._registry}
    assert not {label for label in shown if label.startswith("token_blacklist.")}
