"""One call of one block: from flat pin values to the steps it takes."""

from collections.abc import AsyncGenerator, Iterator, Mapping
from typing import Final, cast

from pydantic import ValidationError

from blocks.base import Pins, Step
from blocks.context import Context, Spend, Wait
from blocks.dynamic_pins import merge_inputs
from blocks.errors import BlockError, BlockInputError, BlockOutputError
from blocks.schema import ERROR_PIN
from blocks.spec import BlockSpec, Kind
from blocks.values import Encoded, JsonObject, JsonValue, encode


def prepare(
    spec: BlockSpec,
    constants: Mapping[str, JsonValue],
    linked: Mapping[str, JsonValue],
) -> Pins:
    """Merge, coerce and validate what stands on the input pins.

    A null on a pin that does not take nulls counts as no value: its default is used.

    Raises:
        BlockInputError: naming the pins that are missing or wrong.
    """
    return prepare_merged(spec, merge_inputs(constants, linked))


def prepare_merged(spec: BlockSpec, merged: Mapping[str, JsonValue]) -> Pins:
    """The same for values that are merged already."""
    values: JsonObject = {}
    for name, value in merged.items():
        pin = spec.inputs.get(name)
        if pin is None:
            values[name] = value
        elif value is None:
            if pin.required:
                raise BlockInputError(f"pin {name!r} is required but got null")
        else:
            values[name] = value if pin.coerce is None else pin.coerce(value)
    missing = [name for name in spec.required if name not in values]
    if missing:
        names = ", ".join(repr(name) for name in sorted(missing))
        raise BlockInputError(f"required pins without a value: {names}")
    return _validated(spec, values)


def _validated(spec: BlockSpec, values: JsonObject) -> Pins:
    try:
        return type(spec.block).Input.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BlockInputError(f"pin {place!r}: {first['msg']}") from None


_NO_VALUE: Final = (Wait, Spend)


def check_step(spec: BlockSpec, step: Step) -> tuple[str, Encoded] | Wait | Spend:
    """What a yielded step means.

    Raises:
        BlockOutputError: the pin is not declared or the value has no JSON form.
        BlockError: the block emitted on `error`, which is how some blocks fail.
    """
    if isinstance(step, _NO_VALUE):
        return step
    pin, value = step
    if pin == ERROR_PIN and spec.kind is Kind.STANDARD:
        raise BlockError(str(value))
    if pin not in spec.outputs and not _is_for_a_tool(spec, pin):
        raise BlockOutputError(f"{spec.name} emitted on a pin it lacks: {pin!r}")
    return pin, encode(value)


def _is_for_a_tool(spec: BlockSpec, pin: str) -> bool:
    return pin.startswith("tools_^_") and "tools" in spec.outputs


def drive_inline(spec: BlockSpec, inputs: Pins, ctx: Context) -> Iterator[Step]:
    """Run a block that declared `inline` without a task of its own.

    Raises:
        RuntimeError: it suspended, which it promised not to do.
    """
    steps = cast(AsyncGenerator[Step, None], spec.block.run(inputs, ctx))
    while True:
        try:
            steps.asend(None).send(None)
        except StopIteration as stop:
            yield stop.value
        except StopAsyncIteration:
            return
        else:
            raise RuntimeError(f"{spec.name} declares inline but suspended")


def failure_of(error: BaseException) -> BlockError:
    """The failure to report for what a block raised; unexpected ones say their kind."""
    if isinstance(error, BlockError):
        return error
    if isinstance(error, TimeoutError):
        return BlockError(str(error) or "timed out", code="timeout")
    kind = type(error).__name__
    text = f"{kind}: {error}" if str(error) else kind
    return BlockError(text, code="unexpected")
