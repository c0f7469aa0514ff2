"""The model decides which tools to use: once along the links, or in a loop."""

import asyncio
from typing import Any

import pytest

from blocks.context import Spend
from blocks.llm import client
from blocks.spec import Effect
from blocks.testing.fakes import FakeTools
from blocks.world import Tool, ToolResult
from tests.blocks.calls import named
from tests.llm.asking import ANTHROPIC, BOTH, OPENAI, context, stepped
from tests.llm_server import Reply, fails, llm_server

ADD = Tool(
    node_id="node-1",
    name="add",
    description="Adds two numbers.",
    schema={
        "type": "object",
        "properties": {
            "a": {"type": "number", "title": "A", "placeholder": "1"},
            "b": {"type": "number", "default": 5},
        },
        "required": ["a"],
        "additionalProperties": False,
    },
)
FILL = Tool(
    node_id="node-2",
    name="fill",
    description="Fills a template.",
    schema={
        "type": "object",
        "properties": {"values_#_name": {}, "values_$_name": {}},
        "required": ["values_#_name"],
    },
)
TOOLS = (ADD, FILL)
CALL_ADD = Reply(text="Let me add.", calls=(("add", {"a": 1, "b": 2}),))


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch):
    monkeypatch.setattr(client, "_FIRST_WAIT_S", 0.01)


async def orchestrated(
    *replies: Reply | str, answers: tuple[ToolResult, ...] = (), **inputs: Any
):
    """What it emitted, what the server was asked, which tools were called, how it
    failed."""
    with llm_server(*replies) as server:
        async with context(server, tools=TOOLS, answers=answers) as ctx:
            given = {"prompt": "Add 1 and 2", "model": OPENAI} | inputs
            steps, error = await stepped("Orchestrator", ctx, **given)
    outputs = [step for step in steps if isinstance(step, tuple)]
    return outputs, server.asked, ctx.tools.called, error


# --- Once -----------------------------------------------------------------------------


@pytest.mark.parametrize("model", BOTH)
async def test_the_arguments_go_along_the_links(model):
    outputs, asked, called, _ = await orchestrated(CALL_ADD, model=model)
    assert outputs[:2] == [
        ("tools_^_node-1_~_a", 1),
        ("tools_^_node-1_~_b", 2),
    ]
    assert [pin for pin, _ in outputs[2:]] == ["conversations", "usage"]
    talk = outputs[2][1]
    assert [message["role"] for message in talk] == ["system", "user", "assistant"]
    assert talk[2]["tool_calls"][0]["function"]["name"] == "add"
    assert len(asked) == 1
    assert called == []


async def test_what_the_model_leaves_out_has_its_default():
    outputs, *_ = await orchestrated(Reply(calls=(("add", {"a": 1}),)))
    assert outputs[:2] == [("tools_^_node-1_~_a", 1), ("tools_^_node-1_~_b", 5)]


async def test_dynamic_pins_have_names_that_models_can_say():
    reply = Reply(calls=(("fill", {"values___name": "x", "values___name_1": "y"}),))
    found, asked, *_ = await orchestrated(reply)
    parameters = asked[0].body["tools"][1]["function"]["parameters"]
    assert list(parameters["properties"]) == ["values___name", "values___name_1"]
    assert found[:2] == [
        ("tools_^_node-2_~_values_#_name", "x"),
        ("tools_^_node-2_~_values_$_name", "y"),
    ]


async def test_the_model_is_told_of_tools_what_helps_it():
    _, asked, _, _ = await orchestrated("Done")
    tool = asked[0].body["tools"][0]["function"]
    assert tool["description"] == "Adds two numbers."
    assert tool["parameters"]["properties"]["a"] == {"type": "number"}
    assert tool["parameters"]["required"] == ["a"]


async def test_an_answer_without_tools_finishes():
    outputs, *_ = await orchestrated("It is 3.")
    assert [pin for pin, _ in outputs] == ["finished", "usage"]
    assert outputs[0][1] == "It is 3."


WRONG = [
    pytest.param(("add", {"x": 1}), "no argument 'x'", id="unknown argument"),
    pytest.param(("add", {"b": 1}), "needs the argument a", id="missing argument"),
    pytest.param(("sub", {}), "there is no tool 'sub'", id="unknown tool"),
    pytest.param(("add", "{"), "no JSON object", id="broken arguments"),
    pytest.param(("add", "[1]"), "no JSON object", id="a list"),
]


@pytest.mark.parametrize("model", BOTH)
@pytest.mark.parametrize(("call", "why"), WRONG)
async def test_a_wrong_call_is_asked_for_again(model, call, why):
    outputs, asked, *_ = await orchestrated(Reply(calls=(call,)), CALL_ADD, model=model)
    assert outputs[0] == ("tools_^_node-1_~_a", 1)
    assert why in str(asked[1].messages[-1])
    # The wrong call is no part of the conversation that goes on.
    assert len(outputs[2][1]) == 3


async def test_wrong_calls_end_after_so_many():
    _, asked, _, error = await orchestrated(Reply(calls=(("sub", {}),)), retry=1)
    assert error.code == "bad_answer"
    assert len(asked) == 2


TWO = Reply(calls=(("add", {"a": 1}), ("add", {"a": 2})))


@pytest.mark.parametrize(("several", "count"), [(False, 1), (True, 2)])
async def test_several_tools_at_once_are_a_choice(several, count):
    outputs, *_ = await orchestrated(TWO, multiple_tool_calls=several)
    assert [value for pin, value in outputs if pin.endswith("_a")] == [1, 2][:count]
    talk = dict(outputs)["conversations"]
    assert len(talk[-1]["tool_calls"]) == count


# --- Going on -------------------------------------------------------------------------


@pytest.mark.parametrize("model", BOTH)
async def test_the_output_of_the_tool_answers_the_call(model):
    first, *_ = await orchestrated(CALL_ADD, model=model)
    talk = dict(first)["conversations"]
    outputs, asked, *_ = await orchestrated(
        "It is 3.", model=model, conversation_history=talk, last_tool_output=3
    )
    assert outputs[0] == ("finished", "It is 3.")
    sent = asked[0].messages[-1]
    if model == ANTHROPIC:
        assert sent["content"][0]["tool_use_id"] == "call_0"
    else:
        assert sent == {"role": "tool", "tool_call_id": "call_0", "content": "3"}
    assert str(asked[0].messages).count("Add 1 and 2") == 1


async def test_several_open_calls_are_answered_one_by_one():
    first, *_ = await orchestrated(TWO, multiple_tool_calls=True)
    talk = dict(first)["conversations"]
    outputs, asked, *_ = await orchestrated(
        "never", conversation_history=talk, last_tool_output=6
    )
    assert asked == []
    assert [pin for pin, _ in outputs] == ["conversations"]
    outputs, asked, *_ = await orchestrated(
        "Both", conversation_history=outputs[0][1], last_tool_output=7
    )
    assert outputs[0] == ("finished", "Both")
    assert [m["content"] for m in asked[0].messages if m["role"] == "tool"] == [
        "6",
        "7",
    ]


async def test_an_open_call_without_an_output_is_an_error_in_the_graph():
    first, *_ = await orchestrated(CALL_ADD)
    talk = dict(first)["conversations"]
    _, asked, _, error = await orchestrated("never", conversation_history=talk)
    assert error.code == "bad_input"
    assert "last_tool_output" in str(error)
    assert asked == []


async def test_another_prompt_goes_on_with_an_earlier_conversation():
    talk = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yes?"}]
    _, asked, *_ = await orchestrated("3", conversation_history=talk)
    assert [m["content"] for m in asked[0].messages[1:]] == [
        "Hi",
        "Yes?",
        "Add 1 and 2",
    ]


async def test_an_output_without_a_call_is_told():
    _, asked, *_ = await orchestrated("3", last_tool_output={"x": 1})
    assert any('{"x":1}' in m["content"] for m in asked[0].messages)


# --- In a loop ------------------------------------------------------------------------


def gave(**outputs: Any) -> ToolResult:
    return ToolResult(outputs=list(outputs.items()))


@pytest.mark.parametrize("model", BOTH)
async def test_it_runs_the_tools_itself_until_it_has_finished(model):
    outputs, asked, called, _ = await orchestrated(
        CALL_ADD,
        Reply(calls=(("add", {"a": 3}),)),
        "It is 8.",
        answers=(gave(result=3), gave(result=8)),
        model=model,
        agent_mode_max_iterations=-1,
    )
    assert [pin for pin, _ in outputs] == ["finished", "conversations", "usage"]
    assert outputs[0][1] == "It is 8."
    assert [arguments for _, arguments, _ in called] == [{"a": 1, "b": 2}, {"a": 3}]
    assert len({key for _, _, key in called}) == 2
    assert '{"result":8}' in str(asked[2].messages) or '"result": 8' in str(asked[2])
    roles = [message["role"] for message in outputs[1][1]]
    assert roles == ["system", "user", *["assistant", "tool"] * 2, "assistant"]
    assert outputs[2][1]["calls"] == 3


async def test_a_failed_tool_is_told_to_the_model():
    outputs, asked, *_ = await orchestrated(
        CALL_ADD,
        "I could not.",
        answers=(ToolResult(outputs=[("result", 1)], error="no numbers left"),),
        agent_mode_max_iterations=5,
    )
    assert outputs[0] == ("finished", "I could not.")
    assert "no numbers left" in asked[1].last


@pytest.mark.parametrize(("call", "why"), WRONG)
async def test_a_wrong_call_in_the_loop_is_told_to_the_model(call, why):
    outputs, asked, called, _ = await orchestrated(
        Reply(calls=(call,)), "Never mind.", agent_mode_max_iterations=5
    )
    assert outputs[0] == ("finished", "Never mind.")
    assert why in asked[1].last
    assert called == []


async def test_the_limit_of_iterations_ends_it():
    outputs, asked, called, error = await orchestrated(
        CALL_ADD, answers=(gave(result=3),) * 2, agent_mode_max_iterations=2
    )
    assert error is None
    assert "limit of 2 iterations" in outputs[0][1]
    assert outputs[1][1][-1]["role"] == "tool"
    assert (len(asked), len(called)) == (2, 2)


async def test_the_limit_of_money_ends_it_before_the_next_tool():
    # An answer costs 210 millionths.
    outputs, asked, called, error = await orchestrated(
        CALL_ADD, answers=(gave(result=3),), agent_mode_max_iterations=-1, max_cost=420
    )
    assert error.code == "outcome_unknown"
    assert "max_cost 420" in str(error)
    assert (len(asked), len(called)) == (2, 1)
    assert outputs[-1][0] == "conversations"


async def test_what_tools_cost_counts_too():
    dear = ToolResult(outputs=[], spent=1000)
    with llm_server(CALL_ADD) as server:
        async with context(server, tools=TOOLS, answers=(dear,)) as ctx:
            steps, error = await stepped(
                "Orchestrator",
                ctx,
                prompt="?",
                model=OPENAI,
                agent_mode_max_iterations=-1,
                max_cost=1100,
            )
    assert [step.amount for step in steps if isinstance(step, Spend)] == [210, 1000]
    assert "max_cost 1,100" in str(error)
    assert len(server.asked) == 1


async def test_after_tools_have_run_a_failure_does_not_invite_another_attempt():
    outputs, _, called, error = await orchestrated(
        CALL_ADD,
        fails(429, "busy"),
        answers=(gave(result=3),),
        agent_mode_max_iterations=-1,
        retry=0,
    )
    assert error.code == "outcome_unknown"
    assert "busy" in str(error)
    assert len(called) == 1
    assert outputs[-1][0] == "conversations", "what was found out is not lost"


async def test_before_any_tool_a_failure_keeps_its_code():
    outputs, _, _, error = await orchestrated(
        fails(429), agent_mode_max_iterations=-1, retry=0
    )
    assert error.code == "rate_limit"
    assert outputs == []


class SlowTools(FakeTools):
    """Each call takes the longer, the earlier it was made."""

    def __init__(self) -> None:
        super().__init__(TOOLS)
        self.running = self.most = 0

    async def call(self, tool: Tool, arguments: Any, *, key: str) -> ToolResult:
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(0.05 / (1 + arguments["a"]))
        self.running -= 1
        return gave(result=arguments["a"])


@pytest.mark.parametrize(("several", "at_once"), [(False, 1), (True, 8)])
async def test_tools_run_at_the_same_time_and_answer_in_order(several, at_once):
    tools = SlowTools()
    calls = tuple(("add", {"a": n}) for n in range(12))
    with llm_server(Reply(calls=calls), "Done") as server:
        async with context(server) as ctx:
            ctx.tools = tools
            _, error = await stepped(
                "Orchestrator",
                ctx,
                prompt="?",
                model=OPENAI,
                multiple_tool_calls=several,
                agent_mode_max_iterations=-1,
            )
    assert error is None
    assert tools.most == at_once
    results = [m["content"] for m in server.asked[1].messages if m["role"] == "tool"]
    assert results == [f'{{"result":{n}}}' for n in range(12)]


def test_deciding_may_be_repeated_but_tools_may_not():
    spec = named("Orchestrator")

    def effect(iterations: int) -> Effect:
        inputs = spec.block.Input(prompt="?", agent_mode_max_iterations=iterations)
        return spec.block.effect(inputs)

    assert effect(0) is Effect.IDEMPOTENT
    assert (effect(1), effect(-1)) == (Effect.ONCE, Effect.ONCE)


@pytest.mark.parametrize("mode", ["built_in", "extended_thinking"])
async def test_a_model_thinks_at_length_if_wanted(mode):
    _, asked, *_ = await orchestrated("3", model=ANTHROPIC, execution_mode=mode)
    assert ("thinking" in asked[0].body) == (mode == "extended_thinking")
    _, asked, *_ = await orchestrated("3", model="gpt-5-mini", execution_mode=mode)
    assert ("reasoning_effort" in asked[0].body) == (mode == "extended_thinking")


async def test_a_long_output_of_a_tool_is_shortened_for_the_model():
    _, asked, *_ = await orchestrated(
        CALL_ADD,
        "Much.",
        answers=(gave(result="x" * 200_000),),
        model="gpt-4",
        max_tokens=500,
        agent_mode_max_iterations=-1,
    )
    assert len(str(asked[1].messages)) < 8192 * 4
    assert "left out" in asked[1].last
