"""Which language models there are: data, and never a closed list.

A name that is not listed is sent as it stands; only its context and price are unknown.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

DEFAULT_MODEL: Final = "gpt-5.2"
_LISTED: Final = Path(__file__).with_name("models.json")
_PER: Final = 1_000_000
_UNDATED: Final = re.compile(r"-(20\d\d-?\d\d-?\d\d|latest)$")
"""Editions of a model are as large and as dear as the model."""


class Provider(BaseModel):
    """`base_url` is where it is found; `speaks` names the wire format."""

    model_config = ConfigDict(frozen=True)

    name: str
    base_url: str
    speaks: str = "openai"


PROVIDERS: Final[Mapping[str, Provider]] = {
    provider.name: provider
    for provider in (
        Provider(name="openai", base_url="https://api.openai.com/v1"),
        Provider(
            name="anthropic", base_url="https://api.anthropic.com", speaks="anthropic"
        ),
        Provider(name="groq", base_url="https://api.groq.com/openai/v1"),
        Provider(name="ollama", base_url="http://localhost:11434/v1"),
        Provider(name="open_router", base_url="https://openrouter.ai/api/v1"),
        Provider(name="llama_api", base_url="https://api.llama.com/compat/v1"),
        Provider(name="aiml_api", base_url="https://api.aimlapi.com/v1"),
        Provider(name="v0", base_url="https://api.v0.dev/v1"),
    )
}

_Count = Annotated[int, Field(ge=0)]


class Model(BaseModel):
    """Sizes are in tokens, prices in millionths for each million tokens; 0: unknown,
    or free."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1)]
    provider: str
    context: _Count = 0
    max_output: _Count = 0
    input_price: _Count = 0
    output_price: _Count = 0
    is_listed: bool = True

    def cost(self, input_tokens: int, output_tokens: int) -> int:
        """In millionths, rounded up."""
        total = input_tokens * self.input_price + output_tokens * self.output_price
        return -(-total // _PER)


_MODELS: Final = TypeAdapter(list[Model])


class Catalogue:
    """Models by name; what is added later replaces what was there."""

    def __init__(self, models: Iterable[Model] = ()) -> None:
        self._models = {model.name: model for model in models}

    def __iter__(self) -> Iterator[Model]:
        return iter(self._models.values())

    def add(self, models: Iterable[Model]) -> None:
        self._models |= {model.name: model for model in models}

    def providers(self) -> dict[str, str]:
        """The provider of each model."""
        return {model.name: model.provider for model in self._models.values()}

    def find(self, name: str, provider: str = "") -> Model:
        """The model of this name. Of one that is not listed, `provider` is whose
        credential the node names; else the name tells: `groq/…` is of Groq, another
        `maker/…` of OpenRouter.
        """
        name = name.strip()
        listed = self._models.get(name) or self._models.get(_UNDATED.sub("", name))
        if listed is None:
            return _unlisted(name, provider)
        return listed.model_copy(update={"name": name})


def _unlisted(name: str, provider: str) -> Model:
    maker, slash, rest = name.partition("/")
    if provider in PROVIDERS:
        own = slash and maker == provider and provider != "open_router"
        return Model(name=rest if own else name, provider=provider, is_listed=False)
    if slash and rest and maker in PROVIDERS:
        return Model(name=rest, provider=maker, is_listed=False)
    if slash:
        return Model(name=name, provider="open_router", is_listed=False)
    guess = "anthropic" if name.startswith("claude") else "openai"
    return Model(name=name, provider=guess, is_listed=False)


def read_models(path: Path) -> list[Model]:
    """
    Raises:
        ValueError: the file cannot be read, or says which entry of it is wrong.
    """
    try:
        models = _MODELS.validate_json(path.read_bytes())
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ValueError(f"{path}, at {place or 'the start'}: {first['msg']}") from None
    for model in models:
        if model.provider not in PROVIDERS:
            known = ", ".join(PROVIDERS)
            raise ValueError(
                f"{path}: {model.name} is of the unknown provider "
                f"{model.provider!r}; there are {known}"
            )
    return models


@cache
def catalogue() -> Catalogue:
    """The one that blocks use."""
    return Catalogue(read_models(_LISTED))
