"""What an agent asks for and gives: its input and output nodes as JSON Schemas."""

from collections.abc import Iterator, Mapping
from typing import Final

from blocks.registry import Registry, registry
from blocks.spec import BlockSpec, Kind
from blocks.values import JsonObject, JsonValue
from graphs.domain.constants import is_set, problem_of
from graphs.domain.faults import FormatFault
from graphs.domain.model import Graph, Node
from graphs.domain.pins import listed
from graphs.domain.run_inputs import PAYLOAD, run_input_of
from graphs.domain.typeforms import Schema, without_null

_VALUE: Final = "value"
_ANNOTATIONS: Final = frozenset(
    ("title", "description", "default", "advanced", "secret", "hidden")
)
"""Of the block's own pin; the node's constants say these for the agent."""


def input_schema(graph: Graph, specs: Registry = registry) -> JsonObject:
    """The form to fill in before a run. Required is what has no value of its own."""
    return _schema_of(graph, Kind.INPUT, specs)


def output_schema(graph: Graph, specs: Registry = registry) -> JsonObject:
    return _schema_of(graph, Kind.OUTPUT, specs)


def check_inputs(
    graph: Graph, inputs: Mapping[str, JsonValue], specs: Registry = registry
) -> list[FormatFault]:
    """What is wrong with a run's inputs. A missing one is not: it emits nothing."""
    known: dict[str, list[BlockSpec]] = {}
    for name, _, spec in _named(graph, Kind.INPUT, specs):
        known.setdefault(name, []).append(spec)
    faults: list[FormatFault] = []
    for name, value in inputs.items():
        if name not in known:
            message = f"the agent has no input {name!r}; it has {listed(known)}"
            faults.append(_fault(name, message, "unknown_input"))
            continue
        problems = [_problem(spec, value) for spec in known[name]]
        faults += [_fault(name, text, "wrong_value") for text in problems if text]
    return faults


def _problem(spec: BlockSpec, value: JsonValue) -> str | None:
    pin = spec.inputs.get(_value_pin(spec))
    if pin is None or value is None:
        return None
    return problem_of(spec, pin, value)


def _fault(name: str, message: str, code: str) -> FormatFault:
    return FormatFault(field=f"inputs.{name}", message=message, code=code)


def _named(
    graph: Graph, kind: Kind, specs: Registry
) -> Iterator[tuple[str, Node, BlockSpec]]:
    for node in graph.nodes.values():
        spec = specs.get(node.block_id)
        if spec is None:
            continue
        if kind is Kind.INPUT:
            taken = run_input_of(spec, node.constants)
            name: JsonValue = None if taken is None else taken.name
        else:
            name = node.constants.get("name") if spec.kind is kind else None
        if isinstance(name, str) and name:
            yield name, node, spec


def _value_pin(spec: BlockSpec) -> str:
    return PAYLOAD if spec.kind is Kind.TRIGGER else _VALUE


def _schema_of(graph: Graph, kind: Kind, specs: Registry) -> JsonObject:
    properties: JsonObject = {}
    required: list[JsonValue] = []
    for name, node, spec in _named(graph, kind, specs):
        if name in properties:
            continue
        value = _value_of(node, spec)
        properties[name] = _property(name, node, spec, value)
        if value is None:
            required.append(name)
    return {"type": "object", "properties": properties, "required": required}


def _value_of(node: Node, spec: BlockSpec) -> JsonValue:
    pin_name = _value_pin(spec)
    pin, value = spec.inputs.get(pin_name), node.constants.get(pin_name)
    if is_set(spec, pin_name, value):
        return value
    return pin.default if pin else None


def _property(name: str, node: Node, spec: BlockSpec, value: JsonValue) -> JsonObject:
    constants = node.constants
    title = constants.get("title")
    found: JsonObject = {
        **_value_schema(node, spec),
        "title": title if isinstance(title, str) and title else name,
        "advanced": constants.get("advanced") is True,
        "secret": False,
    }
    description = constants.get("description")
    if isinstance(description, str) and description:
        found["description"] = description
    if value is not None:
        found["default"] = value
    return found


def _value_schema(node: Node, spec: BlockSpec) -> JsonObject:
    """The schema of the values themselves, with what the node adds to it."""
    pin = spec.inputs.get(_value_pin(spec))
    schema = _unwrapped(without_null(pin.schema)) if pin else {}
    plain: JsonObject = {
        key: value for key, value in schema.items() if key not in _ANNOTATIONS
    }
    if options := _entries(node, spec, "options", "placeholder_values"):
        plain["enum"] = options
    if headers := _entries(node, spec, "column_headers"):
        columns: JsonObject = {str(header): {"type": "string"} for header in headers}
        plain["items"] = {"type": "object", "properties": columns}
    return plain


def _unwrapped(schema: Schema) -> Schema:
    options = schema.get("anyOf")
    return dict(options[0]) if options and len(options) == 1 else schema


def _entries(node: Node, spec: BlockSpec, *names: str) -> list[JsonValue]:
    """The first list among the constants of these names or their defaults."""
    for name in names:
        pin = spec.inputs.get(name)
        found = node.constants.get(name) or (pin.default if pin else None)
        if isinstance(found, list) and found:
            return found
    return []
