"""Both wire formats over real HTTP: what is sent, where to, and what is read."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks.credentials import CredentialRef
from blocks.errors import BlockError
from blocks.llm import anthropic_wire, openai_wire
from blocks.llm.client import complete
from blocks.llm.endpoint import Endpoint
from blocks.llm.messages import Request, ToolSpec, tool_result
from blocks.llm.models import Model, catalogue
from blocks.secret import Secret
from blocks.values import encode
from tests.llm.asking import (
    ANTHROPIC,
    BOTH,
    KEY,
    OPENAI,
    account,
    answer_of,
    context,
    saying,
)
from tests.llm_server import Asked, Reply, llm_server

ADD = ToolSpec(
    name="add",
    description="Adds two numbers.",
    schema={"type": "object", "properties": {"a": {}, "b": {}}},
)


@pytest.mark.parametrize("model", BOTH)
@pytest.mark.parametrize("whole", [True, False])
async def test_a_text_comes_in_parts_or_whole(model, whole):
    with llm_server(Reply(text="Grüße, 世界!", whole=whole)) as server:
        answer, ctx = await answer_of(server, saying(model))
    assert answer.text == "Grüße, 世界!"
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (1000, 100)
    assert "".join(ctx.live.texts) == answer.text
    assert len(ctx.live.texts) == (1 if whole else 3)


PLAIN = {"content-type": "text/plain"}
UNSAID = [
    pytest.param(b'{"choices": [{"message": {"content": "Hi"}}]}', OPENAI, id="whole"),
    pytest.param(
        b'data: {"choices": [{"delta": {"content": "Hi"}}]}\n\ndata: [DONE]\n\n',
        OPENAI,
        id="in parts",
    ),
    pytest.param(
        b'{"content": [{"type": "text", "text": "Hi"}]}', ANTHROPIC, id="message"
    ),
]


@pytest.mark.parametrize(("raw", "model"), UNSAID)
async def test_a_server_need_not_say_how_it_answers(raw, model):
    with llm_server(Reply(raw=raw, headers=PLAIN)) as server:
        answer, _ = await answer_of(server, saying(model))
    assert answer.text == "Hi"


@pytest.mark.parametrize("model", BOTH)
@pytest.mark.parametrize("whole", [True, False])
async def test_tool_calls_come_in_parts_or_whole(model, whole):
    calls = (("add", {"a": 1, "b": "x" * 40}), ("add", {"a": 2}))
    with llm_server(Reply(text="So:", calls=calls, whole=whole)) as server:
        answer, _ = await answer_of(server, saying(model, tools=[ADD]))
    assert answer.text == "So:"
    assert [call.name for call in answer.calls] == ["add", "add"]
    assert [json.loads(call.arguments) for call in answer.calls] == [
        {"a": 1, "b": "x" * 40},
        {"a": 2},
    ]
    assert len({call.id for call in answer.calls}) == 2


async def test_money_is_counted_by_the_price_of_the_model():
    with llm_server("Hi") as server:
        cheap, _ = await answer_of(server, saying(OPENAI))
        dear, _ = await answer_of(server, saying(ANTHROPIC))
    # 1,000 tokens in and 100 out, at 0.15 and 0.60, and at 1 and 5 for a million.
    assert (cheap.usage.cost, dear.usage.cost) == (210, 1500)


@pytest.mark.parametrize("model", BOTH)
async def test_a_server_that_does_not_count_is_counted_for(model):
    with llm_server(Reply(text="x" * 400, counts=False)) as server:
        answer, _ = await answer_of(server, saying(model))
    assert answer.usage.output_tokens == 100
    assert answer.usage.cost > 0


# --- What is sent ---------------------------------------------------------------------


async def asked(request: Request, *accounts) -> Asked:
    with llm_server("Yes") as server:
        made = [account(name, server) for name in accounts]
        async with context(server, *made) as ctx:
            await complete(ctx, request)
        return server.asked[0]


async def test_chat_completions_get_what_they_expect():
    found = await asked(saying(OPENAI, tools=[ADD], max_tokens=7, parallel_tools=False))
    assert found.path == "/v1/chat/completions"
    assert found.headers["authorization"] == f"Bearer {KEY}"
    assert found.body["model"] == OPENAI
    assert found.body["stream"] is True
    assert found.body["max_completion_tokens"] == 7
    assert found.body["parallel_tool_calls"] is False
    assert found.body["tools"] == [
        {
            "type": "function",
            "function": {
                "name": "add",
                "description": ADD.description,
                "parameters": ADD.schema,
            },
        }
    ]


async def test_messages_get_what_they_expect():
    found = await asked(saying(ANTHROPIC, tools=[ADD], parallel_tools=False))
    assert found.path == "/v1/messages"
    assert found.headers["x-api-key"] == KEY
    assert found.headers["anthropic-version"]
    assert found.body["max_tokens"] == 32_000
    assert found.body["tool_choice"]["disable_parallel_tool_use"] is True
    assert found.body["tools"][0]["input_schema"] == ADD.schema


async def test_a_conversation_with_tools_is_translated_for_messages():
    call = {"id": "c1", "function": {"name": "add", "arguments": '{"a": 1}'}}
    other = {"id": "c2", "function": {"name": "add", "arguments": "broken"}}
    found = await asked(
        saying(
            ANTHROPIC,
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": "Add"},
            {"role": "assistant", "content": None, "tool_calls": [call, other]},
            tool_result("c1", {"result": 3}),
            tool_result("c2", "no"),
            {"role": "system", "content": "Be brief."},
        )
    )
    assert found.body["system"] == "Be kind.\n\nBe brief."
    assert [turn["role"] for turn in found.messages] == ["user", "assistant", "user"]
    assert found.messages[1]["content"] == [
        {"type": "tool_use", "id": "c1", "name": "add", "input": {"a": 1}},
        {"type": "tool_use", "id": "c2", "name": "add", "input": {}},
    ]
    assert found.messages[2]["content"] == [
        {"type": "tool_result", "tool_use_id": "c1", "content": '{"result":3}'},
        {"type": "tool_result", "tool_use_id": "c2", "content": "no"},
    ]


PICTURES = [
    pytest.param(
        "data:image/png;base64,AAAA",
        {"type": "base64", "media_type": "image/png", "data": "AAAA"},
        id="inline",
    ),
    pytest.param(
        "https://pictures.example/1.png",
        {"type": "url", "url": "https://pictures.example/1.png"},
        id="elsewhere",
    ),
]


@pytest.mark.parametrize(("url", "source"), PICTURES)
async def test_pictures_are_translated_for_messages(url, source):
    text = {"type": "text", "text": "What is this?"}
    picture = {"type": "image_url", "image_url": {"url": url}}
    found = await asked(saying(ANTHROPIC, {"role": "user", "content": [text, picture]}))
    assert found.messages[0]["content"] == [text, {"type": "image", "source": source}]


async def test_messages_begin_with_the_user():
    found = await asked(saying(ANTHROPIC, {"role": "assistant", "content": "Hm"}))
    assert [turn["role"] for turn in found.messages] == ["user", "assistant"]


async def test_thoughts_are_sent_back_to_whom_they_came_from_and_to_nobody_else():
    reply = Reply(thinking="Well, well.", calls=(("add", {"a": 1}),))
    with llm_server(reply) as server:
        answer, _ = await answer_of(server, saying(ANTHROPIC, thinks=True))
        said = answer.message()
        await answer_of(server, saying(ANTHROPIC, said))
        await answer_of(server, saying(OPENAI, said))
    assert server.asked[0].body["thinking"]["budget_tokens"] == 16_000
    thought = {"type": "thinking", "thinking": "Well, well.", "signature": "signed"}
    assert server.asked[1].messages[1]["content"][0] == thought
    assert set(server.asked[2].messages[0]) == {"role", "content", "tool_calls"}


# Of whom the model is, and what goes to him.
WHERE = [
    pytest.param("groq/llama-9", "groq", "llama-9", id="provider/model"),
    pytest.param("maker/new-one", "open_router", "maker/new-one", id="maker/model"),
    pytest.param("my-own", "openai", "my-own", id="plain name"),
    pytest.param("llama-3.3-70b-versatile", "groq", None, id="listed"),
    pytest.param("google/gemini-2.5-pro", "open_router", None, id="listed, slash"),
    pytest.param("Llama-3.3-70B-Instruct", "llama_api", None, id="llama api"),
    pytest.param("v0-1.5-md", "v0", None, id="v0"),
    pytest.param("Qwen/Qwen2.5-72B-Instruct-Turbo", "aiml_api", None, id="aiml"),
]


@pytest.mark.parametrize(("model", "provider", "sent"), WHERE)
async def test_every_provider_is_asked_for_its_models(model, provider, sent):
    found = await asked(saying(model, max_tokens=5), provider)
    assert found.body["model"] == (sent or model)
    assert found.body["max_tokens"] == 5


async def test_a_model_nobody_has_heard_of_goes_where_the_credential_leads():
    async def ask(model: str, provider: str) -> str:
        with llm_server("Yes") as server:
            credential = account(provider, server)
            ref = {"id": provider, "provider": provider}
            request = saying(model, credentials=_ref(ref))
            async with context(server, credential) as ctx:
                await complete(ctx, request)
            return server.asked[0].body["model"]

    assert await ask("meta/llama-x", "openai") == "meta/llama-x"
    assert await ask("claude-x", "groq") == "claude-x"
    assert await ask("anthropic/claude-x", "open_router") == "anthropic/claude-x"


def _ref(value):
    return CredentialRef.model_validate(value)


async def test_a_gateway_serves_models_of_others_too():
    found = await asked(saying(ANTHROPIC), "openai")
    assert found.path == "/v1/chat/completions"
    assert found.body["model"] == ANTHROPIC


async def test_a_credential_of_another_provider_is_refused():
    with llm_server("never") as server:
        ref = _ref({"id": "groq", "provider": "groq"})
        async with context(server, account("groq", None)) as ctx:
            with pytest.raises(BlockError, match="is of anthropic") as caught:
                await complete(ctx, saying(ANTHROPIC, credentials=ref))
    assert caught.value.code == "credential_refused"
    assert server.asked == []


async def test_without_a_credential_it_says_what_is_missing():
    with llm_server("never") as server:
        async with context(server, account("groq", server)) as ctx:
            with pytest.raises(BlockError, match="openai") as caught:
                await complete(ctx, saying(OPENAI))
    assert caught.value.code == "credential_missing"


@pytest.mark.parametrize(
    "form", ["localhost:{}", "http://127.0.0.1:{}/", "localhost:{}/v1"]
)
async def test_ollama_wants_no_key(form):
    with llm_server("Moo") as server:
        async with context(server, account("groq", None)) as ctx:
            host = form.format(server.port)
            answer = await complete(ctx, saying("llama3.2", ollama_host=host))
    assert answer.text == "Moo"
    assert answer.usage.cost == 0
    assert server.asked[0].path == "/v1/chat/completions"
    assert "authorization" not in server.asked[0].headers


async def test_a_server_inside_is_closed_unless_it_is_opened():
    with llm_server("never") as server, llm_server("open") as other:
        async with context(other) as ctx:
            request = saying("llama3.2", ollama_host=server.address)
            with pytest.raises(BlockError) as caught:
                await complete(ctx, request)
    assert caught.value.code == "egress_blocked"
    assert server.asked == []


# --- What is read ---------------------------------------------------------------------

WORDS = (
    "type", "index", "delta", "message", "choices", "content", "content_block", "text",
    "usage", "tool_calls", "function", "arguments", "id", "name", "finish_reason",
    "stop_reason", "error", "input", "message_start", "content_block_start", "tool_use",
    "content_block_delta", "message_delta", "thinking", "refusal", "cost", "signature",
)  # fmt: skip
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False)
    | st.sampled_from(WORDS),
    lambda part: st.lists(part, max_size=3)
    | st.dictionaries(st.sampled_from(WORDS), part, max_size=6),
    max_leaves=20,
)  # fmt: skip
OBJECTS = st.dictionaries(st.sampled_from(WORDS), ANYTHING, max_size=8)


@pytest.mark.parametrize("wire", [openai_wire, anthropic_wire])
@given(events=st.lists(OBJECTS, max_size=6), whole=OBJECTS)
def test_whatever_a_server_sends_is_an_answer_or_a_failure(wire, events, whole):
    model = catalogue().find("openai/gpt-oss-20b")
    place = Endpoint(model=model, base_url="", speaks="", key=Secret(""))
    with suppress(BlockError):
        parts = wire.gathering(place)
        for event in events:
            parts.take(event)
        encode(parts.answer().message())
    with suppress(BlockError):
        parts = wire.gathering(place)
        parts.take_whole(whole)
        encode(parts.answer().message())


@pytest.mark.parametrize(
    ("told", "cost"), [(0.0012, 1200), (-1, 55), (1e300, 55), (True, 55), ("1", 55)]
)
def test_what_openrouter_says_it_costs_counts_if_it_can_be(told, cost):
    model = Model(name="m", provider="open_router", input_price=5_000_000)
    place = Endpoint(model=model, base_url="", speaks="", key=Secret(""))
    parts = openai_wire.gathering(place)
    message = {"choices": [{"message": {"content": "Hi"}}]}
    parts.take_whole(message | {"usage": {"prompt_tokens": 11, "cost": told}})
    assert parts.answer().usage.cost == cost
