"""The strict parser: what it refuses, and that it changes nothing else."""

import json
import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import jsonio
from core.jsonio import BODY, GRAPH, JsonError, JsonTooLarge, Limits

SMALL = Limits(size=1000, depth=3, keys=4)

REFUSED = [
    pytest.param(b"", "syntax", "$", id="empty"),
    pytest.param(b"{", "syntax", "$", id="cut"),
    pytest.param(b"[1,]", "syntax", "$", id="comma-at-the-end"),
    pytest.param(b"{'a': 1}", "syntax", "$", id="single-quotes"),
    pytest.param(b"1 2", "syntax", "$", id="two-documents"),
    pytest.param(b'"a\nb"', "syntax", "$", id="line-end-in-a-text"),
    pytest.param(b'"a\x00b"', "syntax", "$", id="raw-nul"),
    pytest.param(b"\xef\xbb\xbf1", "encoding", "$", id="byte-order-mark"),
    pytest.param(b'{"name":"\xff\xfe"}', "encoding", "$", id="not-utf-8"),
    pytest.param(b'"\xed\xa0\x80"', "encoding", "$", id="raw-surrogate"),
    pytest.param("[1]".encode("utf-16"), "encoding", "$", id="utf-16"),
    pytest.param(b'{"a":[{"b":"x\\u0000"}]}', "text", "$.a[0].b", id="nul"),
    pytest.param(b'{"a":{"b\\u0000":1}}', "text", "$.a", id="nul-in-a-key"),
    pytest.param(b'["\\ud800"]', "text", "$[0]", id="lone-high-surrogate"),
    pytest.param(b'["\\uDC00x"]', "text", "$[0]", id="lone-low-surrogate"),
    pytest.param(b'"\\udc00\\ud800"', "text", "$", id="pair-the-wrong-way"),
    pytest.param(b'{"x":NaN}', "number", "$.x", id="nan"),
    pytest.param(b"[1,-Infinity]", "number", "$[1]", id="infinity"),
    pytest.param(b'{"x":1e999}', "number", "$.x", id="too-large-a-float"),
    pytest.param(b"[1E400]", "number", "$[0]", id="too-large-a-float-2"),
    pytest.param(b"9" * 400 + b".0", "number", "$", id="too-large-without-exponent"),
    pytest.param(b"[18446744073709551616]", "number", "$[0]", id="above-unsigned"),
    pytest.param(b"-9223372036854775809", "number", "$", id="below-signed"),
    pytest.param(b"[" + b"1" * 900 + b"]", "number", "$[0]", id="many-digits"),
    pytest.param(b'{"a":1,"a":2}', "duplicate_key", "$", id="key-twice"),
    pytest.param(b'{"a":1,"\\u0061":2}', "duplicate_key", "$", id="key-twice-escaped"),
    pytest.param(b'[{"b":{"a":1,"a":2}}]', "duplicate_key", "$[0].b", id="key-twice-2"),
    # The faulty inner object is dropped by the repeated key around it.
    pytest.param(b'{"a":[NaN],"a":1}', "duplicate_key", "$", id="fault-in-a-fault"),
    pytest.param(
        b'{"a":{"x":1,"x":1},"b":2}', "duplicate_key", "$.a", id="key-twice-3"
    ),
    pytest.param(b"[[[[]]]]", "depth", "$[0][0][0]", id="depth"),
    pytest.param(b'{"a":[{"b":{}}]}', "depth", "$.a[0].b", id="depth-of-objects"),
    pytest.param(b"[" * 900, "syntax", "$", id="open-brackets"),
    pytest.param(b'[{"a":1,"b":1,"c":1,"d":1,"e":1}]', "keys", "$[0]", id="keys"),
    pytest.param(b'{"a b":NaN}', "number", '$["a b"]', id="path-quotes-odd-keys"),
]


@pytest.mark.parametrize(("document", "code", "path"), REFUSED)
def test_a_bad_document_is_refused_with_rule_and_place(
    document: bytes, code: str, path: str
):
    with pytest.raises(JsonError) as caught:
        jsonio.loads(document, limits=SMALL)
    assert (caught.value.code, caught.value.path) == (code, path)
    assert str(caught.value) == f"{path}: {caught.value.message}"
    assert not isinstance(caught.value, JsonTooLarge)


@pytest.mark.parametrize(
    ("document", "value"),
    [
        pytest.param(b"null", None, id="null"),
        pytest.param(b" [] ", [], id="space-around"),
        pytest.param(b"[[[1]]]", [[[1]]], id="just-deep-enough"),
        pytest.param(b"18446744073709551615", 2**64 - 1, id="largest-integer"),
        pytest.param(b"-9223372036854775808", -(2**63), id="smallest-integer"),
        pytest.param(b"1e308", 1e308, id="large-float"),
        pytest.param(b"1e-999", 0.0, id="vanishing-float"),
        pytest.param(b'"1e9999999999999999999"', "1e9999999999999999999", id="text"),
        pytest.param(b'"\\\\u0000"', "\\u0000", id="escaped-backslash"),
        pytest.param(b'"\\ud83d\\ude00"', "\N{GRINNING FACE}", id="surrogate-pair"),
        pytest.param(
            b'[{"a":1},{"a":2}]', [{"a": 1}, {"a": 2}], id="key-in-two-objects"
        ),
        pytest.param(b'{"":1}', {"": 1}, id="empty-key"),
    ],
)
def test_a_document_within_the_limits_is_kept(document: bytes, value: object):
    assert jsonio.loads(document, limits=SMALL) == value


def test_a_long_document_is_refused_before_it_is_read():
    with pytest.raises(JsonTooLarge, match="1,001 bytes are over the limit of 1,000"):
        jsonio.loads(b"\xff" * 1001, limits=SMALL)


@pytest.mark.parametrize(("limits", "size"), [(BODY, 2), (GRAPH, 10)])
def test_the_named_limits_are_those_of_the_contract(limits: Limits, size: int):
    assert (limits.size, limits.depth, limits.keys) == (size * 1024 * 1024, 64, 10_000)


@pytest.mark.parametrize("depth", [65, 900, 100_000])
def test_depth_is_refused_whatever_the_interpreter_could_take(depth: int):
    assert jsonio.loads(b"[" * 64 + b"]" * 64)
    with pytest.raises(JsonError) as caught:
        jsonio.loads(b"[" * depth + b"]" * depth)
    assert caught.value.code == "depth"


def test_a_shown_key_is_cut():
    with pytest.raises(JsonError) as caught:
        jsonio.loads(b'{"%b":1,"%b":2}' % (b"k" * 5000, b"k" * 5000))
    assert len(str(caught.value)) < 200


def graph_like(nodes: int) -> bytes:
    node = {
        "block_id": "c0a8e994-ebf1-4a9c-a4d8-89d09c86741b",
        "n": 1.5,
        "t": "\U0001f600",
    }
    return json.dumps(
        {"nodes": [{"id": str(i), "input": node} for i in range(nodes)]}
    ).encode()


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        pytest.param(graph_like(60_000), None, id="graph"),
        pytest.param(
            b'["\\u0000"' + b",1" * 4_000_000 + b"]", "text", id="fault-among-millions"
        ),
        pytest.param(b"[" * 5_000_000, "depth", id="brackets"),
    ],
)
def test_large_documents_take_no_long_time(document: bytes, fault: str | None):
    started = time.process_time()
    assert code_of(document) == fault
    assert time.process_time() - started < 4  # Usually a tenth; machines differ.


def code_of(document: bytes) -> str | None:
    try:
        jsonio.loads(document, limits=GRAPH)
    except JsonError as error:
        return error.code
    return None


TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
)
DOCUMENTS = st.recursive(
    LEAVES, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=30
)


@given(DOCUMENTS, st.booleans())
def test_valid_documents_read_as_the_standard_parser_reads_them(
    value: object, ascii_only: bool
):
    raw = json.dumps(value, ensure_ascii=ascii_only).encode()
    read = jsonio.loads(raw)
    assert read == json.loads(raw) == value
    assert json.dumps(read) == json.dumps(value)


@given(st.binary(max_size=60) | st.text('[]{}",:\\u0de1.-NaItfy ', max_size=30))
def test_anything_at_all_is_read_or_refused(junk: bytes | str):
    raw = junk.encode() if isinstance(junk, str) else junk
    try:
        value = jsonio.loads(raw)
    except JsonError:
        return
    assert not isinstance(value, float) or math.isfinite(value)
    assert json.loads(raw) == value
