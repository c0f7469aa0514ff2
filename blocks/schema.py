"""From pydantic models to pins."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel

from blocks.coercion import coercer_for
from blocks.spec import Pin

ERROR_PIN = "error"


def pins_of(model: type[BaseModel]) -> Mapping[str, Pin]:
    """The pins a model declares, in order, each with a schema of its own."""
    schema = model.model_json_schema()
    definitions = schema.get("$defs", {})
    required = set(schema.get("required", ()))
    return MappingProxyType(
        {
            name: _pin(name, _inlined(part, definitions), name in required)
            for name, part in schema.get("properties", {}).items()
        }
    )


def _pin(name: str, schema: dict[str, Any], required: bool) -> Pin:
    return Pin(
        name=name,
        schema=schema,
        required=required,
        default=schema.get("default"),
        advanced=bool(schema.get("advanced")),
        secret=bool(schema.get("secret")),
        coerce=coercer_for(name, schema),
    )


def _inlined(part: Any, definitions: Mapping[str, Any]) -> Any:
    """`part` with every reference replaced by what it refers to."""
    if isinstance(part, list):
        return [_inlined(item, definitions) for item in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        target = dict(definitions[part["$ref"].rsplit("/", 1)[-1]])
        target.pop("title", None)  # a class of ours, which tells users nothing
        siblings = {key: value for key, value in part.items() if key != "$ref"}
        return _inlined({**target, **siblings}, definitions)
    return {
        key: _inlined_word(key, value, definitions)
        for key, value in part.items()
        # A discriminator of a union points into `$defs`; that of a pin is a name.
        if key != "$defs" and not (key == "discriminator" and isinstance(value, dict))
    }


def _inlined_word(key: str, value: Any, definitions: Mapping[str, Any]) -> Any:
    """The value of one word of a schema; some hold data or names, not schemas."""
    if key in ("default", "const", "enum", "examples"):
        return value
    if key == "properties":
        return {name: _inlined(inner, definitions) for name, inner in value.items()}
    return _inlined(value, definitions)
