"""Form fields for the inputs of an agent, and back from what was typed to values."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import orjson
from django import forms

from blocks.values import JsonObject, JsonValue
from core import jsonio

_NUMBERS: Final = ("number", "integer")
_MONO: Final = {"class": "mono", "spellcheck": "false", "autocomplete": "off"}


class InputField(NamedTuple):
    """One input: `key` is what the form calls it, `name` what the agent does."""

    key: str
    name: str
    schema: Mapping[str, Any]
    initial: JsonValue
    is_set: bool

    def form_field(self) -> forms.Field:
        field = _field_for(self.schema)
        field.label = str(self.schema.get("title") or self.name)
        field.help_text = _help(self.schema)
        field.initial = self.shown
        return field

    @property
    def shown(self) -> str:
        return _text_of(self.schema, self.initial) if self.is_set else ""

    def value_of(self, text: str) -> JsonValue:
        """What a text that is not empty stands for. One that was left as it was shown
        stands for the value it was shown for.

        Raises:
            ValueError: it cannot be a value of the input.
        """
        if self.is_set and text == self.shown:
            return self.initial
        if _is_text(self.schema, text):
            return text
        try:
            return jsonio.loads(text.encode())
        except jsonio.JsonError as error:
            is_number = self.schema.get("type") in _NUMBERS
            raise ValueError(
                "Enter a number." if is_number else f"This is no JSON: {error.message}."
            ) from None


def input_fields(schema: JsonObject, inputs: JsonObject) -> Iterator[InputField]:
    """In the order of the agent's inputs; keys are numbers, for names hold anything."""
    properties: Any = schema["properties"]
    for number, (name, found) in enumerate(properties.items()):
        yield InputField(
            f"input_{number}", name, found, inputs.get(name), name in inputs
        )


def _field_for(schema: Mapping[str, Any]) -> forms.Field:
    if options := schema.get("enum"):
        choices = [(_text_of(schema, option), str(option)) for option in options]
        return _choice(choices)
    kind = schema.get("type")
    if kind == "boolean":
        return _choice([("true", "Yes"), ("false", "No")])
    if kind == "string":
        return forms.CharField(required=False, strip=False)
    if kind in _NUMBERS:
        attrs = {"inputmode": "decimal", "autocomplete": "off"}
        return forms.CharField(required=False, widget=forms.TextInput(attrs=attrs))
    area = forms.Textarea(attrs={"rows": 3, **_MONO})
    return forms.CharField(required=False, strip=False, widget=area)


def _choice(choices: list[tuple[str, str]]) -> forms.Field:
    widget = forms.Select(attrs={"class": "select"})
    return forms.ChoiceField(
        required=False, choices=[("", "As the agent has it"), *choices], widget=widget
    )


def _help(schema: Mapping[str, Any]) -> str:
    said = str(schema.get("description") or "")
    if schema.get("type") in (None, "string", "boolean", *_NUMBERS):
        return said
    return f"{said} JSON, such as [1, 2] or {{}}.".strip()


def _is_text(schema: Mapping[str, Any], text: str) -> bool:
    """An input of any type takes JSON where the text begins like a list or object."""
    kind = schema.get("type")
    return kind == "string" or (kind is None and text.lstrip()[:1] not in ("[", "{"))


def _text_of(schema: Mapping[str, Any], value: JsonValue) -> str:
    if isinstance(value, str) and schema.get("type") in (None, "string"):
        return value
    return orjson.dumps(value).decode()
