"""Lost attempts: what is repeated, what is not, and who is asked."""

import asyncio

import pytest

from tests.executions.ground import Ground, Stored
from tests.executions.short import const, out
from tests.executions.virtual_time import in_no_time
from tests.graphs_by_hand import graph
from tests.zoo import ECHO
from tests.zoo_trouble import ACTS, NAPS, STREAMS, acts

ASKS_PEOPLE = {"on_unknown_outcome": "review"}


@pytest.fixture(autouse=True)
def _no_acts() -> None:
    acts.clear()


def acting(effect: str, seconds: float = 60, **settings):
    return graph(
        {"x": (ACTS, {"effect": effect, "seconds": seconds}), "o": out()},
        "x.value -> o.value",
        settings=settings,
    )


async def crashed(ground: Ground, it: Stored, times: int = 1) -> None:
    """The worker dies while the node runs, as often as told."""
    for _ in range(times):
        await ground.work(1)
        assert it.end is None
        ground.crash()


def crash(agent, times: int = 1) -> Stored:
    async def play() -> Stored:
        ground = Ground()
        it = ground.start(agent)
        await crashed(ground, it, times)
        await ground.work()
        return it

    return in_no_time(play())


@pytest.mark.parametrize(
    ("effect", "times", "outcome", "begun"),
    [
        pytest.param("pure", 1, ("COMPLETED", {"out": ["done"]}, []), 2, id="pure"),
        pytest.param(
            "idempotent", 2, ("COMPLETED", {"out": ["done"]}, []), 3, id="idempotent"
        ),
        pytest.param("once", 1, ("FAILED", {}, ["outcome_unknown"]), 1, id="once"),
        pytest.param("pure", 3, ("FAILED", {}, ["worker_lost"]), 3, id="poison"),
        pytest.param("idempotent", 3, ("FAILED", {}, ["worker_lost"]), 3, id="poison2"),
    ],
)
def test_a_lost_attempt(effect, times, outcome, begun):
    assert crash(acting(effect), times).outcome == outcome
    assert len(acts) == begun


def test_poison_stops_its_node_and_no_other():
    agent = graph(
        {"x": (ACTS, {"seconds": 60}), "y": (NAPS, {"seconds": 4}), "o": out()},
        "y.value -> o.value",
    )
    it = crash(agent, times=3)
    assert it.outcome == ("FAILED", {"out": ["rested"]}, ["worker_lost"])


@pytest.mark.parametrize("loses_again", [False, True])
def test_a_yes_repeats_a_lost_attempt(loses_again):
    async def play() -> Stored:
        ground = Ground()
        it = ground.start(acting("once", **ASKS_PEOPLE))
        await crashed(ground, it)
        await ground.work(1)
        (review,) = it.reviews.values()
        assert (review.purpose, review.request.editable) == ("outcome", False)
        assert it.parks[-1][0] == "review"
        ground.answer(it, approved=True)
        if loses_again:
            await crashed(ground, it)
        await ground.work(120)
        return it

    it = in_no_time(play())
    assert len(acts) == 2, "once for the first attempt, once for the yes"
    if not loses_again:
        assert it.outcome == ("COMPLETED", {"out": ["done"]}, [])


def test_a_yes_that_waits_for_the_next_holder_repeats_it_once():
    """The answer comes while nobody holds the run, or before its holder has begun."""

    async def play() -> Stored:
        ground = Ground()
        it = ground.start(acting("once", **ASKS_PEOPLE))
        await crashed(ground, it)
        await ground.work(1)
        ground.crash()  # parked or not: nothing is under way
        ground.answer(it, approved=True)
        await ground.work()
        return it

    it = in_no_time(play())
    assert it.outcome[0] == "COMPLETED"
    assert len(acts) == 2
    assert it.types("x").count("started") == 3, "with the one that asked"


@pytest.mark.parametrize("order", [("pause", "answer"), ("answer", "pause")])
def test_a_yes_during_a_pause_counts_after_it_and_once(order):
    async def play() -> Stored:
        ground = Ground()
        it = ground.start(acting("once", **ASKS_PEOPLE))
        await crashed(ground, it)
        await ground.work(1)
        for kind in order:
            ground.answer(it) if kind == "answer" else ground.send(it, kind)
        await ground.work(60)
        begun = len(acts)
        ground.send(it, "resume")
        await ground.work()
        assert begun == (1 if order[0] == "pause" else 2)
        return it

    assert in_no_time(play()).outcome[0] == "COMPLETED"
    assert len(acts) == 2


def test_a_no_fails_it():
    async def play() -> Stored:
        ground = Ground()
        it = ground.start(acting("once", **ASKS_PEOPLE))
        await crashed(ground, it)
        await ground.work(1)
        ground.answer(it, approved=False)
        await ground.work()
        return it

    it = in_no_time(play())
    assert it.outcome == ("FAILED", {}, ["outcome_unknown"])
    assert len(acts) == 1


def test_a_question_about_a_lost_attempt_expires_like_any_other():
    async def play() -> Stored:
        ground = Ground()
        it = ground.start(acting("once", **ASKS_PEOPLE))
        await crashed(ground, it)
        await ground.work()
        return it

    it = in_no_time(play())
    assert it.outcome == ("FAILED", {}, ["review_expired"])
    assert (len(it.expired), len(acts)) == (1, 1)


def test_a_pause_does_not_make_a_lost_attempt_a_parked_one():
    """The worker dies, and a pause is asked for before the next one begins."""

    async def play() -> Stored:
        ground = Ground()
        it = ground.start(acting("once"))
        await crashed(ground, it)
        ground.send(it, "pause")
        await ground.work(60)
        ground.send(it, "resume")
        await ground.work()
        return it

    assert in_no_time(play()).outcome == ("FAILED", {}, ["outcome_unknown"])
    assert len(acts) == 1


def test_values_that_are_out_forbid_another_attempt():
    agent = graph({"x": (STREAMS, {"seconds": 60}), "o": out()}, "x.value -> o.value")
    it = crash(agent)
    assert it.outcome == ("FAILED", {"out": ["1a"]}, ["interrupted"])


# --- Durable before it begins ---------------------------------------------------------


def began_before_commit(agent, lost_leases: int = 0) -> list[str]:
    """Which nodes began while nothing at all was committed."""

    async def play() -> list[str]:
        ground = Ground(by_itself=False)
        it = ground.start(agent, lost_leases=lost_leases)
        ground.claim()
        await asyncio.sleep(1)
        assert it.events == []
        begun = [act.node_id for act in acts]
        while it.end is None:
            ground.commit()
            await asyncio.sleep(0.1)
        assert it.outcome[0] == "COMPLETED"
        return begun

    return in_no_time(play())


@pytest.mark.parametrize(
    ("effect", "lost_leases", "how", "begins"),
    [
        pytest.param("pure", 0, {}, True, id="pure runs ahead"),
        pytest.param("idempotent", 0, {}, False, id="effects wait"),
        pytest.param("once", 0, {}, False, id="all the more those of once"),
        pytest.param("pure", 1, {}, False, id="nothing runs ahead where one died"),
        pytest.param(
            "pure", 0, {"durability": "each_node"}, False, id="nor where it is wanted"
        ),
    ],
)
def test_what_begins_before_all_is_durable(effect, lost_leases, how, begins):
    agent = acting(effect, 0, **how)
    assert began_before_commit(agent, lost_leases) == (["x"] if begins else [])


@pytest.mark.parametrize(
    ("careful", "entries"), [pytest.param(0, 1, id="fast"), pytest.param(1, 4, id="no")]
)
def test_inline_nodes_are_no_exception(careful, entries):
    """A chain of them is one entry, unless each must wait for the one before."""

    async def play() -> int:
        ground = Ground(by_itself=False)
        agent = graph(
            {"a": const(1), "b": ECHO, "o": out()},
            "a.value -> b.value",
            "b.value -> o.value",
        )
        it = ground.start(agent, lost_leases=careful)
        ground.claim()
        commits = 0
        while it.end is None:
            await asyncio.sleep(0.1)
            ground.commit()
            commits += 1
        assert it.outcome == ("COMPLETED", {"out": [1]}, [])
        return commits

    assert in_no_time(play()) == entries
