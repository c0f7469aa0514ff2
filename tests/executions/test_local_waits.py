"""What waits, asks, calls and fails, run without server or database."""

import asyncio
from typing import Any

import pytest

from blocks.values import JsonObject
from core.egress import EgressClient, parse_allow
from core.limits import Limits
from executions.local import run_locally
from graphs.domain.bundle import unpack
from graphs.domain.transfer import import_agent
from tests.executions.agents import TIMER, WEB
from tests.executions.running import run_here
from tests.factories import CALCULATOR, NUMBER_INPUT, OUTPUT, document, node

AGENT = "e189baac-8c20-45a1-94a7-55177ea42565"
REVIEW = "8b2a7b3c-6e9d-4a5f-8c1b-2e3f4a5b6c7d"


def adding(id_: str, amount: int) -> JsonObject:
    nodes = [
        node("in", NUMBER_INPUT, name="Number"),
        node("sum", CALCULATOR, operation="Add", b=amount),
        node("out", OUTPUT, name="Sum"),
    ]
    links = ["in.result -> sum.a", "sum.result -> out.value"]
    return document(nodes, links) | {"id": id_, "version": 1}


def calling(id_: str, other: str, *others: JsonObject, **inputs: Any) -> JsonObject:
    """Gives on what `other` gives, or why it did not."""
    nodes = [
        node("call", AGENT, graph_id=other, graph_version=1, inputs=inputs),
        node("out", OUTPUT, name="Sum"),
        node("why", OUTPUT, name="Why"),
    ]
    links = ["call.Sum -> out.value"]
    links += [f"call.{pin} -> why.value" for pin in ("Why", "error")]
    made = document(nodes, links)
    return made | {"id": id_, "version": 1, "sub_graphs": [*others]}


async def ran(made: JsonObject, **facts: Any) -> JsonObject:
    agent = unpack(made)
    async with asyncio.timeout(20):
        return await run_here(agent.top, {}, others=agent.parts, **facts)


async def test_a_sub_agent_that_came_along_runs():
    result = await ran(calling("top", "plus", adding("plus", 5), Number=2))
    assert (result["status"], result["outputs"]) == ("COMPLETED", {"Sum": [7]})
    assert result["node_executions"] == 2 + 3


async def test_sub_agents_of_sub_agents_run():
    middle = calling("middle", "plus", adding("plus", 5), Number=1)
    result = await ran(calling("top", "middle", middle))
    assert result["outputs"] == {"Sum": [6]}


@pytest.mark.parametrize(
    ("made", "why"),
    [
        pytest.param(calling("top", "gone"), "did not come with this one", id="absent"),
        pytest.param(
            calling("top", "plus", adding("plus", 1), Number="many"),
            "is not a number",
            id="inputs that do not fit",
        ),
        pytest.param(
            calling("top", "a", calling("a", "b"), calling("b", "a")),
            "levels deep",
            id="each other without end",
        ),
    ],
)
async def test_a_sub_agent_that_cannot_run_says_why(made: JsonObject, why: str):
    result = await ran(made, limits=Limits(agent_depth=4))
    assert result["status"] == "COMPLETED", result
    assert why in str(result["outputs"]["Why"])


async def test_what_is_asked_of_people_is_approved():
    nodes = [
        node("ask", REVIEW, data={"to": "ann"}, name="Mail"),
        node("out", OUTPUT, name="Out"),
    ]
    result = await ran(document(nodes, ["ask.approved_data -> out.value"]))
    assert (result["status"], result["outputs"]) == (
        "COMPLETED",
        {"Out": [{"to": "ann"}]},
    )


async def test_a_timer_rings():
    nodes = [
        node("timer", TIMER, seconds=1, input_message="rang"),
        node("out", OUTPUT, name="Out"),
    ]
    began = asyncio.get_running_loop().time()
    result = await ran(document(nodes, ["timer.output_message -> out.value"]))
    assert result["outputs"] == {"Out": ["rang"]}
    assert asyncio.get_running_loop().time() - began >= 0.99


@pytest.mark.parametrize(
    ("attempts", "status"), [(1, "FAILED"), (2, "FAILED"), (3, "COMPLETED")]
)
async def test_what_fails_is_tried_again(attempts: int, status: str):
    """A server that hangs up twice before it answers."""
    calls = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        nonlocal calls
        calls += 1
        await reader.readuntil(b"\r\n\r\n")
        if calls > 2:
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    web = node("web", WEB, url=f"http://127.0.0.1:{port}/", method="GET")
    web["metadata"]["retry"] = {"max_attempts": attempts, "delay_s": 0.01}
    agent, _ = import_agent(
        document([web, node("out", OUTPUT, name="Out")], ["web.response -> out.value"])
    )
    client = EgressClient(allow=parse_allow([f"127.0.0.1:{port}"]))
    async with server, asyncio.timeout(10):
        result = await run_locally(agent, {}, limits=Limits(), client=client)
        await client.aclose()
    assert (result["status"], calls) == (status, attempts)
    if status == "FAILED":
        assert [error["code"] for error in result["errors"]] == ["unreachable"]


async def test_a_run_that_ends_early_takes_its_sub_agents_along():
    """Its budget is used up while the sub-agent waits."""
    sleeps = document(
        [
            node("timer", TIMER, seconds=3600, input_message=1),
            node("out", OUTPUT, name="Sum"),
        ],
        ["timer.output_message -> out.value"],
    ) | {"id": "sleeps", "version": 1}
    made = calling("top", "sleeps", sleeps)
    made["settings"] = {"timeout_s": 0.2}
    agent = unpack(made)
    async with asyncio.timeout(10):
        result = await run_here(agent.top, {}, others=agent.parts)
    assert result["status"] == "TIMED_OUT"
