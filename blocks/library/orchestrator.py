"""The block that lets a language model decide which tools to use."""

from enum import StrEnum
from itertools import count
from typing import Any, Final

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context, Spend
from blocks.errors import BlockError
from blocks.llm.chat import Chat, settled
from blocks.llm.examples import ACCOUNT, USAGE, answering
from blocks.llm.messages import Answer
from blocks.llm.orchestration import TOOL_PIN, after_tools, conversation
from blocks.llm.pins import (
    Ref,
    account_pin,
    max_tokens_pin,
    model_pin,
    ollama_pin,
    prompt_values_pin,
    request_of,
    retry_pin,
    usage_pin,
)
from blocks.llm.tools import Calls, Offer, Wish, offers_of, unanswered, wishes_of
from blocks.spec import Category, CostHint, Effect, Example
from blocks.values import JsonObject

_AT_ONCE: Final = 8


class ExecutionMode(StrEnum):
    BUILT_IN = "built_in"
    EXTENDED_THINKING = "extended_thinking"


@block(
    id="3b191d9f-356f-482d-8238-ba04b6d18381",
    name="OrchestratorBlock",
    categories=(Category.AI,),
    effect=Effect.ONCE,
    cost=CostHint.MONEY,
    examples=(
        Example(
            inputs={"prompt": "Is there anything to do?"},
            credentials=(ACCOUNT,),
            calls=(answering("No."),),
            outputs=[("finished", "No."), ("usage", USAGE)],
        ),
        Example(
            inputs={"prompt": "And now?", "agent_mode_max_iterations": -1},
            credentials=(ACCOUNT,),
            calls=(answering("Still nothing."),),
            outputs=[
                ("finished", "Still nothing."),
                ("conversations", lambda talk: talk[-1]["content"] == "Still nothing."),
                ("usage", USAGE),
            ],
        ),
        Example(
            inputs={
                "prompt": "Go on",
                "conversation_history": [
                    {
                        "role": "assistant",
                        "content": None,
                        "tool_calls": [{"id": "call_1"}],
                    }
                ],
            },
            error="link the output of the tool",
        ),
    ),
)
class Orchestrator(Block):
    """Lets a language model decide which tools to use. The nodes linked to `tools` are
    the tools, their linked pins the arguments. With 0 iterations it decides once and
    sends the arguments along the links; with more, or -1 for any number, it runs the
    tools itself until the model has finished."""

    class Input(Pins):
        prompt: str = pin("The task; {{ name }} is a place for a value.")
        model: str = model_pin()
        credentials: Ref = account_pin()
        multiple_tool_calls: bool = pin(
            "The model may ask for several tools at once.", default=False, advanced=True
        )
        sys_prompt: str = pin(
            "How the model is to behave.",
            default="Thinking carefully step by step, decide which tool to use next, "
            "and with which arguments. Use only what you were told or have found out. "
            "When the task is done, answer without a tool.",
        )
        conversation_history: list[dict[str, Any]] | None = pin(
            "What was said before: the `conversations` of this block.", default=[]
        )
        last_tool_output: Any = pin(
            "What the tool gave that was asked for last.", default=None
        )
        retry: int = retry_pin()
        prompt_values: dict[str, str] = prompt_values_pin()
        max_tokens: int | None = max_tokens_pin()
        ollama_host: str = ollama_pin()
        agent_mode_max_iterations: int = pin(
            "0: decide once. Otherwise it runs the tools itself, with at most so many "
            "answers of the model; -1: any number.",
            default=0,
            advanced=True,
        )
        execution_mode: ExecutionMode = pin(
            "Whether the model is to think at length, if it can.",
            default=ExecutionMode.BUILT_IN,
            advanced=True,
        )
        conversation_compaction: bool = pin(
            "Leave out the middle of texts that are too long for the model.",
            default=True,
        )
        max_cost: int | None = pin(
            "Stop when so much is spent, in millionths of money.",
            default=None,
            advanced=True,
            ge=1,
        )

    class Output(Pins):
        tools: Any = pin("The tools: link their inputs here.")
        finished: str = pin("The last answer of the model.")
        conversations: list[Any] = pin("What was said, with the answer.")
        usage: dict[str, Any] = usage_pin()

    def effect(self, inputs: Any) -> Effect:
        decides_once = inputs.agent_mode_max_iterations == 0
        return Effect.IDEMPOTENT if decides_once else Effect.ONCE

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        offers = offers_of(ctx.tools.all())
        talk = conversation(inputs)
        if unanswered(talk):
            # Other tools that were asked for at the same time have still to answer.
            yield "conversations", talk
            return
        chat = _chat(inputs, ctx, offers)
        way = _decide if inputs.agent_mode_max_iterations == 0 else _work
        async for step in way(inputs, ctx, chat, offers, talk):
            yield step
        yield "usage", chat.usage.as_json()


def _chat(inputs: Any, ctx: Context, offers: dict[str, Offer]) -> Chat:
    request = request_of(
        inputs,
        tools=[offer.spec for offer in offers.values()],
        parallel_tools=inputs.multiple_tool_calls,
        thinks=inputs.execution_mode is ExecutionMode.EXTENDED_THINKING,
    )
    return Chat(ctx, request, compress=inputs.conversation_compaction)


async def _decide(
    inputs: Any,
    ctx: Context,
    chat: Chat,
    offers: dict[str, Offer],
    talk: list[JsonObject],
) -> Steps:
    """One decision, whose arguments go along the links."""

    def read(answer: Answer) -> tuple[Answer, list[Wish]]:
        return answer, wishes_of(answer, offers)

    found = await settled(chat.until_read(talk, read, retries=inputs.retry))
    for spend in chat.bill():
        yield spend
    answer, wishes = found()
    if not wishes:
        yield "finished", answer.text
        return
    if not inputs.multiple_tool_calls:
        wishes = wishes[:1]
    for wish in wishes:
        offer = wish.offer
        for pin_name, value in (offer.defaults | wish.arguments).items():
            yield TOOL_PIN.format(node=offer.tool.node_id, pin=pin_name), value
    yield "conversations", [*talk, answer.message([wish.call for wish in wishes])]


async def _work(
    inputs: Any,
    ctx: Context,
    chat: Chat,
    offers: dict[str, Offer],
    talk: list[JsonObject],
) -> Steps:
    """Asks the model and runs the tools it wants, by turns."""
    at_once = _AT_ONCE if inputs.multiple_tool_calls else 1
    calls = Calls(ctx.tools, offers, at_once=at_once)
    most = inputs.agent_mode_max_iterations
    for turn in count(1):
        ctx.live.progress(turn - 1, max(most, 0), "the model decides")
        said = await settled(_next(inputs, chat, calls, talk))
        for spend in chat.bill():
            yield spend
        try:
            answer = said()
        except BlockError as error:
            if calls.made:
                yield "conversations", talk
            raise after_tools(error, calls.made) from None
        talk = [*talk, answer.message()]
        if not answer.calls:
            break
        ctx.live.progress(turn - 1, max(most, 0), f"runs {_named(answer)}")
        before = calls.spent
        talk += await calls.results(answer.calls, turn)
        if calls.spent > before:
            yield Spend(calls.spent - before)
        if turn == most:
            break
    yield "finished", _stopped(most) if answer.calls else answer.text
    yield "conversations", talk


async def _next(
    inputs: Any, chat: Chat, calls: Calls, talk: list[JsonObject]
) -> Answer:
    _require_money(inputs, chat, calls)
    answer = await chat.say(talk)
    if answer.calls:
        _require_money(inputs, chat, calls)
    return answer


def _named(answer: Answer) -> str:
    return ", ".join(dict.fromkeys(call.name for call in answer.calls))


def _stopped(most: int) -> str:
    return f"Stopped: the limit of {most} iterations is reached."


def _require_money(inputs: Any, chat: Chat, calls: Calls) -> None:
    spent = chat.usage.cost + calls.spent
    if inputs.max_cost is not None and spent >= inputs.max_cost:
        raise BlockError(
            f"stopped: {spent:,} millionths of money are spent "
            f"(max_cost {inputs.max_cost:,}), and the model has not finished",
            code="too_costly",
        )
