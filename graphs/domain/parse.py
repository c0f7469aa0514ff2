"""From a document that came from outside to a graph, or to all its faults."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from blocks.registry import Registry, registry
from blocks.values import JsonObject
from core.limits import Limits
from graphs.domain.document import to_document
from graphs.domain.faults import Faults, FormatFault, GraphFormatError, kind_of
from graphs.domain.model import Graph
from graphs.domain.parse_links import parse_links
from graphs.domain.parse_nodes import check_constants, parse_nodes

T = TypeVar("T")

__all__ = ["FormatFault", "GraphFormatError", "parse_graph", "to_document"]

UNTITLED: Final = "Untitled agent"
MAX_GRAPH_NAME: Final = 200

_OWN_KEYS: Final = frozenset(
    ("name", "description", "nodes", "links", "settings", "extra")
)
_DROPPED_KEYS: Final = frozenset(
    (
        "id", "version", "revision", "is_active", "user_id", "organization_id",
        "team_id", "created_at", "updated_at", "input_schema", "output_schema",
        "credentials_input_schema", "trigger_setup_info", "has_external_trigger",
        "has_human_in_the_loop", "has_sensitive_action",
    )
)  # fmt: skip
"""What belongs to the place the graph came from, or is computed from the rest."""


@dataclass(kw_only=True)
class _Head:
    """What stands at the top of the document, and the faults found there."""

    document: Mapping[str, Any]
    faults: Faults = field(default_factory=Faults)

    def text(self, key: str) -> str:
        return self._of_type(str, key, "must be text", "not_text") or ""

    def object(self, key: str) -> JsonObject:
        return self._of_type(dict, key, "must be an object", "not_an_object") or {}

    def entries(self, key: str, limit: int) -> list[Any]:
        found = self._of_type(list, key, "must be a list", "not_a_list") or []
        if len(found) <= limit:
            return found
        over = f"has {len(found):,} entries, {len(found) - limit:,} over the limit"
        self.faults.note(key, f"{over} of {limit:,}: split the agent", "too_many")
        return []

    def name(self) -> str:
        name = self.text("name")
        if len(name) > MAX_GRAPH_NAME:
            length = f"has {len(name):,} characters"
            message = f"{length}; at most {MAX_GRAPH_NAME} are allowed"
            self.faults.note("name", message, "too_long")
        return name if name.strip() else UNTITLED

    def extra(self) -> JsonObject:
        """What we do not know is kept; an empty value says nothing and is left out."""
        others = {
            key: value
            for key, value in self.document.items()
            if key not in _OWN_KEYS and key not in _DROPPED_KEYS
        }
        return self.object("extra") | {
            key: value for key, value in others.items() if value not in (None, [], {})
        }

    def _of_type(self, kind: type[T], key: str, need: str, code: str) -> T | None:
        value = self.document.get(key)
        if value is None or isinstance(value, kind):
            return value
        self.faults.note(key, f"{need}, not {kind_of(value)}", code)
        return None


def _head_of(document: object) -> _Head:
    if isinstance(document, dict):
        return _Head(document=document)
    message = f"must be a JSON object, not {kind_of(document)}"
    raise GraphFormatError(
        [FormatFault(field="", message=message, code="not_an_object")]
    )


def parse_graph(
    document: object,
    *,
    strict_blocks: bool,
    specs: Registry = registry,
    placeholders: Collection[str] = (),
) -> Graph:
    """Read the shape of a draft or of an exported agent.

    With `strict_blocks` an unknown block is a fault unless its id is among
    `placeholders`, and so are a pin that its block lacks and a constant that its pin
    cannot take. Without, all stay in the graph, where validation finds them.

    Raises:
        GraphFormatError: with every fault.
    """
    limits = Limits()
    head = _head_of(document)
    nodes = parse_nodes(
        head.entries("nodes", limits.graph_nodes),
        specs=specs,
        placeholders=placeholders if strict_blocks else None,
    )
    # Without the nodes every link would seem to lead nowhere.
    linked = [] if head.faults else head.entries("links", limits.graph_links)
    links = parse_links(linked, nodes, strict=strict_blocks)
    graph = Graph(
        name=head.name(),
        description=head.text("description"),
        nodes=nodes.found,
        links=tuple(links.found),
        settings=head.object("settings"),
        extra=head.extra(),
        repeated=tuple(links.repeated),
    )
    constants = check_constants(nodes, links.found) if strict_blocks else []
    if faults := [*head.faults, *nodes.faults, *links.faults, *constants]:
        raise GraphFormatError(faults)
    return graph
