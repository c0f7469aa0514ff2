"""Everything that can be said against a graph, all at once."""

from collections.abc import Callable, Iterator
from typing import Final

from blocks.registry import Registry, registry
from graphs.domain import rules_links, rules_pins, rules_shape
from graphs.domain.facts import Facts
from graphs.domain.findings import Finding
from graphs.domain.model import Graph

Rule = Callable[[Facts], Iterator[Finding]]

RULES: Final[tuple[Rule, ...]] = (
    rules_shape.empty_graph,
    rules_shape.no_entry_node,
    rules_shape.unknown_block,
    rules_pins.missing_required_pin,
    rules_pins.wrong_constant,
    rules_links.unknown_pin,
    rules_links.types,
    rules_shape.reserved_input_name,
    rules_pins.mixed_pin_kinds,
    rules_pins.bad_pin_name,
    rules_shape.cycle,
    rules_shape.isolated_node,
    rules_shape.unreachable_node,
    rules_shape.no_exit_node,
    rules_shape.duplicate_input_name,
    rules_links.two_links_into_paired_pin,
    rules_links.static_source_may_refire,
    rules_links.duplicate_link,
    rules_shape.duplicate_output_name,
    rules_pins.missing_credential,
    rules_pins.unused_constant,
    rules_shape.error_handling,
)


def validate(graph: Graph, specs: Registry = registry) -> list[Finding]:
    """The findings, in the order of the rules and then of the graph."""
    facts = Facts(graph, specs)
    return [finding for rule in RULES for finding in rule(facts)]
