"""Conversions for blocks that convert on purpose: each always has an answer.

What arrives on a pin is another matter: there a value that does not fit is refused.
"""

from typing import Any

import orjson


def to_text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def to_number(value: Any) -> float:
    if isinstance(value, list | dict):
        return float(len(value))
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return 0.0


def to_boolean(value: Any) -> bool:
    if isinstance(value, str):
        return value.lower() in ("true", "1")
    return bool(value)


def to_list(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return [[key, item] for key, item in value.items()]
    parsed = parsed_or_itself(value.strip()) if isinstance(value, str) else None
    return parsed if isinstance(parsed, list) else [value]


def to_dictionary(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        value = parsed_or_itself(value)
    if isinstance(value, dict):
        return value
    if isinstance(value, list):
        return {str(place): item for place, item in enumerate(value)}
    return {"value": value}


def parsed_or_itself(text: str) -> Any:
    """What the text says as JSON; itself when it is none."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
