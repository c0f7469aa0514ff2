"""The links of a document from outside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from blocks.dynamic_pins import PinNameError
from blocks.spec import BlockSpec, Kind
from graphs.domain.faults import Faults, FormatFault, kind_of
from graphs.domain.model import Link, NodeId
from graphs.domain.parse_nodes import ParsedNodes, id_of
from graphs.domain.pins import MAX_NAME, listed, outputs_of, sink_path, source_path

_Endpoints = tuple[str, str, str, str]


@dataclass(kw_only=True)
class ParsedLinks:
    """`repeated` have the endpoints of one that was found before."""

    found: list[Link] = field(default_factory=list)
    repeated: list[Link] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)


def parse_links(
    entries: Sequence[object], nodes: ParsedNodes, *, strict: bool
) -> ParsedLinks:
    """Unless `strict`, a link that has no id gets one, and one whose pin the block does
    not have stays, for validation to find."""
    parsed = ParsedLinks()
    reader = _Reader(nodes=nodes, faults=parsed.faults, strict=strict)
    endpoints: set[_Endpoints] = set()
    ids: dict[str, int] = {}
    for place, entry in enumerate(entries):
        link = reader.link(entry, place)
        if link is None:
            continue
        ends = (link.source_id, link.source_name, link.sink_id, link.sink_name)
        if ends in endpoints:
            parsed.repeated.append(link)
        elif link.id in ids:
            message = f"link {ids[link.id]} has this id, too"
            parsed.faults.note(f"links[{place}].id", message, "duplicate_id")
        else:
            endpoints.add(ends)
            ids[link.id] = place
            parsed.found.append(link)
    return parsed


@dataclass(kw_only=True)
class _Reader:
    nodes: ParsedNodes
    faults: Faults
    strict: bool
    judged: dict[tuple[str, str, str], FormatFault | None] = field(default_factory=dict)
    """What is wrong with a pin of a block, by side, block and name: most links of a
    large graph use the same few."""

    def link(self, entry: object, place: int) -> Link | None:
        path = f"links[{place}]"
        before = len(self.faults)
        if not isinstance(entry, dict):
            message = f"must be an object, not {kind_of(entry)}"
            self.faults.note(path, message, "not_an_object")
            return None
        link = Link(
            id=self._id(entry, path, place),
            source_id=self._node(entry, "source_id", path),
            source_name=id_of(entry, "source_name", path, self.faults, limit=MAX_NAME),
            sink_id=self._node(entry, "sink_id", path),
            sink_name=id_of(entry, "sink_name", path, self.faults, limit=MAX_NAME),
            is_static=self._flag(entry, "is_static", path),
        )
        if self.strict:
            self._check_pin("source", link.source_id, link.source_name, path)
            self._check_pin("sink", link.sink_id, link.sink_name, path)
        return link if len(self.faults) == before else None

    def _id(self, entry: Mapping[str, Any], path: str, place: int) -> str:
        if not self.strict and entry.get("id") in (None, ""):
            return f"link-{place}"
        return id_of(entry, "id", path, self.faults)

    def _node(self, entry: Mapping[str, Any], key: str, path: str) -> NodeId:
        node_id = NodeId(id_of(entry, key, path, self.faults))
        if node_id and node_id not in self.nodes.found:
            message = f"no node has the id {node_id!r}"
            self.faults.note(f"{path}.{key}", message, "unknown_node")
        return node_id

    def _flag(self, entry: Mapping[str, Any], key: str, path: str) -> bool:
        value = entry.get(key)
        if value is not None and not isinstance(value, bool):
            message = f"must be true or false, not {kind_of(value)}"
            self.faults.note(f"{path}.{key}", message, "not_a_boolean")
        return value is True

    def _check_pin(self, side: str, node_id: NodeId, name: str, path: str) -> None:
        if not name or node_id not in self.nodes.found:
            return
        spec = self.nodes.specs[node_id]
        key = (side, spec.id if spec else "", name)
        if key not in self.judged:
            self.judged[key] = _pin_fault(side, spec, name)
        fault = self.judged[key]
        if fault is not None:
            self.faults.note(f"{path}.{fault.field}", fault.message, fault.code)


def _pin_fault(side: str, spec: BlockSpec | None, name: str) -> FormatFault | None:
    read = source_path if side == "source" else sink_path
    field_name = f"{side}_name"
    try:
        path = read(spec, name)
    except PinNameError as error:
        return FormatFault(field=field_name, message=str(error), code="bad_pin_name")
    if spec is None or spec.kind is Kind.AGENT:
        return None
    message = missing_pin(spec, side, path.base)
    if message is None:
        return None
    return FormatFault(field=field_name, message=message, code="unknown_pin")


def missing_pin(spec: BlockSpec, side: str, base: str) -> str | None:
    """What to say if the block has no such pin on its `source` or `sink` side."""
    pins = outputs_of(spec) if side == "source" else list(spec.inputs)
    if base in pins:
        return None
    kind = "output" if side == "source" else "input"
    return f"{spec.name} has no {kind} pin {base!r}; it has {listed(pins)}"
