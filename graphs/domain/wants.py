"""What an agent needs besides its blocks: credentials, and hosts it may talk to."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from blocks.registry import Registry
from blocks.spec import BlockSpec, Pin
from blocks.values import JsonObject, JsonValue
from graphs.domain.model import Graph, Node, NodeId
from graphs.domain.pins import is_credentials_name

_ADDRESS: Final = re.compile(r"\bhttps?://[^\s\"'<>\\{}|^`]+", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class CredentialWanted:
    """One of `providers`, of one of `kinds`; each is asked for by these nodes."""

    providers: tuple[str, ...]
    kinds: tuple[str, ...]
    scopes: tuple[str, ...]
    pins: tuple[tuple[NodeId, str], ...]

    def to_json(self) -> JsonObject:
        return {
            "providers": list(self.providers),
            "types": list(self.kinds),
            "scopes": list(self.scopes),
            "nodes": [{"node_id": id_, "pin": pin} for id_, pin in self.pins],
        }


def credential_pins(spec: BlockSpec) -> Iterator[Pin]:
    for pin in spec.inputs.values():
        if is_credentials_name(pin.name):
            yield pin


def credentials_wanted(graph: Graph, specs: Registry) -> tuple[CredentialWanted, ...]:
    """By what is asked for, in the order of the nodes."""
    found: dict[tuple[tuple[str, ...], ...], list[tuple[NodeId, str]]] = {}
    for node in graph.nodes.values():
        spec = specs.get(node.block_id)
        if spec is None:
            continue
        for pin in credential_pins(spec):
            found.setdefault(_asked(node, spec, pin), []).append((node.id, pin.name))
    return tuple(
        CredentialWanted(
            providers=providers, kinds=kinds, scopes=scopes, pins=tuple(pins)
        )
        for (providers, kinds, scopes), pins in found.items()
    )


def _asked(node: Node, spec: BlockSpec, pin: Pin) -> tuple[tuple[str, ...], ...]:
    schema = pin.schema
    return (
        _provider(node, spec, schema) or _texts(schema, "credentials_provider"),
        _texts(schema, "credentials_types"),
        _texts(schema, "credentials_scopes"),
    )


def _provider(node: Node, spec: BlockSpec, schema: JsonObject) -> tuple[str, ...]:
    """The one that follows from the value of another pin, if that tells."""
    mapping = schema.get("discriminator_mapping")
    name = str(schema.get("discriminator"))
    other = spec.inputs.get(name)
    value = node.constants.get(name, other.default if other else None)
    if not isinstance(mapping, Mapping) or not isinstance(value, str):
        return ()
    provider = mapping.get(value)
    return (provider,) if isinstance(provider, str) else ()


def _texts(schema: JsonObject, key: str) -> tuple[str, ...]:
    values = schema.get(key)
    listed = values if isinstance(values, list) else []
    return tuple(value for value in listed if isinstance(value, str))


def credentials_schema(wanted: Iterable[CredentialWanted]) -> JsonObject:
    """As exported agents describe it: a property for each credential, by provider."""
    properties: JsonObject = {}
    for one in wanted:
        name = "_".join((*one.providers[:1], *one.kinds[:1], "credentials"))
        properties[name] = {
            "type": "object",
            "credentials_provider": list(one.providers),
            "credentials_types": list(one.kinds),
            "credentials_scopes": list(one.scopes),
        }
    required: list[JsonValue] = list(properties)
    return {"type": "object", "properties": properties, "required": required}


def hosts_of(graph: Graph) -> tuple[str, ...]:
    """Those named in its constants, in order; what comes along links is not known."""
    found: dict[str, None] = {}
    for node in graph.nodes.values():
        for text in _strings(dict(node.constants)):
            found.update((host, None) for host in _hosts_in(text))
    return tuple(found)


def _hosts_in(text: str) -> Iterator[str]:
    for address in _ADDRESS.findall(text):
        try:
            host = urlsplit(address).hostname
        except ValueError:
            continue
        if host:
            yield host


def _strings(value: JsonValue) -> Iterator[str]:
    todo = [value]
    while todo:
        one = todo.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, list):
            todo += reversed(one)
        elif isinstance(one, dict):
            todo += reversed([*one.values()])
