"""The blocks that write with a model, over real HTTP in both wire formats."""

import pytest

from blocks.context import Spend
from blocks.llm import client
from blocks.spec import Effect
from blocks.testing import run_block
from tests.blocks.calls import named
from tests.llm.asking import ANTHROPIC, BOTH, OPENAI, account, called, context, stepped
from tests.llm_server import Reply, fails, llm_server


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch):
    monkeypatch.setattr(client, "_FIRST_WAIT_S", 0.01)


def pins(result) -> dict:
    """By pin; of one that emitted more than once, a list."""
    found: dict = {}
    for pin, value in result.outputs:
        found[pin] = [*found[pin], value] if pin in found else [value]
    return {pin: v[0] if len(v) == 1 else v for pin, v in found.items()}


# --- Text -----------------------------------------------------------------------------


@pytest.mark.parametrize("model", BOTH)
async def test_a_text_is_written(model):
    with llm_server("Once.") as server:
        result = await called(
            "AITextGenerator",
            server,
            model=model,
            prompt="Tell {{ what }}",
            prompt_values={"what": "a tale"},
            sys_prompt="As {{ what }}",
        )
    assert result.error is None
    assert [pin for pin, _ in result.outputs] == ["response", "prompt", "usage"]
    assert pins(result)["response"] == "Once."
    assert pins(result)["prompt"] == [
        {"role": "system", "content": "As a tale"},
        {"role": "user", "content": "Tell a tale"},
    ]
    assert pins(result)["usage"]["input_tokens"] == 1000


async def test_without_values_braces_are_just_text():
    with llm_server("Yes") as server:
        await called("AITextGenerator", server, prompt="What is {{ x }} {% if %}?")
    assert server.asked[0].last == "What is {{ x }} {% if %}?"


async def test_what_was_spent_is_told_also_when_it_fails():
    inputs = {"prompt": "?", "expected_format": {"a": "b"}, "retry": 1}
    with llm_server("no") as server:
        async with context(server) as ctx:
            steps, error = await stepped(
                "AIStructuredResponseGenerator", ctx, model=ANTHROPIC, **inputs
            )
    assert steps == [Spend(3000)]
    assert error.code == "bad_answer"


async def test_a_failure_that_passes_is_met_by_asking_again():
    with llm_server(fails(429, retry_after="0"), fails(500), "Here") as server:
        result = await called("AITextGenerator", server, prompt="?", retry=2)
    assert pins(result)["response"] == "Here"


async def test_retry_0_asks_once():
    with llm_server(fails(500), "never") as server:
        result = await called("AITextGenerator", server, prompt="?", retry=0)
    assert result.error.code == "server_error"
    assert len(server.asked) == 1


def test_repeating_what_only_writes_does_no_harm():
    for name in ("AITextGenerator", "AIStructuredResponseGenerator", "AICondition"):
        assert named(name).effect is Effect.IDEMPOTENT


# --- Structured -----------------------------------------------------------------------


@pytest.mark.parametrize("model", BOTH)
async def test_an_answer_without_the_fields_is_asked_for_again(model):
    with llm_server("Sure!", '{"name": "Ann"}', '{"name": "Ann", "age": 3}') as server:
        result = await called(
            "AIStructuredResponseGenerator",
            server,
            model=model,
            prompt="Who?",
            expected_format={"name": "who", "age": "how old"},
            retry=2,
        )
    assert pins(result)["response"] == {"name": "Ann", "age": 3}
    assert pins(result)["usage"]["calls"] == 3
    assert "no JSON object" in str(server.asked[1].last)
    assert "'age'" in str(server.asked[2].last)


async def test_it_gives_up_after_so_many_answers():
    with llm_server("no") as server:
        result = await called(
            "AIStructuredResponseGenerator",
            server,
            prompt="?",
            expected_format={"a": "b"},
            retry=2,
        )
    assert result.error.code == "bad_answer"
    assert "3 times" in str(result.error)
    assert len(server.asked) == 3


async def test_a_cut_answer_is_said_to_be_cut():
    cut = Reply(text='{"a": "endl', finish="length")
    with llm_server(cut, '{"a": 1}') as server:
        result = await called(
            "AIStructuredResponseGenerator",
            server,
            prompt="?",
            expected_format={"a": "b"},
        )
    assert pins(result)["response"] == {"a": 1}
    assert "too long" in server.asked[1].last


async def test_lists_and_the_json_mode():
    with llm_server('{"items": [{"a": 1}, {"a": 2}]}') as server:
        result = await called(
            "AIStructuredResponseGenerator",
            server,
            prompt="?",
            expected_format={"a": "b"},
            list_result=True,
            force_json_output=True,
        )
    assert pins(result)["response"] == [{"a": 1}, {"a": 2}]
    assert server.asked[0].body["response_format"] == {"type": "json_object"}


async def test_without_fields_it_is_plain_text():
    with llm_server("Just so") as server:
        result = await called(
            "AIStructuredResponseGenerator", server, prompt="?", expected_format={}
        )
    assert pins(result)["response"] == {"response": "Just so"}


async def test_a_prompt_that_is_too_long_is_compressed_if_wanted():
    async def sent(compress: bool) -> int:
        with llm_server('{"a": 1}') as server:
            await called(
                "AIStructuredResponseGenerator",
                server,
                model="gpt-4",
                prompt="long " * 20_000,
                expected_format={"a": "b"},
                compress_prompt_to_fit=compress,
                max_tokens=1000,
            )
        return len(server.asked[0].last)

    assert await sent(True) < 8192 * 4
    assert await sent(False) == 100_000


# --- Conversation ---------------------------------------------------------------------


async def test_a_conversation_goes_on():
    talk = ["Hi", {"role": "assistant", "content": "Hello"}]
    with llm_server("Fine") as server:
        result = await called(
            "AIConversation", server, messages=talk, prompt="How are you?"
        )
    assert pins(result)["response"] == "Fine"
    assert [m["role"] for m in server.asked[0].messages] == [
        "user",
        "assistant",
        "user",
    ]


BAD_MESSAGES = [
    pytest.param([5], "item 0", id="number"),
    pytest.param(["Hi", {"content": "x"}], "item 1", id="no role"),
    pytest.param([{"role": "boss"}], "assistant", id="unknown role"),
]


@pytest.mark.parametrize(("messages", "part"), BAD_MESSAGES)
async def test_what_is_no_message_is_said(messages, part):
    with llm_server("never") as server:
        result = await called("AIConversation", server, messages=messages)
    assert part in str(result.error)
    assert result.error.code == "bad_input"
    assert server.asked == []


# --- Lists, conditions ----------------------------------------------------------------


@pytest.mark.parametrize("model", BOTH)
async def test_a_list_is_made_whole_and_item_by_item(model):
    with llm_server("Well", 'Here: ["a", "b"]') as server:
        result = await called(
            "AIListGenerator", server, model=model, source_data="a b", focus="letters"
        )
    assert [pin for pin, _ in result.outputs] == [
        "generated_list", "list_item", "list_item", "prompt", "usage",
    ]  # fmt: skip
    assert pins(result)["generated_list"] == ["a", "b"]


@pytest.mark.parametrize("model", BOTH)
@pytest.mark.parametrize(
    ("said", "expected"),
    [("True", [("result", True), ("yes_output", "y")]),
     ("no.", [("result", False), ("no_output", 5)])],
)  # fmt: skip
async def test_a_condition_is_decided(model, said, expected):
    with llm_server("Hard to say", said) as server:
        result = await called(
            "AICondition",
            server,
            model=model,
            input_value=5,
            condition="it is odd",
            yes_value="y",
        )
    assert result.outputs[:2] == expected
    assert len(server.asked) == 2


async def test_an_undecided_condition_fails():
    with llm_server("Hm") as server:
        result = await called(
            "AICondition", server, input_value=5, condition="it is odd"
        )
    assert result.error.code == "bad_answer"
    assert result.outputs == []
    assert len(server.asked) == 3


# --- Summary --------------------------------------------------------------------------


async def test_a_short_text_is_summarised_at_once():
    with llm_server("Short.") as server:
        result = await called(
            "AITextSummarizer", server, text="A tale.", style="bullet points"
        )
    assert pins(result)["summary"] == "Short."
    assert len(server.asked) == 1
    assert "bullet points" in server.asked[0].messages[0]["content"]


@pytest.mark.parametrize("model", BOTH)
async def test_a_long_text_is_summarised_in_parts_and_then_together(model):
    text = " ".join(f"word{n}" for n in range(900))
    with llm_server("Part.") as server:
        async with context(server) as ctx:
            inputs = {
                "text": text,
                "model": model,
                "max_tokens": 500,
                "chunk_overlap": 10,
            }
            result = await run_block(named("AITextSummarizer"), inputs, ctx)
    assert pins(result)["summary"] == "Part."
    asked = [str(call.body) for call in server.asked]
    assert sum("this part of a longer text" in call for call in asked) == len(asked) - 1
    assert len(asked) > 3
    # Only the last one is shown; the parts only count.
    assert "".join(ctx.live.texts) == "Part."
    assert len(ctx.live.steps) == len(asked) - 1
    assert pins(result)["usage"]["calls"] == len(asked)


async def test_a_model_that_makes_texts_longer_is_stopped():
    with llm_server("longer " * 3000) as server:
        result = await called(
            "AITextSummarizer", server, text="word " * 3000, max_tokens=500
        )
    assert result.error.code == "too_long"
    assert len(server.asked) < 20


async def test_a_text_beyond_all_parts_is_refused_before_anything_is_spent():
    with llm_server("never") as server:
        result = await called(
            "AITextSummarizer", server, model="gpt-4", text="word " * 1_000_000
        )
    assert result.error.code == "bad_input"
    assert "100 parts" in str(result.error)
    assert server.asked == []


async def test_one_part_that_fails_fails_the_summary():
    replies = ["Part.", fails(400, "no such thing")]
    with llm_server(*replies) as server:
        result = await called(
            "AITextSummarizer", server, text="word " * 3000, max_tokens=500
        )
    assert result.error.code == "bad_request"
    assert result.outputs == []


async def test_a_credential_that_is_named_is_used():
    with llm_server("Yes") as server, llm_server("never") as other:
        own, else_ = account("groq", server, "own"), account("openai", other)
        async with context(server, else_, own) as ctx:
            inputs = {
                "prompt": "?",
                "model": "my-model",
                "credentials": {"id": "groq", "provider": "groq", "type": "api_key"},
            }
            result = await run_block(named("AITextGenerator"), inputs, ctx)
    assert result.error is None
    assert server.asked[0].headers["authorization"] == "Bearer own"
    assert other.asked == []


async def test_an_empty_credential_is_none():
    with llm_server("Yes") as server:
        result = await called(
            "AITextGenerator", server, prompt="?", model=OPENAI, credentials=None
        )
        empty = await called(
            "AITextGenerator", server, prompt="?", model=OPENAI, credentials={}
        )
    assert (result.error, empty.error) == (None, None)


async def test_answers_that_are_watched_are_told_apart():
    with llm_server("no", '{"a": 1}') as server:
        async with context(server) as ctx:
            inputs = {"prompt": "?", "expected_format": {"a": "b"}}
            await stepped("AIStructuredResponseGenerator", ctx, **inputs)
    assert "".join(ctx.live.texts) == 'no\n\n{"a": 1}'
