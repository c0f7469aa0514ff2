"""One call of one block: what it gets, what its steps mean, how it fails."""

import asyncio
import math
from typing import Any, Literal

import pytest
from pydantic import BaseModel

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context, Wait
from blocks.errors import BlockError, BlockInputError, BlockOutputError
from blocks.invoke import check_step, drive_inline, failure_of, prepare
from blocks.registry import Registry, registry
from blocks.schema import pins_of
from blocks.spec import BlockSpec, Category, Kind
from blocks.testing import FakeContext
from tests.blocks.calls import named


def spec_of(cls: type[Block], *, kind: Kind = Kind.STANDARD, **facts: Any) -> BlockSpec:
    return BlockSpec(
        **{
            "id": "00000000-0000-0000-0000-000000000000",
            "name": cls.__name__,
            "description": "",
            "categories": (Category.BASIC,),
            "kind": kind,
            "effect": named("Note").effect,
            "cost": named("Note").cost,
            "static_output": False,
            "inline": True,
            "cpu": False,
            "incremental": False,
            "inputs": pins_of(cls.Input),
            "outputs": pins_of(cls.Output),
            "examples": (),
            "block": cls(),
            **facts,
        }
    )


class Pair(Block):
    class Input(Pins):
        left: int = pin("")
        right: float = pin("", default=1.5)
        several: list[int] = pin("", default=[])

    class Output(Pins):
        sum: float = pin("")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        yield "sum", inputs.left + inputs.right


PREPARED = [
    pytest.param({"left": 1}, {}, {"left": 1, "right": 1.5}, id="default"),
    pytest.param({"left": "1"}, {"right": "2"}, {"left": 1, "right": 2}, id="coerced"),
    pytest.param({"left": 1}, {"left": 2}, {"left": 2}, id="link-beats-constant"),
    pytest.param({"left": 1, "right": None}, {}, {"right": 1.5}, id="null-is-no-value"),
    pytest.param({"left": 1, "several_$_1": 5, "several_$_0": "4"}, {},
                 {"several": [4, 5]}, id="merged-then-coerced"),
    pytest.param({"left": 1, "other": {"a": 1}}, {}, {"other": {"a": 1}},
                 id="unknown-pins-pass"),
]  # fmt: skip


@pytest.mark.parametrize(("constants", "linked", "wanted"), PREPARED)
def test_inputs_are_prepared(constants, linked, wanted):
    inputs = prepare(spec_of(Pair), constants, linked)
    assert {name: getattr(inputs, name) for name in wanted} == wanted


REFUSED = [
    pytest.param({}, "required pins without a value: 'left'", id="missing"),
    pytest.param({"left": None}, "'left' is required but got null", id="null"),
    pytest.param({"left": "x"}, "pin 'left'", id="not-coercible"),
    pytest.param({"left": 1, "several_#_a": 1, "several_$_0": 1}, "needs a list",
                 id="mixed-kinds"),
    pytest.param({"left": 1, "several_$_x": 1}, "index must be", id="bad-index"),
]  # fmt: skip


@pytest.mark.parametrize(("constants", "part"), REFUSED)
def test_bad_inputs_are_an_input_error(constants, part):
    with pytest.raises(BlockInputError) as caught:
        prepare(spec_of(Pair), constants, {})
    assert part in str(caught.value)


def test_default_list_is_not_shared_between_calls():
    first = prepare(spec_of(Pair), {"left": 1}, {})
    first.several.append(1)  # type: ignore[attr-defined]
    second = prepare(spec_of(Pair), {"left": 1}, {})
    assert second.several == []  # type: ignore[attr-defined]


ENCODED = [
    pytest.param(1, 1, b"1", id="number"),
    pytest.param(math.inf, None, b"null", id="infinity"),
    pytest.param([math.nan], [None], b"[null]", id="nan-inside"),
    pytest.param((1, 2), [1, 2], b"[1,2]", id="tuple"),
    pytest.param({1: "a"}, {"1": "a"}, b'{"1":"a"}', id="keys-become-text"),
]


@pytest.mark.parametrize(("value", "wanted", "raw"), ENCODED)
def test_step_is_encoded(value, wanted, raw):
    step = check_step(spec_of(Pair), ("sum", value))
    assert step == ("sum", (wanted, raw))


def test_emitted_list_is_a_copy():
    kept = [1]
    _, encoded = check_step(spec_of(Pair), ("sum", kept))  # type: ignore[misc]
    kept.append(2)
    assert encoded.value == [1]


def test_wait_passes():
    assert check_step(spec_of(Pair), Wait(seconds=2)) == Wait(seconds=2)


BAD_STEPS = [
    pytest.param(("other", 1), BlockOutputError, "'other'", id="unknown-pin"),
    pytest.param(("sum", object()), BlockOutputError, "no JSON form", id="no-json"),
    pytest.param(("sum", 2**70), BlockOutputError, "no JSON form", id="huge-number"),
    pytest.param(("error", "broke"), BlockError, "broke", id="emitted-error"),
]


@pytest.mark.parametrize(("step", "kind", "part"), BAD_STEPS)
def test_bad_step_fails(step, kind, part):
    with pytest.raises(kind, match=part):
        check_step(spec_of(Pair), step)


class Sleeps(Pair):
    async def run(self, inputs: Any, ctx: Context) -> Steps:
        yield "sum", 1
        await asyncio.sleep(0)


def test_inline_block_that_suspends_is_told_off():
    spec = spec_of(Sleeps)
    steps = drive_inline(spec, prepare(spec, {"left": 1}, {}), FakeContext())
    assert next(steps) == ("sum", 1)
    with pytest.raises(RuntimeError, match="declares inline but suspended"):
        next(steps)


FAILURES = [
    pytest.param(BlockError("a", code="c"), "a", "c", id="expected"),
    pytest.param(TimeoutError(), "timed out", "timeout", id="timeout"),
    pytest.param(KeyError("k"), "KeyError: 'k'", "unexpected", id="unexpected"),
    pytest.param(ValueError(), "ValueError", "unexpected", id="without-words"),
]


@pytest.mark.parametrize(("error", "text", "code"), FAILURES)
def test_failure_has_words_and_a_code(error, text, code):
    failure = failure_of(error)
    assert (str(failure), failure.code) == (text, code)


def test_registry_refuses_an_id_twice():
    fresh = Registry()
    fresh.add(spec_of(Pair))
    with pytest.raises(ValueError, match="share the id"):
        fresh.add(spec_of(Sleeps))


def test_registry_refuses_a_malformed_id():
    with pytest.raises(ValueError, match="36-character"):
        Registry().add(spec_of(Pair, id="short"))


def test_unknown_block_is_none():
    assert registry.get("0" * 36) is None


def test_block_cannot_be_inline_and_burn_cpu():
    declare = block(
        id="00000000-0000-0000-0000-000000000000",
        name="both",
        categories=(),
        examples=(),
        inline=True,
        cpu=True,
    )
    with pytest.raises(ValueError, match="not both"):
        declare(Pair)


class Tagged(BaseModel):
    discriminator: Literal["tagged"] = "tagged"


class WithTag(Pins):
    tag: Tagged = pin("", default=Tagged())


def test_schema_keeps_a_property_named_like_a_keyword():
    schema = pins_of(WithTag)["tag"].schema
    assert schema["default"] == {"discriminator": "tagged"}
    assert "discriminator" in schema["properties"]  # type: ignore[operator]
