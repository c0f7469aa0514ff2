"""Attempts that fail: which are tried again, when, and what of them is kept."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks.spec import Effect
from executions.domain.retry import (
    LONGEST_S,
    MAX_ATTEMPTS,
    NEVER,
    NO_RETRY,
    TRANSIENT,
    UNCERTAIN,
    Failure,
    RetryPolicy,
    delay_before_next,
    policy_of,
)
from tests.executions.ground import Ground, Stored
from tests.executions.short import out
from tests.executions.virtual_time import in_no_time
from tests.graphs_by_hand import graph
from tests.zoo_trouble import STREAMS, TRIES, TRIES_INLINE, acts


@pytest.mark.parametrize(
    ("wanted", "policy"),
    [
        *[pytest.param(x, NO_RETRY, id=f"{x!r} is none") for x in (None, [], "x", 3)],
        pytest.param({}, NO_RETRY, id="empty"),
        pytest.param(
            {"max_attempts": 4, "delay_s": 2, "max_delay_s": 9, "jitter": False}
            | {"backoff": "fixed", "retry_on": ["timeout", "*"]},
            RetryPolicy(
                max_attempts=4,
                is_exponential=False,
                delay_s=2.0,
                max_delay_s=9.0,
                jitter=False,
                retry_on=frozenset({"timeout", "*"}),
            ),
            id="all of it",
        ),
        pytest.param(
            {"max_attempts": 10**9, "delay_s": 1e99, "max_delay_s": -5},
            RetryPolicy(max_attempts=MAX_ATTEMPTS, delay_s=LONGEST_S, max_delay_s=0.0),
            id="beyond what is allowed",
        ),
        pytest.param(
            {"max_attempts": "3", "delay_s": True, "jitter": "no", "backoff": 7}
            | {"retry_on": "timeout", "max_delay_s": None},
            NO_RETRY,
            id="nonsense is as if not there",
        ),
        pytest.param(
            {"retry_on": ["a", 1, None, "b"]},
            RetryPolicy(retry_on=frozenset({"a", "b"})),
            id="only texts are codes",
        ),
    ],
)
def test_a_policy_is_read_from_settings(wanted, policy):
    assert policy_of(wanted) == policy


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=5,
)
NAMES = ["max_attempts", "delay_s", "max_delay_s", "jitter", "backoff", "retry_on"]


@given(
    settings=anything
    | st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, anything))
)
def test_no_setting_makes_a_policy_that_cannot_be_kept(settings):
    policy = policy_of(settings)
    assert 1 <= policy.max_attempts <= MAX_ATTEMPTS
    for failures in (1, 2, 50, 10_000):
        assert 0 <= policy.delay(failures, 0.5) <= LONGEST_S


@pytest.mark.parametrize(
    ("policy", "delays"),
    [
        pytest.param(
            RetryPolicy(delay_s=1, max_delay_s=5, jitter=False),
            [1, 2, 4, 5, 5],
            id="exp",
        ),
        pytest.param(
            RetryPolicy(delay_s=3, is_exponential=False, jitter=False),
            [3] * 5,
            id="fix",
        ),
        pytest.param(RetryPolicy(delay_s=0, jitter=False), [0] * 5, id="none"),
    ],
)
def test_delays_grow_up_to_their_limit(policy, delays):
    assert [policy.delay(failures, 0.0) for failures in range(1, 6)] == delays


@pytest.mark.parametrize(("chance", "part"), [(0.0, 0.5), (0.5, 0.75), (1.0, 1.0)])
def test_jitter_spreads_a_delay_over_its_second_half(chance, part):
    assert RetryPolicy(delay_s=8).delay(2, chance) == 16 * part


ALL = RetryPolicy(max_attempts=3, retry_on=frozenset("*"))
SOME = RetryPolicy(max_attempts=3)
NAMED = RetryPolicy(max_attempts=3, retry_on=frozenset({"quota", "timeout"}))


@pytest.mark.parametrize(
    ("policy", "code", "expected"),
    [
        *[pytest.param(ALL, code, False, id=f"never {code}") for code in NEVER],
        *[
            pytest.param(SOME, code, True, id=f"by default {code}")
            for code in TRANSIENT
        ],
        pytest.param(SOME, "failed", False, id="not any failure"),
        pytest.param(ALL, "failed", True, id="unless told so"),
        pytest.param(NAMED, "quota", True, id="named"),
        pytest.param(NAMED, "rate_limit", False, id="what is named replaces the rest"),
    ],
)
def test_the_codes_that_are_tried_again(policy, code, expected):
    failure = Failure(code=code, failures=1, effect=Effect.PURE, has_emitted=False)
    assert (delay_before_next(policy, failure, 0.0) is not None) is expected


@pytest.mark.parametrize("has_emitted", [False, True])
@pytest.mark.parametrize("code", ["rate_limit", "server_error", "timeout", "quota"])
@pytest.mark.parametrize("effect", Effect)
@pytest.mark.parametrize("failures", [1, 2, 3])
def test_what_might_be_done_twice_is_not_tried_again(
    effect, code, has_emitted, failures
):
    failure = Failure(
        code=code, failures=failures, effect=effect, has_emitted=has_emitted
    )
    uncertain = effect is Effect.ONCE and code in UNCERTAIN
    out_already = has_emitted and effect is not Effect.PURE
    expected = failures < 3 and not uncertain and not out_already
    assert (delay_before_next(ALL, failure, 0.0) is not None) is expected


def test_nobody_knows_what_a_server_that_failed_has_done():
    assert "server_error" in UNCERTAIN


# --- In a run -------------------------------------------------------------------------


def tried(block: str = TRIES, *, attempts: int = 3, delay_s=1.0, **constants) -> Stored:
    retry = {"max_attempts": attempts, "delay_s": delay_s, "jitter": False}
    acts.clear()

    async def play() -> Stored:
        ground = Ground()
        agent = graph(
            {"x": (block, constants, {"retry": retry}), "o": out(), "e": out("error")},
            "x.value -> o.value",
            "x.error -> e.value",
        )
        it = ground.start(agent)
        await ground.work()
        return it

    return in_no_time(play())


@pytest.mark.parametrize("block", [TRIES, TRIES_INLINE])
@pytest.mark.parametrize("effect", ["pure", "idempotent"])
def test_values_of_failed_attempts_do_not_go_out_twice(block, effect):
    it = tried(block, effect=effect, failures=2)
    assert it.outcome == ("COMPLETED", {"out": ["tried"]}, [])
    assert [act.attempt for act in acts] == [1, 2, 3]
    (row,) = [row for row in it.rows.values() if row.node_id == "x"]
    assert (row.attempt, row.outputs, row.error) == (3, b'[["value","tried"]]', None)


@pytest.mark.parametrize("block", [TRIES, TRIES_INLINE])
def test_the_last_failure_sends_what_it_emitted_and_then_its_error(block):
    it = tried(block, effect="idempotent", failures=9)
    assert it.outcome == ("COMPLETED", {"out": ["tried"], "error": ["attempt 3"]}, [])
    assert it.types("x")[-2:] == ["emitted", "failed"]


def test_attempts_begin_when_their_time_has_come():
    it = tried(attempts=4, failures=3, delay_s=2)
    times = [e["at"] for e in it.of_type("node.started") if e["node_id"] == "x"]
    gaps = [b - a for a, b in pairwise(times)]
    assert [round(gap / 1000) for gap in gaps] == [2, 4, 8]
    assert it.parks == [("retry", 8.0)]


@pytest.mark.parametrize("effect", ["idempotent", "once"])
def test_an_incremental_node_that_has_emitted_is_not_tried_again(effect):
    it = tried(STREAMS, effect=effect, fails=True)
    assert it.outcome == ("COMPLETED", {"out": ["1a"], "error": ["broken off"]}, [])
    assert len(acts) == 1


@pytest.mark.parametrize(
    ("code", "count"), [("rate_limit", 2), ("timeout", 1), ("server_error", 1)]
)
def test_once_is_tried_again_only_after_a_refusal(code, count):
    tried(effect="once", code=code)
    assert len(acts) == count


def test_a_wait_of_an_earlier_attempt_is_not_waited_again():
    it = tried(effect="pure", first_s=3600.0, delay_s=0)
    started = it.of_type("node.started")
    assert it.outcome[0] == "COMPLETED"
    assert it.events[-1]["at"] - started[0]["at"] < 3_700_000
    assert it.types("x").count("waiting") == 1


def test_what_was_handed_over_is_no_failure():
    retry = {"max_attempts": 2, "delay_s": 0}
    acts.clear()

    async def play() -> Stored:
        ground = Ground()
        it = ground.start(
            graph({"x": (TRIES, {"failures": 4, "first_s": 3}, {"retry": retry})})
        )
        for _ in range(3):
            await ground.work(1)
            await ground.hand_over()
        await ground.work()
        return it

    assert in_no_time(play()).outcome[0] == "COMPLETED"
    assert [act.attempt for act in acts] == [1, 2, 3, 4, 5]
