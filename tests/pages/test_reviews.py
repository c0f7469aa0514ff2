"""The inbox of reviews and the page where one is answered."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from executions.models import Review, ReviewRule, Signal
from tests.executions.reviews.asked import join, make_review
from tests.factories import make_user
from tests.pages.world import Markup, browser_of

pytestmark = pytest.mark.django_db

LETTER = '{"to": "ann@example.org", "text": "Hello"}'


@pytest.fixture
def browser(alice: User) -> Client:
    return browser_of(alice)


def url(review: Review) -> str:
    return f"/reviews/{review.id}/"


def fresh(review: Review) -> Review:
    return Review.objects.get(id=review.id)


def shown(browser: Client, query: str = "") -> set[str]:
    links = Markup(browser.get(f"/reviews/{query}").text).links
    return {link for link in links if link.startswith("/reviews/0")}


def send(browser: Client, review: Review, how: str = "approve", **more: Any) -> Any:
    form = {"decision": how, "message": "", "value": LETTER}
    return browser.post(url(review), {**form, **more})


# --- The inbox ------------------------------------------------------------------------


def test_without_reviews_the_inbox_says_what_it_is_for(browser):
    assert "Nothing waits for an answer" in browser.get("/reviews/").text


def test_the_inbox_shows_what_is_wanted(browser, alice):
    waiting = make_review(alice)
    mine = make_review(alice, assignee=alice)
    done = make_review(alice)
    send(browser, done)
    gone = make_review(alice, status="EXPIRED")
    assert shown(browser) == {url(waiting), url(mine)}
    assert shown(browser, "?show=mine") == {url(mine)}
    assert shown(browser, "?show=answered") == {url(done)}
    assert shown(browser, "?show=all") == {url(r) for r in (waiting, mine, done, gone)}
    assert shown(browser, f"?run={mine.execution_id}") == {url(mine)}
    assert "No review matches" in browser.get(f"/reviews/?run={done.execution_id}").text


def test_the_inbox_goes_on_where_it_ended(browser, alice):
    oldest = make_review(alice)
    for _ in range(50):
        make_review(alice, run=oldest.execution)
    text = browser.get("/reviews/").text
    more = next(link for link in Markup(text).links if "before=" in link)
    assert len(shown(browser)) == 50
    assert shown(browser, more) == {url(oldest)}


@pytest.mark.parametrize("query", ["?show=none", "?run=x", "?before=x"])
def test_a_wrong_address_is_not_found(browser, query):
    assert browser.get(f"/reviews/{query}").status_code == 404


@pytest.mark.parametrize(("count", "text"), [(0, None), (2, "2"), (100, "99+")])
def test_the_menu_counts_what_waits(browser, alice, charlie, count, text):
    make_review(charlie)
    if count:
        first = make_review(alice)
        Review.objects.bulk_create(
            Review(
                workspace=first.workspace, execution=first.execution, node_id="ask",
                number=number, data=1,
            )
            for number in range(2, count + 1)
        )  # fmt: skip
    page = browser.get("/agents/").text
    assert ("nav__count" in Markup(page).classes) == bool(count)
    assert text is None or f'<b class="nav__count">{text}<' in page


# --- One review -----------------------------------------------------------------------


def test_the_page_shows_what_is_asked_and_where(browser, alice):
    review = make_review(alice, expires_in_s=7300)
    page = browser.get(url(review)).text
    assert "Send this letter?" in page
    assert "ann@example.org" in page
    assert f'href="/runs/{review.execution_id}/"' in page
    assert f'href="/agents/{review.execution.graph_id}/"' in page
    assert "in 2\xa0hours" in page
    run = browser.get(f"/runs/{review.execution_id}/").text
    assert url(review) in Markup(run).links
    send(browser, review)
    assert url(review) not in browser.get(f"/runs/{review.execution_id}/").text


def test_approving_lets_the_run_go_on(browser, alice):
    review = make_review(alice)
    answer = send(browser, review, message="Fine")
    assert (answer.status_code, answer["location"]) == (302, "/reviews/")
    stored = fresh(review)
    assert (stored.status, stored.message) == ("APPROVED", "Fine")
    assert (stored.answer, stored.answered_by) == (review.data, alice)
    assert Signal.objects.get().body["data"] == review.data
    assert "Approved “Send this letter?”" in browser.get("/reviews/").text
    assert "Fine" in browser.get(url(review)).text


def test_rejecting_with_edited_data(browser, alice):
    review = make_review(alice)
    send(browser, review, "reject", value='{"text": "Hi"}')
    assert (fresh(review).status, fresh(review).answer) == ("REJECTED", {"text": "Hi"})
    assert "Data, as they went on" in browser.get(url(review)).text


@pytest.mark.parametrize(
    ("data", "sent", "kept"),
    [
        pytest.param("a\nb", "a\r\nb", "a\nb", id="line ends as browsers send them"),
        pytest.param("a\r\nb", "a\r\nb", "a\r\nb", id="line ends as they were"),
        pytest.param("a", "{}", "{}", id="text that looks like JSON"),
        pytest.param("a", " b ", " b ", id="spaces"),
        pytest.param("a", "", "", id="no text"),
        pytest.param(1, " 2 ", 2, id="a number"),
        pytest.param(1e300, "1e300", 1e300, id="a large one"),
        pytest.param([1], "[\r\n]", [], id="JSON over lines"),
        pytest.param({"x": "a\nb"}, '{"x": "a\\nb"}', {"x": "a\nb"}, id="escapes"),
    ],
)
def test_what_is_edited_is_what_goes_on(browser, alice, data, sent, kept):
    review = make_review(alice, data=data)
    assert send(browser, review, value=sent).status_code == 302
    assert fresh(review).answer == kept


@pytest.mark.parametrize(
    ("more", "message"),
    [
        pytest.param({"value": "{"}, "This is not JSON", id="no JSON"),
        pytest.param({"value": "[]"}, "Must stay an object", id="another kind"),
        pytest.param({"value": '{"a": NaN}'}, "This is not JSON", id="not a number"),
        pytest.param({"value": '"\\ud800"'}, "This is not JSON", id="half a character"),
        pytest.param({"decision": ""}, "Approve or reject it.", id="no decision"),
        pytest.param({"decision": "x"}, "x is not one of", id="a strange one"),
        pytest.param(
            {"decision": "reject", "always": "on"},
            "can be approved always",
            id="no ever",
        ),
        pytest.param({"message": "x" * 10_001}, "at most 10000", id="long message"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_lost(browser, alice, more, message):
    review = make_review(alice)
    answer = send(browser, review, **{"message": "Keep me", **more})
    assert answer.status_code == 400
    assert message in answer.text
    assert "Keep me" in answer.text or "message" in more
    assert (fresh(review).status, Signal.objects.count()) == ("PENDING", 0)


def test_who_comes_second_sees_who_was_first(browser, alice):
    bob = make_user("bob@example.org")
    join(bob, of=alice)
    review = make_review(alice)
    send(browser_of(bob), review)
    answer = send(browser, review, "reject")
    assert answer.status_code == 409
    assert "bob@example.org approved it before" in answer.text
    assert 'value="approve"' not in answer.text


def test_a_node_may_be_approved_always(browser, alice):
    review = make_review(alice)
    send(browser, review, always="on")
    assert ReviewRule.objects.get().node_id == "ask"


def test_what_cannot_be_edited_has_no_editor(browser, alice):
    review = make_review(alice, editable=False)
    assert 'name="value"' not in browser.get(url(review)).text
    assert send(browser, review, value="{}").status_code == 302
    assert fresh(review).answer == review.data


def test_what_is_too_large_to_edit_is_answered_all_the_same(browser, alice):
    review = make_review(alice, data="x" * 200_001)
    page = browser.get(url(review)).text
    assert 'name="value"' not in page
    assert "Only the beginning is shown" in page
    assert send(browser, review).status_code == 302
    assert fresh(review).answer == review.data


def test_an_unknown_outcome_explains_itself(browser, alice):
    review = make_review(alice, purpose="outcome")
    page = browser.get(url(review)).text
    assert "Approve to try again" in page
    assert 'name="always"' not in page
    assert 'name="value"' not in page


def test_somebody_is_asked(browser, alice):
    bob = make_user("bob@example.org")
    join(bob, of=alice)
    eve = make_user()
    join(eve, of=alice)
    review = make_review(alice)
    answer = browser.post(f"{url(review)}assign/", {"assignee": bob.id})
    assert (answer.status_code, fresh(review).assignee) == (302, bob)
    hers = browser_of(eve).get(url(review)).text
    assert "bob@example.org was asked" in hers
    assert 'value="approve"' not in hers
    browser.post(f"{url(review)}assign/", {"assignee": ""})
    assert fresh(review).assignee is None


def test_a_stranger_is_not_asked(browser, alice, charlie):
    review = make_review(alice)
    page = browser.post(f"{url(review)}assign/", {"assignee": charlie.id}, follow=True)
    assert "No member of the workspace has this id" in page.text
    assert fresh(review).assignee is None
    assert browser.post(f"{url(review)}assign/", {"assignee": "x"}).status_code == 404


def test_what_is_not_charlies_is_not_there(alice, charlie):
    review = make_review(alice)
    his = browser_of(charlie)
    assert send(his, review).status_code == 404
    assert his.post(f"{url(review)}assign/", {"assignee": ""}).status_code == 404
    assert fresh(review).status == "PENDING"


@pytest.mark.parametrize("part", ["", "assign/"])
def test_a_form_of_another_site_is_refused(alice, part):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    assert browser.post(f"{url(make_review(alice))}{part}").status_code == 403


def test_the_inbox_costs_the_same_however_long(
    browser, alice, django_assert_num_queries
):
    make_review(alice, assignee=alice)
    with django_assert_num_queries(100, exact=False) as few:
        browser.get("/reviews/")
    for _ in range(10):
        make_review(alice, assignee=alice)
    with django_assert_num_queries(len(few)):
        browser.get("/reviews/")
