"""Signing up, in and out by the pages."""

import pytest
from django.test import Client

from accounts.models import User, Workspace
from tests.conftest import PASSWORD
from tests.pages.world import browser_of

pytestmark = pytest.mark.django_db


def sign_in(client: Client, email: str, password: str, target: str = "") -> str:
    form = {"username": email, "password": password, "next": target}
    answer = client.post("/sign-in/", form)
    return answer["Location"] if answer.status_code == 302 else answer.text


def test_the_root_leads_to_where_one_belongs(client: Client, alice: User) -> None:
    assert client.get("/")["Location"] == "/sign-in/"
    assert browser_of(alice).get("/")["Location"] == "/agents/"


def test_signing_up_makes_a_user_with_a_workspace_and_signs_in(client: Client) -> None:
    form = {"email": "new@example.org", "password": PASSWORD}

    answer = client.post("/sign-up/", form)

    assert answer["Location"] == "/agents/"
    assert client.get("/agents/").status_code == 200
    assert Workspace.objects.filter(members__isnull=False).count() == 1


@pytest.mark.parametrize(
    ("email", "password", "said"),
    [
        # Each refusal stands at its field and leaves nothing behind.
        pytest.param("new@example.org", "short", "too short", id="short password"),
        pytest.param("new@example.org", "password123", "too common", id="common"),
        pytest.param("nobody", PASSWORD, "valid email address", id="no address"),
        pytest.param("alice@example.org", PASSWORD, "Sign in instead", id="taken"),
        pytest.param("", "", "This field is required", id="empty"),
        pytest.param("n\0@example.org", PASSWORD, "field__error", id="NUL"),
    ],
)
def test_signing_up_says_what_is_wrong(
    client: Client, alice: User, email: str, password: str, said: str
) -> None:
    answer = client.post("/sign-up/", {"email": email, "password": password})

    assert answer.status_code == 200
    assert said in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert list(User.objects.all()) == [alice]


def test_signing_in_leads_to_the_page_that_was_asked_for(
    client: Client, alice: User
) -> None:
    assert sign_in(client, alice.email, PASSWORD, "/runs/") == "/runs/"


def test_signing_in_never_leads_to_another_site(client: Client, alice: User) -> None:
    target = "https://elsewhere.example/"

    assert sign_in(client, alice.email, PASSWORD, target) == "/agents/"


def test_a_wrong_password_and_an_unknown_address_get_the_same_words(
    client: Client, alice: User
) -> None:
    words = "do not belong together"

    assert words in sign_in(client, alice.email, "wrong-horse-9")
    assert words in sign_in(client, "nobody@example.org", PASSWORD)


@pytest.mark.parametrize("path", ["/sign-in/", "/sign-up/"])
def test_who_is_signed_in_goes_on_to_the_agents(alice: User, path: str) -> None:
    assert browser_of(alice).get(path)["Location"] == "/agents/"


def test_signing_out_takes_a_post(alice: User) -> None:
    browser = browser_of(alice)

    assert browser.get("/sign-out/").status_code == 405
    assert browser.get("/agents/").status_code == 200
    assert browser.post("/sign-out/")["Location"] == "/sign-in/"
    assert browser.get("/agents/").status_code == 302


def test_the_account_menu_names_the_user(alice: User) -> None:
    assert alice.email in browser_of(alice).get("/agents/").text


def test_only_staff_is_offered_the_admin(alice: User, charlie: User) -> None:
    charlie.is_staff = True
    charlie.save()

    assert 'title="Admin"' not in browser_of(alice).get("/agents/").text
    assert 'title="Admin"' in browser_of(charlie).get("/agents/").text
