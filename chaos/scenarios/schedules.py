"""Schedules while beats and workers die: one execution for each due time."""

import time
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Final

from chaos import agents
from chaos.trial import Trial

SCHEDULES: Final = 5
MISSED_MINUTES: Final = 20
FIRED_WITHIN_S: Final = 60.0
_NTH_AT_MOST: Final = 40


def beats_and_workers_die(trial: Trial) -> None:
    """Two beats; they and the workers that fire are killed in the middle of it."""
    trial.begin([agents.three()], workers=1)
    beats = [trial.site.start_beat() for _ in range(2)]
    first = _schedule_some(trial)
    for _ in range(4 if trial.is_long else 2):
        nth = trial.chance.randint(1, _NTH_AT_MOST)
        doomed = trial.site.start_worker(FAILPOINT=f"F11:{nth}:kill9")
        doomed.wait(3)
        trial.kill(doomed)
        beats.pop(0).kill()
        beats.append(trial.site.start_beat())
    _wait_until_fired(trial)
    trial.quiet()
    _check_ticks(trial, first)


def _schedule_some(trial: Trial) -> datetime:
    """Every minute, and the last ones were missed; the first that was."""
    for _ in range(SCHEDULES):
        body = {
            "graph": trial.client.graphs["three"],
            "cron": "* * * * *",
            "timezone": "UTC",
            "misfire": "all",
            "inputs": {"n": 7},
        }
        trial.client.post("/schedules/", body).raise_for_status()
    [(first,)] = trial.site.rows(
        "WITH missed AS (UPDATE executions_schedule SET next_at = "
        "date_trunc('minute', now()) - %s * interval '1 minute' RETURNING next_at) "
        "SELECT DISTINCT next_at FROM missed",
        MISSED_MINUTES,
    )
    found: datetime = first
    return found


def _wait_until_fired(trial: Trial) -> None:
    deadline = time.monotonic() + FIRED_WITHIN_S
    behind = "SELECT count(*) FROM executions_schedule WHERE next_at <= now()"
    while trial.site.rows(behind) != [(0,)]:
        if time.monotonic() > deadline:
            trial.fault(f"schedules were still due after {FIRED_WITHIN_S:.0f} s")
            return
        time.sleep(0.1)


def _check_ticks(trial: Trial, first: datetime) -> None:
    """One tick each minute, each with an execution of its own that has completed."""
    ticks: dict[str, list[datetime]] = defaultdict(list)
    for schedule, due_at, status in trial.site.rows(_TICKS):
        ticks[str(schedule)].append(due_at)
        if status != "COMPLETED":
            trial.fault(f"the execution of schedule {schedule} at {due_at} is {status}")
    for schedule, found in ticks.items():
        wanted = [first + timedelta(minutes=n) for n in range(len(found))]
        if sorted(found) != wanted or len(found) <= MISSED_MINUTES:
            trial.fault(f"schedule {schedule} fired at {sorted(found)}")
    if len(ticks) != SCHEDULES:
        trial.fault(f"{len(ticks)} of {SCHEDULES} schedules fired")
    [(started,)] = trial.site.rows(
        "SELECT count(*) FROM executions_execution WHERE trigger = 'schedule'"
    )
    ticked = sum(map(len, ticks.values()))
    if started != ticked:
        trial.fault(f"{started} executions were started for {ticked} due times")


_TICKS: Final = """
    SELECT t.schedule_id, t.due_at, e.status
    FROM executions_scheduletick t JOIN executions_execution e ON e.id = t.execution_id
"""
