from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks.base import Block, Pins, block, pin
from blocks.registry import Registry
from blocks.spec import Category
from graphs.domain.bundle import check_document
from graphs.domain.faults import GraphFormatError
from graphs.domain.transfer import (
    AGENT_EXECUTOR,
    HUMAN_IN_THE_LOOP,
    export_agent,
    import_agent,
)
from tests.factories import (
    CALCULATOR,
    INPUT,
    OUTPUT,
    STORE,
    TEMPLATE,
    UNKNOWN,
    Json,
    document,
    link,
    node,
    node_of,
)
from tests.graphs_by_hand import graph as by_hand

WHEN = datetime(2026, 1, 31, tzinfo=UTC)


def exported(graph, specs=None) -> Json:
    more = {} if specs is None else {"specs": specs}
    return export_agent(graph, id="g1", version=3, created_at=WHEN, **more)


def full_agent() -> Json:
    """An export of 2026 with everything that is not ours to keep."""
    body = document(
        [
            node("in", INPUT, name="x", value=None),
            node("s", STORE, **{"input": 1, "data": ""}),
            node("sub", AGENT_EXECUTOR, user_id="author", graph_id="g2", inputs={})
            | {"webhook_id": "hook", "input_links": [1], "colour": "red"},
            node(
                "llm",
                UNKNOWN,
                model="m",
                credentials={"id": "c", "provider": "p"},
                mail_credentials={"id": "d"},
                file={"_credentials_id": "e", "name": "f"},
            ),
            node("out", OUTPUT, name="y"),
        ],
        ["in.result -> s.input", "s.output -> out.value", "llm.response -> out.value"],
    )
    return body | {
        "id": "g1",
        "version": 7,
        "is_active": True,
        "user_id": "author",
        "instructions": "Go.",
        "recommended_schedule_cron": None,
        "forked_from_id": None,
        "input_schema": {"properties": {}},
        "new_key_of_2027": {"a": 1},
        "sub_graphs": [
            {
                "id": "g2",
                "user_id": "author",
                "input_schema": {"properties": {"user_id": {"title": "User"}}},
                "nodes": [
                    node("n", AGENT_EXECUTOR, user_id="author", credentials={}, keep=1)
                    | {"webhook_id": "hook"}
                ],
            }
        ],
    }


def test_what_belongs_to_the_author_stays_behind():
    graph, report = import_agent(full_agent())
    assert node_of(graph, "sub").constants == {"graph_id": "g2", "inputs": {}}
    assert node_of(graph, "llm").constants == {"model": "m"}
    assert node_of(graph, "sub").extra == {"colour": "red"}
    assert report.removed == (
        ("sub", "user_id"),
        ("llm", "credentials"),
        ("llm", "mail_credentials"),
        ("llm", "file"),
    )
    for text in ("author", "hook", "mail_credentials"):
        assert text not in str(graph.extra)
        assert text not in str(graph.nodes)


def test_the_rest_is_kept():
    graph, report = import_agent(full_agent())
    assert list(graph.nodes) == ["in", "s", "sub", "llm", "out"]
    assert list(graph.extra) == ["instructions", "new_key_of_2027", "sub_graphs"]
    sub_graphs: Any = graph.extra["sub_graphs"]
    (sub,) = sub_graphs
    assert sub["input_schema"]["properties"] == {"user_id": {"title": "User"}}
    assert sub["nodes"][0]["input_default"] == {"keep": 1}
    assert report.sub_graphs == 1


def test_links_from_static_blocks_are_static():
    graph, _ = import_agent(full_agent())
    assert [one.is_static for one in graph.links] == [True, True, False]


def test_the_report_counts_blocks():
    report: Json = import_agent(full_agent())[1].to_json()
    assert (report["name"], report["nodes"], report["links"]) == ("Sum", 5, 3)
    present = {one["name"]: one["count"] for one in report["blocks_present"]}
    assert present == {
        "AgentInputBlock": 1,
        "StoreValueBlock": 1,
        "AgentOutputBlock": 1,
        "AgentExecutorBlock": 1,
    }
    assert report["blocks_missing"] == [
        {"id": UNKNOWN, "count": 1, "node_ids": ["llm"]},
    ]
    rules = {finding["rule"] for finding in report["findings"]}
    assert "unknown-block" in rules


def test_the_template_format_of_2024():
    old = {
        "id": "t",
        "version": 28,
        "is_active": False,
        "is_template": True,
        "name": "Old",
        "description": "",
        "nodes": [
            {"id": "a", "block_id": STORE, "input_default": {"input": 1}},
            {"id": "b", "block_id": OUTPUT, "input_default": {"name": "y"}},
        ],
        "links": [
            {
                "id": "l",
                "source_id": "a",
                "source_name": "output",
                "sink_id": "b",
                "sink_name": "value",
            }
        ],
    }
    graph, report = import_agent(old)
    assert graph.links[0].is_static
    assert not report.blocks_missing


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"description": ""}, id="empty description"),
        pytest.param({"description": None}, id="null description"),
        pytest.param({"sub_graphs": []}, id="no sub-graphs"),
        pytest.param({"name": None}, id="no name"),
    ],
)
def test_traps_of_import(change):
    import_agent(document() | change)


def test_a_constant_of_the_wrong_type_is_a_finding():
    body = document([node("c", CALCULATOR, operation="Add", a="x", b=1)])
    assert "wrong-constant" in {one.rule for one in import_agent(body)[1].findings}


def test_what_is_no_agent_is_refused():
    with pytest.raises(GraphFormatError):
        import_agent({"nodes": [3]})


def test_an_export_has_all_keys_of_the_format():
    graph, _ = import_agent(full_agent())
    agent = exported(graph)
    assert set(agent) == {
        "id", "version", "is_active", "name", "description", "instructions",
        "recommended_schedule_cron", "forked_from_id", "forked_from_version", "user_id",
        "created_at", "nodes", "links", "sub_graphs", "input_schema", "output_schema",
        "has_external_trigger", "has_human_in_the_loop", "has_sensitive_action",
        "trigger_setup_info", "credentials_input_schema", "new_key_of_2027",
    }  # fmt: skip
    assert (agent["id"], agent["version"], agent["user_id"]) == ("g1", 3, "")
    assert agent["created_at"] == "2026-01-31T00:00:00+00:00"
    assert agent["input_schema"]["required"] == ["x"]
    assert agent["instructions"] == "Go."


def test_exported_nodes_carry_their_links():
    graph, _ = import_agent(document())
    agent = exported(graph)
    middle = agent["nodes"][1]
    assert [one["id"] for one in middle["input_links"]] == ["in.result -> sum.a"]
    assert [one["id"] for one in middle["output_links"]] == ["sum.result -> out.value"]
    assert (middle["graph_id"], middle["graph_version"]) == ("g1", 3)
    assert middle["webhook_id"] is None


def test_flags_come_from_the_blocks():
    agent = exported(by_hand({"h": HUMAN_IN_THE_LOOP}))
    assert agent["has_human_in_the_loop"] is True
    assert agent["has_external_trigger"] is False


def test_secrets_and_credentials_are_not_exported():
    specs = Registry()
    specs.load = lambda: None  # type: ignore[method-assign]
    id = "00000000-0000-4000-9000-000000000001"

    class Keys(Pins):
        key: str = pin(secret=True)
        headers: dict[str, str] = pin(default={}, secret=True)
        url: str = pin()

    made = type("Secretive", (Block,), {"Input": Keys})
    block(
        id=id, name="Secretive", categories=(Category.DATA,), examples=(), into=specs
    )(made)
    constants = {
        "key": "CANARY",
        "headers_#_X": "CANARY",
        "credentials": {"id": "CANARY"},
        "url": "u",
    }
    agent = exported(by_hand({"n": (id, constants)}), specs)
    assert agent["nodes"][0]["input_default"] == {"url": "u"}
    assert "CANARY" not in str(agent)


JSON = st.sampled_from([None, 0, 1.5, "", "x", [], [1, None], {"a": {"b": 1}}])
CONSTANTS = st.dictionaries(st.sampled_from(["input", "data", "q", "data_#_k"]), JSON)
EXTRAS = st.dictionaries(st.sampled_from(["instructions", "zz", "sub_graphs"]), JSON)


@st.composite
def agents(draw):
    blocks = draw(st.lists(st.sampled_from([STORE, UNKNOWN]), max_size=4))
    nodes = [
        node(f"n{place}", block, **draw(CONSTANTS)) | draw(EXTRAS)
        for place, block in enumerate(blocks)
    ]
    ends = st.sampled_from([one["id"] for one in nodes] or ["none"])
    pairs = draw(st.lists(st.tuples(ends, ends), max_size=4, unique=True))
    body = document(nodes)
    if nodes:
        body["links"] = [link(f"{a}.output -> {b}.input") for a, b in pairs]
    settings = draw(st.dictionaries(st.sampled_from(["max_parallel"]), JSON))
    return body | {"settings": settings} | draw(EXTRAS)


@given(agents())
def test_an_export_can_be_imported_again_unchanged(body):
    graph, _ = import_agent(body)
    again, report = import_agent(exported(graph))
    assert again == graph
    assert not report.removed


def test_faults_of_a_checked_document_are_findings():
    findings = check_document({"nodes": [{"id": "a"}], "links": []})
    assert [(one.rule, one.message) for one in findings] == [
        ("format", "nodes[0].block_id: is missing")
    ]
    sound = check_document(document([node("t", TEMPLATE, format="x", values={"a": 1})]))
    assert "format" not in {one.rule for one in sound}
