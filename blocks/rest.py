"""What the blocks of web APIs share: one account at one API, spoken to in JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlencode

import orjson

from blocks.errors import BlockError, BlockInputError
from blocks.multipart import Part, encode_form
from blocks.secret import Secret
from blocks.world import MIB, HttpClient, HttpResponse

_SHOWN: Final = 300
_CODES: Final = {
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    408: "timeout",
    429: "rate_limit",
}
_TEXTS: Final = ("message", "error_description", "description", "error")

Query = Mapping[str, str | int | bool | Sequence[str] | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rest:
    """One account at one web API.

    `name` is what users call the service; `secrets` never show in a failure, even if
    the service repeats them. Every method raises BlockError: code `unauthorized`,
    `forbidden`, `not_found`, `rate_limit`, `server_error`, `bad_request`, or as HTTP.
    """

    name: str
    http: HttpClient
    base_url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: Sequence[Secret] = ()
    timeout_s: float = 30.0

    async def get(self, path: str, query: Query | None = None) -> Any:
        return self.read(await self.send("GET", path + query_text(query)))

    async def post(
        self, path: str, body: Any = None, query: Query | None = None
    ) -> Any:
        return await self.change("POST", path + query_text(query), body)

    async def change(self, method: str, path: str, body: Any = None) -> Any:
        """Any other method, with a JSON body unless it is None."""
        raw = None if body is None else orjson.dumps(body)
        kind = None if body is None else "application/json"
        return self.read(await self.send(method, path, raw, kind))

    async def upload(
        self, path: str, fields: Mapping[str, str], parts: Sequence[Part]
    ) -> Any:
        kind, body = encode_form(fields, parts)
        return self.read(await self.send("POST", path, body, kind))

    async def send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        content_type: str | None = None,
        *,
        max_bytes: int = 20 * MIB,
    ) -> HttpResponse:
        """The answer as it came, if it is not a failure."""
        kind = {} if content_type is None else {"Content-Type": content_type}
        answer = await self.http.request(
            method,
            self.base_url + path,
            headers={**self.headers, **kind},
            body=body,
            timeout_s=self.timeout_s,
            max_bytes=max_bytes,
        )
        if not 200 <= answer.status < 300:
            raise self._failure(answer)
        return answer

    def read(self, answer: HttpResponse) -> Any:
        """The JSON value of an answer; None where it is empty."""
        if not answer.body:
            return None
        try:
            return orjson.loads(answer.body)
        except orjson.JSONDecodeError:
            message = f"{self.name} did not answer with JSON"
            raise BlockError(message, code="server_error") from None

    def failure(self, text: str, code: str = "bad_request") -> BlockError:
        """A failure that the service told in its own words."""
        for secret in self.secrets:
            text = text.replace(secret.reveal(), "[secret]") if secret else text
        return BlockError(f"{self.name}: {text[:_SHOWN]}", code=code)

    def _failure(self, answer: HttpResponse) -> BlockError:
        text = f"{answer.status} {_told(answer.body)}".strip()
        wait = answer.headers.get("retry-after", "")
        if answer.status == 429 and wait.isdecimal():
            text = f"too many requests, try again in {wait} s: {text}"
        return self.failure(text, failure_code(answer.status))


def failure_code(status: int) -> str:
    """The failure code that policies of retry know an HTTP status by."""
    if status >= 500:
        return "server_error"
    return _CODES.get(status, "bad_request")


def _told(body: bytes) -> str:
    """The words in an answer that tells of a failure."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    for _ in range(2):
        if not isinstance(value, dict):
            break
        value = next((value[key] for key in _TEXTS if value.get(key)), None)
    return value if isinstance(value, str) else ""


def query_text(query: Query | None) -> str:
    """What stands behind the path; what is None is left out."""
    if not query:
        return ""
    pairs = {k: _query_value(v) for k, v in query.items() if v is not None}
    return f"?{urlencode(pairs, doseq=True)}" if pairs else ""


def _query_value(value: str | int | bool | Sequence[str] | None) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def segment(pin: str, text: object) -> str:
    """A value as one segment of a path, which it cannot leave.

    Raises:
        BlockInputError: it is empty or would mean another folder.
    """
    found = str(text).strip()
    if found in ("", ".", ".."):
        raise BlockInputError(f"pin {pin!r}: {found!r} is not a name or number")
    return quote(found, safe="")


def given(**values: Any) -> dict[str, Any]:
    """The values that are there: neither None nor an empty text."""
    return {name: v for name, v in values.items() if v is not None and v != ""}
