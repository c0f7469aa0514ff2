"""Rules about links: do the types agree, and does the outcome depend on timing?"""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from blocks.dynamic_pins import PinPath
from blocks.schema import ERROR_PIN
from blocks.spec import BlockSpec, Kind
from graphs.domain import typecheck
from graphs.domain.facts import Facts
from graphs.domain.findings import Finding, Severity
from graphs.domain.fixes import InsertConverter, RemoveLink
from graphs.domain.model import Link, NodeId
from graphs.domain.parse_links import missing_pin
from graphs.domain.typecheck import Fit, Verdict

_TEXT: typecheck.Schema = {"type": "string"}

_Judged = tuple[Verdict, str, typecheck.Schema]
"""A verdict and the rule that tells of it."""


def types(facts: Facts) -> Iterator[Finding]:
    judged: dict[tuple[str, str, str, str], _Judged | None] = {}
    for link in facts.graph.links:
        source, sink = facts.specs[link.source_id], facts.specs[link.sink_id]
        if source is None or sink is None:
            continue
        key = (source.id, link.source_name, sink.id, link.sink_name)
        if key not in judged:
            judged[key] = _judge(source, facts.source(link), sink, facts.sink(link))
        found = judged[key]
        if found is not None:
            yield _type_finding(link, *found)


def _judge(
    source: BlockSpec,
    source_path: PinPath | None,
    sink: BlockSpec,
    path: PinPath | None,
) -> _Judged | None:
    """None: nothing is wrong, or nothing is known."""
    if source_path is None or path is None or path.base not in sink.inputs:
        return None
    given = _source_schema(source, source_path)
    pin = sink.inputs[path.base]
    if not path.steps and not pin.required:
        # A null on a pin that has a default counts as no value.
        given = typecheck.without_null(given)
    if typecheck.is_anything(given):
        return None
    wanted = typecheck.resolve(pin.schema, path.steps)
    verdict = typecheck.check(given, wanted)
    if verdict.fit is Fit.FITS:
        return None
    return verdict, _rule(verdict, given, wanted), wanted


def _source_schema(spec: BlockSpec, path: PinPath) -> typecheck.Schema:
    pin = spec.outputs.get(path.base)
    if pin is None:
        return _TEXT if path.base == ERROR_PIN else typecheck.ANYTHING
    schema = typecheck.resolve(pin.schema, path.steps)
    # A null found through a selector does not flow.
    return typecheck.without_null(schema) if path.steps else schema


def _rule(verdict: Verdict, given: typecheck.Schema, wanted: typecheck.Schema) -> str:
    if verdict.fit is Fit.MISMATCH:
        return "type-mismatch"
    if typecheck.takes_text(given) and typecheck.needs_number(wanted):
        return "text-to-number"
    return "possible-type-mismatch"


_HINTS = {
    "type-mismatch": "Link another pin, or convert the value on the way.",
    "text-to-number": "Text that is no number makes the node fail.",
    "possible-type-mismatch": "Values that do not fit make the node fail.",
}


def _type_finding(
    link: Link, verdict: Verdict, rule: str, wanted: typecheck.Schema
) -> Finding:
    is_sure = verdict.fit is Fit.MISMATCH
    ends = f"{link.source_name!r} to {link.sink_name!r}"
    return Finding(
        rule=rule,
        severity=Severity.ERROR if is_sure else Severity.WARNING,
        message=f"The link from {ends}: {verdict.reason}.",
        hint=_HINTS[rule],
        node_id=link.sink_id,
        pin=link.sink_name,
        link_id=link.id,
        fix=_conversion(link, wanted),
    )


_CONVERTERS: Final = {
    "string": "string",
    "number": "number",
    "integer": "number",
    "array": "list",
    "object": "dictionary",
}
"""What the converter block calls the types of JSON Schema. Nothing is turned into a
boolean at a click: which texts are true is for people to say."""


def _conversion(link: Link, wanted: typecheck.Schema) -> InsertConverter | None:
    kind = wanted.get("type")
    name = _CONVERTERS.get(kind) if isinstance(kind, str) else None
    if name is None or "enum" in wanted:
        return None
    return InsertConverter(link_id=link.id, type=name)


def two_links_into_paired_pin(facts: Facts) -> Iterator[Finding]:
    for node in facts.running:
        links = facts.graph.links_into[node.id]
        paired = _paired_pins(facts, node.id)
        counts = Counter(link.sink_name for link in links)
        for pin, count in counts.items():
            if count > 1 and paired - {pin}:
                yield Finding(
                    rule="two-links-into-paired-pin",
                    severity=Severity.WARNING,
                    message=f"{facts.title(node.id)}: {count} links feed {pin!r}, and "
                    "its values are paired with those of another pin. Which meet "
                    "which depends on timing.",
                    hint="Give each source a node of its own.",
                    node_id=node.id,
                    pin=pin,
                )


def _paired_pins(facts: Facts, node_id: NodeId) -> set[str]:
    """The pins whose values are used up one by one, each with those of the others."""
    links = facts.graph.links_into[node_id]
    return {link.sink_name for link in links if not facts.is_static(link)}


def static_source_may_refire(facts: Facts) -> Iterator[Finding]:
    # Once for each node: asked for each link, hubs of hubs would take minutes.
    paired: dict[NodeId, set[str]] = {}
    for link in facts.graph.links:
        if not facts.is_static(link) or link.source_id not in facts.refiring:
            continue
        if link.sink_id not in paired:
            paired[link.sink_id] = _paired_pins(facts, link.sink_id)
        if paired[link.sink_id] - {link.sink_name}:
            yield Finding(
                rule="static-source-may-refire",
                severity=Severity.WARNING,
                message=f"{facts.title(link.source_id)} may fire again while its last "
                f"value stays on {link.sink_name!r}. Which value the other pins meet "
                "depends on timing.",
                hint="Feed the source once, or link its values without the store.",
                node_id=link.source_id,
                pin=link.source_name,
                link_id=link.id,
            )


def duplicate_link(facts: Facts) -> Iterator[Finding]:
    for link in facts.graph.repeated:
        yield Finding(
            rule="duplicate-link",
            severity=Severity.WARNING,
            message=f"The link from {link.source_name!r} to {link.sink_name!r} is "
            "there more than once. One is kept.",
            hint="Nothing needs to be done.",
            node_id=link.sink_id,
            pin=link.sink_name,
            link_id=link.id,
        )


def unknown_pin(facts: Facts) -> Iterator[Finding]:
    """Blocks change, and agents come from elsewhere."""
    for link in facts.graph.links:
        ends = (
            ("source", link.source_id, facts.source(link)),
            ("sink", link.sink_id, facts.sink(link)),
        )
        for side, node_id, path in ends:
            spec = facts.specs[node_id]
            if spec is None or path is None or spec.kind is Kind.AGENT:
                continue
            if problem := missing_pin(spec, side, path.base):
                yield Finding(
                    rule="unknown-pin",
                    severity=Severity.ERROR,
                    message=f"{facts.title(node_id)}: {problem}.",
                    hint="Remove the link, or draw it to another pin.",
                    node_id=node_id,
                    pin=path.base,
                    link_id=link.id,
                    fix=RemoveLink(link_id=link.id),
                )
