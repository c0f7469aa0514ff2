"""What the API schema says of every operation: how it answers when it does not do as
it was asked."""

from typing import Any, Final

PROBLEM: Final = "Problem"

_FIELD_ERROR: Final = {
    "type": "object",
    "properties": {
        "field": {"type": "string", "description": "JSON path, empty for the whole"},
        "message": {"type": "string"},
        "code": {"type": "string"},
    },
    "required": ["field", "message", "code"],
}
_PROBLEM: Final = {
    "type": "object",
    "description": "What was wrong, where, and what to do (RFC 9457).",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {"type": "array", "items": _FIELD_ERROR},
    },
    "required": ["type", "title", "status", "detail", "errors"],
}
_ANSWER: Final = {
    "description": "A refusal or a fault",
    "content": {
        "application/problem+json": {
            "schema": {"$ref": f"#/components/schemas/{PROBLEM}"}
        }
    },
}


def with_problems(
    result: dict[str, Any], generator: Any, request: Any, public: bool
) -> dict[str, Any]:
    """A hook of drf-spectacular."""
    result.setdefault("components", {}).setdefault("schemas", {})[PROBLEM] = _PROBLEM
    for path in result.get("paths", {}).values():
        for operation in path.values():
            operation["responses"].setdefault("default", _ANSWER)
    return result
