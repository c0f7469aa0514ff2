"""The test kit tells every way in which a block can break its promise."""

from dataclasses import replace

import pytest

from blocks.credentials import Credential, CredentialKind
from blocks.spec import Effect, Example
from blocks.testing import (
    Call,
    FakeContext,
    FakeHttp,
    check_example,
    outputs_match,
)
from blocks.values import JsonObject
from blocks.world import AgentResult, Rows, ToolResult
from tests.blocks.calls import named

COUNT = named("CountItems")
SEND = named("SendWebRequest")
URL = "https://api.example/x"
CALL: Call = ("GET", URL, 200, {}, b"x")
GET: JsonObject = {"url": URL, "method": "GET"}

BROKEN = [
    pytest.param(COUNT, Example(inputs={"collection": "a"}, outputs=[("count", 2)]),
                 "emitted", id="another-value"),
    pytest.param(COUNT, Example(inputs={"collection": "a"}), "emitted", id="too-many"),
    pytest.param(COUNT, Example(inputs={}, outputs=[("count", 1)]), "failed",
                 id="failure"),
    pytest.param(COUNT, Example(inputs={"collection": ""}, error="x"), "did not fail",
                 id="no-failure"),
    pytest.param(COUNT, Example(inputs={}, error="other words"), "failed with",
                 id="another-failure"),
    pytest.param(COUNT, Example(inputs={"collection": ""}, outputs=[("count", 0)],
                                calls=(CALL,)), "did not send", id="unused-call"),
    pytest.param(SEND, Example(inputs=GET), "unexpected request", id="unexpected-call"),
    pytest.param(SEND, Example(inputs={**GET, "url": URL + "y"}, calls=(CALL,)),
                 "unexpected request", id="another-call"),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "example", "part"), BROKEN)
async def test_broken_promise_is_told(spec, example, part):
    with pytest.raises(AssertionError, match=part):
        await check_example(spec, example)


MATCHES = [
    pytest.param([("a", 1)], [("a", 1)], True, id="equal"),
    pytest.param([("a", 1)], [("a", lambda value: value > 0)], True, id="predicate"),
    pytest.param([("a", 1)], [("a", lambda value: value > 1)], False, id="refused"),
    pytest.param([("a", 1)], [("b", 1)], False, id="another-pin"),
    pytest.param([("a", True)], [("a", 1)], False, id="true-is-not-one"),
    pytest.param([("a", [1])], [("a", [True])], False, id="one-is-not-true-inside"),
    pytest.param([("a", 1), ("b", 2)], [("b", 2), ("a", 1)], False, id="order"),
    pytest.param([("a", 1)], [("a", 1.0)], True, id="numbers-are-numbers"),
]


@pytest.mark.parametrize(("found", "expected", "match"), MATCHES)
def test_outputs_match(found, expected, match):
    assert outputs_match(found, expected) is match


async def test_answers_are_given_once():
    http = FakeHttp([CALL])
    await http.request("GET", URL)
    with pytest.raises(AssertionError, match="unexpected"):
        await http.request("GET", URL)


def test_context_has_one_key_for_all_attempts():
    ctx = FakeContext()
    again = FakeContext(identity=replace(ctx.identity, attempt=2))
    assert ctx.idempotency_key == again.idempotency_key


ANSWER = Rows(columns=["n"], rows=[[1]])
RESULT = AgentResult(status="COMPLETED", outputs={}, errors=[])
KEY = Credential(id="key", provider="p", kind=CredentialKind.API_KEY)
UNUSED = [
    pytest.param({"rows": ([ANSWER],)}, "answer of a database", id="rows"),
    pytest.param({"files": {"workspace://1": ("a", "text/plain", b"")}},
                 "file workspace://1", id="file"),
    pytest.param({"agent_results": (RESULT,)}, "result of an agent", id="agent"),
    pytest.param({"tool_results": (ToolResult(outputs=[]),)}, "result of a tool",
                 id="tool"),
    pytest.param({"credentials": (KEY,)},
                 "credential key of p", id="credential"),
]  # fmt: skip


@pytest.mark.parametrize(("told", "part"), UNUSED)
async def test_what_was_told_and_not_asked_for_is_a_failure(told, part):
    example = Example(inputs={"collection": "a"}, outputs=[("count", 1)], **told)
    with pytest.raises(AssertionError, match=f"did not ask for: {part}"):
        await check_example(COUNT, example)


async def test_a_pure_block_that_reads_the_clock_is_told():
    time = named("GetCurrentDateAndTime")
    pure = replace(time, effect=Effect.PURE)
    with pytest.raises(AssertionError, match="read the clock"):
        await check_example(pure, time.examples[0])
