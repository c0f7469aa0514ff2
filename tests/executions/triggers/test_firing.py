"""What is due is started once, whatever was missed and whoever looks at once."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User, WorkspaceMember
from core.http import Problem
from executions.models import Execution, Hook, Schedule, ScheduleTick
from executions.triggers import firing
from executions.triggers.hooks import hook_create
from executions.triggers.schedules import (
    fire_due,
    schedule_create,
    schedule_delete,
    schedule_update,
)
from graphs.domain.parse import parse_graph
from graphs.models import Graph
from graphs.services import graph_delete, graph_publish, graph_save_draft
from tests.factories import CALCULATOR, NUMBER_INPUT, document, make_graph, node

pytestmark = pytest.mark.django_db(transaction=True)

MINUTELY = "* * * * *"
YEARLY = "0 0 1 1 *"
"""So that no time of its own comes while a test looks."""


def make_schedule(user: User, *, late_s: float = 0.5, **facts: Any) -> Schedule:
    """One that was due `late_s` seconds ago."""
    graph = facts.pop("graph", None) or make_graph(user)
    wanted = {"cron": YEARLY, "inputs": {"Input": 1}} | facts
    row = schedule_create(user=user, graph=graph, **wanted)
    Schedule.objects.filter(id=row.id).update(
        next_at=timezone.now() - timedelta(seconds=late_s)
    )
    return fresh(row)


def fresh(row: Schedule) -> Schedule:
    return Schedule.objects.get(id=row.id)


def test_what_is_due_is_started_once(alice: User):
    row = make_schedule(alice, inputs={"Input": 8})
    due = row.next_at

    assert fire_due() == 1
    assert fire_due() == 0

    run = Execution.objects.get()
    assert (run.trigger, run.inputs, run.status) == ("schedule", {"Input": 8}, "QUEUED")
    assert (run.user_id, run.graph_id) == (alice.id, row.graph_id)
    tick = ScheduleTick.objects.get()
    assert (tick.due_at, tick.execution_id) == (due, run.id)
    after = fresh(row)
    assert (after.last_at, after.fault) == (due, "")
    assert after.next_at is not None
    assert after.next_at > timezone.now()


def test_a_run_names_what_started_it_while_that_is_there(client: Client, alice: User):
    row = make_schedule(alice, name="Nightly")
    fire_due()
    client.force_login(alice)

    def started_by() -> Any:
        run = Execution.objects.get()
        return client.get(f"/api/v1/executions/{run.id}/").json()["started_by"]

    assert started_by() == {"id": str(row.id), "name": "Nightly"}
    schedule_delete(schedule=fresh(row))
    assert started_by() is None


def test_a_new_schedule_waits_for_its_time(alice: User):
    row = schedule_create(user=alice, graph=make_graph(alice), cron=MINUTELY, inputs={})
    assert row.next_at is not None
    ahead = row.next_at - timezone.now()
    assert timedelta() < ahead <= timedelta(seconds=61)
    assert row.next_at.second == 0


def test_the_published_version_runs_else_the_draft(alice: User):
    graph = make_graph(alice)
    make_schedule(alice, graph=graph)
    fire_due()
    graph_publish(user=alice, graph=graph)
    graph.refresh_from_db()
    changed = document([node("sum", CALCULATOR, operation="Add", a=1, b=2)], [])
    graph_save_draft(
        user=alice, graph=graph, draft=parse_graph(changed, strict_blocks=True)
    )
    Schedule.objects.update(next_at=timezone.now() - timedelta(seconds=1))
    fire_due()
    latest = Execution.objects.select_related("version").order_by("-id")
    assert [run.version.number for run in latest] == [1, 1]


def minutes_ago(count: int) -> datetime:
    """A full minute, as due times are."""
    now = timezone.now().replace(second=0, microsecond=0)
    return now - timedelta(minutes=count)


@pytest.mark.parametrize(
    ("misfire", "minutes", "runs"),
    [
        # Due each minute, and nobody looked for so many; one more may pass meanwhile.
        ("skip", 0, {1}),
        ("skip", 10, {1}),
        ("once", 0, {1}),
        ("once", 10, {1}),
        ("all", 0, {1, 2}),
        ("all", 10, {11, 12}),
    ],
)
def test_missed_times(alice: User, misfire: str, minutes: int, runs: set[int]):
    row = make_schedule(alice, misfire=misfire, cron=MINUTELY)
    Schedule.objects.update(next_at=minutes_ago(minutes))

    assert fire_due() in runs

    due = list(ScheduleTick.objects.order_by("id").values_list("due_at", flat=True))
    assert due == sorted(set(due))
    after = fresh(row)
    assert (after.last_at, after.fault) == (due[-1], "")


def test_what_was_skipped_is_said(alice: User):
    row = make_schedule(alice, late_s=3600, misfire="skip")
    assert fire_due() == 0
    after = fresh(row)
    assert after.fault.startswith("Not started: nobody could")
    assert after.next_at is not None
    assert after.next_at > timezone.now()


def test_of_many_missed_times_some_are_left_for_the_next_sweep(alice: User):
    begin = minutes_ago(149)
    make_schedule(alice, misfire="all", cron=MINUTELY)
    Schedule.objects.update(next_at=begin)

    counts = [fire_due(within_s=60), fire_due(within_s=60)]

    assert counts[0] == firing.STARTS_OF_ONE
    assert counts[1] in (50, 51)  # a minute may pass meanwhile
    first = ScheduleTick.objects.order_by("id").first()
    assert first is not None
    assert first.due_at == begin


def test_who_has_much_to_make_up_for_holds_up_nobody(alice: User):
    graph = make_graph(alice)
    late = make_schedule(alice, graph=graph, misfire="all", cron=MINUTELY)
    Schedule.objects.update(next_at=minutes_ago(50))
    in_time = make_schedule(alice, graph=graph)
    fire_due(within_s=60)
    order = list(ScheduleTick.objects.order_by("id").values_list("schedule", flat=True))
    assert order[:2] == [late.id, in_time.id]
    assert len(order) > 50


def test_a_sweep_ends_when_its_time_is_over(alice: User):
    make_schedule(alice)
    assert fire_due(within_s=0) == 0
    assert fire_due() == 1


def test_a_time_that_has_had_its_run_gets_no_other(alice: User):
    row = make_schedule(alice)
    due = row.next_at
    fire_due()
    Schedule.objects.update(next_at=due)

    assert fire_due() == 0

    assert Execution.objects.count() == 1
    assert ScheduleTick.objects.count() == 1


# --- Who may not, what cannot ---------------------------------------------------------


def deactivate_graph(row: Schedule) -> None:
    Graph.objects.filter(id=row.graph_id).update(is_active=False)


def deactivate_user(row: Schedule) -> None:
    User.objects.filter(id=row.user_id).update(is_active=False)


def leave_workspace(row: Schedule) -> None:
    WorkspaceMember.objects.filter(user=row.user).delete()


@pytest.mark.parametrize(
    ("happens", "said"),
    [
        pytest.param(deactivate_graph, "the agent is inactive", id="inactive agent"),
        pytest.param(deactivate_user, "may no longer run", id="inactive user"),
        pytest.param(leave_workspace, "may no longer run", id="no member"),
    ],
)
def test_who_may_not_starts_nothing(alice: User, happens: Any, said: str):
    row = make_schedule(alice)
    happens(row)

    assert fire_due() == 0

    after = fresh(row)
    assert said in after.fault
    assert after.next_at is not None
    assert after.next_at > timezone.now()
    assert not Execution.objects.exists()


def test_a_refused_start_is_said_and_the_next_time_tried_again(alice: User):
    graph = make_graph(alice)
    row = make_schedule(alice, graph=graph)
    renamed = document([node("in", NUMBER_INPUT, name="N")])
    graph_save_draft(
        user=alice, graph=graph, draft=parse_graph(renamed, strict_blocks=True)
    )

    assert fire_due() == 0
    refused = fresh(row)
    assert "no input 'Input'" in refused.fault
    assert refused.last_at is not None
    assert fire_due() == 0

    graph.refresh_from_db()
    graph_save_draft(
        user=alice, graph=graph, draft=parse_graph(document(), strict_blocks=True)
    )
    Schedule.objects.update(next_at=timezone.now() - timedelta(seconds=1))
    assert fire_due() == 1
    assert fresh(row).fault == ""


def test_a_full_queue_loses_no_schedule(alice: User, monkeypatch: pytest.MonkeyPatch):
    row = make_schedule(alice)

    def full(**_: Any) -> None:
        raise Problem(429, "Queue full", "The queue is full.")

    monkeypatch.setattr(firing, "execution_start", full)
    assert fire_due() == 0
    assert fresh(row).fault == "Not started: The queue is full."


def test_a_schedule_that_breaks_stands_in_nobodys_way(
    alice: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    broken = make_schedule(alice, late_s=5)
    make_schedule(alice)
    real = firing._why_not

    def why_not(row: Any) -> str:
        if row.id == broken.id:
            raise RuntimeError("broken")
        return real(row)

    monkeypatch.setattr(firing, "_why_not", why_not)
    assert fire_due() == 1
    assert str(broken.id) in caplog.text


def test_a_database_that_is_away_ends_the_sweep(
    alice: User, monkeypatch: pytest.MonkeyPatch
):
    make_schedule(alice)

    def away(_: Any) -> str:
        raise OperationalError("gone")

    monkeypatch.setattr(firing, "_why_not", away)
    with pytest.raises(OperationalError):
        fire_due()


def test_a_time_zone_that_is_gone_stops_the_schedule(alice: User):
    row = make_schedule(alice)
    Schedule.objects.update(timezone="Mars/Phobos")
    assert fire_due() == 0
    after = fresh(row)
    assert after.next_at is None
    assert "Not a time zone" in after.fault


# --- Pausing, changing, deleting ------------------------------------------------------


def test_a_paused_schedule_starts_nothing_and_makes_up_for_nothing(alice: User):
    row = make_schedule(alice, misfire="all")
    paused = schedule_update(user=alice, schedule=row, is_active=False)
    assert (paused.next_at, fire_due()) == (None, 0)

    resumed = schedule_update(user=alice, schedule=paused, is_active=True)

    assert resumed.next_at is not None
    assert resumed.next_at > timezone.now()
    assert fire_due() == 0


def test_a_new_name_changes_no_time(alice: User):
    row = make_schedule(alice)
    assert schedule_update(user=alice, schedule=row, name="x").next_at == row.next_at


def test_a_new_time_counts_from_now(alice: User):
    row = make_schedule(alice)
    changed = schedule_update(user=alice, schedule=row, cron=" 0  0 1 1 *")
    assert changed.cron == "0 0 1 1 *"
    assert changed.next_at is not None
    assert (changed.next_at.month, changed.next_at.day) == (1, 1)


def test_a_deleted_agent_fires_nothing_and_takes_its_triggers_along(alice: User):
    graph, kept = make_graph(alice), make_graph(alice)
    make_schedule(alice, graph=graph)
    hook_create(user=alice, graph=graph)
    stays = make_schedule(alice, graph=kept)
    graph_delete(user=alice, graph=graph)

    assert fire_due() == 1  # that of the other agent

    assert list(Schedule.objects.all()) == [stays]
    assert firing.remove_orphans() == 1
    assert not Hook.objects.exists()
    assert firing.remove_orphans() == 0


def test_what_is_not_due_is_removed_with_its_agent_too(alice: User):
    row = make_schedule(alice, late_s=-3600)
    graph_delete(user=alice, graph=row.graph)
    assert firing.remove_orphans() == 1


def test_deleting_a_schedule_keeps_its_runs(alice: User):
    row = make_schedule(alice)
    fire_due()
    schedule_delete(schedule=row)
    assert Execution.objects.count() == 1


# --- Several at once ------------------------------------------------------------------


def at_once(count: int) -> list[int]:
    """What `fire_due` says in as many threads."""
    ready = threading.Barrier(count)
    said: list[int] = []

    def look() -> None:
        try:
            ready.wait(10)
            said.append(fire_due(within_s=60))
        finally:
            connection.close()

    threads = [threading.Thread(target=look) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return said


@pytest.mark.parametrize("misfire", ["once", "all"])
def test_several_processes_start_each_due_time_once(alice: User, misfire: str):
    graph = make_graph(alice)
    facts: dict[str, Any] = {"graph": graph, "misfire": misfire, "cron": MINUTELY}
    rows = [make_schedule(alice, **facts) for _ in range(8)]
    Schedule.objects.update(next_at=minutes_ago(4))

    said = at_once(4)

    assert len(said) == 4
    ticks = list(ScheduleTick.objects.values_list("schedule_id", "due_at"))
    assert len(ticks) == len(set(ticks)) == sum(said) == Execution.objects.count()
    # Another full minute may have passed meanwhile.
    each = {"once": {1}, "all": {5, 6}}[misfire]
    assert {len([t for t in ticks if t[0] == row.id]) for row in rows} <= each


@pytest.mark.skipif(
    not settings.SERVICES_MODE, reason="SQLite has one writer at a time"
)
def test_a_schedule_that_another_process_is_at_is_passed_over(alice: User):
    make_schedule(alice)
    with transaction.atomic():
        assert Schedule.objects.select_for_update().get()
        said = at_once(1)
    assert said == [0]
    assert fire_due() == 1
