"""Ready agents: offered to who has none, opened with one click."""

import pytest
from django.urls import reverse

from accounts.models import User
from graphs.examples import OFFERED, example_list, example_open
from graphs.models import Graph
from graphs.reporting import readiness
from tests.pages.world import browser_of, make_agent

pytestmark = pytest.mark.django_db


def test_only_who_has_no_agent_is_offered_examples(alice: User) -> None:
    browser = browser_of(alice)
    address = reverse("agent-example", args=["greeting"])

    before = browser.get("/agents/").text
    make_agent(alice)
    after = browser.get("/agents/").text

    assert address in before
    assert address not in after


def test_every_example_is_offered_by_its_name(alice: User) -> None:
    text = browser_of(alice).get("/agents/").text

    assert len(example_list()) == len(OFFERED)
    assert all(example.name in text for example in example_list())
    assert all(example.description in text for example in example_list())


@pytest.mark.parametrize("slug", OFFERED)
def test_one_click_opens_a_copy_ready_to_run(alice: User, slug: str) -> None:
    answer = browser_of(alice).post(f"/agents/examples/{slug}/")

    agent = Graph.objects.get(owner=alice)
    assert answer.headers["Location"] == f"/agents/{agent.id}/#run"
    assert readiness(agent).is_complete


def test_each_account_gets_a_copy_of_its_own(alice: User, charlie: User) -> None:
    first = example_open(user=alice, slug="greeting")
    second = example_open(user=charlie, slug="greeting")

    assert first.id != second.id
    assert {first.owner, second.owner} == {alice, charlie}


@pytest.mark.parametrize(
    "slug",
    [
        pytest.param("nothing", id="no example"),
        pytest.param("unhandled-error", id="one that is not offered"),
    ],
)
def test_another_name_makes_nothing(alice: User, slug: str) -> None:
    assert browser_of(alice).post(f"/agents/examples/{slug}/").status_code == 404
    assert not Graph.objects.exists()


def test_looking_opens_nothing(alice: User) -> None:
    assert browser_of(alice).get("/agents/examples/greeting/").status_code == 405
    assert not Graph.objects.exists()
