"""Questions to people in a run: asked, answered, edited, expired, withdrawn."""

import asyncio
from typing import Any

import pytest

from core.limits import Limits
from tests.executions.ground import Ground, Stored
from tests.executions.short import out
from tests.executions.virtual_time import in_no_time
from tests.graphs_by_hand import graph
from tests.zoo import EACH
from tests.zoo_trouble import ACTS, ASKS

ASKING = graph(
    {
        "x": (ASKS, {"data": {"to": "ann"}, "name": "Mail", "editable": False}),
        "y": out("yes"),
        "n": out("no"),
        "m": out("message"),
        "e": out("error"),
    },
    "x.approved_data -> y.value",
    "x.rejected_data -> n.value",
    "x.review_message -> m.value",
    "x.error -> e.value",
)


def played(agent, *answers: dict[str, Any], **facts: Any) -> Stored:
    """Each answer is given as soon as there is a question."""

    async def play() -> Stored:
        ground = Ground(**facts)
        it = ground.start(agent)
        for answer in answers:
            await ground.work(60)
            ground.answer(it, **answer)
        await ground.work()
        return it

    return in_no_time(play())


@pytest.mark.parametrize(
    ("answer", "outputs"),
    [
        pytest.param({}, {"yes": [{"to": "ann"}]}, id="yes"),
        pytest.param({"data": [2]}, {"yes": [[2]]}, id="edited"),
        pytest.param({"data": None}, {"yes": [None]}, id="emptied"),
        pytest.param(
            {"approved": False, "message": "never"},
            {"no": [{"to": "ann"}], "message": ["never"]},
            id="no",
        ),
    ],
)
def test_an_answer_becomes_what_the_node_emits(answer, outputs):
    it = played(ASKING, answer)
    assert it.outcome == ("COMPLETED", outputs, [])
    assert it.types("x")[:3] == ["started", "asked", "answered"]
    assert it.types("x")[-1] == "completed"
    assert it.signals == []


def test_a_question_says_what_it_is_about():
    async def play() -> Any:
        ground = Ground()
        it = ground.start(ASKING)
        await ground.work(1)
        (review,) = it.reviews.values()
        return review

    review = in_no_time(play())
    assert (review.node_id, review.number, review.purpose) == ("x", 1, "review")
    assert review.request == ("Mail", {"to": "ann"}, False)
    assert review.expires_at is not None


def test_nobody_is_asked_where_a_rule_approves():
    async def play() -> Stored:
        ground = Ground()
        ground.approves.add("x")
        it = ground.start(ASKING)
        await ground.work()
        return it

    it = in_no_time(play())
    assert it.outcome[1]["yes"] == [{"to": "ann"}]
    assert "asked" not in it.types("x")


def test_an_expired_question_fails_its_node():
    it = played(ASKING, limits=Limits(review_seconds=100))
    text = "nobody answered the review in time"
    assert it.outcome == ("COMPLETED", {"error": [text]}, [])
    assert len(it.expired) == 1


@pytest.mark.parametrize(
    ("timeout_s", "asked_for_s"),
    [
        pytest.param(60, 60, id="the node's own time limit"),
        pytest.param(10**9, 100, id="but no longer than is allowed"),
        pytest.param(None, 100, id="none of its own"),
    ],
)
def test_how_long_an_answer_may_take(timeout_s, asked_for_s):
    async def play() -> float:
        ground = Ground(limits=Limits(review_seconds=100))
        agent = graph({"x": (ASKS, {"data": 1}, {"timeout_s": timeout_s})})
        it = ground.start(agent)
        began = asyncio.get_running_loop().time()
        await ground.work(1)
        (review,) = it.reviews.values()
        return review.expires_at.timestamp() - began

    assert in_no_time(play()) == pytest.approx(asked_for_s, abs=1)


def test_an_answer_in_the_last_moment_counts():
    """It was given in time, and its signal is under way when the time is over."""

    async def play() -> Stored:
        ground = Ground(limits=Limits(review_seconds=100))
        it = ground.start(ASKING)
        await ground.work(101)
        ground.answer(it)
        await ground.work()
        return it

    it = in_no_time(play())
    assert it.outcome == ("COMPLETED", {"yes": [{"to": "ann"}]}, [])
    assert it.expired == []


@pytest.mark.parametrize("late_s", [0.0, 1_000.0])
def test_a_second_answer_changes_nothing(late_s):
    async def play() -> Stored:
        ground = Ground()
        agent = graph(
            {"x": (ASKS, {"data": 1}), "y": (ACTS, {"seconds": 10}), "o": out()},
            "x.approved_data -> o.value",
        )
        it = ground.start(agent)
        await ground.work(1)
        (review,) = it.reviews.values()
        ground.answer(it)
        body = {"node_id": "x", "number": 1, "review_id": review.id, "data": 2}
        if late_s:
            await ground.work(2)
        ground.send(it, "answer", body | {"approved": True})
        await ground.work()
        return it

    it = in_no_time(play())
    assert it.outcome == ("COMPLETED", {"out": [1]}, [])
    assert it.types("x").count("answered") == 1


def test_an_answer_to_another_question_means_nothing():
    async def play() -> Stored:
        ground = Ground(limits=Limits(review_seconds=100))
        it = ground.start(ASKING)
        await ground.work(1)
        for node_id, review_id in (("x", "another"), ("nobody", "x")):
            body = {"node_id": node_id, "number": 1, "review_id": review_id}
            ground.send(it, "answer", body | {"approved": True, "data": 2})
        await ground.work()
        return it

    it = in_no_time(play())
    assert "answered" not in it.types()
    assert len(it.expired) == 1


def test_others_go_on_while_somebody_thinks():
    agent = graph(
        {"x": (ASKS, {"data": 1}), "y": (ACTS, {"seconds": 30}), "o": out()},
        "y.value -> o.value",
    )

    async def play() -> Stored:
        ground = Ground()
        it = ground.start(agent)
        await ground.work(31)
        return it

    it = in_no_time(play())
    assert "emitted" in it.types("y")
    assert it.parks[-1][0] == "review"


def test_answers_in_any_order_come_out_in_the_order_of_the_questions():
    agent = graph(
        {"e": (EACH, {"items": [1, 2, 3]}), "x": ASKS, "o": out()},
        "e.value -> x.data",
        "x.approved_data -> o.value",
    )

    async def play() -> Stored:
        ground = Ground()
        it = ground.start(agent)
        await ground.work(1)
        it.reviews = dict(reversed(it.reviews.items()))
        for _ in range(3):
            ground.answer(it)
            await ground.work(10)
        await ground.work()
        return it

    assert in_no_time(play()).outcome == ("COMPLETED", {"out": [1, 2, 3]}, [])


def test_an_end_withdraws_what_is_asked():
    async def play() -> Stored:
        ground = Ground()
        it = ground.start(ASKING)
        await ground.work(60)
        ground.send(it, "cancel")
        await ground.work()
        return it

    it = in_no_time(play())
    assert it.outcome[0] == "CANCELLED"
    assert it.cancelled_reviews == [*it.reviews]
    assert all(row.ended_at for row in it.rows.values())


@pytest.mark.parametrize("crashes", [1, 2])
def test_a_crash_asks_nothing_twice(crashes):
    async def play() -> Stored:
        ground = Ground()
        both = graph({"x": (ASKS, {"data": 1}), "y": (ACTS, {"seconds": 50})})
        it = ground.start(both)
        for _ in range(crashes):
            await ground.work(1)
            ground.crash()
        await ground.work(1)
        assert len(it.reviews) == 1
        ground.answer(it)
        await ground.work()
        return it

    it = in_no_time(play())
    assert it.outcome[0] == "COMPLETED"
    assert it.types("x").count("asked") == 1
