"""Agents as files, shaped as AutoGPT Platform exports them."""

from typing import Any

from tests.factories import CALCULATOR, INPUT, OUTPUT, STORE, UNKNOWN

Json = dict[str, Any]

ENTRY, SUM, EXIT = (f"{number}0c5a1d6-6f1b-4d0e-8b57-3f4a9d2b7e10" for number in "123")
SPARE = "60c5a1d6-6f1b-4d0e-8b57-3f4a9d2b7e10"
AGENT = "9f0c5a1d-2c2b-4a7e-9d37-5b1f3e8a6c24"


def calculator() -> Json:
    """Adds 34 to its input; the link from the input is static."""
    links = [
        _link("4", f"{ENTRY} result", f"{SUM} a", is_static=True),
        _link("5", f"{SUM} result", f"{EXIT} value", is_static=False),
    ]
    nodes = [
        _node(ENTRY, INPUT, 0, {"name": "Input", "value": None}),
        _node(SUM, CALCULATOR, 400, {"b": 34, "operation": "Add"}),
        _node(EXIT, OUTPUT, 800, {"name": "Output", "value": None}),
    ]
    return _agent("Calculator agent", nodes, links)


def with_an_unknown_block() -> Json:
    document = calculator() | {"name": "From another place"}
    document["nodes"].append(_node(UNKNOWN, UNKNOWN, 1200, {"prompt": "Say hello"}))
    return document


def with_a_dead_end() -> Json:
    """The calculator with a node beside it of which nothing is made."""
    document = calculator()
    document["nodes"].append(_node(SPARE, STORE, 700, {}))
    document["links"].append(
        _link("6", f"{SUM} result", f"{SPARE} input", is_static=False)
    )
    return document


def chain(length: int) -> Json:
    """So many nodes that keep a value, one after the other, in rows of 40."""
    nodes = [_in_chain(number) for number in range(length)]
    links = [
        {
            "id": f"link {number}",
            "source_id": f"step {number}",
            "source_name": "output",
            "sink_id": f"step {number + 1}",
            "sink_name": "input",
            "is_static": True,
        }
        for number in range(length - 1)
    ]
    return _agent("Long", nodes, links)


def _in_chain(number: int) -> Json:
    row, column = divmod(number, 40)
    constants = {"input": "go"} if number == 0 else {}
    node = _node(f"step {number}", STORE, 340 * column, constants)
    node["metadata"]["position"]["y"] = 320 * row
    return node


def _agent(name: str, nodes: list[Json], links: list[Json]) -> Json:
    for node in nodes:
        node["input_links"] = [one for one in links if one["sink_id"] == node["id"]]
        node["output_links"] = [one for one in links if one["source_id"] == node["id"]]
    return {
        "id": AGENT,
        "version": 2,
        "is_active": True,
        "name": name,
        "description": "",
        "instructions": None,
        "recommended_schedule_cron": None,
        "forked_from_id": None,
        "forked_from_version": None,
        "user_id": "",
        "created_at": "2025-04-02T10:11:12.131Z",
        "nodes": nodes,
        "links": links,
        "sub_graphs": [],
        "input_schema": _schema("Input"),
        "output_schema": _schema("Output"),
        "has_external_trigger": False,
        "has_human_in_the_loop": False,
        "trigger_setup_info": None,
        "credentials_input_schema": {"type": "object", "properties": {}},
    }


def _schema(name: str) -> Json:
    about = {"advanced": False, "secret": False, "title": name}
    return {"type": "object", "properties": {name: about}, "required": [name]}


def _node(id: str, block_id: str, x: int, constants: Json) -> Json:
    return {
        "id": id,
        "block_id": block_id,
        "input_default": constants,
        "metadata": {"position": {"x": x, "y": 0}},
        "input_links": [],
        "output_links": [],
        "graph_id": AGENT,
        "graph_version": 2,
        "webhook_id": None,
        "webhook": None,
    }


def _link(digit: str, source: str, sink: str, *, is_static: bool) -> Json:
    source_id, source_name = source.split()
    sink_id, sink_name = sink.split()
    return {
        "id": f"{digit}0c5a1d6-6f1b-4d0e-8b57-3f4a9d2b7e10",
        "source_id": source_id,
        "source_name": source_name,
        "sink_id": sink_id,
        "sink_name": sink_name,
        "is_static": is_static,
    }


def meaning(document: Json) -> Json:
    """What an agent is once the ids, which every import renews, are left aside."""
    block = {node["id"]: node["block_id"] for node in document["nodes"]}
    nodes = [
        (node["block_id"], node["input_default"], node["metadata"]["position"])
        for node in document["nodes"]
    ]
    links = [
        (
            block[link["source_id"]],
            link["source_name"],
            block[link["sink_id"]],
            link["sink_name"],
            link["is_static"],
        )
        for link in document["links"]
    ]
    return {"nodes": sorted(nodes, key=lambda one: one[0]), "links": sorted(links)}
