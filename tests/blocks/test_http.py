"""SendWebRequest: what is sent, what is told of the answer, what may be repeated."""

from typing import Any

import pytest

from blocks.context import NodeIdentity
from blocks.invoke import prepare
from blocks.spec import Effect
from blocks.testing import FakeContext, FakeHttp, Request, Result, run_block
from blocks.values import JsonObject
from tests.blocks.calls import named

URL = "https://api.example/x"
SPEC = named("SendWebRequest")
IDENTITY = NodeIdentity(execution_id="e", node_id="n", number=3)


async def answered(
    inputs: dict[str, Any],
    status: int = 200,
    headers: dict[str, str] | None = None,
    body: bytes = b"",
) -> tuple[Result, Request]:
    method = inputs.get("method", "POST")
    http = FakeHttp([(method, URL, status, headers or {}, body)])
    result = await run_block(SPEC, {"url": URL, **inputs}, FakeContext(http, IDENTITY))
    assert result.error is None
    return result, http.sent[0]


PINS = [
    pytest.param(200, "response", id="success"),
    pytest.param(299, "response", id="last-success"),
    pytest.param(304, "server_error", id="redirect-that-was-not-followed"),
    pytest.param(400, "client_error", id="first-client-error"),
    pytest.param(499, "client_error", id="last-client-error"),
    pytest.param(500, "server_error", id="server-error"),
]


@pytest.mark.parametrize(("status", "pin"), PINS)
async def test_status_chooses_the_pin(status, pin):
    result, _ = await answered({}, status=status, body=b"text")
    assert result.outputs == [(pin, "text"), ("status", status), ("headers", {})]


CONTENTS = [
    pytest.param("application/json", b'{"a": 1}', {"a": 1}, id="json"),
    pytest.param(
        "Application/JSON; charset=utf-8", b"[1]", [1], id="json-with-charset"
    ),
    pytest.param("application/problem+json", b'{"t": 1}', {"t": 1}, id="plus-json"),
    pytest.param("application/json", b"{", "{", id="json-that-is-none"),
    pytest.param("application/json", b"", "", id="json-without-a-body"),
    pytest.param("text/plain", b'{"a": 1}', '{"a": 1}', id="text-is-not-parsed"),
    pytest.param("text/plain; charset=latin-1", b"\xe9", "é", id="latin-1"),
    pytest.param('text/plain; charset="utf-16-le"', b"a\0", "a", id="utf-16"),
    pytest.param("text/plain; charset=punycode", b"a-", "a-", id="codec-of-no-charset"),
    pytest.param("text/plain; charset=iso-8859-99", b"a", "a", id="charset-unknown"),
    pytest.param("text/plain", b"\xff", "�", id="bytes-that-are-no-text"),
]


@pytest.mark.parametrize(("kind", "body", "wanted"), CONTENTS)
async def test_content_type_decides_how_the_body_is_read(kind, body, wanted):
    result, _ = await answered({}, headers={"Content-Type": kind}, body=body)
    assert result.outputs[0] == ("response", wanted)
    assert result.outputs[2] == ("headers", {"content-type": kind})


BODIES = [
    pytest.param({}, None, None, id="no-body"),
    pytest.param({"body": {"a": [1]}}, b'{"a":[1]}', "application/json", id="json"),
    pytest.param({"body": {"a": "b c", "n": 1, "t": True, "z": None},
                  "json_format": False},
                 b"a=b+c&n=1&t=true&z=", "application/x-www-form-urlencoded",
                 id="form"),
    pytest.param({"body": {"a": [1, "x"]}, "json_format": False},
                 b"a=1&a=x", "application/x-www-form-urlencoded", id="form-with-list"),
    pytest.param({"body": {"a": 1}, "headers": {"content-type": "application/x"}},
                 b'{"a":1}', "application/x", id="own-content-type"),
    pytest.param({"body": '{"a": 1}'}, b'{"a":1}', "application/json", id="json-text"),
]  # fmt: skip


@pytest.mark.parametrize(("inputs", "body", "kind"), BODIES)
async def test_body_is_encoded(inputs, body, kind):
    _, sent = await answered(inputs)
    lowered = {name.lower(): value for name, value in sent.headers.items()}
    assert sent.body == body
    assert lowered.get("content-type") == kind


KEYS = [
    pytest.param("POST", {}, "e:n:3", id="given-to-a-post"),
    pytest.param("DELETE", {}, "e:n:3", id="given-to-a-delete"),
    pytest.param("POST", {"idempotency-key": "mine"}, "mine", id="own-key-is-kept"),
    pytest.param("GET", {}, None, id="not-given-to-a-get"),
]


@pytest.mark.parametrize(("method", "headers", "key"), KEYS)
async def test_every_attempt_carries_the_same_key(method, headers, key):
    _, sent = await answered({"method": method, "headers": headers})
    keys = [v for name, v in sent.headers.items() if name.lower() == "idempotency-key"]
    assert keys == ([] if key is None else [key])


EFFECTS = [
    pytest.param({"method": "GET"}, Effect.IDEMPOTENT, id="get"),
    pytest.param({"method": "HEAD"}, Effect.IDEMPOTENT, id="head"),
    pytest.param({"method": "OPTIONS"}, Effect.IDEMPOTENT, id="options"),
    pytest.param({}, Effect.ONCE, id="post-by-default"),
    pytest.param({"method": "PUT"}, Effect.ONCE, id="put"),
    pytest.param({"method": "DELETE"}, Effect.ONCE, id="delete"),
    pytest.param({"headers": {"IDEMPOTENCY-KEY": "k"}}, Effect.IDEMPOTENT, id="keyed"),
]


@pytest.mark.parametrize(("inputs", "effect"), EFFECTS)
def test_effect_follows_from_the_inputs(inputs, effect):
    assert SPEC.block.effect(prepare(SPEC, {"url": URL, **inputs}, {})) is effect


async def test_limits_reach_the_client():
    _, sent = await answered({"timeout": 2.5, "max_size_mb": 3})
    assert (sent.timeout_s, sent.max_bytes) == (2.5, 3 * 1024 * 1024)


async def test_answer_beyond_the_limit_fails_with_its_code():
    http = FakeHttp([("GET", URL, 200, {}, b"x" * (1024 * 1024 + 1))])
    inputs: JsonObject = {"url": URL, "method": "GET", "max_size_mb": 1}
    result = await run_block(SPEC, inputs, FakeContext(http))
    assert result.error is not None
    assert result.error.code == "too_large"


REFUSED = [
    pytest.param({"url": 5}, "http:// or https://", id="number-as-url"),
    pytest.param({"url": {"a": 1}}, "http:// or https://", id="object-as-url"),
    pytest.param({"url": None}, "required", id="null-as-url"),
    pytest.param({"url": "api.example"}, "http:// or https://", id="no-scheme"),
    pytest.param({"url": "file:///etc/passwd"}, "http:// or https://", id="file"),
    pytest.param({"url": "https://[x"}, "http:// or https://", id="broken-address"),
    pytest.param({"method": "BREW"}, "method", id="unknown-method"),
    pytest.param({"timeout": 0}, "timeout", id="no-time"),
    pytest.param({"timeout": 301}, "timeout", id="too-long"),
    pytest.param({"max_size_mb": 101}, "max_size_mb", id="too-large"),
    pytest.param({"headers": {"a b": "c"}}, "'a b' cannot be sent", id="header-name"),
    pytest.param({"headers": {"a": "b\r\nc: d"}}, "'a' cannot", id="header-injection"),
    pytest.param({"body": "text"}, "body", id="body-that-is-no-object"),
]


@pytest.mark.parametrize(("inputs", "part"), REFUSED)
async def test_bad_input_is_refused_before_anything_is_sent(inputs, part):
    http = FakeHttp()
    result = await run_block(SPEC, {"url": URL, **inputs}, FakeContext(http))
    assert result.error is not None
    assert result.error.code == "bad_input"
    assert part in str(result.error)
    assert http.sent == []


async def test_header_values_are_never_told():
    inputs: JsonObject = {"url": URL, "headers": {"Authorization": "s3cret\n"}}
    result = await run_block(SPEC, inputs, FakeContext())
    assert "s3cret" not in str(result.error)
