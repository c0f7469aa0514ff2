"""Rules about the graph as a whole: what starts, what is reached, what comes out."""

from collections.abc import Iterator, Sequence
from typing import Final

from blocks.schema import ERROR_PIN
from blocks.spec import Kind
from graphs.domain.components import reachable
from graphs.domain.facts import Facts
from graphs.domain.findings import Finding, Severity
from graphs.domain.model import NodeId
from graphs.domain.pins import is_credentials_name

_NAMED: Final = 10
"""Nodes of a cycle that are named; the others are counted."""


def empty_graph(facts: Facts) -> Iterator[Finding]:
    if not facts.running:
        yield Finding(
            rule="empty-graph",
            severity=Severity.ERROR,
            message="The agent has no nodes that run.",
            hint="Add a block.",
        )


def no_entry_node(facts: Facts) -> Iterator[Finding]:
    if facts.running and not facts.entries:
        yield Finding(
            rule="no-entry-node",
            severity=Severity.ERROR,
            message="Nothing can start: every node waits for a link.",
            hint="Add an input, or remove a link into the node that should start.",
        )


def unknown_block(facts: Facts) -> Iterator[Finding]:
    for node in facts.graph.nodes.values():
        if facts.specs[node.id] is None:
            yield Finding(
                rule="unknown-block",
                severity=Severity.ERROR,
                message=f"{facts.title(node.id)}: no block has the id {node.block_id}.",
                hint="Install the block, or put another in its place.",
                node_id=node.id,
            )


def cycle(facts: Facts) -> Iterator[Finding]:
    for members in facts.cycles:
        yield Finding(
            rule="cycle",
            severity=Severity.WARNING,
            message=f"These nodes form a cycle: {_named(facts, members)}.",
            hint="Make sure that it ends; a run is stopped when its budget is spent.",
            node_id=members[0],
        )


def _named(facts: Facts, members: Sequence[NodeId]) -> str:
    names = ", ".join(facts.title(node_id) for node_id in members[:_NAMED])
    rest = len(members) - _NAMED
    return f"{names} and {rest:,} more" if rest > 0 else names


def isolated_node(facts: Facts) -> Iterator[Finding]:
    if len(facts.running) < 2:
        return
    graph = facts.graph
    for node in facts.running:
        if not graph.links_into[node.id] and not graph.links_from[node.id]:
            yield Finding(
                rule="isolated-node",
                severity=Severity.WARNING,
                message=f"{facts.title(node.id)} has no links.",
                hint="Link it, or remove it if it is not needed.",
                node_id=node.id,
            )


def unreachable_node(facts: Facts) -> Iterator[Finding]:
    if not facts.entries:
        return
    reached = reachable(facts.entries, facts.successors)
    for node in facts.running:
        if node.id not in reached:
            yield Finding(
                rule="unreachable-node",
                severity=Severity.WARNING,
                message=f"{facts.title(node.id)} cannot be reached from any start.",
                hint="Link it to a node that runs, or remove it.",
                node_id=node.id,
            )


def no_exit_node(facts: Facts) -> Iterator[Finding]:
    outputs = (facts.is_kind(node.id, Kind.OUTPUT) for node in facts.running)
    if facts.running and not any(outputs):
        yield Finding(
            rule="no-exit-node",
            severity=Severity.WARNING,
            message="The agent has no output: its runs give no results.",
            hint="Add an Agent Output and link to it what the run should give.",
        )


def error_handling(facts: Facts) -> Iterator[Finding]:
    can_fail = any(spec.kind is Kind.STANDARD for _, spec in facts.known)
    handled = any(link.source_name == ERROR_PIN for link in facts.graph.links)
    if can_fail and not handled:
        yield Finding(
            rule="error-handling",
            severity=Severity.INFO,
            message="No node handles errors: any failure makes the run fail.",
            hint="Link an `error` pin to what should happen then.",
        )


def reserved_input_name(facts: Facts) -> Iterator[Finding]:
    for node_id, name in _names(facts, Kind.INPUT):
        if is_credentials_name(name):
            yield Finding(
                rule="reserved-input-name",
                severity=Severity.ERROR,
                message=f"{facts.title(node_id)}: the name {name!r} is reserved.",
                hint="Choose a name that does not end in `credentials`.",
                node_id=node_id,
                pin="name",
            )


def duplicate_input_name(facts: Facts) -> Iterator[Finding]:
    for node_id, name in _repeated_names(facts, Kind.INPUT):
        yield Finding(
            rule="duplicate-input-name",
            severity=Severity.WARNING,
            message=f"{facts.title(node_id)}: another input is named {name!r}, too.",
            hint="Both get the same value. Rename one if that is not meant.",
            node_id=node_id,
            pin="name",
        )


def duplicate_output_name(facts: Facts) -> Iterator[Finding]:
    for node_id, name in _repeated_names(facts, Kind.OUTPUT):
        yield Finding(
            rule="duplicate-output-name",
            severity=Severity.INFO,
            message=f"{facts.title(node_id)}: another output is named {name!r}, too.",
            hint="Their values are collected in one list, in the order they come.",
            node_id=node_id,
            pin="name",
        )


def _names(facts: Facts, kind: Kind) -> Iterator[tuple[NodeId, str]]:
    for node, spec in facts.known:
        name = node.constants.get("name")
        if spec.kind is kind and isinstance(name, str) and name:
            yield node.id, name


def _repeated_names(facts: Facts, kind: Kind) -> Iterator[tuple[NodeId, str]]:
    seen: set[str] = set()
    for node_id, name in _names(facts, kind):
        if name in seen:
            yield node_id, name
        seen.add(name)
