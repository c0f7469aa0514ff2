"""Processes that die at a named place."""

import time
from collections.abc import Iterator
from typing import Final

from chaos import agents
from chaos.processes import Process
from chaos.trial import Trial

WORKER_POINTS: Final = ("F4", "F5", "F6", "F7", "F8", "F9", "F10")
WEB_POINTS: Final = ("F1", "F2", "F3")
HIT_WITHIN_S: Final = 20.0
_NTH_AT_MOST: Final = {"F4": 3, "F7": 20, "F8": 20, "F9": 10, "F10": 10}


def workers_die_there(trial: Trial) -> None:
    """For each point and shape a worker dies there while a healthy one stands by."""
    shapes = [agents.chain(), agents.fan_out(), agents.loop(), agents.effects()]
    trial.begin(shapes, workers=1)
    for point in WORKER_POINTS:
        nth = trial.chance.randint(1, _NTH_AT_MOST.get(point, 30))
        _let_die(trial, f"{point}:{nth}:kill9")
    trial.quiet()


def _let_die(trial: Trial, failpoint: str) -> None:
    doomed = trial.site.start_ready_worker(FAILPOINT=failpoint)
    with trial.load(per_second=30):
        held = _held_until_death(trial, doomed)
    trial.site.workers.remove(doomed)
    if doomed.is_up:
        doomed.kill()
        trial.fault(f"{failpoint} was not reached within {HIT_WITHIN_S:.0f} s")
    trial.died(held)


def _held_until_death(trial: Trial, doomed: Process) -> list[str]:
    held: list[str] = []
    deadline = time.monotonic() + HIT_WITHIN_S
    while doomed.is_up and time.monotonic() < deadline:
        held = trial.site.held_by(doomed) or held
        time.sleep(0.05)
    return held


def sweep_and_cancel_die(trial: Trial) -> None:
    """Workers die as they make due what others held, and as they hear of a cancel."""
    trial.begin([agents.sleeper()], workers=1)
    first = trial.site.workers[0]
    sweeper = trial.site.start_ready_worker(FAILPOINT="F12:1:kill9")
    trial.start_all(10)
    trial.kill(first)
    _expect_death(trial, sweeper, "F12")
    trial.site.start_ready_worker(FAILPOINT=f"F13:{trial.chance.randint(1, 4)}:kill9")
    _wait_until_all_run(trial)
    hearer = trial.site.workers[0]
    trial.cancel_all()
    _expect_death(trial, hearer, "F13")
    trial.site.start_worker()
    trial.quiet()


def _expect_death(trial: Trial, doomed: Process, point: str) -> None:
    if not doomed.wait(HIT_WITHIN_S):
        trial.fault(f"{point} was not reached within {HIT_WITHIN_S:.0f} s")
    trial.kill(doomed)


def _wait_until_all_run(trial: Trial) -> None:
    """Else a cancel would be heard in the claim."""
    deadline = time.monotonic() + HIT_WITHIN_S
    while len(trial.site.held_by(trial.site.workers[0])) < trial.site.unfinished():
        if time.monotonic() > deadline:
            trial.fault("the runs of a dead worker were not taken over")
            return
        time.sleep(0.1)


def connections_drop_there(trial: Trial) -> None:
    """The journal's connection is cut inside a flush; the claim raises."""
    trial.begin([agents.chain(), agents.effects()], workers=1)
    for failpoint in ("F7:5:drop", "F7:9:raise", "F4:2:raise", "F5:7:sleep"):
        victim = trial.site.start_ready_worker(FAILPOINT=failpoint)
        with trial.load(per_second=20):
            time.sleep(4)
        if not victim.is_up:
            trial.fault(f"{failpoint}: the worker ended")
    trial.quiet()


def web_dies_there(trial: Trial) -> None:
    """The web process dies around the commit of a start; clients repeat."""
    trial.begin([agents.three(), agents.chain()])
    for failpoint in _web_failpoints(trial):
        assert trial.site.web is not None
        trial.site.web.kill()
        web = trial.site.start_web(FAILPOINT=failpoint)
        with trial.load(per_second=20):
            if not web.wait(HIT_WITHIN_S):
                trial.fault(f"{failpoint} was not reached")
                web.kill()
            trial.verdict.kills += 1
            trial.site.start_web()
    trial.quiet()


def _web_failpoints(trial: Trial) -> Iterator[str]:
    for point in WEB_POINTS * (3 if trial.is_long else 1):
        yield f"{point}:{trial.chance.randint(1, 20)}:kill9"
