"""The pins that all blocks with a language model have."""

from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator

from blocks.base import pin
from blocks.credentials import CredentialRef, credentials_pin
from blocks.errors import BlockInputError
from blocks.llm.messages import Request, history, system, user
from blocks.llm.models import DEFAULT_MODEL, PROVIDERS, catalogue
from blocks.templates import render
from blocks.values import JsonObject

# Agents made elsewhere hold an empty object where no credential was chosen.
Ref: TypeAlias = Annotated[
    CredentialRef | None, BeforeValidator(lambda value: value or None)
]


def model_pin(*, advanced: bool = False) -> Any:
    """Free text: any model that the provider or server has."""
    names = sorted(catalogue().providers())
    return pin(
        "The language model: one of these, provider/model, or what your own server "
        "calls it.",
        default=DEFAULT_MODEL,
        advanced=advanced,
        json_schema_extra={"suggestions": names},
    )


def account_pin() -> Any:
    return credentials_pin(
        *PROVIDERS,
        discriminator="model",
        discriminator_mapping=catalogue().providers(),
        description="The account at the provider of the model, or at a server of your "
        "own.",
    )


def max_tokens_pin() -> Any:
    return pin(
        "The longest answer, in tokens; otherwise as long as the model can.",
        default=None,
        advanced=True,
        ge=1,
    )


def ollama_pin() -> Any:
    return pin(
        "Where Ollama is, for its models; an administrator opens the address.",
        default="localhost:11434",
        advanced=True,
    )


def prompt_values_pin() -> Any:
    return pin("Values for {{ places }} in the texts.", default={})


def retry_pin() -> Any:
    return pin(
        "How often to ask again after a failure, or an answer of no use.",
        default=3,
        ge=0,
        le=20,
    )


def sent_pin() -> Any:
    return pin("What was sent to the model.")


def usage_pin() -> Any:
    return pin(
        "Tokens in and out, what they cost in millionths, and how many answers it took."
    )


def request_of(inputs: Any, **more: Any) -> Request:
    """The request that the usual pins ask for, still without messages."""
    wanted = {
        "model": inputs.model,
        "messages": (),
        "credentials": inputs.credentials,
        "max_tokens": getattr(inputs, "max_tokens", None),
        "ollama_host": getattr(inputs, "ollama_host", ""),
        "resend": getattr(inputs, "retry", 3),
    }
    return Request(**(wanted | more))


def filled(text: str, values: dict[str, Any]) -> str:
    """Without values nothing is a place: a text may well show some {{ code }}."""
    return render(text, values) if values else text


def opening(
    inputs: Any, told: str = "", *, earlier: list[JsonObject] | None = None
) -> list[JsonObject]:
    """System prompt and `told` as one message, what was said before, the prompt.

    Raises:
        BlockInputError: there is nothing to say.
    """
    values = inputs.prompt_values
    rules = "\n\n".join(
        text for text in (filled(inputs.sys_prompt, values), told) if text
    )
    prompt = filled(inputs.prompt, values)
    talk = [*([system(rules)] if rules else []), *(earlier or [])]
    if prompt:
        talk.append(user(prompt))
    if not any(message.get("role") != "system" for message in talk):
        raise BlockInputError("pin 'prompt': there is nothing to say to the model")
    return talk


def earlier_of(inputs: Any) -> list[JsonObject]:
    return history(inputs.conversation_history, "conversation_history")
