"""Tests of blocks by their own examples, for this library and for blocks of yours.

CASES = [(spec, example) for spec in registry for example in spec.examples]

@pytest.mark.parametrize(("spec", "example"), CASES)
async def test_example(spec, example):
    await check_example(spec, example)
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from blocks.base import Step
from blocks.context import Context, NodeIdentity, Spend, Wait
from blocks.errors import BlockError
from blocks.invoke import check_step, drive_inline, failure_of, prepare
from blocks.spec import BlockSpec, Effect, Example
from blocks.testing.fakes import (
    FakeAgents,
    FakeCode,
    FakeCredentials,
    FakeDatabases,
    FakeFiles,
    FakeLibrary,
    FakeLive,
    FakeMail,
    FakeMemory,
    FakeTools,
)
from blocks.testing.http import Call, FakeHttp, FakeStream, Request
from blocks.values import JsonObject, JsonValue

__all__ = [
    "CLOCK", "Call", "FakeContext", "FakeHttp", "FakeStream", "Request", "Result",
    "check_example", "context_of", "outputs_match", "run_block", "run_block_inline",
]  # fmt: skip

CLOCK: Final = datetime(2026, 1, 31, 12, 30, 45, tzinfo=UTC)
"""The time it is in every example."""


_IDENTITY: Final = NodeIdentity(
    user_id="user", execution_id="execution", graph_id="graph", node_id="node"
)


@dataclass
class FakeContext:
    """A `blocks.context.Context` without a world: told answers and a clock at rest."""

    http: FakeHttp = field(default_factory=FakeHttp)
    identity: NodeIdentity = _IDENTITY
    time: datetime = CLOCK
    credentials: FakeCredentials = field(default_factory=FakeCredentials)
    files: FakeFiles = field(default_factory=FakeFiles)
    memory: FakeMemory = field(default_factory=FakeMemory)
    mail: FakeMail = field(default_factory=FakeMail)
    databases: FakeDatabases = field(default_factory=FakeDatabases)
    code: FakeCode = field(default_factory=FakeCode)
    agents: FakeAgents = field(default_factory=FakeAgents)
    tools: FakeTools = field(default_factory=FakeTools)
    library: FakeLibrary = field(default_factory=FakeLibrary)
    live: FakeLive = field(default_factory=FakeLive)
    clock_reads: int = 0

    @property
    def user_id(self) -> str:
        return self.identity.user_id

    @property
    def workspace_id(self) -> str:
        return self.identity.workspace_id

    @property
    def execution_id(self) -> str:
        return self.identity.execution_id

    @property
    def graph_id(self) -> str:
        return self.identity.graph_id

    @property
    def node_id(self) -> str:
        return self.identity.node_id

    @property
    def number(self) -> int:
        return self.identity.number

    @property
    def attempt(self) -> int:
        return self.identity.attempt

    @property
    def idempotency_key(self) -> str:
        return self.identity.idempotency_key

    @property
    def timezone(self) -> str:
        return self.identity.timezone

    def now(self) -> datetime:
        self.clock_reads += 1
        return self.time

    def unused(self) -> list[str]:
        """What was told of the world and never asked for."""
        told = (
            self.credentials, self.files, self.databases, self.code, self.agents,
            self.tools,
        )  # fmt: skip
        requests = [f"request {call[0]} {call[1]}" for call in self.http.unused]
        return requests + [name for fake in told for name in fake.unused()]


def context_of(example: Example) -> FakeContext:
    """The world that the example tells of."""
    return FakeContext(
        FakeHttp(example.calls),
        credentials=FakeCredentials(example.credentials),
        files=FakeFiles(example.files),
        memory=FakeMemory(example.memory),
        databases=FakeDatabases(example.rows),
        agents=FakeAgents(example.agent_results),
        tools=FakeTools(example.tools, example.tool_results),
        code=FakeCode(example.code),
    )


@dataclass(slots=True)
class Result:
    """What a call of a block came to: emissions in order, waits, and how it failed."""

    outputs: list[tuple[str, JsonValue]] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    error: BlockError | None = None

    def take(self, spec: BlockSpec, step: Step) -> None:
        checked = check_step(spec, step)
        if isinstance(checked, Wait):
            self.waits.append(checked.seconds)
        elif not isinstance(checked, Spend):
            pin, encoded = checked
            self.outputs.append((pin, encoded.value))


async def run_block(spec: BlockSpec, inputs: JsonObject, ctx: Context) -> Result:
    """Run a block as the engine does; waits pass at once."""
    result = Result()
    try:
        async for step in spec.block.run(prepare(spec, inputs, {}), ctx):
            result.take(spec, step)
    except AssertionError:
        raise
    except Exception as error:
        result.error = failure_of(error)
    return result


def run_block_inline(spec: BlockSpec, inputs: JsonObject, ctx: Context) -> Result:
    """Run a block as the engine runs those that declare `inline`."""
    result = Result()
    try:
        for step in drive_inline(spec, prepare(spec, inputs, {}), ctx):
            result.take(spec, step)
    except AssertionError:
        raise
    except Exception as error:
        result.error = failure_of(error)
    return result


async def check_example(spec: BlockSpec, example: Example) -> None:
    """Run an example in every way the engine might.

    Raises:
        AssertionError: saying what the block did and what the example promises.
    """
    ctx = context_of(example)
    _check(spec, example, ctx, await run_block(spec, example.inputs, ctx))
    if spec.inline:
        ctx = context_of(example)
        _check(spec, example, ctx, run_block_inline(spec, example.inputs, ctx))


def _check(spec: BlockSpec, example: Example, ctx: FakeContext, result: Result) -> None:
    told = f"{spec.name} with {example.inputs!r}"
    _check_error(told, example, result)
    if not outputs_match(result.outputs, example.outputs):
        raise AssertionError(
            f"{told} emitted {result.outputs!r}, not {example.outputs!r}"
        )
    if ctx.http.unexpected:
        raise AssertionError(f"{told} sent unexpected requests: {ctx.http.unexpected}")
    if ctx.http.unused:
        raise AssertionError(f"{told} did not send: {ctx.http.unused!r}")
    # What fails early has no use for all that it was told.
    if example.error is None and (unused := ctx.unused()):
        raise AssertionError(f"{told} did not ask for: {'; '.join(unused)}")
    if ctx.clock_reads and spec.effect is Effect.PURE:
        raise AssertionError(f"{told} read the clock: declare it idempotent, not pure")


def _check_error(told: str, example: Example, result: Result) -> None:
    if example.error is None:
        if result.error is not None:
            raise AssertionError(f"{told} failed: {result.error}") from result.error
    elif result.error is None:
        raise AssertionError(f"{told} did not fail; expected {example.error!r}")
    elif example.error not in str(result.error):
        raise AssertionError(
            f"{told} failed with {str(result.error)!r}, not {example.error!r}"
        )


def outputs_match(
    found: list[tuple[str, JsonValue]], expected: list[tuple[str, object]]
) -> bool:
    """Whether the emissions are the expected ones, of which some may be predicates."""
    return len(found) == len(expected) and all(
        pin == wanted_pin and _fits(value, wanted)
        for (pin, value), (wanted_pin, wanted) in zip(found, expected, strict=True)
    )


def _fits(value: JsonValue, wanted: object) -> bool:
    if callable(wanted):
        return bool(wanted(value))
    # In Python True equals 1, in JSON it does not.
    return value == wanted and _shape(value) == _shape(wanted)


def _shape(value: object) -> object:
    if isinstance(value, dict):
        return {key: _shape(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_shape(part) for part in value]
    return isinstance(value, bool)
