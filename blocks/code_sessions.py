"""Code that is run step by step, each with what the steps before it have left.

No process waits between the steps. What is kept is the code: a step is run behind the
steps before it, whose prints are cut off. So a session outlives every worker, and a
step that is tried again finds what its first try found, but for clock and chance.
"""

import hashlib
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias, cast

from blocks.code_runs import MAX_SECONDS
from blocks.context import Context
from blocks.errors import BlockInputError
from blocks.values import JsonValue
from blocks.world import CodeResult, MemoryScope

KEY: Final = "code sandbox "
"""Before the id of a session: where the agent keeps its steps."""

CodeStep: TypeAlias = dict[str, str]

_PRINT: Final = {"python": "print({!r})", "javascript": "console.log({!r})"}


@dataclass(frozen=True, slots=True)
class Session:
    """`steps` are those that went well, each with the node execution it belongs to."""

    id: str
    seconds: int
    steps: list[CodeStep]


def new_session(ctx: Context, seconds: int) -> Session:
    """The same for every attempt of the node execution."""
    digest = hashlib.sha256(ctx.idempotency_key.encode()).hexdigest()
    return Session(digest[:24], min(seconds, MAX_SECONDS), [])


async def find_session(ctx: Context, id: str) -> Session:
    """
    Raises:
        BlockInputError: this agent has none with this id, or it was disposed of.
    """
    kept: Any = await ctx.memory.load(MemoryScope.WITHIN_AGENT, KEY + id)
    if not isinstance(kept, dict) or set(kept) != {"seconds", "steps"}:
        raise BlockInputError(f"pin 'sandbox_id': this agent has no sandbox {id!r}")
    return Session(id, kept["seconds"], kept["steps"])


async def keep_session(ctx: Context, session: Session) -> None:
    kept = {"seconds": session.seconds, "steps": session.steps}
    await _save(ctx, session.id, cast(JsonValue, kept))


async def dispose_session(ctx: Context, session: Session) -> None:
    await _save(ctx, session.id, None)


async def _save(ctx: Context, id: str, value: JsonValue) -> None:
    await ctx.memory.save(MemoryScope.WITHIN_AGENT, KEY + id, value)


async def run_step(
    ctx: Context, session: Session, language: str, code: str
) -> tuple[Session, CodeResult]:
    """Run code behind the steps of its language; what fails is not kept.

    Raises:
        BlockError: as `Code.run`.
    """
    step = {"by": ctx.idempotency_key, "language": language, "code": code}
    before = _before(session.steps, step["by"])
    mark = hashlib.sha256((session.id + step["by"]).encode()).hexdigest()
    source = "\n".join(
        [*_sources(before, language), _PRINT[language].format(mark), code]
    )
    done = await ctx.code.run(language, source, timeout_s=float(session.seconds))
    done = replace(done, stdout=done.stdout.rpartition(mark + "\n")[2])
    if done.error is None:
        session = replace(session, steps=[*before, step])
    return session, done


def _before(steps: list[CodeStep], key: str) -> list[CodeStep]:
    """Without what an earlier attempt of the same node execution has left."""
    return [step for step in steps if step["by"] != key]


def _sources(steps: list[CodeStep], language: str) -> list[str]:
    return [step["code"] for step in steps if step["language"] == language]
