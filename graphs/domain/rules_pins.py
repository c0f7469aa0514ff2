"""Rules about what stands on the pins of one node."""

from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import Final

from blocks.dynamic_pins import PinNameError, PinPath
from blocks.spec import BlockSpec
from graphs.domain.constants import is_set, wrong_constants
from graphs.domain.facts import Facts, readable
from graphs.domain.findings import Finding, Severity
from graphs.domain.model import Link, Node
from graphs.domain.pins import PinReader, sink_path, source_path
from graphs.domain.wants import credential_pins

WRONG_CONSTANT: Final = "wrong-constant"


def missing_required_pin(facts: Facts) -> Iterator[Finding]:
    for node, spec in facts.known:
        fed = _fed_pins(facts, node, spec)
        for pin in spec.inputs.values():
            if pin.required and pin.name not in fed:
                yield Finding(
                    rule="missing-required-pin",
                    severity=Severity.ERROR,
                    message=f"{facts.title(node.id)} needs a value for {pin.name!r}.",
                    hint="Enter a value or link an output to the pin.",
                    node_id=node.id,
                    pin=pin.name,
                )


def _fed_pins(facts: Facts, node: Node, spec: BlockSpec) -> set[str]:
    linked = (link.sink_name for link in facts.graph.links_into[node.id])
    given = (
        name for name, value in node.constants.items() if is_set(spec, name, value)
    )
    paths = (readable(sink_path, spec, name) for name in chain(linked, given))
    return {path.base for path in paths if path is not None}


def wrong_constant(facts: Facts) -> Iterator[Finding]:
    for node, spec in facts.known:
        if not node.constants:
            continue
        linked = (facts.sink(link) for link in facts.graph.links_into[node.id])
        paths = [path for path in linked if path is not None]
        for fault in wrong_constants(spec, node.constants, paths):
            if _says_mixed(facts, node, fault.name):
                continue
            yield Finding(
                rule=WRONG_CONSTANT,
                severity=Severity.ERROR,
                message=f"{facts.title(node.id)}: {fault.message}.",
                hint="Enter a value of the kind the pin takes.",
                node_id=node.id,
                pin=fault.name,
            )


def _says_mixed(facts: Facts, node: Node, name: str) -> bool:
    """`mixed_pin_kinds` tells this fault: one cause, one finding."""
    path = readable(sink_path, facts.specs[node.id], name)
    return path is not None and path.base in _mixed(_dynamic_sinks(facts, node))


def unused_constant(facts: Facts) -> Iterator[Finding]:
    for node, spec in facts.known:
        linked = {link.sink_name for link in facts.graph.links_into[node.id]}
        for name, value in node.constants.items():
            if name in linked and is_set(spec, name, value):
                yield Finding(
                    rule="unused-constant",
                    severity=Severity.INFO,
                    message=f"{facts.title(node.id)}: the value on {name!r} is not "
                    "used, since a link feeds the pin.",
                    hint="Remove the value or the link.",
                    node_id=node.id,
                    pin=name,
                )


def bad_pin_name(facts: Facts) -> Iterator[Finding]:
    for node in facts.graph.nodes.values():
        spec = facts.specs[node.id]
        for name in node.constants:
            if problem := _problem(sink_path, spec, name):
                yield _bad_name(problem, node.id, name, None)
    for link in facts.graph.links:
        yield from _bad_ends(facts, link)


def _bad_ends(facts: Facts, link: Link) -> Iterator[Finding]:
    source, sink = facts.specs[link.source_id], facts.specs[link.sink_id]
    if problem := _problem(source_path, source, link.source_name):
        yield _bad_name(problem, link.source_id, link.source_name, link.id)
    if problem := _problem(sink_path, sink, link.sink_name):
        yield _bad_name(problem, link.sink_id, link.sink_name, link.id)


def _problem(read: PinReader, spec: BlockSpec | None, name: str) -> str | None:
    try:
        read(spec, name)
    except PinNameError as error:
        return str(error)
    return None


def _bad_name(problem: str, node_id: str, name: str, link_id: str | None) -> Finding:
    return Finding(
        rule="bad-pin-name",
        severity=Severity.ERROR,
        message=f"The name cannot be read: {problem}.",
        hint="Use `pin_#_key`, `pin_$_0` or `pin_@_field`.",
        node_id=node_id,
        pin=name,
        link_id=link_id,
    )


def mixed_pin_kinds(facts: Facts) -> Iterator[Finding]:
    for node in facts.graph.nodes.values():
        for pin in _mixed(_dynamic_sinks(facts, node)):
            yield Finding(
                rule="mixed-pin-kinds",
                severity=Severity.ERROR,
                message=f"{facts.title(node.id)}: the parts of {pin!r} disagree, some "
                "are keys of an object and some are places in a list.",
                hint="Use either `_#_` or `_$_` at one level of a pin.",
                node_id=node.id,
                pin=pin,
            )


def _dynamic_sinks(facts: Facts, node: Node) -> list[PinPath]:
    """The parts of pins that links or constants bring."""
    linked = (link.sink_name for link in facts.graph.links_into[node.id])
    names = dict.fromkeys(chain(node.constants, linked))
    paths = (readable(sink_path, facts.specs[node.id], name) for name in names)
    return [path for path in paths if path is not None and path.steps]


def _mixed(paths: list[PinPath]) -> Iterator[str]:
    """The pins of which some container would have to be an object and a list."""
    kinds: dict[tuple[str | int, ...], type] = {}
    mixed: Counter[str] = Counter()
    for path in paths:
        for depth, step in enumerate(path.steps):
            place = (path.base, *path.steps[:depth])
            if kinds.setdefault(place, type(step)) is not type(step):
                mixed[path.base] += 1
    yield from mixed


def missing_credential(facts: Facts) -> Iterator[Finding]:
    for node, spec in facts.known:
        for pin in credential_pins(spec):
            if node.constants.get(pin.name) or pin.name in _linked(facts, node):
                continue
            is_optional = node.metadata.get("credentials_optional") is True
            yield Finding(
                rule="missing-credential",
                severity=Severity.INFO if is_optional else Severity.WARNING,
                message=f"{facts.title(node.id)} names no credential.",
                hint=(
                    "Without one the node is left out."
                    if is_optional
                    else "Choose one; else the server's own is used, if it has one."
                ),
                node_id=node.id,
                pin=pin.name,
            )


def _linked(facts: Facts, node: Node) -> set[str]:
    return {link.sink_name for link in facts.graph.links_into[node.id]}
