"""The servers underneath go away and come back."""

import signal
import time
from typing import Final

from chaos import agents
from chaos.scenarios.workers import mixed
from chaos.trial import Trial

RECONNECTED_WITHIN_S: Final = 10.0


def redis_dies(trial: Trial) -> None:
    """kill -9 and back at once and empty; then gone for long."""
    trial.begin(mixed())
    redis = trial.ground.redis
    with trial.load(per_second=10):
        for _ in range(6 if trial.is_long else 2):
            time.sleep(trial.chance.uniform(1, 4))
            redis.end()
            redis.start()
            trial.verdict.kills += 1
        redis.end()
        trial.verdict.kills += 1
        _expect_progress(trial, "Redis down", 60 if trial.is_long else 15)
        redis.start()
        time.sleep(2)
    trial.quiet()


def postgresql_dies(trial: Trial) -> None:
    """kill -9 and immediate shutdown by turns, back after up to 2 s."""
    trial.begin(mixed())
    took: list[float] = []
    with trial.load(per_second=10):
        for n in range(6 if trial.is_long else 2):
            time.sleep(trial.chance.uniform(5, 40 if trial.is_long else 8))
            trial.ground.postgresql.end((signal.SIGKILL, signal.SIGQUIT)[n % 2])
            trial.verdict.kills += 1
            time.sleep(trial.chance.uniform(0, 2))
            trial.ground.postgresql.start()
            took.append(_until_progress(trial))
    trial.quiet()
    trial.verdict.recovery += took
    trial.verdict.figures["reconnect_max_s"] = max(took)
    if max(took) > RECONNECTED_WITHIN_S:
        trial.fault(f"nothing went on for {max(took):.1f} s after PostgreSQL was back")


def connections_cut(trial: Trial) -> None:
    """All connections but our own are terminated each second."""
    trial.begin([agents.chain(), agents.three(), agents.loop(), agents.effects()])
    cut = (
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        "WHERE pid <> pg_backend_pid() AND datname = current_database()"
    )
    with trial.load(per_second=10):
        for _ in range(60 if trial.is_long else 12):
            time.sleep(1)
            [(count,)] = trial.site.rows(cut)
            trial.verdict.kills += int(count)
    trial.quiet()


def bell_is_broken(trial: Trial) -> None:
    """Every message comes twice; then every second is lost."""
    trial.begin([agents.chain(), agents.three()])
    for how in ("double", "drop"):
        assert trial.site.web is not None
        trial.site.web.kill()
        trial.site.start_web(CHAOS_BELL=how)
        with trial.load(per_second=20):
            time.sleep(20 if trial.is_long else 5)
    trial.quiet()


def _ended(trial: Trial) -> int:
    [(count,)] = trial.site.rows(
        "SELECT count(*) FROM executions_execution WHERE ended_at IS NOT NULL"
    )
    return int(count)


def _until_progress(trial: Trial, within_s: float = 60) -> float:
    """How long until another run has ended; infinity if none does."""
    began = time.monotonic()
    before = _ended(trial)
    while time.monotonic() - began < within_s:
        if _ended(trial) > before:
            return time.monotonic() - began
        time.sleep(0.05)
    return float("inf")


def _expect_progress(trial: Trial, during: str, seconds: float) -> None:
    """Runs go on to end while something is away."""
    before = _ended(trial)
    time.sleep(seconds)
    ended = _ended(trial) - before
    trial.verdict.figures["ended_without_redis"] = ended
    if not ended:
        trial.fault(f"no run ended within {seconds:.0f} s: {during}")
