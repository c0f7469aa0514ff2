"""Blocks that go on after a failure: something in its place, or another try."""

from enum import StrEnum
from typing import Any, Final

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context, Wait
from blocks.error_kinds import kind_of_error, message_of
from blocks.errors import BlockError
from blocks.spec import Category, Effect, Example


class FallbackStrategy(StrEnum):
    DEFAULT_RESPONSE = "default_response"
    FIRST_AVAILABLE = "first_available"
    FAIL = "fail"


@block(
    id="5495bd89-a9e2-4d87-81ef-77da714daed8",
    name="FallbackBlock",
    categories=(Category.LOGIC, Category.SAFETY),
    inline=True,
    examples=(
        Example(
            inputs={"error": "no answer", "default_response": "Sorry."},
            outputs=[
                ("response", "Sorry."),
                ("used_fallback", True),
                ("reason", "no answer"),
            ],
        ),
        Example(
            inputs={"value": 1, "default_response": 2},
            outputs=[("response", 1), ("used_fallback", False)],
        ),
        Example(
            inputs={"strategy": "first_available", "alternatives": [None, "b", "c"]},
            outputs=[("response", "b"), ("used_fallback", True), ("reason", "")],
        ),
        Example(inputs={"strategy": "fail", "error": "gone"}, error="gone"),
    ),
)
class Fallback(Block):
    """Gives something in place of what did not come: a default response, or the first
    of several values that is there. A value that did come is passed on."""

    class Input(Pins):
        value: Any = pin("What was hoped for; null if it did not come.", default=None)
        error: Any = pin("Why it did not come.", default=None)
        strategy: FallbackStrategy = pin(
            "What to do without it.", default=FallbackStrategy.DEFAULT_RESPONSE
        )
        default_response: Any = pin("What to give in its place.", default=None)
        alternatives: list[Any] = pin(
            "For first_available: the values, the best one first; nulls are passed "
            "over. The default response comes last.",
            default=[],
        )

    class Output(Pins):
        response: Any = pin("The value, or what is given in its place.")
        used_fallback: bool = pin("Whether it is not the value that was hoped for.")
        reason: str = pin("Why, if it is not.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        if inputs.value is not None and inputs.error is None:
            yield "response", inputs.value
            yield "used_fallback", False
            return
        reason = "" if inputs.error is None else message_of(inputs.error)
        yield "response", _replacement(inputs, reason)
        yield "used_fallback", True
        yield "reason", reason


def _replacement(inputs: Any, reason: str) -> Any:
    match inputs.strategy:
        case FallbackStrategy.FAIL:
            raise BlockError(reason or "the value did not come", code="no_fallback")
        case FallbackStrategy.FIRST_AVAILABLE:
            there = (value for value in inputs.alternatives if value is not None)
            return next(there, inputs.default_response)
    return inputs.default_response


class Backoff(StrEnum):
    FIXED = "fixed"
    LINEAR = "linear"
    EXPONENTIAL = "exponential"


class RetryCondition(StrEnum):
    TIMEOUT = "timeout"
    RATE_LIMIT = "rate_limit"
    SERVER_ERROR = "server_error"
    ANY = "any"


MAX_DELAY_S: Final = 24 * 3600


@block(
    id="b56c8c13-fd88-4fec-bfcf-287628561a57",
    name="RetryBlock",
    categories=(Category.LOGIC, Category.SAFETY),
    # Which firing it is decides, and that is not among the inputs.
    effect=Effect.IDEMPOTENT,
    examples=(
        Example(
            inputs={"error": "timed out", "value": {"to": "ann"}},
            outputs=[("attempt", 1), ("retry", {"to": "ann"})],
        ),
        Example(
            inputs={"error": "HTTP 503", "value": 1, "attempt": 3},
            outputs=[
                (
                    "give_up",
                    {"error": "HTTP 503", "attempts": 3, "cause": "server_error"},
                )
            ],
        ),
        Example(
            inputs={"error": "pin 'to' is missing", "value": 1},
            outputs=[("give_up", lambda told: told["attempts"] == 0)],
        ),
    ),
)
class Retry(Block):
    """Decides whether what failed is tried again, waits, and sends its value back to
    the node that failed. Link that node's `error` to `error`, and `retry` to its input.
    To try one node again without a loop, use the retry setting every node has."""

    class Input(Pins):
        error: Any = pin("The failure: a text, or an object with `code` and `message`.")
        value: Any = pin("What to send once more.", default=None)
        attempt: int | None = pin(
            "Retries of this value so far. Without it the firings of this node in the "
            "run count, which is right where one value is tried at a time.",
            default=None,
            ge=0,
        )
        max_retries: int = pin("Retries after the first try.", default=3, ge=0, le=100)
        backoff_strategy: Backoff = pin(
            "How the waits grow.", default=Backoff.EXPONENTIAL
        )
        retry_conditions: list[RetryCondition] = pin(
            "The failures to try again after; others are given up at once.",
            default=["timeout", "rate_limit", "server_error"],
        )
        delay_s: float = pin(
            "Seconds before the first retry.", default=1.0, ge=0, le=MAX_DELAY_S
        )
        max_delay_s: float = pin(
            "No wait is longer.", default=60.0, ge=0, le=MAX_DELAY_S, advanced=True
        )

    class Output(Pins):
        attempt: int = pin("Which retry it is, counted from 1.")
        retry: Any = pin("The value, once it is time to try again.")
        give_up: dict[str, Any] = pin("`error`, `attempts` and `cause`, at the end.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        made = ctx.number - 1 if inputs.attempt is None else inputs.attempt
        cause = kind_of_error(inputs.error)
        wanted = inputs.retry_conditions
        is_wanted = RetryCondition.ANY in wanted or cause.value in wanted
        if not is_wanted or made >= inputs.max_retries:
            told = {"attempts": made, "cause": cause.value}
            yield "give_up", {"error": message_of(inputs.error), **told}
            return
        yield Wait(seconds=_delay(inputs, made))
        yield "attempt", made + 1
        yield "retry", inputs.value


def _delay(inputs: Any, made: int) -> float:
    growth = {
        Backoff.FIXED: 1.0,
        Backoff.LINEAR: made + 1.0,
        Backoff.EXPONENTIAL: 2.0 ** min(made, 60),
    }[inputs.backoff_strategy]
    return float(min(inputs.delay_s * growth, inputs.max_delay_s))
