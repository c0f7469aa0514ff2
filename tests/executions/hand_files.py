"""Agents by hand: files with faults, of other ages, and with things to ignore."""

from typing import Any

import pytest

from .hand_builder import (
    ADD_TO_LIST,
    CALCULATOR,
    CONDITION,
    NOTE,
    agent,
    block,
    calc,
    completed,
    given,
    out,
    refused,
    step,
)

PLAIN = agent("x.result > o.value", x=given(), o=out())


def with_keys(**keys: Any) -> dict[str, Any]:
    return {**PLAIN, **keys}


def everywhere(document: dict[str, Any], **keys: Any) -> dict[str, Any]:
    """The same keys added to the agent, to each node and to each link."""
    nodes = [{**node, **keys} for node in document["nodes"]]
    links = [{**link, **keys} for link in document["links"]]
    return {**document, **keys, "nodes": nodes, "links": links}


def old_template(document: dict[str, Any]) -> dict[str, Any]:
    """As the files of 2024: fewer keys, and no word on static links."""
    node_keys = ("id", "block_id", "input_default", "metadata")
    nodes = [{key: node[key] for key in node_keys} for node in document["nodes"]]
    links = [
        {key: value for key, value in link.items() if key != "is_static"}
        for link in document["links"]
    ]
    old = {"is_template": True, "subgraphs": {}}
    return {**document, **old, "nodes": nodes, "links": links}


FAULTS = [
    # Nothing of an agent with errors runs, not even its sound part.
    pytest.param(
        agent(x=given(), u=block("00000000-0000-4000-8000-00000000dead")),
        {"x": 1},
        refused("00000000dead"),
        id="unknown_block",
    ),
    pytest.param(
        agent("x.result > ghost.value", x=given()),
        {"x": 1},
        refused("ghost"),
        id="no_sink",
    ),
    pytest.param(
        agent("ghost.result > o.value", o=out()), {}, refused("ghost"), id="no_source"
    ),
    pytest.param(
        agent("x.nope > o.value", x=given(), o=out()),
        {"x": 1},
        refused("nope"),
        id="no_source_pin",
    ),
    pytest.param(
        agent("x.result > o.nope", x=given(), o=out()),
        {"x": 1},
        refused("nope"),
        id="no_sink_pin",
    ),
    pytest.param(agent(c=calc(a=1)), {}, refused("b"), id="required_pin_missing"),
    # Every missing pin is told, at once.
    pytest.param(
        agent(
            c=block(CALCULATOR, operation="Add"),
            d=block(CONDITION, operator="<", value2=1),
        ),
        {},
        refused("a", "b", "value1"),
        id="all_findings_at_once",
    ),
    pytest.param(agent(x=block(given()[0])), {}, refused("name"), id="input_unnamed"),
    pytest.param(
        agent(x=given("credentials")), {}, refused("credentials"), id="reserved_name"
    ),
    # A block that upstream has disabled.
    pytest.param(
        agent(p=block("45e78db5-03e9-447f-9395-308d712f5f08", code="x")),
        {},
        refused("unknown-block"),
        id="disabled_block",
    ),
    pytest.param(
        agent(x=given(), y=given("my_credentials")),
        {},
        refused("my_credentials"),
        id="reserved_ending",
    ),
    # A constant that is no number, and a choice that is none.
    pytest.param(
        agent(c=calc(a="x", b=1)), {}, refused("a number"), id="wrong_constant"
    ),
    pytest.param(
        agent(c=calc("Mod", a=1, b=1)), {}, refused("operation"), id="wrong_choice"
    ),
    # A list never fits a number.
    pytest.param(
        agent(
            "l.updated_list > c.a",
            l=block(ADD_TO_LIST),
            c=calc(b=1),
        ),
        {},
        refused("list"),
        id="type_mismatch",
    ),
]

FILES = [
    # An agent in which nothing can run is told so; a note does not run.
    pytest.param(agent(), {}, refused("no nodes"), id="empty"),
    pytest.param(
        agent(n=block(NOTE, text="?")), {}, refused("no nodes"), id="only_a_note"
    ),
    # A link written twice is one link.
    pytest.param(
        with_keys(links=[*PLAIN["links"], {**PLAIN["links"][0], "id": "again"}]),
        {"x": 1},
        completed({"o": [1]}, ran=2),
        id="link_twice",
    ),
    pytest.param(
        old_template(
            agent(
                "s.item > c.a\nx.result > c.b\nc.result > o.value",
                x=given(),
                s=step(1, 2),
                c=calc(),
                o=out(),
            )
        ),
        {"x": 10},
        completed({"o": [11.0, 12.0]}, ran=6),
        id="template_of_2024",
    ),
    pytest.param(
        with_keys(sub_graphs=[]),
        {"x": 1},
        completed({"o": [1]}, ran=2),
        id="sub_graphs",
    ),
    # A sub-agent nobody calls does not run.
    pytest.param(
        with_keys(
            sub_graphs=[
                {
                    **agent(o=out("never", value=1)),
                    "id": "00000000-0000-4000-8000-0000000000aa",
                }
            ]
        ),
        {"x": 1},
        completed({"o": [1]}, ran=2),
        id="sub_graph_not_called",
    ),
    pytest.param(
        everywhere(PLAIN, surprise={"deep": [1]}),
        {"x": 1},
        completed({"o": [1]}, ran=2),
        id="unknown_keys",
    ),
    pytest.param(
        with_keys(description=""),
        {"x": 1},
        completed({"o": [1]}, ran=2),
        id="no_description",
    ),
    # Notes are never run nor counted.
    pytest.param(
        agent(n=block(NOTE, text="read me"), o=out(value=1)),
        {},
        completed({"o": [1]}, ran=1),
        id="note",
    ),
]
