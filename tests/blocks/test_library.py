"""Every block of the library keeps what it declares."""

import importlib
import pkgutil
from pathlib import Path

import pytest

import blocks.library
from blocks.registry import registry
from blocks.spec import BlockSpec, Effect, Example, Kind
from blocks.testing import (
    FakeContext,
    check_example,
    context_of,
    run_block,
    run_block_inline,
)

SPECS = [pytest.param(spec, id=spec.name) for spec in registry]
EXAMPLES = [
    pytest.param(spec, example, id=f"{spec.name}-{number}")
    for spec in registry
    for number, example in enumerate(spec.examples)
]
MODULES = [
    module.name
    for module in pkgutil.iter_modules(blocks.library.__path__, "blocks.library.")
]
LIBRARY = "blocks.library."
IDS = Path(__file__).with_name("ids.txt")

JSON_TYPES = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda v: isinstance(v, int | float) and not isinstance(v, bool),
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "null": lambda value: value is None,
}


def fits(value, schema):
    if "anyOf" in schema:
        return any(fits(value, option) for option in schema["anyOf"])
    kind = schema.get("type")
    if kind is not None and not JSON_TYPES[kind](value):
        return False
    if kind == "array":
        return all(fits(item, schema.get("items", {})) for item in value)
    extra = schema.get("additionalProperties")
    if kind == "object" and isinstance(extra, dict):
        return all(fits(item, extra) for item in value.values())
    return True


@pytest.mark.parametrize(("spec", "example"), EXAMPLES)
async def test_block_does_what_its_example_says(spec: BlockSpec, example: Example):
    await check_example(spec, example)


@pytest.mark.parametrize(("spec", "example"), EXAMPLES)
async def test_outputs_fit_the_declared_schema(spec: BlockSpec, example: Example):
    result = await run_block(spec, example.inputs, context_of(example))
    for pin, value in result.outputs:
        assert fits(value, spec.outputs[pin].schema), f"{pin}: {value!r}"


@pytest.mark.parametrize("spec", SPECS)
def test_block_has_examples_and_words_for_its_users(spec: BlockSpec):
    # What another agent gives is not the block's to say.
    is_agent = spec.kind is Kind.AGENT
    assert is_agent or any(example.error is None for example in spec.examples)
    assert spec.description
    assert spec.categories
    pins = [*spec.inputs.values(), *spec.outputs.values()]
    assert [pin.name for pin in pins if not pin.schema.get("description")] == []


def test_ids_never_change():
    """A line is added for a new block; the others stay as they are for ever."""
    pinned = dict(line.split() for line in IDS.read_text().splitlines())
    ours = [s for s in registry if type(s.block).__module__.startswith(LIBRARY)]
    assert {spec.name: spec.id for spec in ours} == pinned


@pytest.mark.parametrize("module", MODULES)
def test_module_of_the_library_registers_something(module: str):
    importlib.import_module(module)
    assert [spec for spec in registry if type(spec.block).__module__ == module]


@pytest.mark.parametrize(("spec", "example"), EXAMPLES)
def test_inline_block_never_suspends(spec: BlockSpec, example: Example):
    if spec.inline:
        result = run_block_inline(spec, example.inputs, FakeContext())
        assert "suspended" not in str(result.error)
        assert result.waits == []


@pytest.mark.parametrize("spec", SPECS)
def test_pure_block_that_does_not_wait_is_inline(spec: BlockSpec):
    if spec.effect is Effect.PURE and not spec.incremental:
        assert spec.inline or spec.cpu


@pytest.mark.parametrize(("spec", "example"), EXAMPLES)
async def test_inputs_are_left_as_they_were(spec: BlockSpec, example: Example):
    """A constant of the graph is shared by all node executions of a run."""
    before = repr(example.inputs)
    await run_block(spec, example.inputs, context_of(example))
    assert repr(example.inputs) == before
