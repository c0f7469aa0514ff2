"""What a single agent may cost: time, memory, and how deep its values go."""

import asyncio
import gc
import time
import weakref
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from blocks.errors import BlockOutputError
from blocks.values import MAX_DEPTH, JsonObject, JsonValue, encode
from core.egress import EgressClient
from core.limits import Limits
from executions import local
from executions.engine.runner import Runner
from executions.local import run_locally
from graphs.domain.bundle import check_document
from graphs.domain.parse import parse_graph
from tests.factories import INPUT, OUTPUT, STORE, document, link, node

ADD_TO_LIST = "aeb08fc1-2fc1-4141-bc8e-f758f183a822"
WEB_REQUEST = "6595ae1f-b924-42cb-9a41-551a0611c4b4"


def outcome(body: JsonObject, inputs: JsonObject) -> JsonObject:
    async def run() -> JsonObject:
        client = EgressClient()
        graph = parse_graph(body, strict_blocks=True)
        try:
            return await run_locally(graph, inputs, limits=Limits(), client=client)
        finally:
            await client.aclose()

    return asyncio.run(run())


# --- Depth ----------------------------------------------------------------------------


def nested(levels: int, *, in_objects: bool = False) -> JsonValue:
    value: JsonValue = 1
    for _ in range(levels):
        value = {"a": value, "b": "{{"} if in_objects else [value, "[[[["]
    return value


@pytest.mark.parametrize("in_objects", [False, True])
def test_a_value_nests_so_deep_and_no_deeper(in_objects: bool):
    deepest = nested(MAX_DEPTH, in_objects=in_objects)
    assert encode(deepest).value == deepest
    with pytest.raises(BlockOutputError, match="128 levels"):
        encode(nested(MAX_DEPTH + 1, in_objects=in_objects))


def test_a_wide_value_is_not_deep():
    wide: JsonValue = [{"a": [1]} for _ in range(1000)]
    assert encode(wide).value == wide


def test_a_loop_that_wraps_its_own_output_ends_by_name():
    """And what it gave out until then can still be answered with."""
    body = document(
        [
            node("in", INPUT, name="Input"),
            node("list", ADD_TO_LIST, list=[]),
            node("out", OUTPUT, name="Output"),
        ],
        [
            "in.result -> list.entry",
            "list.updated_list -> list.entry",
            "list.updated_list -> out.value",
        ],
    )
    result: Any = outcome(body, {"Input": "x"})
    assert result["status"] == "FAILED"
    assert [error["code"] for error in result["errors"]] == ["bad_output"]
    assert orjson.dumps([[[result]]])


# --- Memory ---------------------------------------------------------------------------


@pytest.fixture
def _no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_no_collector")
@pytest.mark.parametrize("value", [pytest.param(8, id="ends"), "no number"])
def test_a_run_that_is_over_leaves_memory_at_once(
    monkeypatch: pytest.MonkeyPatch, value: JsonValue
):
    """Large values are few objects, so a collector that counts objects comes late."""
    runners: list[weakref.ref[Runner]] = []

    class Seen(Runner):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            runners.append(weakref.ref(self))

    monkeypatch.setattr(local, "Runner", Seen)
    body = document(
        [node("in", INPUT, name="Input"), node("list", ADD_TO_LIST, list=[])],
        ["in.result -> list.entry", "list.updated_list -> list.entry"],
    )
    outcome(body, {"Input": value})
    assert [runner() for runner in runners] == [None]


# --- Time -----------------------------------------------------------------------------


def dense(nodes: int) -> JsonObject:
    """Stores, each linked to all."""
    names = [f"n{index}" for index in range(nodes)]
    made = document([node(name, STORE) for name in names], [])
    made["links"] = [link(f"{a}.output -> {b}.input") for a in names for b in names]
    return made


def test_links_cost_time_in_proportion():
    def seconds(nodes: int) -> float:
        body = dense(nodes)
        began = time.process_time()
        check_document(body)
        return time.process_time() - began

    small, large = min(seconds(40) for _ in range(3)), seconds(160)
    assert large < small * 16 * 3, "16 times the links are to cost about 16 times"


# --- The network ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "2130706433", "0x7f000001", "127.1", "0", "[::]",
        "[::ffff:127.0.0.1]", "[2002:7f00:1::]", "[64:ff9b::7f00:1]", "①②⑦.⓪.⓪.①",
        "127.0.0.1.", "metadata.google.internal", "169.254.169.254", "100.64.0.1",
        "198.18.0.1", "240.0.0.1", "10.0.0.1", "public.example@127.0.0.1",
        "public.example\\@127.0.0.1",
    ],
)  # fmt: skip
async def test_a_run_reaches_nobody_inside(monkeypatch: pytest.MonkeyPatch, host: str):
    async def connect(*_: Any, **__: Any) -> Any:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", connect)
    body = document([node("web", WEB_REQUEST, url=f"http://{host}:8080/")], [])
    graph = parse_graph(body, strict_blocks=True)
    client = EgressClient()
    result: Any = await run_locally(graph, {}, limits=Limits(), client=client)
    await client.aclose()
    assert result["status"] == "FAILED"
    assert result["errors"][0]["code"] == "egress_blocked"
