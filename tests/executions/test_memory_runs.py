"""What one run keeps, the next one finds, on a real server whose worker runs them."""

from typing import Any

import httpx

from tests.factories import INPUT, OUTPUT, document, node
from tests.servers import new_agent, start_run

PERSIST = "1d055e55-a2b9-4547-8311-907d05b0304d"
RETRIEVE = "d8710fc9-6e29-481e-a7d5-165eb16f8471"
LIST_AGENTS = "082602d3-a74d-4600-9e9c-15b3af7eae98"


def keeping(**constants: Any) -> Any:
    nodes = [
        node("in", INPUT, name="what"),
        node("keep", PERSIST, key="tea", **constants),
        node("out", OUTPUT, name="kept"),
    ]
    return document(nodes, ["in.result -> keep.value", "keep.value -> out.value"])


def finding(**constants: Any) -> Any:
    nodes = [
        node("find", RETRIEVE, key="tea", default_value="none", **constants),
        node("out", OUTPUT, name="found"),
    ]
    return document(nodes, ["find.value -> out.value"])


def outputs(client: httpx.Client, agent: str, **inputs: Any) -> Any:
    run = start_run(client, agent, inputs, "?wait=20")
    assert run["status"] == "COMPLETED", run
    return run["outputs"]


def test_what_is_shared_is_found_by_another_agent_of_the_user(
    alice_there: httpx.Client, charlie_there: httpx.Client
):
    shared = {"scope": "across_agents"}
    keep = new_agent(alice_there, keeping(**shared))
    find = new_agent(alice_there, finding(**shared))
    own = new_agent(alice_there, finding())
    assert outputs(alice_there, keep, what={"cups": 2}) == {"kept": [{"cups": 2}]}
    assert outputs(alice_there, find) == {"found": [{"cups": 2}]}
    assert outputs(alice_there, own) == {"found": ["none"]}
    theirs = new_agent(charlie_there, finding(**shared))
    assert outputs(charlie_there, theirs) == {"found": ["none"]}


def test_an_agent_lists_the_agents_of_its_workspace(alice_there: httpx.Client):
    nodes = [
        node("list", LIST_AGENTS, search_query="lists itself"),
        node("out", OUTPUT, name="count"),
    ]
    body = document(nodes, ["list.total_count -> out.value"])
    agent = new_agent(alice_there, body | {"description": "Lists itself."})
    assert outputs(alice_there, agent) == {"count": [1]}
