"""What goes onto the wire and what comes back; how a redirect changes a request."""

import re
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import httpcore

from core.egress.bodies import ACCEPTED, read_body, too_large
from core.egress.errors import EgressError, blocked
from core.egress.urls import Target

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_METHODS_WITH_A_BODY: Final = frozenset({"POST", "PUT", "PATCH"})

# All else that a caller sets may be a secret, so only these go to another origin.
_KEPT_ACROSS_ORIGINS: Final = frozenset({"accept", "user-agent", "content-type"})
# Set by the client itself, whatever the caller says.
_OURS: Final = frozenset(
    {"accept-encoding", "connection", "content-length", "keep-alive"}
)
# A caller who sets these would have two servers on the way read two requests.
_REFUSED: Final = frozenset(
    {
        "expect",
        "host",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_REFUSED_METHODS: Final = frozenset({"CONNECT", "TRACE"})
_TOKEN: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE: Final = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Response:
    """Header names are lower-case; `body` is unpacked."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class StreamedResponse:
    """An answer that is read while it comes, once. Header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: AsyncIterator[bytes]

    def chunks(self) -> AsyncIterator[bytes]:
        """The parts of the body as they arrive.

        Raises:
            EgressError: the connection broke, or the body is larger than allowed.
        """
        return self.body


@dataclass(frozen=True, kw_only=True, slots=True)
class Redirect:
    """An answer that points elsewhere, where nobody has looked yet."""

    status: int
    location: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """A judged request."""

    method: str
    target: Target
    headers: Mapping[str, str]
    body: bytes | None


def checked_method(method: str) -> str:
    """The method in upper case, or EgressError."""
    method = method.upper()
    if not _TOKEN.fullmatch(method) or method in _REFUSED_METHODS:
        raise blocked("this HTTP method is not allowed")
    return method


def checked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """By lower-case name. The value of a header is never shown."""
    checked: dict[str, str] = {}
    for name, value in headers.items():
        key = name.lower()
        if not _TOKEN.fullmatch(name) or key in _REFUSED:
            raise blocked(f"the header {name[:64]!r} is not allowed: remove it")
        if not _HEADER_VALUE.fullmatch(value):
            raise blocked(f"line ends are not allowed in a header ({key[:64]})")
        if key not in _OURS:
            checked[key] = value.strip()
    return checked


def redirected(request: Request, target: Target, status: int) -> Request:
    """The request that follows a redirect to a judged target."""
    headers = request.headers
    if target.origin != request.target.origin:
        headers = {k: v for k, v in headers.items() if k in _KEPT_ACROSS_ORIGINS}
    request = replace(request, target=target, headers=headers)
    if not _becomes_get(request.method, status):
        return request
    headers = {k: v for k, v in headers.items() if not k.startswith("content-")}
    return replace(request, method="GET", body=None, headers=headers)


def _becomes_get(method: str, status: int) -> bool:
    """What all browsers do, and so what servers count on."""
    return (status in (301, 302) and method == "POST") or (
        status == 303 and method != "HEAD"
    )


def on_the_wire(request: Request, accepted: str = ACCEPTED) -> httpcore.Request:
    """The request as the pool wants it: nothing in it is parsed again."""
    target = request.target
    headers = {"accept": "*/*", "user-agent": "autogpt-site"} | dict(request.headers)
    headers |= {"host": target.authority, "accept-encoding": accepted}
    if request.body is not None or request.method in _METHODS_WITH_A_BODY:
        headers["content-length"] = str(len(request.body or b""))
    return httpcore.Request(
        request.method.encode(),
        httpcore.URL(
            scheme=target.scheme.encode(),
            host=target.host.encode(),
            port=target.port,
            target=target.path.encode(),
        ),
        headers=[(name.encode(), text.encode()) for name, text in headers.items()],
        content=request.body,
    )


async def read_answer(
    request: Request, answer: httpcore.Response, max_bytes: int
) -> Response | Redirect:
    """Read what came: a redirect without its body, all else within the limit."""
    headers = headers_of(answer)
    if answer.status in _REDIRECTS and "location" in headers:
        return Redirect(status=answer.status, location=headers["location"])
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) > max_bytes and request.method != "HEAD":
        raise too_large(max_bytes)
    body = await read_body(
        answer.aiter_stream(),
        encoding=headers.get("content-encoding", ""),
        max_bytes=max_bytes,
    )
    return Response(status=answer.status, headers=headers, body=body)


def streamed(
    request: Request, answer: httpcore.Response, max_bytes: int
) -> StreamedResponse:
    """An answer whose body is yet to be read; one that leads elsewhere is refused."""
    headers = headers_of(answer)
    if answer.status in _REDIRECTS:
        raise blocked(f"{request.target.host} redirects, which is not followed here")
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        message = "the answer is in an encoding that was not asked for"
        raise EgressError(message, "unreachable")
    return StreamedResponse(
        status=answer.status,
        headers=headers,
        body=_counted(answer.aiter_stream(), max_bytes),
    )


async def _counted(
    chunks: AsyncIterable[bytes], max_bytes: int
) -> AsyncIterator[bytes]:
    left = max_bytes
    async for chunk in chunks:
        left -= len(chunk)
        if left < 0:
            raise too_large(max_bytes)
        yield chunk


def headers_of(answer: httpcore.Response) -> dict[str, str]:
    """Repeated headers are joined by a comma, as HTTP has it."""
    joined: dict[str, str] = {}
    for raw_name, raw_value in answer.headers:
        name, value = raw_name.decode("latin-1").lower(), _header_text(raw_value)
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


def _header_text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
