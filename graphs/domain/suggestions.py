"""What could be better about a graph that is not wrong."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import orjson

from blocks.registry import Registry, registry
from blocks.spec import BlockSpec, CostHint, Effect, Kind
from blocks.values import JsonObject
from graphs.domain.components import reachable
from graphs.domain.facts import Facts
from graphs.domain.fixes import Fix, MergeNodes, RemoveNodes, SetMetadata
from graphs.domain.model import Graph, Node, NodeId

NAMED: Final = 8
"""Nodes that a message names; the others are counted."""

_HEAVY: Final = frozenset({CostHint.NETWORK, CostHint.COMPUTE, CostHint.MONEY})
_IN_WORDS: Final = {
    CostHint.NETWORK: "asks another server",
    CostHint.COMPUTE: "computes for long",
    CostHint.MONEY: "costs money",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Suggestion:
    """`rule` is stable; a `fix` is safe to make without asking what it does."""

    rule: str
    message: str
    hint: str
    node_ids: tuple[NodeId, ...]
    fix: Fix | None = None

    def to_json(self) -> JsonObject:
        return {
            "rule": self.rule,
            "message": self.message,
            "hint": self.hint,
            "node_ids": list(self.node_ids),
            "fix": None if self.fix is None else self.fix.to_json(),
        }


Rule = Callable[[Facts], Iterator[Suggestion]]


def suggest(graph: Graph, specs: Registry = registry) -> list[Suggestion]:
    """In the order of the rules and then of the graph."""
    facts = Facts(graph, specs)
    return [found for rule in RULES for found in rule(facts)]


def dead_branch(facts: Facts) -> Iterator[Suggestion]:
    """Nodes whose work nobody sees: no output and no effect follows from them."""
    before: dict[NodeId, list[NodeId]] = defaultdict(list)
    for link in facts.graph.links:
        before[link.sink_id].append(link.source_id)
    seen = reachable([n.id for n, spec in facts.known if _is_seen(spec)], before)
    unknown = reachable([n.id for n in facts.running if not facts.specs[n.id]], before)
    has_output = any(spec.kind is Kind.OUTPUT for _, spec in facts.known)
    dead = [n.id for n, _ in facts.known if n.id not in seen | unknown]
    if dead and has_output:
        yield Suggestion(
            rule="dead-branch",
            message=f"Nothing is made of what these give: {_named(facts, dead)}.",
            hint="Link them to an output, or remove them.",
            node_ids=tuple(dead),
            fix=RemoveNodes(node_ids=tuple(dead)),
        )


def _is_seen(spec: BlockSpec) -> bool:
    has_effect = spec.effect is not Effect.PURE
    return has_effect or spec.kind is not Kind.STANDARD


def same_twice(facts: Facts) -> Iterator[Suggestion]:
    """Pure nodes with the same block, constants and links: one of them would do."""
    groups: dict[bytes, list[NodeId]] = defaultdict(list)
    for node, spec in facts.known:
        if spec.kind is Kind.STANDARD and spec.effect is Effect.PURE:
            groups[_work_of(facts, node)].append(node.id)
    for same in groups.values():
        for other in same[1:]:
            yield Suggestion(
                rule="same-twice",
                message=f"{_named(facts, [same[0], other])} do the same work.",
                hint="Merge them: the links of the second go to the first.",
                node_ids=(same[0], other),
                fix=MergeNodes(keep=same[0], remove=other),
            )


def _work_of(facts: Facts, node: Node) -> bytes:
    links = sorted(
        (link.sink_name, link.source_id, link.source_name, link.is_static)
        for link in facts.graph.links_into[node.id]
    )
    # A node that waits for nothing and one that is linked are never the same.
    return orjson.dumps(
        [node.block_id, dict(node.constants), links],
        option=orjson.OPT_SORT_KEYS,
        default=str,
    )


def cacheable(facts: Facts) -> Iterator[Suggestion]:
    for node, spec in facts.known:
        may = spec.kind is Kind.STANDARD and spec.effect is not Effect.ONCE
        if may and _is_heavy(spec) and node.metadata.get("cacheable") is not True:
            yield Suggestion(
                rule="cacheable-node",
                message=f"{facts.title(node.id)} {_IN_WORDS[spec.cost]}.",
                hint="Let it use earlier results for the same inputs, if they keep.",
                node_ids=(node.id,),
                fix=SetMetadata(node_id=node.id, key="cacheable", value=True),
            )


def resource_heavy(facts: Facts) -> Iterator[Suggestion]:
    """Heavy nodes that fire again and again within one run."""
    looped = {id_ for cycle in facts.cycles for id_ in cycle}
    for node, spec in facts.known:
        if not _is_heavy(spec) or node.id not in facts.refiring:
            continue
        where = "in a loop" if node.id in looped else "once for each value"
        yield Suggestion(
            rule="resource-heavy-node",
            message=f"{facts.title(node.id)} {_IN_WORDS[spec.cost]}, and runs {where}.",
            hint="Set budgets for the run, and how many of it may run at once.",
            node_ids=(node.id,),
        )


def parallel(facts: Facts) -> Iterator[Suggestion]:
    """Heavy nodes whose firings wait for each other although nothing asks them to."""
    for node, spec in facts.known:
        if node.max_parallel == 1 and _is_heavy(spec) and node.id in facts.refiring:
            yield Suggestion(
                rule="parallel-opportunity",
                message=f"{facts.title(node.id)} runs for one value after another.",
                hint="Let several run at the same time.",
                node_ids=(node.id,),
                fix=SetMetadata(node_id=node.id, key="max_parallel", value=None),
            )
    yield from _independent(facts)


def _independent(facts: Facts) -> Iterator[Suggestion]:
    limit = facts.graph.settings.get("max_parallel")
    if not isinstance(limit, int) or isinstance(limit, bool):
        return
    for level in _levels(facts):
        heavy = [id_ for id_ in level if _is_heavy_node(facts, id_)]
        if len(heavy) > limit:
            yield Suggestion(
                rule="parallel-opportunity",
                message=(
                    f"{_named(facts, heavy)} could run at the same time, but the "
                    f"agent allows {limit:,} at once."
                ),
                hint="Raise the limit in the settings of the agent.",
                node_ids=tuple(heavy),
            )


def _levels(facts: Facts) -> list[list[NodeId]]:
    """Nodes by how many steps they are from the start; what is in a cycle apart."""
    looped = {id_ for cycle in facts.cycles for id_ in cycle}
    waits = {
        node.id: len({link.source_id for link in facts.graph.links_into[node.id]})
        for node in facts.running
    }
    level = [id_ for id_ in facts.entries if id_ not in looped]
    found: list[list[NodeId]] = []
    while level:
        found.append(level)
        following: list[NodeId] = []
        for id_ in level:
            for successor in facts.successors[id_]:
                waits[successor] = waits.get(successor, 1) - 1
                if waits[successor] == 0 and successor not in looped:
                    following.append(successor)
        level = following
    return found


def _is_heavy(spec: BlockSpec) -> bool:
    return spec.cost in _HEAVY


def _is_heavy_node(facts: Facts, id_: NodeId) -> bool:
    spec = facts.specs[id_]
    return spec is not None and _is_heavy(spec)


def _named(facts: Facts, ids: list[NodeId]) -> str:
    names = ", ".join(facts.title(id_) for id_ in ids[:NAMED])
    rest = len(ids) - NAMED
    return f"{names} and {rest:,} more" if rest > 0 else names


RULES: Final[tuple[Rule, ...]] = (
    dead_branch,
    same_twice,
    parallel,
    resource_heavy,
    cacheable,
)
