"""`/hooks/<token>/`: what the world outside calls. No session, no cookie; whoever knows
the token is let in, and shows a secret or a signature if the hook asks for one.

GET starts nothing: programs that preview links follow them, too.
"""

import re
import time
from collections.abc import Mapping
from typing import Final

import orjson
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from core import jsonio
from core.http import Problem, ProblemResponse, problem_response
from core.ratelimit.refusals import count, rates
from executions.domain.status import ExecutionStatus
from executions.live.waiting import WAIT_HEADER
from executions.models import Hook
from executions.triggers.hooks import (
    Delivered,
    hook_by_token,
    hook_deliver,
    hook_refused,
)
from executions.triggers.payloads import (
    LIMITS,
    Delivery,
    UnknownBody,
    grouped,
    parsed,
)
from executions.triggers.signing import STANDARD_ID, is_signed, same_secret

METHODS: Final = ("POST", "PUT")
SECRET_HEADERS: Final = ("x-webhook-secret", "x-telegram-bot-api-secret-token")
DELIVERY_HEADERS: Final = (STANDARD_ID, "x-github-delivery", "idempotency-key")
"""The first of these that is there names the delivery."""

_DELIVERY_ID: Final = re.compile(r"[ -~]{1,255}")
_NOWHERE: Final = "There is no webhook at this address, or it is switched off."


@csrf_exempt
def deliver(request: HttpRequest, token: str) -> HttpResponse:
    try:
        response = _answer(request, token)
    except Exception as error:
        response = problem_response(error)
    # Django would log a failed request with its path, and the path holds the token.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def _answer(request: HttpRequest, token: str) -> HttpResponse:
    if request.method not in METHODS:
        allowed = {"Allow": ", ".join(METHODS)}
        detail = "Send deliveries by POST or PUT."
        return ProblemResponse(405, detail, headers=allowed)
    hook = hook_by_token(token)
    if hook is None:
        return ProblemResponse(404, _NOWHERE)
    count(f"hook:{hook.pk}", rates().hook)
    if request.headers.get("Content-Encoding", "identity") != "identity":
        return ProblemResponse(415, "Send the body as it is, without Content-Encoding.")
    body = _body(request)
    headers = {name.lower(): value for name, value in request.headers.items()}
    if not _is_let_in(hook, headers, body):
        hook_refused(hook)
        return ProblemResponse(401, "The secret or signature is missing or wrong.")
    delivery = Delivery(
        payload=_payload(body, request.content_type or ""),
        headers=headers,
        query=_query(request),
    )
    delivery_id = _delivery_id(headers)
    done = hook_deliver(hook=hook, delivery=delivery, delivery_id=delivery_id)
    return _accepted(request, hook, done)


def _body(request: HttpRequest) -> bytes:
    """
    Raises:
        Problem: 413; a body that says so itself is not read.
    """
    length = request.META.get("CONTENT_LENGTH") or "0"
    says = int(length) if length.isdecimal() and len(length) < 20 else 0
    if says > LIMITS.size or len(request.body) > LIMITS.size:
        detail = f"The body is over the limit of {LIMITS.size:,} bytes. Send less."
        raise Problem(413, "Body too large", detail, code="body-too-large")
    return request.body


def _is_let_in(hook: Hook, headers: Mapping[str, str], body: bytes) -> bool:
    if hook.check_by == Hook.Check.NONE:
        return True
    if not hook.secret:
        return False
    if hook.check_by == Hook.Check.SECRET:
        given = (headers[name] for name in SECRET_HEADERS if name in headers)
        return same_secret(next(given, ""), hook.secret)
    return is_signed(hook.secret, headers, body, time.time())


def _payload(body: bytes, content_type: str) -> jsonio.JsonValue:
    """
    Raises:
        Problem: 400 or 415, it cannot be read.
    """
    try:
        return parsed(body, content_type)
    except UnknownBody as error:
        raise Problem(415, "Unknown type of body", str(error)) from None
    except jsonio.JsonError as error:
        field = error.path.removeprefix("$").removeprefix(".")
        message = str(error.message)
        raise Problem(
            400,
            "Malformed body",
            message,
            [{"field": field, "message": message, "code": error.code}],
            code="malformed-body",
        ) from None


def _query(request: HttpRequest) -> Mapping[str, jsonio.JsonValue]:
    pairs = [(name, value) for name, values in request.GET.lists() for value in values]
    return grouped(pairs)


def _delivery_id(headers: Mapping[str, str]) -> str:
    """
    Raises:
        Problem: 400, the header holds no id.
    """
    name = next((name for name in DELIVERY_HEADERS if name in headers), None)
    if name is None:
        return ""
    if not _DELIVERY_ID.fullmatch(headers[name]):
        message = "Must be 1 to 255 printable ASCII characters."
        raise Problem(
            400,
            "Invalid delivery id",
            f"{name}: {message}",
            [{"field": name, "message": message, "code": "invalid"}],
            code="invalid-delivery-id",
        )
    return headers[name]


def _accepted(request: HttpRequest, hook: Hook, done: Delivered) -> HttpResponse:
    id_, status = str(done.execution.id), ExecutionStatus(done.execution.status)
    response = HttpResponse(
        orjson.dumps({"id": id_, "status": status.value}),
        content_type="application/json",
        status=202,
    )
    where = reverse("execution", args=[done.execution.id])
    response["Location"] = request.build_absolute_uri(where)
    if done.is_replay:
        response["Idempotency-Replayed"] = "true"
    if hook.wait_s is not None:
        response[WAIT_HEADER] = f"{hook.wait_s:g}"
    return response
