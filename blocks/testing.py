"""Tests of blocks by their own examples, for this library and for blocks of yours.

CASES = [(spec, example) for spec in registry for example in spec.examples]

@pytest.mark.parametrize(("spec", "example"), CASES)
async def test_example(spec, example):
    await check_example(spec, example)
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, TypeAlias

from blocks.base import Step
from blocks.context import Context, HttpResponse, NodeIdentity, Spend, Wait
from blocks.errors import BlockError
from blocks.invoke import check_step, drive_inline, failure_of, prepare
from blocks.spec import BlockSpec, Example
from blocks.values import JsonObject, JsonValue

Call: TypeAlias = tuple[str, str, int, dict[str, str], bytes]

CLOCK: Final = datetime(2026, 1, 31, 12, 30, 45, tzinfo=UTC)
"""The time it is in every example."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """A request that a block sent."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None
    timeout_s: float
    max_bytes: int


class FakeHttp:
    """Answers the requests it was told of, each once; any other is a test failure."""

    def __init__(self, calls: Iterable[Call] = ()) -> None:
        self.unused = list(calls)
        self.sent: list[Request] = []
        self.unexpected: list[str] = []

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        timeout_s: float = 30.0,
        max_bytes: int = 10 * 1024 * 1024,
    ) -> HttpResponse:
        self.sent.append(
            Request(
                method=method,
                url=url,
                headers=headers or {},
                body=body,
                timeout_s=timeout_s,
                max_bytes=max_bytes,
            )
        )
        call = next((c for c in self.unused if c[:2] == (method, url)), None)
        if call is None:
            self.unexpected.append(f"{method} {url}")
            raise AssertionError(f"unexpected request: {method} {url}")
        self.unused.remove(call)
        return _answer(call, max_bytes)


def _answer(call: Call, max_bytes: int) -> HttpResponse:
    _, _, status, headers, body = call
    if len(body) > max_bytes:
        raise BlockError(f"answer larger than {max_bytes:,} bytes", code="too_large")
    lowered = {name.lower(): value for name, value in headers.items()}
    return HttpResponse(status=status, headers=lowered, body=body)


_IDENTITY: Final = NodeIdentity(
    user_id="user", execution_id="execution", graph_id="graph", node_id="node"
)


@dataclass
class FakeContext:
    """A `blocks.context.Context` without a world: told answers and a clock at rest."""

    http: FakeHttp = field(default_factory=FakeHttp)
    identity: NodeIdentity = _IDENTITY
    time: datetime = CLOCK

    @property
    def user_id(self) -> str:
        return self.identity.user_id

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
        return self.time


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
    ctx = FakeContext(FakeHttp(example.calls))
    _check(spec, example, ctx, await run_block(spec, example.inputs, ctx))
    if spec.inline:
        ctx = FakeContext(FakeHttp(example.calls))
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
