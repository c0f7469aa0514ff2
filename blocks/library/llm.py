"""Blocks that write with a language model."""

from collections.abc import Callable
from typing import Any, Final

import orjson

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.errors import BlockInputError
from blocks.llm.answers import objects_read
from blocks.llm.chat import Chat, settled
from blocks.llm.examples import ACCOUNT, USAGE, answering
from blocks.llm.messages import Answer, history, user
from blocks.llm.pins import (
    Ref,
    account_pin,
    earlier_of,
    max_tokens_pin,
    model_pin,
    ollama_pin,
    opening,
    prompt_values_pin,
    request_of,
    retry_pin,
    sent_pin,
    usage_pin,
)
from blocks.spec import Category, CostHint, Effect, Example
from blocks.values import JsonObject


def _asked(text: str) -> list[JsonObject]:
    return [{"role": "user", "content": text}]


@block(
    id="1f292d4a-41a4-4977-9684-7c8d560b9f91",
    name="AITextGeneratorBlock",
    categories=(Category.AI,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.MONEY,
    examples=(
        Example(
            inputs={
                "prompt": "A word for {{ thing }}?",
                "prompt_values": {"thing": "tea"},
            },
            credentials=(ACCOUNT,),
            calls=(answering("Chai."),),
            outputs=[
                ("response", "Chai."),
                ("prompt", _asked("A word for tea?")),
                ("usage", USAGE),
            ],
        ),
        Example(inputs={"prompt": "Hello"}, error="no credential"),
    ),
)
class AITextGenerator(Block):
    """Has a language model write a text."""

    class Input(Pins):
        prompt: str = pin("What to write; {{ name }} is a place for a value.")
        model: str = model_pin()
        credentials: Ref = account_pin()
        sys_prompt: str = pin("How the model is to behave.", default="")
        retry: int = retry_pin()
        prompt_values: dict[str, str] = prompt_values_pin()
        ollama_host: str = ollama_pin()
        max_tokens: int | None = max_tokens_pin()

    class Output(Pins):
        response: str = pin("What the model wrote.")
        prompt: list[Any] = sent_pin()
        usage: dict[str, Any] = usage_pin()

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        chat = Chat(ctx, request_of(inputs))
        answer = await settled(chat.say(opening(inputs)))
        for spend in chat.bill():
            yield spend
        yield "response", answer().text
        yield "prompt", chat.sent
        yield "usage", chat.usage.as_json()


@block(
    id="32a87eab-381e-4dd4-bdb8-4c47151be35a",
    name="AIConversationBlock",
    categories=(Category.AI,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.MONEY,
    examples=(
        Example(
            inputs={
                "messages": [
                    {"role": "user", "content": "I like tea."},
                    {"role": "assistant", "content": "So do I."},
                ],
                "prompt": "What do I like?",
            },
            credentials=(ACCOUNT,),
            calls=(answering("Tea."),),
            outputs=[
                ("response", "Tea."),
                ("prompt", lambda sent: sent[-1]["content"] == "What do I like?"),
                ("usage", USAGE),
            ],
        ),
        Example(inputs={"messages": []}, error="nothing to say"),
    ),
)
class AIConversation(Block):
    """Goes on with a conversation: the language model answers what was said last."""

    class Input(Pins):
        prompt: str = pin("What to say next; may be empty.", default="")
        messages: list[Any] = pin(
            "What was said so far: objects with role and content, or bare text."
        )
        model: str = model_pin()
        credentials: Ref = account_pin()
        max_tokens: int | None = max_tokens_pin()
        ollama_host: str = ollama_pin()

    class Output(Pins):
        response: str = pin("What the model answered.")
        prompt: list[Any] = sent_pin()
        usage: dict[str, Any] = usage_pin()

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        talk = history(inputs.messages, "messages")
        if inputs.prompt:
            talk.append(user(inputs.prompt))
        if not talk:
            raise BlockInputError(
                "pins 'messages' and 'prompt' are both empty: there is nothing to say"
            )
        chat = Chat(ctx, request_of(inputs))
        answer = await settled(chat.say(talk))
        for spend in chat.bill():
            yield spend
        yield "response", answer().text
        yield "prompt", chat.sent
        yield "usage", chat.usage.as_json()


_ONE_OBJECT: Final = (
    "Answer with one JSON object and nothing else. It has exactly these keys, each "
    "with what is said here of it:\n"
)
_MANY_OBJECTS: Final = (
    "Answer with a JSON list of objects and nothing else. Each object has exactly "
    "these keys, each with what is said here of it:\n"
)
_IN_AN_OBJECT: Final = '\nPut the list into an object: {"items": […]}.'


@block(
    id="ed55ac19-356e-4243-a6cb-bc599e9b716f",
    name="AIStructuredResponseGeneratorBlock",
    categories=(Category.AI,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.MONEY,
    examples=(
        Example(
            inputs={
                "prompt": "Ann is 31 years old.",
                "expected_format": {"name": "who it is", "age": "how old, as a number"},
            },
            credentials=(ACCOUNT,),
            calls=(
                answering("Sure!"),
                answering('```json\n{"name": "Ann", "age": 31}\n```'),
            ),
            outputs=[
                ("response", {"name": "Ann", "age": 31}),
                ("prompt", lambda sent: "no JSON object" in sent[-1]["content"]),
                (
                    "usage",
                    {"input_tokens": 40, "output_tokens": 10, "cost": 210, "calls": 2},
                ),
            ],
        ),
        Example(
            inputs={
                "prompt": "Ann?",
                "expected_format": {"age": "a number"},
                "retry": 0,
            },
            credentials=(ACCOUNT,),
            calls=(answering('{"name": "Ann"}'),),
            error="these keys are missing: 'age'",
        ),
    ),
)
class AIStructuredResponseGenerator(Block):
    """Has a language model answer with the fields you name. An answer without them is
    asked for again, with what was wrong."""

    class Input(Pins):
        prompt: str = pin("What to answer; {{ name }} is a place for a value.")
        expected_format: dict[str, str] = pin(
            "The fields of the answer, and what each is to hold. None: plain text."
        )
        list_result: bool = pin("Ask for a list of such answers.", default=False)
        model: str = model_pin()
        force_json_output: bool = pin(
            "Use the JSON mode of the model, if it has one.", default=False
        )
        credentials: Ref = account_pin()
        sys_prompt: str = pin("How the model is to behave.", default="")
        conversation_history: list[dict[str, Any]] | None = pin(
            "What was said before.", default=[]
        )
        retry: int = retry_pin()
        prompt_values: dict[str, str] = prompt_values_pin()
        max_tokens: int | None = max_tokens_pin()
        compress_prompt_to_fit: bool = pin(
            "Leave out the middle of texts that are too long for the model.",
            default=True,
            advanced=True,
        )
        ollama_host: str = ollama_pin()

    class Output(Pins):
        response: dict[str, Any] | list[dict[str, Any]] = pin("The answer.")
        prompt: list[Any] = sent_pin()
        usage: dict[str, Any] = usage_pin()

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        wants_json = inputs.force_json_output and bool(inputs.expected_format)
        chat = Chat(
            ctx,
            request_of(inputs, wants_json=wants_json),
            compress=inputs.compress_prompt_to_fit,
        )
        talk = opening(inputs, _instruction(inputs), earlier=earlier_of(inputs))
        read = _reader(inputs)
        found = await settled(chat.until_read(talk, read, retries=inputs.retry))
        for spend in chat.bill():
            yield spend
        yield "response", found()
        yield "prompt", chat.sent
        yield "usage", chat.usage.as_json()


def _instruction(inputs: AIStructuredResponseGenerator.Input) -> str:
    if not inputs.expected_format:
        return ""
    fields = orjson.dumps(inputs.expected_format, option=orjson.OPT_INDENT_2).decode()
    if not inputs.list_result:
        return _ONE_OBJECT + fields
    tail = _IN_AN_OBJECT if inputs.force_json_output else ""
    return _MANY_OBJECTS + fields + tail


def _reader(
    inputs: AIStructuredResponseGenerator.Input,
) -> Callable[[Answer], JsonObject | list[JsonObject]]:
    def read(answer: Answer) -> JsonObject | list[JsonObject]:
        if not inputs.expected_format:
            return {"response": answer.text}
        keys = inputs.expected_format
        return objects_read(answer.text, keys, as_list=inputs.list_result)

    return read
