"""JSON Schemas in the few forms that the judgement of links knows.

References are put in place, lists of types and `nullable` become alternatives, several
schemas that hold at once become one. What cannot be brought into form stays, and counts
as a limit nobody can judge.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from blocks.values import JsonObject

Schema = Mapping[str, Any]

ANYTHING: Final[JsonObject] = {}

KINDS: Final = ("null", "boolean", "integer", "number", "string", "array", "object")

MAX_DEPTH: Final = 16
"""Schemas may refer to themselves; deeper than this they say nothing."""

_DATA: Final = ("default", "const", "enum", "examples", "required")
_BY_NAME: Final = ("properties", "$defs", "definitions")


def settled(schema: Schema) -> Schema:
    """The same schema in these forms."""
    return _settled(schema, schema, MAX_DEPTH)


def _settled(schema: Schema, root: Schema, left: int) -> Schema:
    found = _target(schema, root) if "$ref" in schema else schema
    if left == 0:
        return ANYTHING
    parts = {
        word: _word(word, value, root, left - 1)
        for word, value in found.items()
        if word not in ("$defs", "definitions", "nullable")
    }
    return _alternatives(_joined(parts), found.get("nullable") is True)


def _target(schema: Schema, root: Schema) -> Schema:
    """What a reference within the document leads to; itself if to nothing."""
    found: Any = root
    for step in str(schema["$ref"]).removeprefix("#/").split("/"):
        found = found.get(step) if isinstance(found, Mapping) else None
    if not isinstance(found, Mapping) or "$ref" in found:
        return schema
    return {**found, **{k: v for k, v in schema.items() if k != "$ref"}}


def _word(word: str, value: Any, root: Schema, left: int) -> Any:
    if word in _DATA:
        return value
    if word in _BY_NAME and isinstance(value, Mapping):
        return {name: _inner(part, root, left) for name, part in value.items()}
    if isinstance(value, list):
        return [_inner(part, root, left) for part in value]
    return _inner(value, root, left)


def _inner(part: Any, root: Schema, left: int) -> Any:
    return _settled(part, root, left) if isinstance(part, Mapping) else part


def _joined(schema: dict[str, Any]) -> dict[str, Any]:
    """`allOf` taken into the schema, as far as no two say different things."""
    parts = schema.get("allOf")
    if not isinstance(parts, list) or not all(isinstance(p, Mapping) for p in parts):
        return schema
    found = {word: value for word, value in schema.items() if word != "allOf"}
    odd = []
    for part in parts:
        if any(found.get(word, value) != value for word, value in part.items()):
            odd.append(part)
        else:
            found |= part
    return found | ({"allOf": odd} if odd else {})


def _alternatives(schema: dict[str, Any], is_nullable: bool) -> Schema:
    kinds = schema.get("type")
    if isinstance(kinds, list):
        plain = {word: value for word, value in schema.items() if word != "type"}
        schema = {"anyOf": [{**plain, "type": kind} for kind in kinds]}
    if not is_nullable:
        return schema
    return {"anyOf": [schema, {"type": "null"}]}


# --- Reading --------------------------------------------------------------------------


def options(schema: Schema) -> list[Schema]:
    """The alternatives of a union, flattened; of any other schema itself."""
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return [one for option in schema[word] for one in options(option)]
    return [schema]


def tried(sink: Schema) -> list[Schema]:
    """What a sink tries, one level at a time: a union in a union is never exact."""
    for word in ("anyOf", "oneOf"):
        if word in sink:
            return list(sink[word])
    return [sink]


def values_of(schema: Schema) -> list[Any] | None:
    """All values there are of this type, if they are few enough to be told."""
    if "const" in schema:
        return [schema["const"]]
    if isinstance(schema.get("enum"), list):
        return list(schema["enum"])
    return _FEW.get(schema.get("type", ""))


_FEW: Final[Mapping[str, list[Any]]] = {"null": [None], "boolean": [False, True]}


def is_untyped(option: Schema) -> bool:
    """It does not say of which kind its values are."""
    return option.get("type") not in KINDS


def is_open(option: Schema) -> bool:
    """Any value may be one of it."""
    return is_untyped(option) and values_of(option) is None


def kinds(schema: Schema) -> list[str] | None:
    """The JSON types of a schema; None: any."""
    found: dict[str, None] = {}
    for option in options(schema):
        if is_open(option):
            return None
        if is_untyped(option):
            found.update((kind_of(one), None) for one in values_of(option) or ())
        else:
            found[option["type"]] = None
    return list(found)


def kind_of(value: Any) -> str:
    return _KIND_OF.get(type(value), "null")


_KIND_OF: Final[Mapping[type, str]] = {
    bool: "boolean", int: "integer", float: "number", str: "string", list: "array",
    dict: "object",
}  # fmt: skip


def item_of(schema: Schema) -> Schema:
    found = schema.get("items")
    return found if isinstance(found, Mapping) else ANYTHING


def extra_of(schema: Schema) -> Schema:
    """What properties that are not named may be."""
    found = schema.get("additionalProperties")
    return found if isinstance(found, Mapping) else ANYTHING


def has_more(schema: Schema) -> bool:
    """There may be properties that are not named."""
    return schema.get("additionalProperties") is not False


def properties_of(schema: Schema) -> Mapping[str, Schema]:
    found = schema.get("properties")
    return found if isinstance(found, Mapping) else {}


def required_of(schema: Schema) -> frozenset[str]:
    return frozenset(schema.get("required") or ())


def entries_of(schema: Schema) -> Iterator[tuple[Schema, bool]]:
    """What the entries of a list may be, and whether one of these is sure to be in."""
    least, most = schema.get("minItems", 0), schema.get("maxItems")
    prefix = schema.get("prefixItems") or []
    for place, one in enumerate(prefix):
        yield one, place < least
    if most is None or most > len(prefix):
        yield item_of(schema), least > len(prefix)


# --- Parts ----------------------------------------------------------------------------


def resolve(schema: Schema, steps: Sequence[str | int]) -> Schema:
    """The schema of the part that the steps lead to; ANYTHING where it is not said."""
    found = settled(schema)
    for step in steps:
        parts = [
            part for one in options(found) if (part := _part(one, step)) is not None
        ]
        if not parts:
            return ANYTHING
        found = parts[0] if len(parts) == 1 else {"anyOf": parts}
    return found


def _part(option: Schema, step: str | int) -> Schema | None:
    """None: this option has no such part."""
    if is_untyped(option):
        return ANYTHING
    if isinstance(step, int):
        return _entry(option, step) if option["type"] == "array" else None
    if option["type"] != "object":
        return None
    properties = properties_of(option)
    return properties[step] if step in properties else extra_of(option)


def _entry(option: Schema, place: int) -> Schema:
    prefix = option.get("prefixItems") or []
    if place < 0 and prefix:
        return ANYTHING
    return prefix[place] if 0 <= place < len(prefix) else item_of(option)


def without_null(schema: Schema) -> Schema:
    """The schema of the values other than null; itself if there are no others."""
    left = [one for one in options(settled(schema)) if one.get("type") != "null"]
    return {"anyOf": left} if left else schema
