"""Whether a failed attempt is tried again, and how long to wait before."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from blocks.spec import Effect

TRANSIENT: Final = frozenset({"timeout", "rate_limit", "server_error", "unreachable"})
"""What another attempt may well cure."""
NEVER: Final = frozenset({"bad_input", "bad_output", "cancelled", "outcome_unknown"})
UNCERTAIN: Final = frozenset({"timeout", "server_error", "unreachable", "unexpected"})
"""After these nobody knows whether the effect took place."""
HANDED_OVER: Final = "handed_over"
"""In place of a failure: the worker stopped on purpose, so the attempt counts for
nothing."""
MAX_ATTEMPTS: Final = 100
LONGEST_S: Final = 24 * 3600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class RetryPolicy:
    """`max_attempts` counts the first one. `retry_on` lists failure codes; empty: those
    that are transient, `*`: all that another attempt could change."""

    max_attempts: int = 1
    is_exponential: bool = True
    delay_s: float = 1.0
    max_delay_s: float = 300.0
    jitter: bool = True
    retry_on: frozenset[str] = frozenset()

    def applies_to(self, code: str) -> bool:
        if code in NEVER:
            return False
        return "*" in self.retry_on or code in (self.retry_on or TRANSIENT)

    def delay(self, failures: int, chance: float) -> float:
        """Seconds before the attempt after this many failures; `chance` is in 0..1.

        With jitter a delay is between half of what it would be and all of it.
        """
        growth = 2.0 ** min(failures - 1, 60) if self.is_exponential else 1.0
        whole = min(self.delay_s * growth, self.max_delay_s)
        return whole * (0.5 + chance / 2) if self.jitter else whole


NO_RETRY: Final = RetryPolicy()


def policy_of(settings: object) -> RetryPolicy:
    """Read a node's `retry` setting; what makes no sense in it is as if not there."""
    if not isinstance(settings, Mapping):
        return NO_RETRY
    wanted = settings.get("retry_on")
    codes = wanted if isinstance(wanted, list) else []
    return RetryPolicy(
        max_attempts=int(_number(settings, "max_attempts", 1, 1, MAX_ATTEMPTS)),
        is_exponential=settings.get("backoff", "exponential") != "fixed",
        delay_s=_number(settings, "delay_s", 1.0, 0.0, LONGEST_S),
        max_delay_s=_number(settings, "max_delay_s", 300.0, 0.0, LONGEST_S),
        jitter=settings.get("jitter", True) is not False,
        retry_on=frozenset(code for code in codes if isinstance(code, str)),
    )


def _number(
    settings: Mapping[str, Any], name: str, default: float, least: float, most: float
) -> float:
    value = settings.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return default
    return min(max(float(value), least), most)


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """One attempt that failed. `failures` counts those of its node execution with this
    one; `has_emitted`: values went out that cannot be taken back."""

    code: str
    failures: int
    effect: Effect
    has_emitted: bool


def delay_before_next(
    policy: RetryPolicy, failure: Failure, chance: float
) -> float | None:
    """Seconds to wait, or None: this was the last attempt.

    What must not be done twice is only tried again after a failure that says for sure
    that it was not done.
    """
    if failure.failures >= policy.max_attempts or not policy.applies_to(failure.code):
        return None
    if failure.effect is Effect.ONCE and failure.code in UNCERTAIN:
        return None
    if failure.effect is not Effect.PURE and failure.has_emitted:
        return None
    return policy.delay(failure.failures, chance)
