"""What stands on a pin when no link feeds it: is it set, and can the pin take it?"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Annotated, Any

import orjson
from pydantic import TypeAdapter, ValidationError

from blocks.dynamic_pins import PinNameError, PinPath, merge_inputs
from blocks.errors import BlockError
from blocks.registry import Registry, registry
from blocks.spec import BlockSpec, Pin
from blocks.values import JsonObject, JsonValue
from graphs.domain.model import Graph, Node, NodeId
from graphs.domain.pins import sink_path


@dataclass(frozen=True, kw_only=True, slots=True)
class ConstantFault:
    """`name` is the key among the constants."""

    name: str
    message: str


def size_of(value: JsonValue) -> int:
    """Bytes of the value as JSON; quick for the scalars that most constants are."""
    if value is None or isinstance(value, bool | int | float):
        return 8
    return len(orjson.dumps(value))


def is_set(spec: BlockSpec | None, name: str, value: JsonValue) -> bool:
    """Whether a constant gives its pin a value.

    Null does not, nor does the empty text that a form leaves on a pin that wants a
    number, a choice or a list.
    """
    if value is None:
        return False
    if value != "" or spec is None or name not in spec.inputs:
        return True
    return _takes_empty_text(spec, spec.inputs[name])


def _takes_empty_text(spec: BlockSpec, pin: Pin) -> bool:
    return _is_text(pin.schema) and problem_of(spec, pin, "") is None


def _is_text(schema: Mapping[str, Any]) -> bool:
    """The schema allows text, or does not say what it allows."""
    for word in ("anyOf", "oneOf", "allOf"):
        if word in schema:
            return any(_is_text(option) for option in schema[word])
    return bool(schema.get("type", "string") == "string")


def problem_of(spec: BlockSpec, pin: Pin, value: JsonValue) -> str | None:
    """Why the pin cannot take the value; None if it can."""
    try:
        coerced = value if pin.coerce is None else pin.coerce(value)
        _adapter(type(spec.block).Input, pin.name).validate_python(coerced)
    except BlockError as error:
        return str(error)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        return f"pin {pin.name!r}: {first['msg']}"
    return None


@lru_cache(maxsize=4096)
def _adapter(model: type[Any], name: str) -> TypeAdapter[Any]:
    field = model.model_fields[name]
    annotated: Any = Annotated[field.annotation, field]
    return TypeAdapter(annotated)


def wrong_constants(
    spec: BlockSpec, constants: Mapping[str, JsonValue], linked: Collection[PinPath]
) -> Iterator[ConstantFault]:
    """The constants that would fail a node execution.

    `linked` are the pins that links feed: what stands under a link is never used, and
    parts of a value are not judged while a link may bring the others.
    """
    whole_linked = {path.base for path in linked if not path.steps}
    part_linked = {path.base for path in linked if path.steps}
    parts: dict[str, JsonObject] = {}
    for name, value in constants.items():
        path = _path_or_none(spec, name)
        if path is None or path.base in whole_linked:
            continue
        if path.steps:
            parts.setdefault(path.base, {})[name] = value
        elif name in spec.inputs and is_set(spec, name, value):
            yield from _fault(name, problem_of(spec, spec.inputs[name], value))
    for base, keyed in parts.items():
        whole = constants.get(base)
        given = {base: whole, **keyed} if is_set(spec, base, whole) else keyed
        yield from _merged(spec, base, given, base not in part_linked)


def _path_or_none(spec: BlockSpec, name: str) -> PinPath | None:
    try:
        return sink_path(spec, name)
    except PinNameError:
        return None


def _merged(
    spec: BlockSpec, base: str, given: JsonObject, is_complete: bool
) -> Iterator[ConstantFault]:
    name = next(key for key in given if key != base)
    try:
        value = merge_inputs(given, {})[base]
    except BlockError as error:
        yield ConstantFault(name=name, message=str(error))
        return
    if is_complete and base in spec.inputs:
        yield from _fault(name, problem_of(spec, spec.inputs[base], value))


def _fault(name: str, problem: str | None) -> Iterator[ConstantFault]:
    if problem is not None:
        yield ConstantFault(name=name, message=problem)


def settled(graph: Graph, specs: Registry = registry) -> Graph:
    """The graph as it runs: without the constants that give their pins no value.

    A required pin keeps its null, so that the input error names it.
    """
    changed: dict[NodeId, Node] = {}
    for node in graph.nodes.values():
        spec = specs.get(node.block_id)
        kept = {
            name: value for name, value in node.constants.items()
            if value is None or is_set(spec, name, value)
        }  # fmt: skip
        if len(kept) != len(node.constants):
            changed[node.id] = replace(node, constants=kept)
    return replace(graph, nodes={**graph.nodes, **changed}) if changed else graph
