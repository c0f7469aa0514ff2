"""The list of runs with its filters, and the page of one run."""

import pytest
from django.utils.html import escape
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from executions.domain.status import ExecutionStatus
from tests.pages.world import Markup, browser_of, make_agent, make_run

pytestmark = pytest.mark.django_db


def runs_shown(user: User, query: str = "") -> set[str]:
    links = Markup(browser_of(user).get(f"/runs/{query}").text).links
    return {link for link in links if link.startswith("/runs/") and "?" not in link} - {
        "/runs/"
    }


def test_without_runs_the_list_says_what_it_is_for(alice: User) -> None:
    text = browser_of(alice).get("/runs/").text

    assert "Nothing has run yet" in text
    assert "filters" not in Markup(text).classes


def test_the_list_is_filtered_by_state_and_agent(alice: User) -> None:
    one, other = make_agent(alice, "One"), make_agent(alice, "Other")
    done = make_run(one)
    failed = make_run(one, ExecutionStatus.FAILED)
    elsewhere = make_run(other, ExecutionStatus.FAILED)

    assert runs_shown(alice) == {f"/runs/{r.id}/" for r in (done, failed, elsewhere)}
    assert runs_shown(alice, "?status=FAILED") == {
        f"/runs/{failed.id}/",
        f"/runs/{elsewhere.id}/",
    }
    assert runs_shown(alice, f"?agent={one.id}&status=FAILED") == {
        f"/runs/{failed.id}/"
    }


def test_a_filter_keeps_the_other_in_the_address(alice: User) -> None:
    agent = make_agent(alice)
    make_run(agent)

    text = browser_of(alice).get(f"/runs/?agent={agent.id}").text

    assert escape(f"/runs/?agent={agent.id}&status=FAILED") in text
    assert f'value="{agent.id}" selected' in text


def test_nothing_found_is_told_from_nothing_there(alice: User) -> None:
    make_run(make_agent(alice))

    text = browser_of(alice).get("/runs/?status=FAILED").text

    assert "No run matches" in text
    assert "filters" in Markup(text).classes


def test_the_list_goes_on_where_it_ended_and_keeps_its_filters(alice: User) -> None:
    agent = make_agent(alice)
    oldest = make_run(agent)
    for _ in range(50):
        make_run(agent)

    text = browser_of(alice).get("/runs/?status=COMPLETED").text
    more = next(link for link in Markup(text).links if "before=" in link)

    assert "status=COMPLETED" in more
    assert runs_shown(alice, more.removeprefix("/runs/")) == {f"/runs/{oldest.id}/"}


def test_the_list_asks_the_same_number_of_questions_however_long(
    alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    browser = browser_of(alice)
    make_run(make_agent(alice))
    with django_assert_num_queries(100, exact=False) as few:  # type: ignore[call-arg]
        browser.get("/runs/")
    for number in range(10):
        make_run(make_agent(alice, f"Agent {number}"))

    with django_assert_num_queries(len(few)):
        browser.get("/runs/")


def test_the_page_of_a_run_says_enough_without_scripts(alice: User) -> None:
    run = make_run(make_agent(alice, "Triage"), ExecutionStatus.FAILED)

    text = browser_of(alice).get(f"/runs/{run.id}/").text

    assert f'id="run" data-execution-id="{run.id}"' in text
    noscript = text[text.index("<noscript>") : text.index("</noscript>")]
    assert "Triage" in noscript
    assert "Failed" in noscript
