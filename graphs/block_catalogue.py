"""The blocks as others read them: JSON for the palette, a page of the documentation."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import orjson

from blocks.spec import BlockSpec, Example, Pin
from graphs.domain.pins import outputs_of

_ERROR_DESCRIPTION: Final = "What went wrong, when the block fails."
EXAMPLE_AT_MOST: Final = 2_000
"""Bytes of an example that is shown; larger ones are tests of limits."""


def block_json(spec: BlockSpec) -> dict[str, Any]:
    return {
        "id": spec.id,
        "name": spec.name,
        "description": spec.description,
        "categories": [category.value for category in spec.categories],
        "kind": spec.kind.value,
        "effect": spec.effect.value,
        "cost": spec.cost.value,
        "static_output": spec.static_output,
        "inputs": [_input(pin) for pin in spec.inputs.values()],
        "outputs": [_output(spec, name) for name in outputs_of(spec)],
        "examples": list(examples_json(spec)),
    }


def examples_json(spec: BlockSpec) -> Iterator[dict[str, Any]]:
    for example in spec.examples:
        shown = _example(example)
        if len(orjson.dumps(shown)) <= EXAMPLE_AT_MOST:
            yield shown


def _example(example: Example) -> dict[str, Any]:
    """An output that is judged by a rule has a pin alone."""
    shown: dict[str, Any] = {
        "inputs": example.inputs,
        "outputs": [
            {"pin": pin} if callable(value) else {"pin": pin, "value": value}
            for pin, value in example.outputs
        ],
    }
    return shown if example.error is None else shown | {"error": example.error}


def _input(pin: Pin) -> dict[str, Any]:
    found = _pin(pin) | {
        "required": pin.required,
        "default": pin.default,
        "advanced": pin.advanced,
        "secret": pin.secret,
    }
    if "placeholder" in pin.schema:
        found["placeholder"] = pin.schema["placeholder"]
    return found


def _output(spec: BlockSpec, name: str) -> dict[str, Any]:
    declared = spec.outputs.get(name)
    if declared is not None:
        return _pin(declared)
    return {
        "name": name,
        "title": "Error",
        "description": _ERROR_DESCRIPTION,
        "schema": {"type": "string"},
    }


def _pin(pin: Pin) -> dict[str, Any]:
    return {
        "name": pin.name,
        "title": pin.schema.get("title") or pin.name.replace("_", " ").title(),
        "description": pin.schema.get("description") or "",
        "schema": pin.schema,
    }


def catalogue_page(specs: Iterable[BlockSpec]) -> str:
    """The catalogue in Markdown; the same blocks give the same page."""
    groups: dict[str, list[BlockSpec]] = {}
    for spec in sorted(specs, key=lambda spec: spec.name):
        groups.setdefault(spec.categories[0].value, []).append(spec)
    parts = [_HEAD]
    for category in sorted(groups):
        parts.append(f"## {category}\n")
        parts += [_section(spec) for spec in groups[category]]
    return "\n".join(parts)


_HEAD: Final = """# Blocks

Written by `python manage.py blockcatalogue`; do not edit. Each block says what
repeating it does: `pure` nothing, `idempotent` no more than doing it once, `once` harm,
so it is never repeated blindly. Pins in bold must have a value.
"""


def _section(spec: BlockSpec) -> str:
    facts = [f"`{spec.id}`", spec.effect.value, f"cost: {spec.cost.value}"]
    lines = [f"### {spec.name}", "", " · ".join(facts), "", spec.description, ""]
    lines += _table("Input", [_input_row(pin) for pin in spec.inputs.values()])
    outputs = [_output(spec, name) for name in outputs_of(spec)]
    lines += _table("Output", [_output_row(output) for output in outputs])
    for example in list(examples_json(spec))[:1]:
        lines += ["```json", orjson.dumps(example).decode(), "```", ""]
    return "\n".join(lines)


def _table(side: str, rows: list[str]) -> list[str]:
    if not rows:
        return []
    return [f"| {side} | Type | Default | What it is |", "|---|---|---|---|", *rows, ""]


def _input_row(pin: Pin) -> str:
    name = f"**{pin.name}**" if pin.required else pin.name
    default = "" if pin.required else f"`{_cell(orjson.dumps(pin.default).decode())}`"
    text = str(pin.schema.get("description") or "")
    return f"| {name} | {type_of(pin.schema)} | {default} | {_cell(text)} |"


def _output_row(output: dict[str, Any]) -> str:
    kind = type_of(output["schema"])
    return f"| {output['name']} | {kind} | | {_cell(output['description'])} |"


def _cell(text: str) -> str:
    short = text if len(text) <= 200 else text[:200] + "…"
    return " ".join(short.replace("|", "\\|").split())


def type_of(schema: Any) -> str:
    """The type a schema asks for, in a word or two."""
    if "enum" in schema:
        return "one of " + ", ".join(f"`{value}`" for value in schema["enum"][:12])
    if "anyOf" in schema:
        kinds = (type_of(option) for option in schema["anyOf"])
        return " or ".join(dict.fromkeys(kinds))
    kind = str(schema.get("type", "any"))
    if kind == "array" and schema.get("items", {}).get("type"):
        return f"array of {schema['items']['type']}"
    return kind
