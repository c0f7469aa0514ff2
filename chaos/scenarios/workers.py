"""Workers that die, freeze, are replaced or meet a job that kills them."""

import math
import signal
import time
from typing import Final

from chaos import agents
from chaos.processes import Process
from chaos.trial import Trial

LEASE_S: Final = 15.0
CLAIMED_WITHIN_S: Final = 12.0
FROZEN_WITHIN_S: Final = 4.0
STATEMENT_WITHIN_S: Final = 30.0
"""Whoever freezes in the middle of sending a statement keeps its locks for so long."""
NAP_S: Final = 7.0
STOPPED_WITHIN_S: Final = 25.0
CANCEL_WITHIN_S: Final = 5.0


def mixed() -> list[agents.Shape]:
    return [
        agents.chain(),
        agents.three(),
        agents.fan_out(),
        agents.loop(),
        agents.effects(),
        agents.once(),
        agents.timer(),
    ]


def slow() -> list[agents.Shape]:
    """Runs that are under way for a second or two."""
    return [
        agents.chain(seconds=0.4),
        agents.fan_out(seconds=1.5),
        agents.loop(seconds=0.2),
        agents.effects(seconds=0.5),
        agents.once(seconds=0.5),
    ]


def random_kills(trial: Trial) -> None:
    """kill -9 of one of two workers every few seconds, under load."""
    trial.begin(mixed())
    deadline = time.monotonic() + (60 if trial.is_long else 20)
    with trial.load(per_second=15):
        while time.monotonic() < deadline:
            time.sleep(trial.chance.uniform(1.5, 4))
            trial.kill(trial.chance.choice(trial.site.workers))
            time.sleep(trial.chance.uniform(0, 0.5))
            trial.site.start_worker()
    trial.quiet()


def frozen(trial: Trial) -> None:
    """One of three workers stands still for twice its lease, then goes on; it may stop
    in the middle of a claim or of a flush, with locks that others wait for."""
    trial.begin(slow(), workers=2)
    trial.recovers_within_s = STATEMENT_WITHIN_S + 5
    for failpoint in _where_to_freeze(trial):
        worker = trial.site.start_ready_worker(FAILPOINT=failpoint)
        with trial.load(per_second=15):
            _freeze(trial, worker)
            time.sleep(5)
        time.sleep(2 * LEASE_S - 5)
        worker.send(signal.SIGCONT)
        time.sleep(2)
        if not worker.is_up:
            trial.fault("the worker that had been frozen ended instead of going on")
    trial.quiet()
    _expect_no_stall(trial)


def asleep(trial: Trial) -> None:
    """Workers stand still for less than a lease: nothing is lost or blamed on runs."""
    trial.begin(slow(), workers=1)
    for point in ("F4b", "F7", "F8"):
        nth = trial.chance.randint(3, 9)
        worker = trial.site.start_ready_worker(FAILPOINT=f"{point}:{nth}:stop")
        with trial.load(per_second=15):
            _freeze(trial, worker)
            time.sleep(NAP_S)
            worker.send(signal.SIGCONT)
    trial.quiet()
    _expect_no_stall(trial)


def _expect_no_stall(trial: Trial) -> None:
    """No run waited long to be claimed: what is frozen must not hold up the others."""
    [(longest,)] = trial.site.rows(
        "SELECT extract(epoch FROM max(started_at - created_at)) "
        "FROM executions_execution"
    )
    trial.verdict.figures["queued_max_s"] = float(longest)
    if longest > CLAIMED_WITHIN_S:
        trial.fault(f"a run was claimed only after {longest:.1f} s")


def _where_to_freeze(trial: Trial) -> list[str]:
    points = [f"{point}:{trial.chance.randint(3, 9)}:stop" for point in ("F4b", "F7")]
    return ["", *points] if trial.is_long else [trial.chance.choice(points)]


def _freeze(trial: Trial, worker: Process) -> None:
    """As its failpoint says, or now."""
    deadline = time.monotonic() + FROZEN_WITHIN_S
    while not worker.is_frozen and time.monotonic() < deadline:
        time.sleep(0.05)
    worker.send(signal.SIGSTOP)
    trial.died(trial.site.held_by(worker))


def rolling(trial: Trial) -> None:
    """SIGTERM to one worker after another, each replaced first, under load."""
    trial.begin([agents.chain(), agents.three(), agents.fan_out(), agents.timer(3)])
    took: list[float] = []
    with trial.load(per_second=15):
        for old in list(trial.site.workers) * (3 if trial.is_long else 1):
            trial.site.start_ready_worker()
            time.sleep(trial.chance.uniform(0.5, 1.5))
            old = trial.site.workers.pop(0)
            took.append(old.terminate(40))
    trial.quiet()
    trial.verdict.figures["exit_max_s"] = max(took)
    if max(took) > STOPPED_WITHIN_S:
        trial.fault(f"a worker took {max(took):.1f} s to stop")


def no_attempt_wasted(trial: Trial) -> None:
    """For `rolling`, after the verdict."""
    if trial.verdict.wasted_attempts:
        trial.fault(f"{trial.verdict.wasted_attempts} attempts were wasted")


def cancel(trial: Trial) -> None:
    """Runs on four workers are cancelled at random moments."""
    trial.begin([agents.sleeper(), agents.timer(60)], workers=4)
    trial.start_all(120 if trial.is_long else 40)
    time.sleep(1)
    asked = trial.cancel_all()
    trial.quiet(30)
    ends = {
        str(id): at.timestamp()
        for id, at in trial.site.rows("SELECT id, ended_at FROM executions_execution")
        if at is not None
    }
    took = sorted(ends.get(id, math.inf) - at for id, at in asked.items())
    p99 = took[math.ceil(0.99 * len(took)) - 1]
    trial.verdict.figures |= {"cancel_p99_s": p99, "cancel_max_s": took[-1]}
    if p99 > CANCEL_WITHIN_S:
        trial.fault(f"cancelling took {p99:.1f} s (p99)")


def poison(trial: Trial) -> None:
    """A job that kills its worker is stopped; all others come to their end."""
    trial.begin([agents.poison(), agents.chain(), agents.loop()])
    trial.keeps_workers = True
    trial.start_all(12)
    trial.quiet()
    for accepted in trial.client.accepted:
        if accepted.shape.name == "poison":
            answer = trial.client.get(f"/executions/{accepted.id}/").json()
            if answer["status"] != "FAILED":
                trial.fault(f"poison run {accepted.id} is {answer['status']}")


def wrong_clock(trial: Trial) -> None:
    """Of two workers one is an hour ahead, one an hour behind; both die in turn."""
    trial.begin(mixed(), workers=1, CHAOS_CLOCK_OFFSET_S="3600")
    trial.site.start_ready_worker(CHAOS_CLOCK_OFFSET_S="-3600")
    with trial.load(per_second=10):
        time.sleep(4)
        trial.kill(trial.site.workers[0])
        trial.site.start_worker(CHAOS_CLOCK_OFFSET_S="-3600")
        time.sleep(4)
    trial.quiet()
