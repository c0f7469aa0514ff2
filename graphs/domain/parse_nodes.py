"""The nodes of a document from outside."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from blocks.dynamic_pins import PinNameError
from blocks.registry import Registry
from blocks.spec import BlockSpec
from blocks.values import JsonObject, JsonValue
from core.limits import Limits
from graphs.domain.constants import size_of, wrong_constants
from graphs.domain.faults import Faults, kind_of
from graphs.domain.model import Link, Node, NodeId
from graphs.domain.pins import MAX_NAME, sink_path

MAX_ID: Final = 200
MAX_BLOCK_ID: Final = 36
MAX_CONSTANT: Final = Limits().constant_bytes

_OWN_KEYS: Final = frozenset(("id", "block_id", "input_default", "metadata"))
_DROPPED_KEYS: Final = frozenset(
    (
        "input_links", "output_links", "graph_id", "graph_version", "webhook_id",
        "webhook",
    )
)  # fmt: skip
"""Copies of what stands elsewhere, and what belongs to the place the node came from."""

_Object = Mapping[str, Any]


@dataclass(kw_only=True)
class ParsedNodes:
    """`places` are the indices in the document; `specs` hold None for placeholders."""

    found: dict[NodeId, Node] = field(default_factory=dict)
    specs: dict[NodeId, BlockSpec | None] = field(default_factory=dict)
    places: dict[NodeId, int] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)


def parse_nodes(
    entries: Sequence[object],
    *,
    specs: Registry,
    placeholders: Collection[str] | None,
) -> ParsedNodes:
    """`placeholders` are the unknown blocks that may stay; None: all of them, and names
    of pins that cannot be read, too, for validation to find."""
    parsed = ParsedNodes()
    for place, entry in enumerate(entries):
        path = f"nodes[{place}]"
        if not isinstance(entry, dict):
            message = f"must be an object, not {kind_of(entry)}"
            parsed.faults.note(path, message, "not_an_object")
            continue
        node = _node(entry, path, parsed.faults)
        spec = specs.get(node.block_id)
        if spec is None:
            _check_unknown(node.block_id, placeholders, path, parsed.faults)
        if placeholders is not None:
            _check_names(node, spec, path, parsed.faults)
        _check_sizes(node, path, parsed.faults)
        if node.id in parsed.found:
            message = f"node {parsed.places[node.id]} has this id, too"
            parsed.faults.note(f"{path}.id", message, "duplicate_id")
        elif node.id:
            parsed.found[node.id] = node
            parsed.specs[node.id] = spec
            parsed.places[node.id] = place
    return parsed


def _node(entry: _Object, path: str, faults: Faults) -> Node:
    return Node(
        id=NodeId(id_of(entry, "id", path, faults)),
        block_id=id_of(entry, "block_id", path, faults, limit=MAX_BLOCK_ID),
        constants=_object(entry, "input_default", path, faults),
        metadata=_object(entry, "metadata", path, faults),
        extra={
            key: value
            for key, value in entry.items()
            if key not in _OWN_KEYS and key not in _DROPPED_KEYS
        },
    )


def id_of(
    entry: _Object, key: str, path: str, faults: Faults, *, limit: int = MAX_ID
) -> str:
    """The text under `key`, or "" and a fault."""
    value = entry.get(key)
    if isinstance(value, str) and 0 < len(value) <= limit:
        return value
    if value is None or value == "":
        faults.note(f"{path}.{key}", "is missing", "missing")
    elif not isinstance(value, str):
        message = f"must be text, not {kind_of(value)}"
        faults.note(f"{path}.{key}", message, "not_text")
    else:
        message = f"has {len(value):,} characters; at most {limit} are allowed"
        faults.note(f"{path}.{key}", message, "too_long")
    return ""


def _object(entry: _Object, key: str, path: str, faults: Faults) -> JsonObject:
    value = entry.get(key)
    if isinstance(value, dict):
        return value
    if value is not None:
        message = f"must be an object, not {kind_of(value)}"
        faults.note(f"{path}.{key}", message, "not_an_object")
    return {}


def _check_unknown(
    block_id: str, placeholders: Collection[str] | None, path: str, faults: Faults
) -> None:
    if block_id and placeholders is not None and block_id not in placeholders:
        message = f"no block has the id {block_id}: install it or remove the node"
        faults.note(f"{path}.block_id", message, "unknown_block")


def _check_names(node: Node, spec: BlockSpec | None, path: str, faults: Faults) -> None:
    for name in node.constants:
        if spec is None or name not in spec.inputs:
            _check_name(spec, name, path, faults)


def _check_sizes(node: Node, path: str, faults: Faults) -> None:
    for name, value in node.constants.items():
        _check_size(name, value, path, faults)


def _check_name(spec: BlockSpec | None, name: str, path: str, faults: Faults) -> None:
    where = f"{path}.input_default.{name[:MAX_NAME]}"
    if len(name) > MAX_NAME:
        message = f"the name has {len(name):,} characters; at most {MAX_NAME} will do"
        faults.note(where, message, "too_long")
        return
    try:
        sink_path(spec, name)
    except PinNameError as error:
        faults.note(where, str(error), "bad_pin_name")


def _check_size(name: str, value: JsonValue, path: str, faults: Faults) -> None:
    size, limit = size_of(value), MAX_CONSTANT
    if size > limit:
        message = (
            f"is {size:,} bytes long, {size - limit:,} over the limit of {limit:,}"
        )
        faults.note(f"{path}.input_default.{name[:MAX_NAME]}", message, "too_large")


def check_constants(nodes: ParsedNodes, links: Sequence[Link]) -> Faults:
    """The constants that their pins cannot take."""
    faults = Faults()
    linked: dict[NodeId, set[str]] = {}
    for link in links:
        linked.setdefault(link.sink_id, set()).add(link.sink_name)
    for node in nodes.found.values():
        spec = nodes.specs[node.id]
        if spec is None or not node.constants:
            continue
        paths = [sink_path(spec, name) for name in linked.get(node.id, ())]
        for fault in wrong_constants(spec, node.constants, paths):
            field = f"nodes[{nodes.places[node.id]}].input_default.{fault.name}"
            faults.note(field, fault.message, "wrong_constant")
    return faults
