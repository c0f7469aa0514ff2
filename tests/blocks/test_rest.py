"""What the blocks of web APIs share: failures, paths, forms."""

from email import message_from_bytes
from email.policy import HTTP

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from blocks.errors import BlockError, BlockInputError
from blocks.multipart import Part, encode_form
from blocks.rest import Rest, given, query_text, segment
from blocks.secret import Secret
from blocks.testing import FakeHttp

URL = "https://api.example/x"


def rest(status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> Rest:
    return Rest(
        name="Shop",
        http=FakeHttp([("GET", URL, status, headers or {}, body)]),
        base_url="https://api.example",
        secrets=(Secret("hush-123"), Secret("")),
    )


FAILURES = [
    pytest.param(401, b"", "unauthorized", "Shop: 401", id="not-signed-in"),
    pytest.param(403, b"{}", "forbidden", "Shop: 403", id="not-allowed"),
    pytest.param(404, b"[]", "not_found", "Shop: 404", id="not-there"),
    pytest.param(422, b'{"message": "no tea"}', "bad_request", "no tea", id="wrong"),
    pytest.param(500, b"<html>", "server_error", "Shop: 500", id="server"),
    pytest.param(
        400, b'{"error": {"message": "bad"}}', "bad_request", "bad", id="deep"
    ),
    pytest.param(302, b"", "bad_request", "302", id="redirect-not-followed"),
    pytest.param(
        400,
        b'{"error": "hush-123 is bad"}',
        "bad_request",
        r"\[secret\] is bad",
        id="secret-that-is-repeated",
    ),
]


@pytest.mark.parametrize(("status", "body", "code", "text"), FAILURES)
async def test_failures_have_a_code_and_the_words_of_the_service(
    status, body, code, text
):
    with pytest.raises(BlockError, match=text) as caught:
        await rest(status, body).get("/x")
    assert caught.value.code == code
    assert "hush" not in str(caught.value)


async def test_who_is_told_to_wait_hears_how_long():
    with pytest.raises(BlockError, match="again in 7 s") as caught:
        await rest(429, b"", {"Retry-After": "7"}).get("/x")
    assert caught.value.code == "rate_limit"


async def test_answer_that_is_no_json_is_the_fault_of_the_server():
    with pytest.raises(BlockError, match="JSON") as caught:
        await rest(200, b"<html>").get("/x")
    assert caught.value.code == "server_error"


SEGMENTS = [
    pytest.param("a/b", "a%2Fb", id="slash"),
    pytest.param("a?b#c", "a%3Fb%23c", id="query"),
    pytest.param(7, "7", id="number"),
    pytest.param("é", "%C3%A9", id="not-ascii"),
]


@pytest.mark.parametrize(("value", "wanted"), SEGMENTS)
def test_segment_cannot_leave_its_place(value, wanted):
    assert segment("pin", value) == wanted


@pytest.mark.parametrize("value", ["", " ", ".", ".."])
def test_segment_that_means_another_folder_is_refused(value):
    with pytest.raises(BlockInputError, match="'pin'"):
        segment("pin", value)


def test_what_is_not_given_is_left_out():
    assert given(a=None, b="", c=0, d=False) == {"c": 0, "d": False}
    query = {"a": None, "b": True, "c": ["x", "y"], "d": "e f"}
    assert query_text(query) == "?b=true&c=x&c=y&d=e+f"
    assert query_text({"a": None}) == query_text(None) == ""


@for_all(
    st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1),
    st.binary(max_size=200),
)
def test_form_is_read_as_it_was_written(name, content):
    part = Part(
        field_name="f", file_name=name, media_type="text/plain", content=content
    )
    kind, body = encode_form({"a": "1"}, [part])
    boundary = kind.partition("boundary=")[2].encode()
    start, field, file, end = body.split(b"--" + boundary)
    assert (start, end) == (b"", b"--\r\n")
    assert field.endswith(b"\r\n\r\n1\r\n")
    assert file.partition(b"\r\n\r\n")[2] == content + b"\r\n"


def test_file_name_cannot_add_a_header():
    part = Part(
        field_name="f",
        file_name='a"\r\nX-Evil: 1',
        media_type="text/plain\r\nX-Evil: 2",
        content=b"",
    )
    _, body = encode_form({}, [part])
    head = body.partition(b"\r\n")[2]
    assert list(message_from_bytes(head, policy=HTTP).keys()) == [
        "Content-Disposition",
        "Content-Type",
    ]
