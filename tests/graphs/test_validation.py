"""Each rule has a row in which it speaks and one in which it is silent."""

import time

import pytest

from blocks.base import Block, Pins, block, pin
from blocks.registry import Registry
from blocks.spec import Category
from graphs.domain.findings import Finding
from graphs.domain.parse import parse_graph
from graphs.domain.validation import RULES, validate
from tests.factories import (
    CALCULATOR,
    COMBINE,
    COUNT,
    INPUT,
    NOTE,
    OUTPUT,
    STEP,
    STORE,
    TEMPLATE,
    UNKNOWN,
    Json,
    document,
    link,
    node,
)
from tests.graphs_by_hand import graph as by_hand

IN = node("in", INPUT, name="x")
OUT = node("out", OUTPUT, name="y")
ADD: Json = {"operation": "Add", "a": 1, "b": 2}


def found(nodes, links=(), static=()) -> list[Finding]:
    body = document(list(nodes), list(links))
    body["links"] += [link(text, is_static=True) for text in static]
    return validate(parse_graph(body, strict_blocks=False))


def of_rule(rule: str, findings: list[Finding]) -> list[tuple[str | None, str | None]]:
    return [(one.node_id, one.pin) for one in findings if one.rule == rule]


def test_a_sound_agent_has_nothing_but_the_hint_on_errors():
    findings = validate(parse_graph(document(), strict_blocks=True))
    assert [(one.rule, one.severity.value) for one in findings] == [
        ("error-handling", "info")
    ]


CALC = node("c", CALCULATOR, **ADD)
MEMO = node("n", NOTE, text="x")
PAIRED = node("p", CALCULATOR, operation="Add")
LOOP = ["a.output -> b.input", "b.output -> a.input"]

LLM = "1f292d4a-41a4-4977-9684-7c8d560b9f91"

ROWS = [
    pytest.param("empty-graph", [], [], [(None, None)], id="empty: no nodes"),
    pytest.param(
        "empty-graph", [MEMO], [], [(None, None)], id="empty: notes"
    ),
    pytest.param("empty-graph", [IN], [], [], id="empty: not with one node"),
    pytest.param(
        "no-entry-node",
        [node("a", STORE), node("b", STORE)],
        LOOP,
        [(None, None)],
        id="entry: a cycle alone cannot start",
    ),
    pytest.param(
        "no-entry-node",
        [IN, node("a", STORE), node("b", STORE)],
        [*LOOP, "in.result -> a.input"],
        [],
        id="entry: an input starts it",
    ),
    pytest.param(
        "unknown-block", [node("u", UNKNOWN)], [], [("u", None)], id="unknown: yes"
    ),
    pytest.param("unknown-block", [IN], [], [], id="unknown: no"),
    pytest.param(
        "unknown-pin",
        [node("c", CALCULATOR), node("s", STORE)],
        ["c.nowhere -> s.input", "c.result -> s.elsewhere", "c.error -> s.data"],
        [("c", "nowhere"), ("s", "elsewhere")],
        id="pin: not on either side",
    ),
    pytest.param(
        "unknown-pin",
        [node("u", UNKNOWN), node("s", STORE)],
        ["u.x -> s.input", "s.output -> u.y"],
        [],
        id="pin: nobody knows those of a placeholder",
    ),
    pytest.param(
        "missing-credential",
        [
            node("a", LLM, prompt="x"),
            node("b", LLM, prompt="x", credentials={"id": "c"}),
        ],
        [],
        [("a", "credentials")],
        id="credential: not named",
    ),
    pytest.param(
        "missing-credential",
        [IN, node("a", LLM, prompt="x")],
        ["in.result -> a.credentials"],
        [],
        id="credential: along a link",
    ),
    pytest.param(
        "missing-required-pin",
        [node("c", CALCULATOR, a="", b=None)],
        [],
        [("c", "operation"), ("c", "a"), ("c", "b")],
        id="required: nothing, empty text, null",
    ),
    pytest.param(
        "missing-required-pin",
        [node("t", TEMPLATE, format="x")],
        [],
        [("t", "values")],
        id="required: an object without keys",
    ),
    pytest.param(
        "missing-required-pin",
        [IN, node("t", TEMPLATE, format="x")],
        ["in.result -> t.values_#_a"],
        [],
        id="required: a linked key will do",
    ),
    pytest.param(
        "missing-required-pin",
        [node("t", TEMPLATE, **{"format": "x", "values_#_a": 0})],
        [],
        [],
        id="required: a constant key will do",
    ),
    pytest.param(
        "missing-required-pin",
        [node("n", NOTE)],
        [],
        [],
        id="required: notes never run",
    ),
    pytest.param(
        "wrong-constant",
        [node("c", CALCULATOR, operation="Add", a="x", b=2)],
        [],
        [("c", "a")],
        id="constant: no number",
    ),
    pytest.param("wrong-constant", [CALC], [], [], id="constant: numbers"),
    pytest.param(
        "type-mismatch",
        [node("k", COUNT, collection=[]), node("s", STEP)],
        ["k.count -> s.items_object"],
        [("s", "items_object")],
        id="types: a number is no object",
    ),
    pytest.param(
        "type-mismatch",
        [CALC, node("t", TEMPLATE, values={})],
        ["c.result -> t.format"],
        [],
        id="types: a number becomes text",
    ),
    pytest.param(
        "type-mismatch",
        [node("s", STEP, items=[1]), node("t", COMBINE), PAIRED],
        ["s.item -> t.input_$_0", "t.output_#_x -> p.a"],
        [],
        id="types: parts of which nothing is known",
    ),
    pytest.param(
        "text-to-number",
        [node("t", TEMPLATE, values={}, format="3"), PAIRED],
        ["t.output -> p.a"],
        [("p", "a")],
        id="text: may be no number",
    ),
    pytest.param(
        "text-to-number",
        [CALC, PAIRED],
        ["c.result -> p.a"],
        [],
        id="text: a number is one",
    ),
    pytest.param(
        "text-to-number",
        [CALC, PAIRED],
        ["c.error -> p.a"],
        [("p", "a")],
        id="text: errors are text",
    ),
    pytest.param(
        "possible-type-mismatch",
        [node("t", TEMPLATE, values={}, format="3"), node("s", STEP)],
        ["t.output -> s.items_object"],
        [("s", "items_object")],
        id="maybe: text may be no JSON object",
    ),
    pytest.param(
        "possible-type-mismatch",
        [IN, PAIRED],
        ["in.result -> p.a"],
        [],
        id="maybe: nothing is known of the source",
    ),
    pytest.param(
        "reserved-input-name",
        [node("i", INPUT, name="credentials"), node("j", INPUT, name="x_credentials")],
        [],
        [("i", "name"), ("j", "name")],
        id="reserved: credentials",
    ),
    pytest.param(
        "reserved-input-name",
        [node("i", INPUT, name="credentialsx"), node("o", OUTPUT, name="credentials")],
        [],
        [],
        id="reserved: other names, and outputs",
    ),
    pytest.param(
        "mixed-pin-kinds",
        [IN, node("t", TEMPLATE, **{"format": "x", "values_$_0": 1})],
        ["in.result -> t.values_#_a"],
        [("t", "values")],
        id="mixed: a key and a place",
    ),
    pytest.param(
        "mixed-pin-kinds",
        [node("t", TEMPLATE, **{"values_#_a_#_b": 1, "values_#_a_$_1": 1})],
        [],
        [("t", "values")],
        id="mixed: one level down",
    ),
    pytest.param(
        "mixed-pin-kinds",
        [node("t", TEMPLATE, **{"values_#_a_#_b": 1, "values_@_c_$_1": 1})],
        [],
        [],
        id="mixed: not in different places",
    ),
    pytest.param(
        "cycle",
        [IN, node("a", STORE), node("b", STORE), node("c", STORE, input=1)],
        [*LOOP, "in.result -> a.input", "c.output -> c.input"],
        [("a", None), ("c", None)],
        id="cycle: two nodes, and one by itself",
    ),
    pytest.param(
        "cycle",
        [IN, node("a", STORE), node("b", COMBINE)],
        ["in.result -> a.input", "a.output -> b.input_$_0", "in.result -> b.input_$_1"],
        [],
        id="cycle: a diamond is none",
    ),
    pytest.param(
        "isolated-node", [CALC, IN, OUT], ["in.result -> out.value"], [("c", None)],
        id="isolated: one apart",
    ),
    pytest.param("isolated-node", [CALC], [], [], id="isolated: not if alone"),
    pytest.param(
        "isolated-node",
        [IN, OUT, MEMO],
        ["in.result -> out.value"],
        [],
        id="isolated: a note may be",
    ),
    pytest.param(
        "unreachable-node",
        [IN, node("a", STORE), node("b", STORE), node("c", STORE)],
        [*LOOP, "b.output -> c.input"],
        [("a", None), ("b", None), ("c", None)],
        id="unreachable: a cycle and what it feeds",
    ),
    pytest.param(
        "unreachable-node",
        [IN, node("a", STORE), node("b", STORE)],
        [*LOOP, "in.result -> a.input"],
        [],
        id="unreachable: an input leads into the cycle",
    ),
    pytest.param("no-exit-node", [IN], [], [(None, None)], id="exit: none"),
    pytest.param("no-exit-node", [IN, OUT], [], [], id="exit: one"),
    pytest.param(
        "duplicate-input-name",
        [IN, IN | {"id": "in2"}, node("o", OUTPUT, name="x")],
        [],
        [("in2", "name")],
        id="inputs: the second of a name",
    ),
    pytest.param("duplicate-input-name", [IN, OUT], [], [], id="inputs: two names"),
    pytest.param(
        "duplicate-output-name",
        [OUT, OUT | {"id": "out2"}],
        [],
        [("out2", "name")],
        id="outputs: the second of a name",
    ),
    pytest.param("duplicate-output-name", [IN, OUT], [], [], id="outputs: two names"),
    pytest.param(
        "two-links-into-paired-pin",
        [CALC, CALC | {"id": "d"}, CALC | {"id": "e"}, PAIRED],
        ["c.result -> p.a", "d.result -> p.a", "e.result -> p.b"],
        [("p", "a")],
        id="paired: two links and another pin",
    ),
    pytest.param(
        "two-links-into-paired-pin",
        [CALC, CALC | {"id": "d"}, IN, PAIRED],
        ["c.result -> p.a", "d.result -> p.a", "in.result -> p.b"],
        [],
        id="paired: not with a value that stays",
    ),
    pytest.param(
        "two-links-into-paired-pin",
        [CALC, CALC | {"id": "d"}, OUT],
        ["c.result -> out.value", "d.result -> out.value"],
        [],
        id="paired: not alone",
    ),
    pytest.param(
        "static-source-may-refire",
        [node("s", STEP, items=[1, 2]), node("k", STORE), CALC, PAIRED],
        ["s.item -> k.input", "k.output -> p.a", "c.result -> p.b"],
        [("k", "output")],
        id="static: behind a block that emits many times",
    ),
    pytest.param(
        "static-source-may-refire",
        [IN, node("k", STORE), CALC, PAIRED],
        ["in.result -> k.input", "k.output -> p.a", "c.result -> p.b"],
        [],
        id="static: fired once by an input",
    ),
    pytest.param(
        "static-source-may-refire",
        [node("s", STEP, items=[1, 2]), node("k", STORE), OUT],
        ["s.item -> k.input", "k.output -> out.value"],
        [],
        id="static: no other pin is there",
    ),
    pytest.param(
        "unused-constant",
        [IN, node("c", CALCULATOR, operation="Add", a=1, b=2)],
        ["in.result -> c.a"],
        [("c", "a")],
        id="unused: a value under a link",
    ),
    pytest.param(
        "unused-constant",
        [IN, node("c", CALCULATOR, operation="Add", a="", b=2)],
        ["in.result -> c.a"],
        [],
        id="unused: what a form left is no value",
    ),
    pytest.param("error-handling", [CALC], [], [(None, None)], id="errors: none"),
    pytest.param(
        "error-handling", [CALC, OUT], ["c.error -> out.value"], [], id="errors: one"
    ),
    pytest.param("error-handling", [IN, OUT], [], [], id="errors: nothing can fail"),
    pytest.param("duplicate-link", [IN, OUT], ["in.result -> out.value"], [],
                 id="repeated: no"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "nodes", "links", "expected"), ROWS)
def test_rules(rule, nodes, links, expected):
    assert of_rule(rule, found(nodes, links)) == expected


def test_a_repeated_link_is_told():
    twice = ["in.result -> out.value"] * 2
    assert of_rule("duplicate-link", found([IN, OUT], twice)) == [("out", "value")]


@pytest.mark.parametrize(
    ("links", "constants", "expected"),
    [
        pytest.param([], {"input_$_x": 1}, [("s", "input_$_x")], id="a constant"),
        pytest.param(
            ["s.output_@___class__ -> o.value"], {}, [("s", "output_@___class__")],
            id="a source",
        ),
        pytest.param(["s.output -> o.value_$_x"], {}, [("o", "value_$_x")], id="sink"),
        pytest.param(["s.output_#_a -> o.value_$_3"], {"input_@_x": 1}, [], id="good"),
    ],
)  # fmt: skip
def test_names_that_cannot_be_read(links, constants, expected):
    """Parsing refuses them, so the graph is made by hand."""
    graph = by_hand({"s": (STORE, constants), "o": OUTPUT}, *links)
    assert of_rule("bad-pin-name", validate(graph)) == expected


def test_a_static_flag_counts_like_a_static_block():
    nodes = [node("s", STEP, items=[1, 2]), CALC, PAIRED]
    findings = found(nodes, ["c.result -> p.b"], static=["s.item -> p.a"])
    assert of_rule("static-source-may-refire", findings) == []
    nodes.append(node("n", COUNT))
    findings = found(
        nodes, ["s.item -> n.collection", "c.result -> p.b"], static=["n.count -> p.a"]
    )
    assert of_rule("static-source-may-refire", findings) == [("n", "count")]


def test_a_cycle_names_its_nodes():
    findings = found([node("a", STORE), node("b", STORE)], LOOP)
    (message,) = [one.message for one in findings if one.rule == "cycle"]
    assert "a" in message
    assert "b" in message


def test_a_name_given_by_the_user_is_used():
    named = CALC | {"metadata": {"customized_name": "My sum"}, "input_default": {}}
    messages = [one.message for one in found([named]) if one.pin == "a"]
    assert messages == ["My sum needs a value for 'a'."]


def test_nulls_on_a_pin_with_a_default_are_no_mismatch():
    """They count as no value there; on a required pin they fail."""
    specs = Registry()
    specs.load = lambda: None  # type: ignore[method-assign]

    class Maybe(Pins):
        text: str | None = pin()

    class Wants(Pins):
        needed: str = pin()
        spare: str = pin(default="")

    def register(number: int, name: str, inputs: type, outputs: type) -> str:
        id = f"00000000-0000-4000-9000-{number:012d}"
        made = type(name, (Block,), {"Input": inputs, "Output": outputs})
        block(id=id, name=name, categories=(Category.TEXT,), examples=(), into=specs)(
            made
        )
        return id

    source, sink = register(1, "Source", Pins, Maybe), register(2, "Sink", Wants, Pins)
    graph = by_hand({"a": source, "b": sink}, "a.text -> b.needed", "a.text -> b.spare")
    found_here = of_rule("possible-type-mismatch", validate(graph, specs))
    assert found_here == [("b", "needed")]


def test_a_store_behind_a_block_that_emits_once_does_not_refire():
    findings = found(
        [node("s", COMBINE, input=["x"]), node("k", STORE), CALC, PAIRED],
        ["s.output -> k.input", "k.output -> p.a", "c.result -> p.b"],
    )
    assert of_rule("static-source-may-refire", findings) == []


def test_every_rule_has_a_row():
    named = {row.values[0] for row in ROWS} | {"bad-pin-name"}
    rules = {rule.__name__.replace("_", "-") for rule in RULES} - {"types"}
    assert rules <= named


def test_the_order_is_that_of_the_rules():
    findings = found([node("u", UNKNOWN), node("c", CALCULATOR), IN, IN | {"id": "i"}])
    severities = [one.severity.value for one in findings]
    assert severities == sorted(severities, key=["error", "warning", "info"].index)


def test_findings_have_a_hint_and_a_json_form():
    for one in found([node("u", UNKNOWN), node("c", CALCULATOR)]):
        assert one.hint
        assert list(one.to_json()) == [
            "rule", "severity", "node_id", "pin", "link_id", "message", "hint", "fix",
        ]  # fmt: skip


@pytest.mark.parametrize(
    "closed", [pytest.param(False, id="chain"), pytest.param(True, id="one cycle")]
)
def test_a_large_graph_is_validated_in_time(closed):
    nodes = [node(f"n{i}", CALCULATOR, operation="Add", b=3) for i in range(20_000)]
    links = [f"n{i}.result -> n{i + 1}.a" for i in range(19_999)]
    if closed:
        links.append("n19999.result -> n0.a")
    graph = parse_graph(document(nodes, links), strict_blocks=True)
    start = time.process_time()
    findings = validate(graph)
    assert time.process_time() - start < 15  # quadratic, it takes minutes
    assert bool(of_rule("cycle", findings)) is closed
