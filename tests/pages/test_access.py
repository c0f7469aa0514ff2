"""Who gets which page."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User, WorkspaceMember
from accounts.selectors import default_workspace
from tests.executions.reviews.asked import make_review
from tests.pages.world import Markup, browser_of, make_agent, make_run

pytestmark = pytest.mark.django_db

Address = Callable[[User], str]

PAGES = [
    pytest.param(lambda user: "/agents/", id="agents"),
    pytest.param(lambda user: "/agents/import/", id="import"),
    pytest.param(lambda user: f"/agents/{make_agent(user).id}/", id="builder"),
    pytest.param(lambda user: f"/agents/{make_agent(user).id}/delete/", id="delete"),
    pytest.param(lambda user: "/runs/", id="runs"),
    pytest.param(lambda user: f"/runs/{make_run(make_agent(user)).id}/", id="run"),
    pytest.param(lambda user: "/reviews/", id="reviews"),
    pytest.param(lambda user: f"/reviews/{make_review(user).id}/", id="review"),
]
THINGS = [page for page in PAGES if page.id in ("builder", "delete", "run", "review")]


@pytest.mark.parametrize("address", PAGES)
def test_the_owner_gets_the_page(alice: User, address: Address) -> None:
    answer = browser_of(alice).get(address(alice))

    assert answer.status_code == 200


@pytest.mark.parametrize("address", PAGES)
def test_a_stranger_is_sent_to_sign_in_and_back(
    client: Client, alice: User, address: Address
) -> None:
    path = address(alice)

    answer = client.get(path)

    assert answer.status_code == 302
    assert answer["Location"] == f"/sign-in/?next={path}"


@pytest.mark.parametrize("address", THINGS)
def test_what_is_not_yours_is_not_there(
    alice: User, charlie: User, address: Address
) -> None:
    path = address(alice)

    assert browser_of(charlie).get(path).status_code == 404
    assert browser_of(alice).get(path).status_code == 200


@pytest.mark.parametrize("path", ["/agents/", "/runs/"])
def test_a_list_shows_only_what_is_yours(alice: User, charlie: User, path: str) -> None:
    make_run(make_agent(alice, "Secret plans"))

    assert "Secret plans" not in browser_of(charlie).get(path).text
    assert "Secret plans" in browser_of(alice).get(path).text


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/agents/new/", id="new"),
        pytest.param("/agents/import/", id="import"),
        pytest.param("/agents/examples/greeting/", id="example"),
        pytest.param("/sign-out/", id="sign-out"),
    ],
)
def test_a_form_of_another_site_is_refused(alice: User, path: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)

    assert browser.post(path).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        # Each is an address of nothing; none of them may be an error of the server.
        pytest.param("/agents/7/", id="no UUID"),
        pytest.param("/agents/?before=x", id="agents from nowhere"),
        pytest.param("/runs/?before=x", id="runs from nowhere"),
        pytest.param("/runs/?agent=x", id="runs of nothing"),
        pytest.param("/runs/?status=DONE", id="no such state"),
        pytest.param(
            "/runs/?agent=00000000-0000-7000-8000-000000000000", id="no such agent"
        ),
    ],
)
def test_a_wrong_address_is_not_found(alice: User, path: str) -> None:
    answer = browser_of(alice).get(path)

    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("is_staff", [False, True])
def test_a_page_stands_without_inline_code(
    alice: User, address: Address, is_staff: bool
) -> None:
    alice.is_staff = is_staff
    alice.save()
    make_run(make_agent(alice, "<b>Bold</b>"))

    answer = browser_of(alice).get(address(alice))

    page = Markup(answer.text)
    assert page.inline == []
    assert len(page.ids) == len(set(page.ids))
    assert set(page.labels) <= set(page.ids)
    assert "<b>Bold" not in answer.text
    assert '<meta name="csrf-token" content="' in answer.text


@pytest.mark.parametrize("path", ["/sign-in/", "/sign-up/", "/nothing/"])
def test_a_page_for_anyone_stands_without_inline_code(
    client: Client, path: str
) -> None:
    page = Markup(client.get(path).text)

    assert page.inline == []
    assert page.headings == 1
    assert set(page.labels) <= set(page.ids)


@pytest.mark.parametrize("address", [p for p in PAGES if p.id in ("builder", "run")])
def test_only_who_may_share_is_offered_to(
    alice: User, charlie: User, address: Address
) -> None:
    path = address(alice)
    WorkspaceMember.objects.create(
        workspace=default_workspace(alice),
        user=charlie,
        role=WorkspaceMember.Role.READER,
    )

    assert "data-may-share" in browser_of(alice).get(path).text
    assert "data-may-share" not in browser_of(charlie).get(path).text
