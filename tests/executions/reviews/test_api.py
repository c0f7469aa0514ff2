"""Reviews over HTTP, and what an answer does."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from rest_framework.test import APIClient

from accounts.models import User
from executions.models import Execution, Review, ReviewRule, Signal
from tests.conftest import SignedIn
from tests.executions.reviews.asked import join, make_review
from tests.executions.rows import make_execution
from tests.factories import make_user

pytestmark = pytest.mark.django_db

URL = "/api/v1/reviews/"
RULES = "/api/v1/review-rules/"
YES: dict[str, Any] = {"approved": True}
NO: dict[str, Any] = {"approved": False}
NOBODY = "0198c0de-0000-7000-8000-000000000000"


@pytest.fixture
def client(alice: User, signed_in: SignedIn) -> APIClient:
    return signed_in(alice)


@pytest.fixture
def bob(alice: User) -> User:
    """He works with Alice, and owns nothing of hers."""
    user = make_user("bob@example.org")
    join(user, of=alice)
    return user


def url(review: Review) -> str:
    return f"{URL}{review.id}/"


def fresh(review: Review) -> Review:
    return Review.objects.get(id=review.id)


def problem(answer: Any) -> tuple[int, str]:
    assert answer["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["type"].removeprefix("urn:problem:")


# --- Reading --------------------------------------------------------------------------


def listed(client: APIClient, query: str = "") -> list[str]:
    return [row["id"] for row in client.get(URL + query).json()["results"]]


def ids(*reviews: Review) -> list[str]:
    return [str(review.id) for review in reviews]


def test_those_that_wait_come_first(client, alice):
    run = make_execution(alice, status="WAITING", due_at=None)
    a, b, c, d = (make_review(alice, run=run) for _ in range(4))
    Review.objects.filter(id__in=[b.id, d.id]).update(status="APPROVED")
    assert listed(client) == ids(c, a, d, b)
    assert listed(client, "?status=PENDING") == ids(c, a)
    assert listed(client, "?status=REJECTED") == []


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 6, 100])
def test_the_pages_together_are_the_list(client, alice, limit):
    run = make_execution(alice, status="WAITING", due_at=None)
    made = [make_review(alice, run=run) for _ in range(6)]
    Review.objects.filter(id__in=[r.id for r in made[1::2]]).update(status="EXPIRED")
    page = client.get(f"{URL}?limit={limit}").json()
    seen = [row["id"] for row in page["results"]]
    while page["next"]:
        page = client.get(page["next"]).json()
        assert page["results"]
        seen += [row["id"] for row in page["results"]]
    assert seen == ids(*made[4::-2], *made[::-2])


@pytest.mark.parametrize("cursor", ["x", "waiting.x", f"none.{NOBODY}", "waiting."])
def test_a_forged_cursor_is_not_found(client, cursor):
    assert client.get(f"{URL}?cursor={cursor}").status_code == 404


def test_the_list_is_filtered(client, alice, bob):
    mine, his = make_review(alice, assignee=alice), make_review(alice, assignee=bob)
    assert listed(client, f"?execution={his.execution_id}") == ids(his)
    assert listed(client, "?assignee=me") == ids(mine)
    assert listed(client, f"?assignee=me&execution={his.execution_id}") == []


@pytest.mark.parametrize(
    "query", ["status=DONE", "execution=x", "assignee=you", "limit=0"]
)
def test_a_filter_that_is_none_is_refused(client, query):
    assert client.get(f"{URL}?{query}").status_code == 400


def test_a_review_says_what_is_asked(client, alice, bob):
    review = make_review(alice, assignee=bob, expires_in_s=60, number=3)
    found = client.get(url(review)).json()
    assert found["data"] == {"to": "ann@example.org", "text": "Hello"}
    assert found["assignee"] == {"id": str(bob.id), "name": "bob@example.org"}
    assert found["execution_id"] == str(review.execution_id)
    assert (found["graph_name"], found["node_id"], found["number"]) == ("Sum", "ask", 3)
    assert (found["status"], found["purpose"]) == ("PENDING", "review")
    assert (found["answer"], found["answered_by"]) == (None, None)
    assert found["expires_at"].endswith("Z")
    (row,) = client.get(URL).json()["results"]
    assert set(found) - set(row) == {"data", "answer"}


def test_the_run_says_how_many_answers_it_waits_for(client, alice):
    review = make_review(alice)
    make_review(alice, run=review.execution, status="APPROVED")
    found = client.get(f"/api/v1/executions/{review.execution_id}/").json()
    assert found["pending_reviews"] == 1


# --- Answering ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "status", "data"),
    [
        pytest.param(YES, "APPROVED", {"to": "ann@example.org", "text": "Hello"},
                     id="as it is"),
        pytest.param({**YES, "data": {"text": "Hi"}}, "APPROVED", {"text": "Hi"},
                     id="edited"),
        pytest.param({**NO, "message": "Too short"}, "REJECTED",
                     {"to": "ann@example.org", "text": "Hello"}, id="rejected"),
    ],
)  # fmt: skip
def test_an_answer_is_stored_and_told(client, alice, body, status, data):
    review = make_review(alice)
    answer = client.post(url(review), body)
    assert answer.status_code == 200
    said = answer.json()
    assert (said["status"], said["answer"]) == (status, data)
    assert said["message"] == body.get("message", "")
    assert said["answered_by"]["id"] == str(alice.id)
    assert said["answered_at"]
    signal = Signal.objects.get()
    assert (signal.execution_id, signal.kind) == (review.execution_id, "answer")
    assert signal.body == {
        "review_id": str(review.id),
        "node_id": "ask",
        "number": 1,
        "purpose": "review",
        "approved": body["approved"],
        "data": data,
        "message": body.get("message", ""),
        "by": str(alice.id),
    }
    due = Execution.objects.filter(id=review.execution_id, due_at__lte=Now())
    assert due.exists()


@pytest.mark.parametrize("body", [YES, {**NO, "message": "No"}, {**YES, "data": {}}])
@pytest.mark.parametrize("run_ends", [False, True])
def test_the_same_answer_may_be_sent_again(
    client, alice, bob, signed_in, body, run_ends
):
    review = make_review(alice)
    first = client.post(url(review), body)
    if run_ends:
        Execution.objects.update(status="COMPLETED", due_at=None)
    again = client.post(url(review), body)
    by_another = signed_in(bob).post(url(review), body)
    assert (again.status_code, again.json()) == (200, first.json())
    assert by_another.json() == first.json()
    assert Signal.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    [NO, {**YES, "message": "but"}, {**YES, "data": {"text": "Hi"}}],
)
def test_another_answer_is_told_who_was_first(client, alice, bob, signed_in, body):
    review = make_review(alice)
    signed_in(bob).post(url(review), YES)
    answer = client.post(url(review), body)
    assert problem(answer) == (409, "answered-before")
    assert "bob@example.org approved it" in answer.json()["detail"]
    assert Signal.objects.count() == 1
    bob.delete()
    assert problem(client.post(url(review), body)) == (409, "answered-before")


@pytest.mark.parametrize(
    ("columns", "run", "code"),
    [
        pytest.param({"expires_in_s": -1}, "WAITING", "review-expired", id="too late"),
        pytest.param({"status": "EXPIRED"}, "RUNNING", "no-longer-asked", id="expired"),
        pytest.param({"status": "CANCELLED"}, "RUNNING", "no-longer-asked", id="gone"),
        pytest.param({}, "CANCELLED", "no-longer-asked", id="the run was cancelled"),
        pytest.param({}, "FAILED", "no-longer-asked", id="the run failed"),
    ],
)
def test_an_answer_may_come_too_late(client, alice, columns, run, code):
    row = make_execution(alice, status=run, due_at=None)
    review = make_review(alice, run=row, **columns)
    before = fresh(review).status
    assert problem(client.post(url(review), YES)) == (409, code)
    assert fresh(review).status == before
    assert not Signal.objects.exists()


@pytest.mark.parametrize(
    ("data", "given", "fits"),
    [
        pytest.param({"a": 1}, {"b": []}, True, id="an object stays one"),
        pytest.param({"a": 1}, [], False, id="object to list"),
        pytest.param([1], ["x"], True, id="a list stays one"),
        pytest.param("x", "y", True, id="text"),
        pytest.param("x", 1, False, id="text to number"),
        pytest.param(1, 1.5, True, id="numbers are one kind"),
        pytest.param(1, True, False, id="true is no number"),
        pytest.param(False, True, True, id="boolean"),
        pytest.param(None, None, True, id="null"),
        pytest.param(None, {}, False, id="null to object"),
        pytest.param({}, None, False, id="object to null"),
    ],
)
def test_edited_data_stay_of_their_kind(client, alice, data, given, fits):
    review = make_review(alice, data=data)
    answer = client.post(url(review), {**YES, "data": given})
    if fits:
        assert (answer.status_code, answer.json()["answer"]) == (200, given)
    else:
        assert problem(answer) == (400, "invalid-answer")
        assert [e["field"] for e in answer.json()["errors"]] == ["data"]
        assert fresh(review).status == "PENDING"


def test_data_that_are_not_to_be_edited_stay(client, alice):
    review = make_review(alice, editable=False)
    assert problem(client.post(url(review), {**YES, "data": {}}))[0] == 400
    same = {"text": "Hello", "to": "ann@example.org"}
    assert client.post(url(review), {**YES, "data": same}).status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param({}, "approved", id="nothing"),
        pytest.param({"approved": None}, "approved", id="neither"),
        pytest.param({"approved": "maybe"}, "approved", id="a word"),
        pytest.param({**YES, "dta": 1}, "dta", id="a misspelt key"),
        pytest.param({**YES, "message": "x" * 10_001}, "message", id="too long"),
        pytest.param({**YES, "message": []}, "message", id="no text"),
        pytest.param({**NO, "auto_approve": True}, "auto_approve", id="no for ever"),
    ],
)
def test_what_is_wrong_is_said(client, alice, body, field):
    review = make_review(alice)
    answer = client.post(url(review), body)
    assert answer.status_code == 400
    assert [e["field"] for e in answer.json()["errors"]] == [field]
    assert fresh(review).status == "PENDING"


def test_one_who_was_asked_answers_or_an_owner(alice, bob, signed_in):
    eve = make_user()
    join(eve, of=alice)
    review = make_review(alice, assignee=bob)
    refused = signed_in(eve).post(url(review), YES)
    assert problem(refused) == (403, "not-assignee")
    assert "bob@example.org" in refused.json()["detail"]
    assert signed_in(bob).post(url(review), YES).status_code == 200
    other = make_review(alice, assignee=bob)
    assert signed_in(alice).post(url(other), YES).status_code == 200
    unassigned = make_review(alice)
    assert signed_in(eve).post(url(unassigned), YES).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_decides(alice: User, signed_in: SignedIn):
    review = make_review(alice)

    def send(body: dict[str, Any]) -> int:
        try:
            return signed_in(alice).post(url(review), body).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(send, [YES, NO, YES, NO]))
    assert sorted(codes) == [200, 200, 409, 409]
    assert Signal.objects.count() == 1


# --- Asking somebody ------------------------------------------------------------------


def test_somebody_is_asked_and_then_all_again(client, alice, bob):
    review = make_review(alice)
    answer = client.patch(url(review), {"assignee": str(bob.id)})
    assert (answer.status_code, answer.json()["assignee"]["id"]) == (200, str(bob.id))
    answer = client.patch(url(review), {"assignee": None})
    assert answer.json()["assignee"] is None


def test_only_members_are_asked(client, alice, charlie, bob):
    review = make_review(alice)
    User.objects.filter(id=bob.id).update(is_active=False)
    for who in (charlie.id, bob.id, NOBODY):
        answer = client.patch(url(review), {"assignee": str(who)})
        assert problem(answer) == (400, "invalid-answer")
    assert client.patch(url(review), {"assignee": "x"}).status_code == 400
    assert client.patch(url(review), {}).status_code == 400
    assert fresh(review).assignee is None


def test_nobody_is_asked_what_was_answered(client, alice, bob):
    review = make_review(alice, status="APPROVED")
    answer = client.patch(url(review), {"assignee": str(bob.id)})
    assert problem(answer) == (409, "no-longer-asked")


# --- Rules ----------------------------------------------------------------------------


def test_a_node_may_be_approved_always(client, alice):
    review = make_review(alice)
    for _ in range(2):
        client.post(url(review), {**YES, "auto_approve": True})
    again = make_review(alice, run=review.execution)
    client.post(url(again), {**YES, "auto_approve": True})
    (rule,) = client.get(RULES).json()["results"]
    graph_id = str(review.execution.graph_id)
    assert (rule["graph_id"], rule["node_id"]) == (graph_id, "ask")
    assert (rule["graph_name"], rule["created_by"]["id"]) == ("Sum", str(alice.id))
    assert client.get(f"{RULES}?graph={graph_id}").json()["results"] == [rule]
    assert client.get(f"{RULES}?graph={NOBODY}").json()["results"] == []
    assert client.delete(f"{RULES}{rule['id']}/").status_code == 204
    assert client.delete(f"{RULES}{rule['id']}/").status_code == 404


def test_an_unknown_outcome_is_looked_at_each_time(client, alice):
    review = make_review(alice, purpose="outcome")
    answer = client.post(url(review), {**YES, "auto_approve": True})
    assert problem(answer) == (400, "invalid-answer")
    assert client.post(url(review), YES).status_code == 200
    assert Signal.objects.get().body["purpose"] == "outcome"
    assert not ReviewRule.objects.exists()


# --- Who may --------------------------------------------------------------------------


def test_what_is_not_charlies_is_not_there(alice, charlie, signed_in):
    review = make_review(alice)
    rule = ReviewRule.objects.create(
        workspace=review.workspace, graph=review.execution.graph, node_id="ask"
    )
    his = signed_in(charlie)
    assert his.get(url(review)).status_code == 404
    assert his.post(url(review), YES).status_code == 404
    assert his.patch(url(review), {"assignee": str(charlie.id)}).status_code == 404
    assert his.delete(f"{RULES}{rule.id}/").status_code == 404
    assert listed(his) == []
    assert his.get(RULES).json()["results"] == []
    assert not Signal.objects.exists()
    assert ReviewRule.objects.exists()


def test_nobody_gets_nothing(anyone, alice):
    review = make_review(alice)
    for method in (anyone.get, anyone.post, anyone.patch):
        assert method(url(review)).status_code == 401
    assert anyone.get(URL).status_code == 401
    assert anyone.get(RULES).status_code == 401
    assert anyone.delete(f"{RULES}{NOBODY}/").status_code == 401


def test_the_list_costs_the_same_however_long(client, alice, django_assert_num_queries):
    make_review(alice, assignee=alice)
    with django_assert_num_queries(9, exact=False) as few:
        client.get(URL)
    for _ in range(5):
        make_review(alice, assignee=alice)
    with django_assert_num_queries(len(few)):
        assert len(listed(client)) == 6
