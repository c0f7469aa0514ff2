"""Blocks for what goes wrong: tell which failure it is, and note it."""

from datetime import UTC
from enum import StrEnum
from logging import getLevelName, getLogger
from typing import Any, Final

import orjson

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.error_kinds import ErrorKind, kind_of_error, message_of
from blocks.spec import Category, Effect, Example

logger = getLogger(__name__)


class ErrorType(StrEnum):
    VALIDATION = "validation"
    EXECUTION = "execution"
    TIMEOUT = "timeout"


_TYPES: Final = {
    ErrorKind.VALIDATION: ErrorType.VALIDATION,
    ErrorKind.TIMEOUT: ErrorType.TIMEOUT,
}
_CURABLE: Final = (ErrorKind.TIMEOUT, ErrorKind.RATE_LIMIT, ErrorKind.SERVER_ERROR)


@block(
    id="0e4ee487-ca57-4bdb-b766-49047603fc3b",
    name="ErrorDetectorBlock",
    categories=(Category.LOGIC, Category.SAFETY),
    inline=True,
    examples=(
        Example(
            inputs={"error": "the service answered with status 503"},
            outputs=[
                (
                    "detected",
                    {
                        "type": "execution",
                        "cause": "server_error",
                        "message": "the service answered with status 503",
                        "retryable": True,
                    },
                ),
                ("execution", "the service answered with status 503"),
            ],
        ),
        Example(
            inputs={
                "error": {"code": "timeout", "message": "no answer"},
                "error_types": ["validation"],
            },
            outputs=[("ignored", {"code": "timeout", "message": "no answer"})],
        ),
        Example(
            inputs={"error": "pin 'to' is required", "error_types": ["validation"]},
            outputs=[
                ("detected", lambda found: found["retryable"] is False),
                ("validation", "pin 'to' is required"),
            ],
        ),
    ),
)
class ErrorDetector(Block):
    """Tells what kind of failure came out of an `error` pin: wrong input, failed
    execution or a time that ran out. Kinds that are not asked for are passed by."""

    class Input(Pins):
        error: Any = pin("What came out of an `error` pin: a text, or an object.")
        error_types: list[ErrorType] = pin(
            "The kinds to detect.", default=["validation", "execution", "timeout"]
        )

    class Output(Pins):
        detected: dict[str, Any] = pin(
            "`type`, `cause`, `message`, and `retryable`: whether a retry may help."
        )
        validation: str = pin("The words of wrong input.")
        execution: str = pin("The words of a failed execution.")
        timeout: str = pin("The words of a time that ran out.")
        ignored: Any = pin("The failure, if its kind is not asked for.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        cause = kind_of_error(inputs.error)
        kind = _TYPES.get(cause, ErrorType.EXECUTION)
        if kind not in inputs.error_types:
            yield "ignored", inputs.error
            return
        message = message_of(inputs.error)
        yield (
            "detected",
            {
                "type": kind.value,
                "cause": cause.value,
                "message": message,
                "retryable": cause in _CURABLE,
            },
        )
        yield kind.value, message


class Level(StrEnum):
    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"
    CRITICAL = "CRITICAL"


@block(
    id="2f6475bd-2474-444a-a6ab-5253ac6cdf13",
    name="LoggerBlock",
    categories=(Category.DEVELOPER_TOOLS,),
    # It is another time at each attempt.
    effect=Effect.IDEMPOTENT,
    inline=True,
    examples=(
        Example(
            inputs={"message": "Order failed", "level": "ERROR", "data": {"id": 7}},
            outputs=[
                (
                    "record",
                    {
                        "timestamp": "2026-01-31T12:30:45+00:00",
                        "level": "ERROR",
                        "message": "Order failed",
                        "data": {"id": 7},
                        "execution_id": "execution",
                        "graph_id": "graph",
                        "node_id": "node",
                        "user_id": "user",
                        "size": 20,
                    },
                ),
                ("data", {"id": 7}),
            ],
        ),
        Example(
            inputs={"message": {"any": "value"}},
            outputs=[
                ("record", lambda record: record["message"] == '{"any":"value"}'),
                ("data", None),
            ],
        ),
    ),
)
class Logger(Block):
    """Makes a record of a message with who runs what and when, shows it to whoever
    watches the run, and passes data on. The log of the server gets the level, the
    sizes and the ids; the words stay in the run, since they are its user's."""

    class Input(Pins):
        message: Any = pin("What to record; what is no text is written as JSON.")
        level: Level = pin("How serious it is.", default=Level.INFO)
        data: Any = pin("More about it, which is also passed on.", default=None)

    class Output(Pins):
        record: dict[str, Any] = pin("The record.")
        data: Any = pin("The data, unchanged.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        message = _text(inputs.message)
        size = len(message.encode(errors="replace"))
        size += 0 if inputs.data is None else len(orjson.dumps(inputs.data))
        about = _who(ctx) | {"size": size}
        logger.log(_NUMBERS[inputs.level], "A node logged.", extra=about)
        ctx.live.text(f"{inputs.level.value} {message}\n")
        yield (
            "record",
            {
                "timestamp": ctx.now().astimezone(UTC).isoformat(),
                "level": inputs.level.value,
                "message": message,
                "data": inputs.data,
                **about,
            },
        )
        yield "data", inputs.data


_NUMBERS: Final = {level: getLevelName(level.value) for level in Level}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _who(ctx: Context) -> dict[str, Any]:
    return {
        "execution_id": ctx.execution_id,
        "graph_id": ctx.graph_id,
        "node_id": ctx.node_id,
        "user_id": ctx.user_id,
    }
