"""Models are data."""

import json

import pytest

from blocks.llm.models import (
    DEFAULT_MODEL,
    PROVIDERS,
    Catalogue,
    Model,
    catalogue,
    read_models,
)
from blocks.registry import registry


def test_every_listed_model_is_of_a_known_provider_and_has_its_sizes():
    models = list(catalogue())
    assert {model.provider for model in models} == set(PROVIDERS)
    for model in models:
        assert model.context >= model.max_output > 0, model.name
        assert model.output_price >= model.input_price, model.name
    assert len({model.name for model in models}) == len(models)
    assert catalogue().find(DEFAULT_MODEL).is_listed


def test_prices_round_up():
    model = Model(name="m", provider="openai", input_price=150_000, output_price=1)
    assert [model.cost(0, 0), model.cost(1, 0), model.cost(100, 1)] == [0, 1, 16]


FOUND = [
    pytest.param("gpt-4o", "", ("openai", "gpt-4o"), id="listed"),
    pytest.param(" gpt-4o ", "", ("openai", "gpt-4o"), id="with blanks"),
    pytest.param("gpt-9", "", ("openai", "gpt-9"), id="plain"),
    pytest.param("claude-9", "", ("anthropic", "claude-9"), id="plain claude"),
    pytest.param("groq/x", "", ("groq", "x"), id="provider/model"),
    pytest.param("ollama/x:7b", "", ("ollama", "x:7b"), id="ollama"),
    pytest.param("who/x", "", ("open_router", "who/x"), id="maker/model"),
    pytest.param("groq/", "", ("open_router", "groq/"), id="no model"),
    pytest.param("x", "groq", ("groq", "x"), id="as the credential says"),
    pytest.param("groq/x", "groq", ("groq", "x"), id="both say it"),
    pytest.param("x/y", "openai", ("openai", "x/y"), id="a name with a slash"),
    pytest.param("x", "slack", ("openai", "x"), id="no such provider"),
]


@pytest.mark.parametrize(("name", "provider", "expected"), FOUND)
def test_any_name_finds_a_model(name, provider, expected):
    model = catalogue().find(name, provider)
    assert (model.provider, model.name) == expected


@pytest.mark.parametrize(
    "name", ["gpt-4o-2024-08-06", "gpt-4o-latest", "gpt-4o-20240806"]
)
def test_an_edition_of_a_model_is_as_dear_as_the_model(name):
    model, edition = catalogue().find("gpt-4o"), catalogue().find(name)
    assert edition.name == name
    assert edition.cost(1000, 1000) == model.cost(1000, 1000) > 0
    assert edition.context == model.context


def test_more_models_come_from_a_file(tmp_path):
    own = tmp_path / "models.json"
    entry = {"name": "house", "provider": "openai", "context": 9, "input_price": 5}
    own.write_text(json.dumps([entry]))
    models = Catalogue()
    models.add(read_models(own))
    assert models.find("house").context == 9
    assert models.providers() == {"house": "openai"}


WRONG = [
    pytest.param("{}", "the start", id="no list"),
    pytest.param('[{"name": "a"}]', "0.provider", id="no provider"),
    pytest.param('[{"name": "a", "provider": "x"}]', "unknown provider", id="unknown"),
    pytest.param(
        '[{"name": "a", "provider": "groq", "context": -1}]', "0.context", id="negative"
    ),
    pytest.param("[", "the start", id="no JSON"),
]


@pytest.mark.parametrize(("text", "why"), WRONG)
def test_a_wrong_file_says_where_it_is_wrong(tmp_path, text, why):
    path = tmp_path / "models.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=why):
        read_models(path)


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(ValueError, match="No such file"):
        read_models(tmp_path / "nope.json")


def test_a_model_is_free_text_with_suggestions():
    specs = [
        spec
        for spec in registry
        if "model" in spec.inputs and spec.inputs["model"].schema.get("suggestions")
    ]
    assert len(specs) >= 7
    for spec in specs:
        schema = spec.inputs["model"].schema
        assert schema["type"] == "string"
        assert "enum" not in schema
        assert DEFAULT_MODEL in schema["suggestions"]
        pin = spec.inputs["credentials"].schema
        assert pin["discriminator"] == "model"
        assert pin["discriminator_mapping"][DEFAULT_MODEL] == "openai"
