"""What is read from a delivery, and which inputs it becomes."""

import pytest

from core.jsonio import JsonError
from executions.triggers.payloads import (
    Delivery,
    UnknownBody,
    grouped,
    inputs_from,
    parsed,
)

FORM = "application/x-www-form-urlencoded"


def delivery(payload, headers=None, query=None) -> Delivery:
    return Delivery(payload=payload, headers=headers or {}, query=query or {})


@pytest.mark.parametrize(
    ("payload", "names", "expected"),
    [
        pytest.param({"a": 1, "b": 2}, {"a", "b"}, {"a": 1, "b": 2}, id="by name"),
        pytest.param({"a": 1, "z": 2}, {"a", "b"}, {"a": 1}, id="others left out"),
        pytest.param({"a": None}, {"a"}, {"a": None}, id="null is a value"),
        pytest.param({"a": 1}, {"payload"}, {"payload": {"a": 1}}, id="as a whole"),
        pytest.param(
            {"payload": 1}, {"payload"}, {"payload": {"payload": 1}},
            id="the whole, whatever is in it",
        ),
        pytest.param([1, 2], {"payload", "a"}, {"payload": [1, 2]}, id="a list"),
        pytest.param("x", {"a"}, {}, id="a text has no keys"),
        pytest.param({"headers": "x"}, set(), {}, id="an agent without inputs"),
    ],
)  # fmt: skip
def test_payloads_become_inputs(payload, names, expected):
    assert inputs_from(delivery(payload), names) == expected


def test_headers_come_without_what_lets_somebody_in():
    headers = {
        "content-type": "application/json",
        "x-github-event": "push",
        "authorization": "Bearer s",
        "proxy-authorization": "s",
        "cookie": "s",
        "x-webhook-secret": "s",
        "webhook-signature": "s",
        "x-hub-signature-256": "s",
        "x-api-key": "s",
        "x-gitlab-token": "s",
    }
    given = delivery({}, headers, {"q": "1"})
    assert inputs_from(given, {"headers", "query"}) == {
        "headers": {"content-type": "application/json", "x-github-event": "push"},
        "query": {"q": "1"},
    }


@pytest.mark.parametrize(
    ("body", "kind", "expected"),
    [
        pytest.param(b'{"a": 1}', "application/json", {"a": 1}, id="JSON"),
        pytest.param(b"[1]", "application/json; charset=utf-8", [1], id="a list"),
        pytest.param(b"1", "application/cloudevents+json", 1, id="a kind of JSON"),
        pytest.param(b'{"a": 1}', "", {"a": 1}, id="of no type"),
        pytest.param(b"", "application/json", {}, id="nothing"),
        pytest.param(b"", "image/png", {}, id="nothing of any type"),
        pytest.param(b"a=1&b=x+y&a=2&c=", FORM,
                     {"a": ["1", "2"], "b": "x y", "c": ""}, id="a form"),
        pytest.param("Grüße".encode(), "text/plain", {"text": "Grüße"}, id="text"),
        pytest.param(b"<a/>", "text/xml", {"text": "<a/>"}, id="XML as text"),
    ],
)  # fmt: skip
def test_bodies(body, kind, expected):
    assert parsed(body, kind) == expected


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (b"{", "application/json", "syntax"),
        (b'{"a": 1, "a": 2}', "application/json", "duplicate_key"),
        (b'{"a": NaN}', "application/json", "number"),
        (b'"\\u0000"', "application/json", "text"),
        (b"[" * 100 + b"]" * 100, "application/json", "depth"),
        (b"\xff", "text/plain", "encoding"),
        (b"a\0b", "text/plain", "text"),
        (b"a=%ff", FORM, "encoding"),
        (b"a=%00", FORM, "text"),
        (b"\xff=1", FORM, "encoding"),
        (b"a=1&" * 10_001, FORM, "keys"),
    ],
)
def test_malformed_bodies_are_refused(body, kind, code):
    with pytest.raises(JsonError) as refused:
        parsed(body, kind)
    assert refused.value.code == code


@pytest.mark.parametrize("kind", ["image/png", "multipart/form-data; boundary=x", "x"])
def test_bodies_of_other_types_are_refused(kind):
    with pytest.raises(UnknownBody):
        parsed(b"x", kind)


def test_a_name_that_comes_twice_has_a_list():
    assert grouped([("a", "1"), ("b", "2"), ("a", "3")]) == {"a": ["1", "3"], "b": "2"}
