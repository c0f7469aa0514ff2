"""The servers underneath go away and come back."""

import signal
import time
from typing import Final

from chaos import agents
from chaos.scenarios.soak import answer_times
from chaos.scenarios.workers import mixed
from chaos.trial import Trial

RECONNECTED_WITHIN_S: Final = 10.0
BACK_TO_NORMAL_S: Final = 5.0
PROMPT_S: Final = 0.3


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
    _expect_prompt_answers(trial)


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
            took.append(trial.until_progress())
    trial.quiet()
    _expect_prompt_answers(trial)
    trial.verdict.recovery += took
    trial.verdict.figures["reconnect_max_s"] = max(took)
    if max(took) > RECONNECTED_WITHIN_S:
        trial.fault(f"nothing went on for {max(took):.1f} s after PostgreSQL was back")


def disk_fills(trial: Trial) -> None:
    """The volume of PostgreSQL is full for a while, again and again."""
    volume = trial.ground.volume
    assert volume is not None
    trial.begin(mixed())
    took: list[float] = []
    with trial.load(per_second=10):
        for _ in range(10 if trial.is_long else 3):
            time.sleep(trial.chance.uniform(2, 6))
            volume.fill()
            trial.verdict.kills += 1
            time.sleep(trial.chance.uniform(3, 8))
            volume.free()
            trial.ground.postgresql.start()  # it gives up where it cannot write its log
            took.append(trial.until_progress())
    trial.quiet()
    trial.verdict.recovery += took
    trial.verdict.figures["room_again_max_s"] = max(took)
    if max(took) > RECONNECTED_WITHIN_S:
        trial.fault(f"nothing went on for {max(took):.1f} s after there was room again")


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


def _expect_prompt_answers(trial: Trial) -> None:
    """Rings and hints work again: nobody waits for the next look of a worker."""
    time.sleep(BACK_TO_NORMAL_S)
    middle = sorted(answer_times(trial.client, 21))[10]
    trial.verdict.figures["answer_after_s"] = middle
    if middle > PROMPT_S:
        trial.fault(f"an answer takes {middle:.2f} s after it: rings or hints are lost")


def _expect_progress(trial: Trial, during: str, seconds: float) -> None:
    """Runs go on to end while something is away."""
    before = trial.site.ended()
    time.sleep(seconds)
    ended = trial.site.ended() - before
    trial.verdict.figures["ended_without_redis"] = ended
    if not ended:
        trial.fault(f"no run ended within {seconds:.0f} s: {during}")
