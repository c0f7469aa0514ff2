"""From what a webhook sends to the inputs of an agent."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from blocks.values import JsonObject, JsonValue
from core import jsonio
from core.limits import MIB

LIMITS: Final = jsonio.Limits(size=MIB)

PAYLOAD: Final = "payload"
HEADERS: Final = "headers"
QUERY: Final = "query"

_FORM: Final = "application/x-www-form-urlencoded"
_MAX_FORM_FIELDS: Final = 10_000
_SECRET_WORDS: Final = (
    "authorization", "cookie", "signature", "secret", "token", "api-key", "password",
)  # fmt: skip


class UnknownBody(ValueError):
    """A body of a type that is not understood."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """What came. Header names are in lower case; a query name that came more than once
    has a list."""

    payload: JsonValue
    headers: Mapping[str, str]
    query: Mapping[str, JsonValue]


def inputs_from(delivery: Delivery, names: Container[str]) -> JsonObject:
    """The values for an agent that has inputs of these names.

    The keys of a payload that is an object go to the inputs of the same names; what the
    agent has no input for is left out. Inputs called `payload`, `headers` and `query`
    get these as a whole, headers without those that let somebody in.
    """
    payload = delivery.payload
    keys = payload if isinstance(payload, dict) else {}
    whole: JsonObject = {
        PAYLOAD: payload,
        HEADERS: without_secrets(delivery.headers),
        QUERY: dict(delivery.query),
    }
    return {name: value for name, value in (keys | whole).items() if name in names}


def without_secrets(headers: Mapping[str, str]) -> JsonObject:
    return {
        name: value
        for name, value in headers.items()
        if not any(word in name for word in _SECRET_WORDS)
    }


def parsed(body: bytes, content_type: str) -> JsonValue:
    """JSON as its value, a form as an object, text as `{"text": …}`, nothing as `{}`.

    Raises:
        JsonError: the body is malformed.
        UnknownBody: it is of another type.
    """
    if not body:
        return {}
    kind = content_type.partition(";")[0].strip().lower() or "application/json"
    if kind == "application/json" or kind.endswith("+json"):
        return jsonio.loads(body, limits=LIMITS)
    if kind == _FORM:
        return _fields(_text(body))
    if kind.startswith("text/"):
        return {"text": _text(body)}
    raise UnknownBody("Send JSON, a form (urlencoded) or text.")


def grouped(pairs: list[tuple[str, str]]) -> JsonObject:
    """A name that comes more than once has the list of its values."""
    found: dict[str, list[JsonValue]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return {
        name: values if len(values) > 1 else values[0] for name, values in found.items()
    }


def _fields(text: str) -> JsonObject:
    try:
        pairs = parse_qsl(
            text,
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MAX_FORM_FIELDS,
        )
    except UnicodeDecodeError:
        raise jsonio.JsonError("the form is not UTF-8", code="encoding") from None
    except ValueError:
        message = f"more than {_MAX_FORM_FIELDS:,} fields are over the limit"
        raise jsonio.JsonError(message, code="keys") from None
    for pair in pairs:
        _refuse_nul("".join(pair))
    return grouped(pairs)


def _text(body: bytes) -> str:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise jsonio.JsonError("the body is not UTF-8", code="encoding") from None
    _refuse_nul(text)
    return text


def _refuse_nul(text: str) -> None:
    if "\0" in text:
        raise jsonio.JsonError("a text holds U+0000: remove it", code="text")
