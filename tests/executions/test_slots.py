"""Places under concurrency limits; again on PostgreSQL with the services."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.models import User
from core.ids import new_id
from executions.engine import slots
from executions.engine.claiming import Claimed, claim
from executions.engine.dialects import dialect_of
from executions.models import ConcurrencyLimit, Execution, Signal, Slot
from graphs.freezing import graph_freeze
from tests.executions.rows import make_execution
from tests.executions.test_claiming import PLENTY, at_once, copies, ids, take
from tests.factories import CALCULATOR, STORE, document, make_graph, node

pytestmark = pytest.mark.django_db(transaction=True)


def limit_to(count: int, row: Execution, scope: str = "graph", target: Any = "") -> str:
    limit = ConcurrencyLimit.objects.create(
        workspace=row.workspace,
        scope=scope,
        target=str(target or row.graph_id),
        limit=count,
    )
    return limit.key


def runs_of_one_agent(user: User, count: int, **columns: Any) -> list[Execution]:
    first = make_execution(user, in_s=-60, **columns)
    return [first, *copies(first, count - 1)]


def give_back(*claimed: Claimed) -> int:
    """As the journal does at their ends."""
    with transaction.atomic(), connection.cursor() as cursor:
        rows = Execution.objects.filter(id__in=ids(list(claimed)))
        rows.select_for_update().update(status="COMPLETED", due_at=None)
        return slots.release(cursor, dialect_of(connection.vendor), ids(list(claimed)))


def blocked() -> dict[Any, str]:
    rows = Execution.objects.exclude(blocked_on="")
    assert not rows.filter(due_at__isnull=False).exists()
    return dict(rows.values_list("id", "blocked_on"))


# --- Taking ---------------------------------------------------------------------------


def test_no_more_run_than_there_are_places(alice: User):
    rows = runs_of_one_agent(alice, 5)
    key = limit_to(2, rows[0])
    claimed = take()
    assert ids(claimed) == [rows[0].id, rows[1].id]
    assert [c.has_slots for c in claimed] == [True, True]
    assert Slot.objects.filter(key=key).count() == 2
    assert blocked() == {row.id: key for row in rows[2:]}
    assert set(Execution.objects.filter(has_slots=True)) == set(rows[:2])
    assert take() == []


def test_those_without_a_place_make_way_for_others(alice: User):
    rows = runs_of_one_agent(alice, 12)
    other = make_execution(alice)
    limit_to(1, rows[0])
    assert ids(take(4)) == [rows[0].id, other.id]


def test_a_workspace_without_limits_is_not_concerned(alice: User, charlie: User):
    limit_to(0, make_execution(alice))
    his = make_execution(charlie)
    (found,) = take()
    assert (found.id, found.has_slots) == (his.id, False)


@pytest.mark.parametrize(
    ("scope", "target", "concerns"),
    [
        pytest.param("graph", "", True, id="this agent"),
        pytest.param("graph", new_id(), False, id="another agent"),
        pytest.param("block", CALCULATOR, True, id="a block in it"),
        pytest.param("block", STORE, False, id="a block that is not in it"),
        pytest.param("credential", new_id(), False, id="a credential not in it"),
    ],
)
def test_what_a_limit_concerns(alice: User, scope: str, target: Any, concerns: bool):
    limit_to(0, make_execution(alice), scope, target)
    assert len(take()) == (0 if concerns else 1)


@pytest.mark.parametrize(
    "constants",
    [
        pytest.param(lambda id_: {"credentials": {"id": id_}}, id="as AutoGPT does"),
        pytest.param(lambda id_: {"credentials_id": id_}, id="by its id"),
    ],
)
def test_a_credential_that_a_node_names(constants: Callable[[str], dict[str, Any]]):
    id_ = str(new_id())
    assert set(slots.named(constants(id_))) == {id_}
    assert set(slots.named({"data": {"id": id_}})) == set()


def test_an_agent_that_names_a_credential_is_limited(alice: User):
    id_ = str(new_id())
    nodes = [node("a", STORE, input=1, credentials_id=id_)]
    graph = make_graph(alice, document(nodes, []))
    row = make_execution(alice, graph=graph, version=graph_freeze(graph, user=alice))
    limit_to(0, row, "credential", id_)
    assert take() == []


def test_all_places_or_none(alice: User):
    rows = runs_of_one_agent(alice, 3)
    limit_to(2, rows[0])
    narrow = limit_to(1, rows[0], "block", CALCULATOR)
    assert ids(take()) == [rows[0].id]
    assert Slot.objects.filter(execution=rows[1]).count() == 0
    assert set(blocked().values()) == {narrow}


def test_what_was_running_has_its_places_still(alice: User):
    (row,) = runs_of_one_agent(alice, 1)
    limit_to(1, row)
    take(owner="dead")
    Execution.objects.update(due_at=row.created_at)
    (again,) = take()
    assert (again.lost_leases, again.has_slots) == (1, True)
    assert Slot.objects.count() == 1


def test_what_wakes_needs_a_place_too(alice: User):
    running, parked = runs_of_one_agent(alice, 2)
    key = limit_to(1, running)
    Execution.objects.filter(id=parked.id).update(status="WAITING")
    assert len(take()) == 1
    assert len(blocked()) == 1
    assert set(blocked().values()) == {key}


def test_what_was_cancelled_needs_none(alice: User):
    rows = runs_of_one_agent(alice, 3)
    limit_to(1, rows[0])
    take()
    Signal.objects.create(execution=rows[2], kind="cancel")
    (found,) = take()
    assert (found.id, found.has_slots) == (rows[2].id, False)


def test_workers_that_claim_together_keep_to_the_limit(alice: User):
    rows = runs_of_one_agent(alice, 30)
    limit_to(4, rows[0])

    def work() -> list[Claimed]:
        return claim(10, "w", limits=PLENTY, holds_suspect=False)

    found = at_once([work, work, work])
    assert sum(map(len, found)) == Slot.objects.count() == 4


# --- Giving back ----------------------------------------------------------------------


def test_as_many_wake_as_places_became_free(alice: User):
    rows = runs_of_one_agent(alice, 6)
    limit_to(2, rows[0])
    claimed = take()
    assert give_back(claimed[0]) == 1
    assert len(blocked()) == 3
    assert ids(take()) == [rows[2].id]
    assert Execution.objects.get(id=claimed[0].id).has_slots is False


def test_the_urgent_wake_first(alice: User):
    rows = runs_of_one_agent(alice, 3)
    limit_to(1, rows[0])
    claimed = take()
    Execution.objects.filter(id=rows[2].id).update(priority=5)
    give_back(*claimed)
    assert ids(take()) == [rows[2].id]


def test_one_that_woke_is_as_old_as_it_was(alice: User):
    """A newer one does not take the place that was freed for it."""
    rows = runs_of_one_agent(alice, 2)
    limit_to(1, rows[0])
    claimed = take()
    make_execution(alice, graph=rows[0].graph, version=rows[0].version)
    give_back(*claimed)
    assert ids(take()) == [rows[1].id]


def test_giving_back_nothing(alice: User):
    make_execution(alice)
    (found,) = take()
    assert give_back(found) == 0
    assert give_back() == 0


def test_the_queue_of_a_narrow_place_comes_to_its_end(alice: User):
    rows = runs_of_one_agent(alice, 20)
    limit_to(3, rows[0])
    order = []
    while claimed := take():
        assert len(claimed) <= 3
        order += ids(claimed)
        give_back(*claimed)
    assert order == [row.id for row in rows]
    assert not Slot.objects.exists()


def test_no_wake_up_is_lost_while_claims_and_ends_race(alice: User):
    """Without the sweeper: whatever is blocked has somebody who will wake it."""
    rows = runs_of_one_agent(alice, 120)
    limit_to(2, rows[0])

    def work() -> int:
        done = misses = 0
        while misses < 40:
            claimed = take(5)
            give_back(*claimed)
            done += len(claimed)
            misses = 0 if claimed else misses + 1
        return done

    assert sum(at_once([work, work, work])) == len(rows)
    assert blocked() == {}


# --- Limits that change ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "woken"),
    [
        pytest.param(lambda limits: limits.update(limit=3), 2, id="raised"),
        pytest.param(lambda limits: limits.delete(), 4, id="deleted"),
        pytest.param(lambda limits: limits.update(limit=1), 0, id="as it was"),
        pytest.param(lambda limits: limits.update(limit=0), 0, id="lowered"),
    ],
)
def test_a_limit_that_changed_lets_others_go(
    alice: User, change: Callable[[Any], Any], woken: int
):
    rows = runs_of_one_agent(alice, 5)
    limit_to(1, rows[0])
    take()
    change(ConcurrencyLimit.objects.all())
    assert slots.wake_blocked() == woken
    assert len(blocked()) == 4 - woken
    assert len(take()) == woken


def test_nothing_blocked_costs_one_look(alice: User, django_assert_num_queries):
    make_execution(alice)
    with django_assert_num_queries(1):
        assert slots.wake_blocked() == 0
