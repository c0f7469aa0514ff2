"""The block that calls any web address."""

import codecs
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import orjson

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.errors import BlockInputError
from blocks.file_sources import FileText
from blocks.multipart import Part, encode_form
from blocks.spec import Category, CostHint, Effect, Example
from blocks.world import HttpResponse

_MIB: Final = 1024 * 1024
_FILES_BYTES: Final = 100 * _MIB
"""Of all files of one request."""
_KEY_HEADER: Final = "Idempotency-Key"


class HttpMethod(StrEnum):
    GET = "GET"
    POST = "POST"
    PUT = "PUT"
    DELETE = "DELETE"
    PATCH = "PATCH"
    OPTIONS = "OPTIONS"
    HEAD = "HEAD"


_HARMLESS: Final = frozenset((HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS))
_JSON: Final = {"content-type": "application/json; charset=utf-8"}


@block(
    id="6595ae1f-b924-42cb-9a41-551a0611c4b4",
    name="SendWebRequestBlock",
    categories=(Category.OUTPUT,),
    effect=Effect.ONCE,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"url": "https://api.example/items", "body": {"name": "tea"}},
            calls=(("POST", "https://api.example/items", 201, _JSON, b'{"id": 7}'),),
            outputs=[
                ("response", {"id": 7}),
                ("status", 201),
                ("headers", _JSON),
            ],
        ),
        Example(
            inputs={"url": "https://api.example/items/8", "method": "GET"},
            calls=(("GET", "https://api.example/items/8", 404, {}, b"no such item"),),
            outputs=[
                ("client_error", "no such item"),
                ("status", 404),
                ("headers", {}),
            ],
        ),
        Example(
            inputs={
                "url": "https://api.example/photos",
                "body": {"title": "tea"},
                "files": ["data:,hello"],
            },
            calls=(("POST", "https://api.example/photos", 200, {}, b"thanks"),),
            outputs=[("response", "thanks"), ("status", 200), ("headers", {})],
        ),
        Example(inputs={"url": "ftp://files.example/a"}, error="http:// or https://"),
    ),
)
class SendWebRequest(Block):
    """Sends a request to a web address and tells what came back."""

    class Input(Pins):
        url: str = pin("The address.", placeholder="https://api.example.com")
        method: HttpMethod = pin("What to ask for.", default=HttpMethod.POST)
        headers: dict[str, str] = pin("Headers to send.", default={})
        json_format: bool = pin(
            "Send the body as JSON; otherwise as a form.", default=True
        )
        body: dict[str, Any] | None = pin("What to send.", default=None)
        files_name: str = pin("The form field for files.", default="file")
        files: list[FileText] = pin(
            "Files to send, in a form with the values of the body.", default=[]
        )
        timeout: float = pin(
            "How long to wait for the answer, in seconds.",
            default=30.0,
            gt=0,
            le=300,
            advanced=True,
        )
        max_size_mb: int = pin(
            "The largest answer to accept, in MiB.",
            default=10,
            ge=1,
            le=100,
            advanced=True,
        )

    class Output(Pins):
        response: Any = pin("The answer, if the request succeeded (2xx).")
        client_error: Any = pin("The answer, if the request was wrong (4xx).")
        server_error: Any = pin("The answer, if the server failed.")
        status: int = pin("The status code of the answer.")
        headers: dict[str, str] = pin("The headers of the answer.")

    def effect(self, inputs: Any) -> Effect:
        keyed = _has_header(inputs.headers, _KEY_HEADER)
        harmless = inputs.method in _HARMLESS
        return Effect.IDEMPOTENT if keyed or harmless else Effect.ONCE

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        _require_sendable(inputs)
        body, kind = await _encoded_body(inputs, ctx)
        answer = await ctx.http.request(
            inputs.method.value,
            inputs.url,
            headers=_headers(inputs, kind, ctx.idempotency_key),
            body=body,
            timeout_s=inputs.timeout,
            max_bytes=inputs.max_size_mb * _MIB,
        )
        yield _pin_for(answer.status), _content(answer)
        yield "status", answer.status
        yield "headers", dict(answer.headers)


_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


def _require_sendable(inputs: SendWebRequest.Input) -> None:
    try:
        parts = urlsplit(inputs.url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise BlockInputError(
            "pin 'url' must be a full address that starts with http:// or https://"
        )
    for name, value in inputs.headers.items():
        # The value may be a secret, so only the name is told.
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
            raise BlockInputError(f"pin 'headers': {name[:80]!r} cannot be sent")


def _has_header(headers: Mapping[str, str], name: str) -> bool:
    return name.lower() in map(str.lower, headers)


def _headers(inputs: SendWebRequest.Input, kind: str, key: str) -> dict[str, str]:
    headers = dict(inputs.headers)
    if inputs.files:
        # Only we know what parts the form.
        headers = {k: v for k, v in headers.items() if k.lower() != "content-type"}
    if kind and not _has_header(headers, "Content-Type"):
        headers["Content-Type"] = kind
    if inputs.method is not HttpMethod.GET and not _has_header(headers, _KEY_HEADER):
        headers[_KEY_HEADER] = key
    return headers


async def _encoded_body(
    inputs: SendWebRequest.Input, ctx: Context
) -> tuple[bytes | None, str]:
    """The body and its type."""
    if inputs.files:
        return await _form_with_files(inputs, ctx)
    if inputs.body is None:
        return None, ""
    if inputs.json_format:
        return orjson.dumps(inputs.body), "application/json"
    fields = {name: _form_value(value) for name, value in inputs.body.items()}
    form = urlencode(fields, doseq=True).encode()
    return form, "application/x-www-form-urlencoded"


async def _form_with_files(
    inputs: SendWebRequest.Input, ctx: Context
) -> tuple[bytes, str]:
    parts: list[Part] = []
    left = _FILES_BYTES
    for source in inputs.files:
        file, content = await ctx.files.read(source, max_bytes=left)
        left -= len(content)
        parts.append(
            Part(
                field_name=inputs.files_name,
                file_name=file.name,
                media_type=file.media_type,
                content=content,
            )
        )
    fields = {name: _form_text(value) for name, value in (inputs.body or {}).items()}
    kind, form = encode_form(fields, parts)
    return form, kind


def _form_value(value: Any) -> str | list[str]:
    """A list is sent as a field of its own for each item, null as an empty field."""
    if isinstance(value, list):
        return [_form_text(item) for item in value]
    return _form_text(value)


def _form_text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _pin_for(status: int) -> str:
    if 200 <= status < 300:
        return "response"
    return "client_error" if 400 <= status < 500 else "server_error"


def _content(answer: HttpResponse) -> Any:
    """The body as a JSON value if it claims to be one and is, else as text."""
    kind, _, parameters = answer.headers.get("content-type", "").partition(";")
    kind = kind.strip().lower()
    if kind == "application/json" or kind.endswith("+json"):
        try:
            return orjson.loads(answer.body)
        except orjson.JSONDecodeError:
            pass
    return answer.body.decode(_charset(parameters), errors="replace")


_CHARSET = re.compile(r"charset\s*=\s*\"?([\w.-]+)", re.IGNORECASE)
# Only plain character sets: other codecs of Python can be slow or no text at all.
_CHARSETS: Final = re.compile(
    r"utf-?(8|16|32)(-?[lb]e)?|(us-)?ascii|latin-?1|iso-?8859-?\d{1,2}|koi8-[ru]|"
    r"(windows-?|cp)125\d|gb(k|2312|18030)|big5|shift[-_]jis|euc-(jp|kr)|iso-2022-jp",
    re.IGNORECASE,
)


def _charset(parameters: str) -> str:
    found = _CHARSET.search(parameters)
    if found is None or not _CHARSETS.fullmatch(found[1]):
        return "utf-8"
    try:
        return codecs.lookup(found[1]).name
    except LookupError:
        return "utf-8"
