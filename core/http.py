"""What HTTP endpoints share: strict JSON in, fast JSON out, faults as RFC 9457."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from secrets import token_hex
from typing import IO, Any, Final, TypedDict
from uuid import UUID

import orjson
from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.functional import Promise
from rest_framework import exceptions, serializers
from rest_framework.fields import get_error_detail
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from core import jsonio
from core.validator import InputRefused, policy_at, validate

logger = logging.getLogger(__name__)

RETRY_AFTER_S: Final = 5
PROBLEM_JSON: Final = "application/problem+json"


class FieldError(TypedDict):
    """One fault of the input; `field` is its JSON path, "" for the whole of it."""

    field: str
    message: str
    code: str


class Problem(exceptions.APIException):
    """An answer other than success, chosen on purpose."""

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        errors: Sequence[FieldError] = (),
        code: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail, code or None)
        self.status_code = status
        self.title = title
        self.code = code or _code_of(status)
        self.errors = list(errors)
        self.headers = dict(headers or {})


def _code_of(status: int) -> str:
    return HTTPStatus(status).phrase.lower().replace(" ", "-")


class ProblemResponse(HttpResponse):
    """A fault as `application/problem+json`; `data` is its body as a value."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        title: str = "",
        code: str = "",
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.data: dict[str, Any] = {
            "type": f"urn:problem:{code or _code_of(status)}",
            "title": title or HTTPStatus(status).phrase,
            "status": status,
            "detail": detail,
            "errors": list(errors),
        }
        body = orjson.dumps(self.data, default=_as_json)
        super().__init__(body, content_type=PROBLEM_JSON, status=status)
        for name, value in (headers or {}).items():
            self[name] = value


# --- In and out -----------------------------------------------------------------------


class StrictJSONParser(BaseParser):
    """Refuses what `core.jsonio` refuses, and any body that is not an object.

    A view takes larger bodies by setting `body_limits`.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        context = parser_context or {}
        limits = getattr(context.get("view"), "body_limits", jsonio.BODY)
        request = context.get("request")
        if request is not None and _is_packed(request.META):
            detail = "Send the body as it is, without Content-Encoding."
            raise Problem(415, "Unsupported encoding", detail)
        # Said before the first byte is read; what is said wrong is found by reading.
        if request is not None and _announced_bytes(request.META) > limits.size:
            raise _too_large(limits)
        try:
            body = jsonio.loads(stream.read(limits.size + 1), limits=limits)
        except jsonio.JsonTooLarge:
            raise _too_large(limits) from None
        except jsonio.JsonError as error:
            raise _not_json(error) from None
        if not isinstance(body, dict):
            raise _malformed("The body must be a JSON object.", "not_an_object")
        _look_through(body, request)
        return body


def _look_through(body: dict[str, Any], request: Request | None) -> None:
    """Free text is only observed, unless the workspace of the caller is strict."""
    user = None if request is None else _known_user(request)
    try:
        validate(body, policy_at, user_id=user)
    except InputRefused as refusal:
        raise refused_input(refusal) from None


def refused_input(refusal: InputRefused) -> Problem:
    """Which rules, and where; not what was sent."""
    errors: list[FieldError] = [
        {
            "field": _field_at(each.path),
            "message": f"looks like {each.rule}",
            "code": each.rule,
        }
        for each in refusal.findings
    ]
    return Problem(400, "Refused input", str(refusal), errors, code="input-refused")


def _known_user(request: Request) -> Any:
    """Without signing anybody in: the check of a session's CSRF token reads the body
    while it does that, and the body can be read once."""
    known = request.__dict__.get("_user") or getattr(request._request, "user", None)
    return getattr(known, "pk", None)


def _is_packed(meta: Mapping[str, Any]) -> bool:
    return str(meta.get("HTTP_CONTENT_ENCODING", "identity")) != "identity"


def _announced_bytes(meta: Mapping[str, Any]) -> int:
    length = str(meta.get("CONTENT_LENGTH") or "0")
    return int(length) if length.isdecimal() and len(length) < 20 else 0


def _too_large(limits: jsonio.Limits) -> Problem:
    detail = f"The body is over the limit of {limits.size:,} bytes. Send less."
    return Problem(413, "Body too large", detail, code="body-too-large")


def _not_json(error: jsonio.JsonError) -> Problem:
    return _malformed(str(error.message), error.code, _field_at(error.path))


def _field_at(path: str) -> str:
    return path.removeprefix("$").removeprefix(".")


def _malformed(message: str, code: str, field: str = "") -> Problem:
    errors: list[FieldError] = [{"field": field, "message": message, "code": code}]
    return Problem(400, "Malformed body", message, errors, code="malformed-body")


class FastJSONRenderer(BaseRenderer):
    """JSON by orjson. A number that is not finite becomes null."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        if data is None:
            return b""
        options = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS
        return orjson.dumps(data, default=_as_json, option=options)


class JSONNegotiation(DefaultContentNegotiation):
    """Where there is one form of answer, everybody gets it, whatever he prefers."""

    def select_renderer(
        self,
        request: Request,
        renderers: Any,
        format_suffix: str | None = None,
    ) -> Any:
        if len(renderers) == 1:
            return renderers[0], renderers[0].media_type
        return super().select_renderer(request, renderers, format_suffix)


def _as_json(value: object) -> object:
    if isinstance(value, Promise):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields it does not know: a misspelt one is not lost in silence."""

    def to_internal_value(self, data: Any) -> Any:
        faults = self._unknown(data) if isinstance(data, Mapping) else {}
        try:
            value = super().to_internal_value(data)
        except exceptions.ValidationError as error:
            if isinstance(error.detail, dict):
                raise exceptions.ValidationError(error.detail | faults) from None
            raise
        if faults:
            raise exceptions.ValidationError(faults)
        return value

    def _unknown(self, data: Mapping[Any, Any]) -> dict[str, Any]:
        known = [name for name, field in self.fields.items() if not field.read_only]
        message = f"Unknown field. Known here: {', '.join(known) or 'none'}."
        fault = exceptions.ErrorDetail(message, code="unknown_field")
        return {str(name): [fault] for name in data if name not in known}


def header_of(request: Request, name: str) -> str | None:
    """One header. `request.headers` would be made of all of them first, which takes
    longer than a look-up of its user."""
    value: str | None = request.META.get(f"HTTP_{name.upper().replace('-', '_')}")
    return value


def parsed_uuid(text: str) -> UUID | None:
    """The id that `text` names, or None."""
    try:
        return UUID(text)
    except ValueError:
        return None


# --- Faults ---------------------------------------------------------------------------


def problem_details(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """The exception handler of the API: answers every one, also the unforeseen."""
    return problem_response(error)


def problem_response(error: BaseException) -> ProblemResponse:
    match error:
        case DjangoValidationError():
            return _api_problem(exceptions.ValidationError(get_error_detail(error)))
        case exceptions.APIException():
            return _api_problem(error)
        case Http404():
            return ProblemResponse(
                404, "There is no such thing here, or it is not yours."
            )
        case PermissionDenied():
            return ProblemResponse(403, "You may not do this.")
        case RequestDataTooBig():
            return ProblemResponse(413, "The body is too large. Send less.")
        case SuspiciousOperation() | BadRequest() | MultiPartParserError():
            return ProblemResponse(400, "The request is malformed.")
        case UnreadablePostError():
            return ProblemResponse(400, "The body ended early. Send it again.")
        case OperationalError() | InterfaceError():
            return _unavailable(error)
    number = token_hex(8)
    logger.error("An unforeseen error in the API, logged as %s", number, exc_info=error)
    detail = f"Something went wrong on our side. It has been logged as {number}."
    return ProblemResponse(500, detail)


def _unavailable(error: BaseException) -> ProblemResponse:
    logger.error("The database did not answer", exc_info=error)
    return ProblemResponse(
        503,
        "The database does not answer. Try again in a moment.",
        headers={"Retry-After": str(RETRY_AFTER_S)},
    )


def _api_problem(error: exceptions.APIException) -> ProblemResponse:
    headers = _headers_of(error)
    if isinstance(error, Problem):
        return ProblemResponse(
            error.status_code,
            str(error.detail),
            title=error.title,
            code=error.code,
            errors=error.errors,
            headers=headers,
        )
    if isinstance(error, exceptions.ValidationError):
        errors = list(_flattened(error.detail))
        detail = "The input has faults; `errors` lists them all."
        return ProblemResponse(
            400, detail, title="Invalid input", code="invalid-input", errors=errors
        )
    return ProblemResponse(error.status_code, _text(error.detail), headers=headers)


def _headers_of(error: exceptions.APIException) -> dict[str, str]:
    headers = dict(getattr(error, "headers", {}))
    # DRF notes both on the exception while it passes through the view.
    if auth_header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    if (wait := getattr(error, "wait", None)) is not None:
        headers["Retry-After"] = str(int(wait))
    return headers


def _text(detail: Any) -> str:
    while not isinstance(detail, str):
        parts = list(detail.values()) if isinstance(detail, dict) else list(detail)
        detail = parts[0] if parts else ""
    return str(detail)


def _flattened(detail: Any, path: str = "") -> Iterator[FieldError]:
    """The faults in a tree of DRF error details, each with the JSON path to it."""
    if isinstance(detail, Mapping):
        for key, inner in detail.items():
            yield from _flattened(inner, _joined(path, key))
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            nested = isinstance(inner, Mapping | list)
            yield from _flattened(inner, f"{path}[{index}]" if nested else path)
    else:
        code = str(getattr(detail, "code", "") or "invalid")
        yield {"field": path, "message": str(detail), "code": code}


def _joined(path: str, key: object) -> str:
    if key in ("non_field_errors", "__all__"):
        return path
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else str(key)
