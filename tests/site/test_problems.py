"""Faults: each becomes the right answer, and none tells what is inside."""

import logging
from collections.abc import Mapping
from typing import Any

import pytest
from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.test import Client
from django.urls import path
from rest_framework import exceptions
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIClient, APIRequestFactory
from rest_framework.views import APIView

from autogpt_site import urls
from core.http import FieldError, Problem, problem_response
from core.jsonio import Limits

SECRET = "hunter2-in-a-traceback"


class Echo(APIView):
    """Answers what it was sent."""

    permission_classes = (AllowAny,)
    authentication_classes = ()
    body_limits = Limits(size=1000)

    def post(self, request: Request) -> Response:
        return Response(request.data)


class Raises(APIView):
    permission_classes = (AllowAny,)
    authentication_classes = ()
    error: Exception = RuntimeError(SECRET)

    def get(self, request: Request) -> Response:
        raise self.error


def page(request: HttpRequest) -> HttpResponse:
    raise RuntimeError(SECRET)


def lost_database(request: HttpRequest) -> HttpResponse:
    raise OperationalError(SECRET)


def forbidden(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied(SECRET)


def suspicious(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation(SECRET)


urlpatterns: list[Any] = [
    path("api/echo/", Echo.as_view()),
    path("api/page/", page),
    path("api/lost-database/", lost_database),
    path("api/forbidden/", forbidden),
    path("api/suspicious/", suspicious),
    path("page/", page),
    path("forbidden/", forbidden),
    path("suspicious/", suspicious),
]
handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500
urlpatterns += urls.urlpatterns  # the error pages link to the others


def answer_to(error: Exception) -> Any:
    return Raises.as_view(error=error)(APIRequestFactory().get("/"))


@pytest.mark.parametrize(
    ("error", "status"),
    [
        pytest.param(Http404(SECRET), 404, id="not-there"),
        pytest.param(exceptions.NotFound(), 404, id="not-there-in-drf"),
        pytest.param(PermissionDenied(SECRET), 403, id="forbidden"),
        pytest.param(exceptions.PermissionDenied(), 403, id="forbidden-in-drf"),
        pytest.param(exceptions.MethodNotAllowed("PUT"), 405, id="method"),
        pytest.param(exceptions.UnsupportedMediaType("a/b"), 415, id="media-type"),
        pytest.param(SuspiciousOperation(SECRET), 400, id="suspicious"),
        pytest.param(RequestDataTooBig(SECRET), 413, id="too-big"),
        pytest.param(BadRequest(SECRET), 400, id="bad"),
        pytest.param(UnreadablePostError(SECRET), 400, id="cut-off"),
        pytest.param(OperationalError(SECRET), 503, id="database-lost"),
        pytest.param(InterfaceError(SECRET), 503, id="connection-lost"),
        pytest.param(DjangoValidationError("no"), 400, id="invalid"),
        # What nobody thought of.
        pytest.param(RuntimeError(SECRET), 500, id="unforeseen"),
        pytest.param(ValueError(SECRET), 500, id="unforeseen-value"),
    ],
)
def test_every_exception_has_its_answer(error: Exception, status: int):
    answer = answer_to(error)
    body = answer.data
    assert answer.status_code == body["status"] == status
    assert set(body) == {"type", "title", "status", "detail", "errors"}
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert SECRET not in answer.content.decode()


def test_the_unforeseen_is_logged(caplog: pytest.LogCaptureFixture):
    answer_to(RuntimeError(SECRET))
    [record] = [r for r in caplog.records if r.levelno == logging.ERROR]
    assert record.exc_info is not None
    assert SECRET in str(record.exc_info[1])


def test_a_lost_database_says_when_to_come_back():
    assert answer_to(OperationalError()).headers["Retry-After"] == "5"


def test_throttling_says_when_to_come_back():
    answer = answer_to(exceptions.Throttled(wait=7.2))
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "8")


def test_a_problem_is_answered_as_it_says():
    fault: FieldError = {"field": "a", "message": "m", "code": "c"}
    problem = Problem(412, "Moved", "Read it again.", [fault], "moved", {"ETag": '"7"'})
    answer = answer_to(problem)
    assert answer.data == {
        "type": "urn:problem:moved",
        "title": "Moved",
        "status": 412,
        "detail": "Read it again.",
        "errors": [fault],
    }
    assert answer.headers["ETag"] == '"7"'


@pytest.mark.parametrize(
    ("detail", "fields"),
    [
        pytest.param({"name": ["Too long."]}, ["name"], id="field"),
        pytest.param({"name": ["One.", "Two."]}, ["name", "name"], id="two-of-one"),
        pytest.param(
            {"nodes": [{}, {}, {"input_default": {"a": ["Bad."]}}]},
            ["nodes[2].input_default.a"],
            id="deep",
        ),
        # Some serializers give the position as a key.
        pytest.param({"tags": {1: ["Bad."]}}, ["tags[1]"], id="index-as-key"),
        pytest.param({"non_field_errors": ["Both or none."]}, [""], id="whole"),
        pytest.param({"a": {"non_field_errors": ["No."]}}, ["a"], id="whole-of-a-part"),
        pytest.param(["No."], [""], id="only-a-list"),
        pytest.param("No.", [""], id="only-a-text"),
    ],
)
def test_faults_of_the_input_are_found_by_their_path(detail: Any, fields: list[str]):
    answer = problem_response(exceptions.ValidationError(detail))
    assert [fault["field"] for fault in answer.data["errors"]] == fields


# --- Bodies ---------------------------------------------------------------------------


def post(body: bytes, kind: str = "application/json", **meta: Any) -> Any:
    request = APIRequestFactory().post("/", body, content_type=kind, **meta)
    return Echo.as_view()(request)


def test_a_good_body_arrives():
    answer = post(b'{"a": [1, "\xc3\xa9"]}').render()
    assert (answer.status_code, answer.data) == (200, {"a": [1, "é"]})
    assert answer.content == '{"a":[1,"é"]}'.encode()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param(b"{", "", id="cut-off"),
        pytest.param(b"[1, 2]", "", id="list"),
        pytest.param(b"null", "", id="null"),
        pytest.param(b'"text"', "", id="text"),
        pytest.param(b'{"a": "\xff\xfe"}', "", id="not-utf8"),
        pytest.param(b'\xef\xbb\xbf{"a": 1}', "", id="byte-order-mark"),
        pytest.param(b'{"a": {"b": [0, "x\\u0000y"]}}', "a.b[1]", id="nul"),
        pytest.param(b'{"a": "\\ud800"}', "a", id="lone-surrogate"),
        pytest.param(b'{"a": NaN}', "a", id="nan"),
        pytest.param(b'{"a": 1, "a": 2}', "", id="key-twice"),
        pytest.param(b'{"a": ' + b"9" * 500 + b"}", "a", id="huge-integer"),
        pytest.param(b'{"a": 1e999}', "a", id="infinite"),
    ],
)
def test_a_malformed_body_is_refused(body: bytes, field: str):
    answer = post(body)
    assert answer.status_code == 400
    assert [fault["field"] for fault in answer.data["errors"]] == [field]


def test_a_body_nested_too_deep_is_refused():
    assert post(b'{"a":' + b"[" * 80 + b"]" * 80 + b"}").status_code == 400


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param("text/plain", id="text"),
        pytest.param("application/x-www-form-urlencoded", id="form"),
        pytest.param("multipart/form-data; boundary=x", id="upload"),
        pytest.param("application/xml", id="xml"),
        pytest.param("nonsense", id="nonsense"),
    ],
)
def test_other_than_json_is_refused(kind: str):
    assert post(b'{"a": 1}', kind).status_code == 415


@pytest.mark.parametrize(
    "meta",
    [
        pytest.param({}, id="announced"),
        # A body longer than it was said to be.
        pytest.param({"CONTENT_LENGTH": "10"}, id="said-to-be-short"),
        pytest.param({"CONTENT_LENGTH": "1" + "0" * 18}, id="said-to-be-huge"),
    ],
)
def test_a_body_over_the_limit_of_its_view_is_refused(meta: Mapping[str, str]):
    answer = post(b'{"a": "%s"}' % (b"x" * 1001), **meta)
    # What a server cuts at the announced length is malformed, never accepted.
    expected = 400 if meta.get("CONTENT_LENGTH") == "10" else 413
    assert answer.status_code == expected


def test_a_large_body_is_refused_before_it_is_read():
    class Untouched:
        def read(self, size: int = -1) -> bytes:
            raise AssertionError("the body was read")

    request = APIRequestFactory().post(
        "/", b"{}", content_type="application/json", CONTENT_LENGTH="5000"
    )
    request._stream = Untouched()  # type: ignore[assignment]
    assert Echo.as_view()(request).status_code == 413


def test_no_body_is_an_empty_object():
    assert post(b"").data == {}


# --- Outside the API's own views ------------------------------------------------------


@pytest.mark.urls(__name__)
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "status"),
    [
        pytest.param("page/", 500, id="unforeseen"),
        pytest.param("forbidden/", 403, id="forbidden"),
        pytest.param("suspicious/", 400, id="suspicious"),
        pytest.param("nowhere/", 404, id="no-such-address"),
    ],
)
def test_programs_get_problems_and_people_get_pages(address: str, status: int):
    client = Client(raise_request_exception=False)
    for prefix, kind in (("/api/", "application/problem+json"), ("/", "text/html")):
        answer = client.get(prefix + address)
        assert answer.status_code == status
        assert answer.headers["Content-Type"].startswith(kind)
        assert SECRET not in answer.content.decode()
        assert "Content-Security-Policy" in answer.headers


@pytest.mark.urls(__name__)
def test_a_database_lost_outside_a_view_is_a_503_too():
    client = Client(raise_request_exception=False)
    answer = client.get("/api/lost-database/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    "address",
    [
        pytest.param("/api/echo/?q=a%00b", id="query"),
        pytest.param("/api/echo/%00/", id="path"),
        pytest.param("/page/?q=%00", id="page"),
    ],
)
def test_no_nul_character_comes_in_by_the_address(address: str):
    assert Client().get(address).status_code == 400


def test_a_foreign_host_is_refused():
    answer = APIClient().get("/api/v1/me/", headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
