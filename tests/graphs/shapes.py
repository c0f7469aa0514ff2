"""Agents shaped like those that people bring: loops, agents in agents, tools in both
spellings, the format of 2024, blocks that are not here, dynamic pins."""

from tests.factories import (
    CALCULATOR,
    COUNT,
    INPUT,
    NUMBER_INPUT,
    OUTPUT,
    STORE,
    TEMPLATE,
    UNKNOWN,
    Json,
    document,
    node,
)

AGENT = "e189baac-8c20-45a1-94a7-55177ea42565"
MAKE_LIST = "a912d5c7-6e00-4542-b2a9-8034136930e4"
LIST = "aeb08fc1-2fc1-4141-bc8e-f758f183a822"
CONDITION = "715696a0-e1da-45c8-b209-c2fa9c3b0be6"
ORCHESTRATOR = "3b191d9f-356f-482d-8238-ba04b6d18381"
NUMBERS = {"type": "object", "properties": {"Primary Number": {"type": "number"}}}


def gathering() -> Json:
    """A loop: a list grows until it is long enough."""
    nodes = [
        node("in", INPUT, name="Word"),
        node("empty", MAKE_LIST, values=[]),
        node("add", LIST),
        node("count", COUNT),
        node("full", CONDITION, operator=">=", value2=3),
        node("out", OUTPUT, name="Words"),
    ]
    links = [
        "in.result -> add.entry",
        "add.updated_list -> count.collection",
        "add.updated_list -> full.yes_value",
        "add.updated_list -> full.no_value",
        "count.count -> full.value1",
        "full.yes_output -> out.value",
        "empty.list -> add.list",
        "full.no_output -> add.list",
    ]
    return document(nodes, links) | {"name": "Gathering"}


def adder(id: str, amount: int) -> Json:
    nodes = [
        node("in", NUMBER_INPUT, name="Primary Number"),
        node("sum", CALCULATOR, operation="Add", b=amount),
        node("out", OUTPUT, name="The Sum"),
    ]
    links = ["in.result -> sum.a", "sum.result -> out.value"]
    return document(nodes, links) | {"id": id, "version": 3, "name": id}


def caller(id: str, other: str) -> Json:
    call = node(
        "call",
        AGENT,
        user_id="the author",
        graph_id=other,
        graph_version=3,
        agent_name=other,
        inputs={},
        input_schema=NUMBERS,
        output_schema={"type": "object", "properties": {"The Sum": {}}},
    )
    nodes = [
        node("in", NUMBER_INPUT, name="Primary Number"),
        call,
        node("out", OUTPUT, name="The Sum"),
    ]
    links = [
        "in.result -> call.Primary Number",
        "call.The Sum -> out.value",
    ]
    return document(nodes, links) | {"id": id, "version": 3, "name": id}


def two_levels() -> Json:
    """All that are called stand in one flat list, as newer exports have them."""
    parts = [caller("middle", "inner"), adder("inner", 5)]
    return caller("top", "middle") | {"sub_graphs": parts}


def orchestrated() -> Json:
    """Tools in the newer spelling and in the older one."""
    nodes = [
        node("boss", ORCHESTRATOR, prompt="Add 1 and 2."),
        node("new", CALCULATOR, operation="Add"),
        node("old", CALCULATOR, operation="Subtract"),
        node("out", OUTPUT, name="Answer"),
    ]
    links = [
        "boss.tools -> new.a",
        "boss.tools -> new.b",
        "boss.tools_^_calculator_~_a -> old.a",
        "boss.tools_^_calculator_~_b -> old.b",
        "boss.finished -> out.value",
    ]
    return document(nodes, links) | {"name": "Orchestrated"}


def template_of_2024() -> Json:
    made = document(
        [
            node("keep", STORE, input="kept"),
            node("bot", UNKNOWN, discord_token="", **{"odd_#_pin": [1, {"b": None}]}),
            node("out", OUTPUT, name="Text"),
        ],
        ["keep.output -> bot.message_content", "keep.output -> out.value"],
    )
    for link in made["links"]:
        del link["is_static"]
    return made | {"is_template": True, "description": "", "subgraphs": {}}


def templated() -> Json:
    nodes = [
        node("in", INPUT, name="A"),
        node("words", TEMPLATE, format="{{ a }} and {{ b }}")
        | {"metadata": {"customized_name": "Words", "credentials_optional": True}},
        node("out", OUTPUT, name="Text"),
    ]
    nodes[1]["input_default"]["values_#_b"] = "tea"
    links = ["in.result -> words.values_#_a", "words.output -> out.value"]
    return document(nodes, links) | {"name": "Templated"}


ALL = {
    "a loop": gathering,
    "agents in agents": two_levels,
    "tools": orchestrated,
    "the format of 2024": template_of_2024,
    "dynamic pins": templated,
}
