"""How servers of models fail over real HTTP, and when they are asked again."""

import pytest

from blocks.errors import BlockError
from blocks.llm import client
from tests.llm.asking import ANTHROPIC, BOTH, KEY, OPENAI, answer_of, saying
from tests.llm_server import Reply, fails, llm_server


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch):
    monkeypatch.setattr(client, "_FIRST_WAIT_S", 0.01)


FAULTS = [
    pytest.param(fails(429, "slow down"), "rate_limit", "slow down", id="429"),
    pytest.param(
        fails(429, "pay", "insufficient_quota"), "quota_exceeded", "", id="pay"
    ),
    pytest.param(fails(500), "server_error", "500", id="500"),
    pytest.param(fails(529, "", "overloaded_error"), "server_error", "", id="529"),
    pytest.param(fails(504), "timeout", "504", id="504"),
    pytest.param(fails(401), "unauthorized", "401", id="401"),
    pytest.param(fails(403), "unauthorized", "403", id="403"),
    pytest.param(fails(404), "unknown_model", "404", id="404"),
    pytest.param(fails(400, "too many"), "bad_request", "too many", id="400"),
    pytest.param(fails(422), "bad_request", "422", id="422"),
    pytest.param(Reply(status=500, raw=b"<html>"), "server_error", "", id="html"),
    pytest.param(Reply(raw=b"{broken"), "bad_answer", "wire format", id="broken"),
    pytest.param(Reply(raw=b'{"a": 1}'), "bad_answer", "wire format", id="foreign"),
    pytest.param(Reply(raw=b"[]"), "bad_answer", "wire format", id="list"),
    pytest.param(
        Reply(raw=b"data: {broken\n\n", headers={"content-type": "text/event-stream"}),
        "bad_answer",
        "wire format",
        id="broken event",
    ),
    pytest.param(Reply(text="Hello", cut=3), "server_error", "broke off", id="cut"),
    pytest.param(
        Reply(text="Hello", cut=3, hangs_up=True), "unreachable", "", id="hung up"
    ),
    pytest.param(Reply(text=""), "empty_answer", "nothing", id="empty"),
    pytest.param(
        Reply(text="", finish="length", whole=True), "too_long", "max_tokens", id="full"
    ),
]


@pytest.mark.parametrize("model", BOTH)
@pytest.mark.parametrize(("reply", "code", "part"), FAULTS)
async def test_failures_have_codes_that_retry_policies_know(model, reply, code, part):
    if model == ANTHROPIC and reply.finish == "length":
        reply = Reply(text="", finish="max_tokens", whole=True)
    with llm_server(reply) as server, pytest.raises(BlockError) as caught:
        await answer_of(server, saying(model))
    assert caught.value.code == code
    assert part in str(caught.value)
    assert model in str(caught.value) or code == "unreachable"
    assert len(server.asked) == 1


IN_THE_MIDDLE = [
    pytest.param({"type": "overloaded_error", "message": "busy"}, "server_error"),
    pytest.param({"type": "rate_limit_error", "message": "busy"}, "rate_limit"),
    pytest.param({"type": "invalid_request_error", "message": "busy"}, "bad_request"),
]


@pytest.mark.parametrize("model", BOTH)
@pytest.mark.parametrize(("fault", "code"), IN_THE_MIDDLE)
async def test_a_failure_in_the_middle_of_an_answer_is_one(model, fault, code):
    reply = Reply(text="Hel", fault=fault)
    with llm_server(reply) as server, pytest.raises(BlockError, match="busy") as caught:
        await answer_of(server, saying(model))
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("model", "finish"), [(OPENAI, "content_filter"), (ANTHROPIC, "refusal")]
)
async def test_a_model_that_declines_has_failed(model, finish):
    reply = Reply(text="I cannot", finish=finish)
    with llm_server(reply) as server, pytest.raises(BlockError) as caught:
        await answer_of(server, saying(model))
    assert caught.value.code == "declined"


async def test_a_key_that_the_server_repeats_is_not_shown():
    reply = fails(401, f"Incorrect key {KEY}")
    with llm_server(reply) as server, pytest.raises(BlockError) as caught:
        await answer_of(server, saying(OPENAI))
    assert "Incorrect key …" in str(caught.value)
    assert KEY not in str(caught.value)


# --- Asking again ---------------------------------------------------------------------

PASSING = [
    pytest.param(fails(429, retry_after="0"), id="429"),
    pytest.param(fails(500), id="500"),
    pytest.param(Reply(text="Hello", cut=2), id="cut"),
    pytest.param(Reply(text="Hello", cut=2, hangs_up=True), id="hung up"),
    pytest.param(Reply(text=""), id="empty"),
]


@pytest.mark.parametrize("model", BOTH)
@pytest.mark.parametrize("reply", PASSING)
async def test_what_may_pass_is_asked_again(model, reply):
    with llm_server(reply, reply, "Here") as server:
        answer, _ = await answer_of(server, saying(model, resend=2))
    assert answer.text == "Here"
    assert len(server.asked) == 3


@pytest.mark.parametrize("status", [400, 401, 404])
async def test_what_will_not_pass_is_not_asked_again(status):
    with llm_server(fails(status), "never") as server, pytest.raises(BlockError):
        await answer_of(server, saying(OPENAI, resend=3))
    assert len(server.asked) == 1


async def test_it_waits_as_long_as_the_server_wants(monkeypatch):
    slept = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(client.asyncio, "sleep", sleep)
    with llm_server(fails(429, retry_after="7"), "Here") as server:
        await answer_of(server, saying(OPENAI, resend=1))
    assert slept == [7.0]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        pytest.param("120", "in 120 s", id="seconds"),
        pytest.param("Sat, 31 Jan 2026 12:31:45 GMT", "in 60 s", id="date"),
    ],
)
async def test_a_long_wait_is_left_to_the_retry_policy_of_the_node(header, said):
    reply = fails(429, retry_after=header)
    with llm_server(reply) as server, pytest.raises(BlockError, match=said) as caught:
        await answer_of(server, saying(OPENAI, resend=3))
    assert caught.value.code == "rate_limit"
    assert len(server.asked) == 1


async def test_a_slow_server_is_not_waited_for_for_ever(monkeypatch):
    monkeypatch.setattr(client, "TIMEOUT_S", 0.2)
    reply = Reply(text="Hello", delay_s=0.15)
    with llm_server(reply) as server, pytest.raises(BlockError) as caught:
        await answer_of(server, saying(OPENAI, resend=3))
    assert caught.value.code == "timeout"
    assert len(server.asked) == 1
