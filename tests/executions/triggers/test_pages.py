"""The pages of schedules and webhooks: who gets them, and what their forms do."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from executions.models import Hook, Schedule
from executions.triggers.hooks import hook_create
from executions.triggers.schedules import schedule_create
from graphs.models import Graph
from graphs.services import graph_delete
from tests.factories import INPUT, NUMBER_INPUT, OUTPUT, document, make_graph, node
from tests.pages.world import Markup, browser_of

pytestmark = pytest.mark.django_db

Address = Callable[[User], str]

SCHEDULES = "/triggers/schedules/"
HOOKS = "/triggers/hooks/"
SECRET = "sixteen-characters-or-more"
BOOLEAN_INPUT = "cbf36ab5-df4a-43b6-8a7f-f7ed8652116e"


def make_schedule(user: User, **facts: Any) -> Schedule:
    graph = facts.pop("graph", None) or make_graph(user)
    wanted = {"cron": "0 9 * * 1-5", "inputs": {"Input": 1}, "name": "<b>Daily</b>"}
    return schedule_create(user=user, graph=graph, **wanted | facts)


def make_hook(user: User, **facts: Any) -> Hook:
    wanted = {"name": "<b>Shop</b>"} | facts
    return hook_create(user=user, graph=make_graph(user), **wanted)


PAGES = [
    pytest.param(lambda user: SCHEDULES, id="schedules"),
    pytest.param(lambda user: f"{SCHEDULES}new/", id="new-schedule"),
    pytest.param(
        lambda user: f"{SCHEDULES}new/?agent={make_graph(user).id}", id="new-of-agent"
    ),
    pytest.param(lambda user: f"{SCHEDULES}{make_schedule(user).id}/", id="schedule"),
    pytest.param(
        lambda user: f"{SCHEDULES}{make_schedule(user).id}/delete/", id="delete-it"
    ),
    pytest.param(lambda user: HOOKS, id="hooks"),
    pytest.param(lambda user: f"{HOOKS}new/", id="new-hook"),
    pytest.param(
        lambda user: f"{HOOKS}new/?agent={make_graph(user).id}", id="hook-of-agent"
    ),
    pytest.param(lambda user: f"{HOOKS}{make_hook(user).id}/", id="hook"),
    pytest.param(lambda user: f"{HOOKS}{make_hook(user).id}/rotate/", id="rotate"),
    pytest.param(lambda user: f"{HOOKS}{make_hook(user).id}/delete/", id="delete"),
]
OF_ONE = [page for page in PAGES if page.id not in ("schedules", "hooks", "new-schedule", "new-hook")]  # fmt: skip  # noqa: E501


@pytest.mark.parametrize("address", PAGES)
def test_a_page_stands_without_inline_code(alice: User, address: Address):
    make_schedule(alice, graph=make_graph(alice))
    make_hook(alice)
    answer = browser_of(alice).get(address(alice))
    page = Markup(answer.text)
    assert answer.status_code == 200
    assert page.inline == []
    assert page.headings == 1
    assert len(page.ids) == len(set(page.ids))
    assert set(page.labels) <= set(page.ids)
    assert "<b>" not in answer.text


@pytest.mark.parametrize("address", PAGES)
def test_a_stranger_is_sent_to_sign_in(client: Client, alice: User, address: Address):
    answer = client.get(address(alice))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/?next=")


@pytest.mark.parametrize("address", OF_ONE)
@pytest.mark.parametrize("method", ["get", "post"])
def test_what_is_of_others_is_not_there(
    alice: User, charlie: User, address: Address, method: str
):
    path = address(alice)
    before = (Schedule.objects.count(), Hook.objects.count())
    assert getattr(browser_of(charlie), method)(path).status_code == 404
    assert (Schedule.objects.count(), Hook.objects.count()) == before


@pytest.mark.parametrize("path", [SCHEDULES, HOOKS])
def test_a_list_shows_only_what_is_yours(alice: User, charlie: User, path: str):
    make_schedule(alice, name="Secret plan")
    make_hook(alice, name="Secret plan")
    assert "Secret plan" in browser_of(alice).get(path).text
    assert "Secret plan" not in browser_of(charlie).get(path).text


@pytest.mark.parametrize("path", [SCHEDULES, HOOKS])
def test_a_list_can_be_of_one_agent(alice: User, path: str):
    graph = make_graph(alice)
    schedule_create(user=alice, graph=graph, cron="0 9 * * *", inputs={}, name="Mine")
    hook_create(user=alice, graph=graph, name="Mine")
    make_schedule(alice, name="Other")
    make_hook(alice, name="Other")
    text = browser_of(alice).get(f"{path}?agent={graph.id}").text
    assert "Mine" in text
    assert "Other" not in text
    graph_delete(user=alice, graph=graph)
    assert browser_of(alice).get(f"{path}?agent={graph.id}").status_code == 404
    assert "Mine" not in browser_of(alice).get(path).text


@pytest.mark.parametrize("path", [SCHEDULES, HOOKS])
def test_a_list_goes_on_where_it_ended(alice: User, path: str):
    graph = make_graph(alice)
    for number in range(51):
        name = f"Trigger-{number:02}"
        schedule_create(user=alice, graph=graph, cron="0 9 * * *", inputs={}, name=name)
        hook_create(user=alice, graph=graph, name=name)
    browser = browser_of(alice)
    first = browser.get(f"{path}?agent={graph.id}").text
    more = next(link for link in Markup(first).links if "before=" in link)
    second = browser.get(path + more.removeprefix(path)).text
    assert "Trigger-01" in first
    assert "Trigger-00" not in first
    assert "Trigger-00" in second
    assert "Trigger-01" not in second
    assert "data-more" not in second


@pytest.mark.parametrize("path", [SCHEDULES, HOOKS])
def test_a_list_asks_no_more_for_more(
    alice: User, path: str, django_assert_num_queries: DjangoAssertNumQueries
):
    browser = browser_of(alice)
    make_schedule(alice)
    make_hook(alice)
    browser.get(path)
    with django_assert_num_queries(100, exact=False) as few:  # type: ignore[call-arg]
        browser.get(path)
    for _ in range(5):
        make_schedule(alice)
        make_hook(alice)
    with django_assert_num_queries(len(few)):
        browser.get(path)


def test_next_runs_are_shown_in_the_users_time_zone(alice: User):
    alice.timezone = "Asia/Kathmandu"
    alice.save()
    make_schedule(alice, cron="0 12 * * *", timezone="UTC")
    text = browser_of(alice).get(SCHEDULES).text
    assert ", 17:45</time>" in text
    assert "At 12:00 every day" in text
    assert "<small>UTC</small>" in text


def test_what_did_not_start_is_said(alice: User):
    row = make_schedule(alice)
    Schedule.objects.update(fault="Not started: the agent is inactive.")
    browser = browser_of(alice)
    assert 'title="Not started: the agent is inactive."' in browser.get(SCHEDULES).text
    assert "the agent is inactive" in browser.get(f"{SCHEDULES}{row.id}/").text


# --- Schedules ------------------------------------------------------------------------


def form(**changed: Any) -> dict[str, Any]:
    return {
        "name": "Daily", "cron": "0 9 * * *", "timezone": "Europe/Berlin",
        "misfire": "all", "input_0": "5",
    } | changed  # fmt: skip


def all_kinds() -> Any:
    nodes = [
        node("a", NUMBER_INPUT, name="Number"),
        node("b", INPUT, name="Any"),
        node("c", BOOLEAN_INPUT, name="Flag"),
        node("out", OUTPUT, name="out"),
    ]
    return document(nodes, ["a.result -> out.value"])


def new_url(graph: Graph) -> str:
    return f"{SCHEDULES}new/?agent={graph.id}"


def test_a_schedule_is_made_by_its_form(alice: User):
    browser = browser_of(alice)
    answer = browser.post(new_url(make_graph(alice)), form())
    assert (answer.status_code, answer["Location"]) == (302, SCHEDULES)
    row = Schedule.objects.get()
    assert (row.name, row.cron, row.timezone) == ("Daily", "0 9 * * *", "Europe/Berlin")
    assert (row.misfire, row.inputs) == ("all", {"Input": 5})
    assert "is scheduled" in browser.get(SCHEDULES).text


def test_inputs_are_typed_as_the_agent_has_them(alice: User):
    graph = make_graph(alice, all_kinds())
    sent = form(input_0="15", input_1='["a"]', input_2="false")
    assert browser_of(alice).post(new_url(graph), sent).status_code == 302
    row = Schedule.objects.get()
    assert row.inputs == {"Number": 15, "Any": ["a"], "Flag": False}

    shown = browser_of(alice).get(f"{SCHEDULES}{row.id}/").text
    assert 'value="15"' in shown
    assert '<option value="false" selected>' in shown

    sent = form(input_0="", input_1="just text", input_2="")
    browser_of(alice).post(f"{SCHEDULES}{row.id}/", sent)
    row.refresh_from_db()
    assert row.inputs == {"Any": "just text"}


def test_what_was_not_touched_keeps_its_value(alice: User):
    graph = make_graph(alice, all_kinds())
    row = make_schedule(alice, graph=graph, inputs={"Any": 5, "Number": 1})
    sent = form(input_0="1", input_1="5", input_2="")
    browser_of(alice).post(f"{SCHEDULES}{row.id}/", sent)
    row.refresh_from_db()
    assert row.inputs == {"Any": 5, "Number": 1}


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"cron": "x"}, "cron", "five fields"),
        ({"cron": ""}, "cron", "required"),
        ({"timezone": "x"}, "timezone", "Not a time zone"),
        ({"misfire": "x"}, "misfire", "valid choice"),
        ({"input_0": "x"}, "input_0", "Enter a number"),
        ({"input_0": "[1]"}, "input_0", "number"),
    ],
)
def test_a_fault_is_said_beside_its_field(alice, changed, field, said):
    answer = browser_of(alice).post(new_url(make_graph(alice)), form(**changed))
    assert answer.status_code == 400
    place = answer.text.index(f'id="id_{field}-error"')
    assert said in answer.text[place : place + 200]
    assert not Schedule.objects.exists()


def test_pausing_and_going_on(alice: User):
    row = make_schedule(alice)
    browser = browser_of(alice)
    for is_active in (False, True):
        answer = browser.post(f"{SCHEDULES}{row.id}/pause/", follow=True)
        row.refresh_from_db()
        assert row.is_active is is_active
        assert ("It goes on." if is_active else "Paused.") in answer.text


def test_one_whose_time_is_gone_says_so_when_resumed(alice: User):
    row = make_schedule(alice, is_active=False)
    Schedule.objects.update(timezone="Mars/Phobos")
    answer = browser_of(alice).post(f"{SCHEDULES}{row.id}/pause/", follow=True)
    assert "Not a time zone" in answer.text


def test_deleting_asks_first(alice: User):
    row = make_schedule(alice)
    browser = browser_of(alice)
    assert (
        "The runs it has started stay"
        in browser.get(f"{SCHEDULES}{row.id}/delete/").text
    )
    browser.post(f"{SCHEDULES}{row.id}/delete/")
    assert not Schedule.objects.exists()


# --- Webhooks -------------------------------------------------------------------------


def hook_url(graph: Graph) -> str:
    return f"{HOOKS}new/?agent={graph.id}"


def test_a_hook_is_made_by_its_form_and_shows_its_address(alice: User):
    browser = browser_of(alice)
    sent = {"name": "Shop", "check_by": "none", "secret": SECRET, "wait_s": "2.5"}
    answer = browser.post(hook_url(make_graph(alice)), sent, follow=True)
    hook = Hook.objects.get()
    assert (hook.name, hook.secret, hook.wait_s) == ("Shop", None, 2.5)
    assert f"http://testserver/hooks/{hook.token}/" in answer.text


def test_the_form_offers_a_secret_that_is_never_shown_again(alice: User):
    browser = browser_of(alice)
    url = hook_url(make_graph(alice))
    assert 'value="whsec_' in browser.get(url).text
    answer = browser.post(url, {"check_by": "secret", "secret": SECRET}, follow=True)
    assert Hook.objects.get().secret == SECRET
    assert SECRET not in answer.text
    assert "whsec_" not in answer.text


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"check_by": "secret", "secret": "short"}, "secret"),
        ({"check_by": "secret", "secret": ""}, "secret"),
        ({"check_by": "x"}, "check_by"),
        ({"check_by": "none", "wait_s": "61"}, "wait_s"),
        ({"check_by": "none", "wait_s": "nan"}, "wait_s"),
    ],
)
def test_a_fault_of_a_hook_is_said_beside_its_field(alice, sent, field):
    answer = browser_of(alice).post(hook_url(make_graph(alice)), sent)
    assert answer.status_code == 400
    assert f'id="id_{field}-error"' in answer.text
    assert not Hook.objects.exists()


def test_a_secret_stays_unless_a_new_one_is_given(alice: User):
    hook = make_hook(alice, check_by="secret", secret=SECRET)
    browser = browser_of(alice)
    browser.post(f"{HOOKS}{hook.id}/", {"check_by": "signature", "secret": ""})
    assert Hook.objects.get().secret == SECRET
    browser.post(f"{HOOKS}{hook.id}/", {"check_by": "signature", "secret": SECRET * 2})
    assert Hook.objects.get().secret == SECRET * 2


def test_a_hook_is_paused_rotated_and_deleted(alice: User):
    hook = make_hook(alice)
    browser = browser_of(alice)
    browser.post(f"{HOOKS}{hook.id}/pause/")
    assert not Hook.objects.get().is_active
    assert "Paused" in browser.get(HOOKS).text
    browser.post(f"{HOOKS}{hook.id}/rotate/")
    assert Hook.objects.get().token != hook.token
    browser.post(f"{HOOKS}{hook.id}/delete/")
    assert not Hook.objects.exists()


def test_an_agent_leads_to_its_triggers(alice: User):
    graph = make_graph(alice)
    links = Markup(browser_of(alice).get("/agents/").text).links
    assert f"{SCHEDULES}?agent={graph.id}" in links
    assert "/triggers/" in links
