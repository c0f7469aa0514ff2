"""How servers of models fail, in the codes that retry policies name."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from blocks.errors import BlockError
from blocks.llm.endpoint import Endpoint
from blocks.llm.reading import object_in, parsed, text_in
from blocks.values import JsonObject

_SHOWN: Final = 300
_BY_STATUS: Final[Mapping[int, str]] = {
    401: "unauthorized",
    402: "quota_exceeded",
    403: "unauthorized",
    404: "unknown_model",
    408: "timeout",
    413: "too_large",
    429: "rate_limit",
    504: "timeout",
}
_BY_KIND: Final[Mapping[str, str]] = {
    "authentication_error": "unauthorized",
    "insufficient_quota": "quota_exceeded",
    "invalid_request_error": "bad_request",
    "not_found_error": "unknown_model",
    "permission_error": "unauthorized",
    "rate_limit_error": "rate_limit",
    "rate_limit_exceeded": "rate_limit",
    "request_too_large": "too_large",
    "timeout_error": "timeout",
}


class ModelError(BlockError):
    """There is no usable answer. `wait_s` is how long the server asks to be left
    alone."""

    def __init__(self, message: str, *, code: str, wait_s: float | None = None) -> None:
        super().__init__(message, code=code)
        self.wait_s = wait_s


def refusal(
    endpoint: Endpoint,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
) -> ModelError:
    """What an answer with another status than 2xx means."""
    told = parsed(body) or {}
    code = _code(status, told)
    wait_s = _wait(headers.get("retry-after", ""), now)
    text = f"{_who(endpoint)} answered {status} ({code}){_reason(endpoint, told)}"
    if wait_s is not None:
        text += f"; it asks to be tried again in {wait_s:g} s"
    return ModelError(text, code=code, wait_s=wait_s)


def broke_off(endpoint: Endpoint, told: JsonObject) -> ModelError:
    """An error in the middle of an answer."""
    error = object_in(told, "error")
    kind = text_in(error, "type") or text_in(error, "code")
    code = _BY_KIND.get(kind, "server_error")
    text = f"{_who(endpoint)} broke off ({code}){_reason(endpoint, told)}"
    return ModelError(text, code=code)


def incomplete(endpoint: Endpoint) -> ModelError:
    text = f"{_who(endpoint)} broke off in the middle of its answer"
    return ModelError(text, code="server_error")


def unreadable(endpoint: Endpoint) -> ModelError:
    text = f"{_who(endpoint)} sent an answer that is not of its wire format"
    return ModelError(text, code="bad_answer")


def empty(endpoint: Endpoint, *, is_cut: bool) -> ModelError:
    if is_cut:
        text = f"{_who(endpoint)} reached max_tokens before it said anything: raise it"
        return ModelError(text, code="too_long")
    return ModelError(f"{_who(endpoint)} answered nothing", code="empty_answer")


def declined(endpoint: Endpoint, why: str) -> ModelError:
    reason = f": {_cut(endpoint.scrub(why))}" if why else ""
    return ModelError(f"{_who(endpoint)} declines to answer{reason}", code="declined")


def _who(endpoint: Endpoint) -> str:
    return f"the model {endpoint.model.name!r}"


def _code(status: int, told: JsonObject) -> str:
    error = object_in(told, "error")
    if "insufficient_quota" in (text_in(error, "code"), text_in(error, "type")):
        return "quota_exceeded"
    if status >= 500:
        return _BY_STATUS.get(status, "server_error")
    return _BY_STATUS.get(status, "bad_request")


def _reason(endpoint: Endpoint, told: JsonObject) -> str:
    """What the server says of it, in the ways servers do."""
    error = told.get("error")
    said = (
        text_in(object_in(told, "error"), "message")
        or (error if isinstance(error, str) else "")
        or text_in(told, "message")
        or text_in(told, "detail")
    )
    return f": {_cut(endpoint.scrub(said))}" if said else ""


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _wait(header: str, now: datetime) -> float | None:
    """Seconds from a Retry-After header, which has a number or a date."""
    header = header.strip()
    if header.replace(".", "", 1).isdecimal():
        return float(header)
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max((until - now).total_seconds(), 0.0)
