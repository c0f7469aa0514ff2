"""What the guarded client does for requests that may go out."""

import asyncio
import gzip
import time
import tracemalloc
import zlib

import pytest

from core.egress import EgressClient, EgressError, Response
from core.egress.bodies import read_body
from tests.core.wire import (
    OK,
    PUBLIC,
    FakeNetwork,
    FakeResolver,
    Handler,
    public_hosts,
    redirect,
    serve,
)


def client_for(network: FakeNetwork, **options) -> EgressClient:
    options.setdefault("resolver", public_hosts("a.test", "b.test", "xn--bcher-kva.de"))
    return EgressClient(network=network, **options)


async def fetch(handler: Handler, method: str = "GET", **options) -> Response:
    """One request to a real server with one page."""
    async with serve({"/": handler}) as port:
        return await fetch_from(port, f"http://127.0.0.1:{port}/", method, **options)


async def fetch_from(port: int, url: str, method: str = "GET", **options) -> Response:
    client = EgressClient(allow=frozenset({("127.0.0.1", port)}))
    try:
        return await client.request(method, url, **options)
    finally:
        await client.aclose()


def page(body: bytes, *headers: str) -> Handler:
    async def write(writer: asyncio.StreamWriter) -> None:
        head = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers]
        writer.write("\r\n".join(head).encode() + b"\r\n\r\n" + body)

    return write


def stream(*parts: bytes, pause_s: float = 0.0) -> Handler:
    """A body without a length, in parts, ended by the end of the connection."""

    async def write(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause_s)

    return write


# --- the request ---


@pytest.mark.parametrize(
    ("url", "line", "host"),
    [
        pytest.param("http://a.test", "get /", "a.test", id="no-path"),
        pytest.param("HTTP://A.TEST./x?y=1#z", "get /x?y=1", "a.test", id="canonical"),
        pytest.param("http://a.test:80/?", "get /", "a.test", id="usual-port"),
        pytest.param("http://a.test:8080/", "get /", "a.test:8080", id="other-port"),
        pytest.param(
            "http://a.test/\u00fc%20{", "get /%c3%bc%20%7b", "a.test", id="esc"
        ),
        pytest.param("http://b\u00fccher.de/", "get /", "xn--bcher-kva.de", id="idna"),
    ],
)
async def test_the_request_names_the_host_it_asked_for(url: str, line: str, host: str):
    network = FakeNetwork()
    await client_for(network).request("get", url)
    (sent,) = network.requests()
    assert sent.startswith(line + "\r\n")
    assert f"host: {host}\r\n" in sent
    assert [address for address, _ in network.connects] == [PUBLIC]


async def test_tls_checks_the_name_though_the_address_is_dialled():
    network = FakeNetwork()
    await client_for(network).request("GET", "https://a.test/")
    assert (network.connects, network.tls_names) == ([(PUBLIC, 443)], ["a.test"])


async def test_the_body_and_headers_arrive():
    network = FakeNetwork()
    headers = {"X-Api-Key": "k", "Connection": "close", "Content-Length": "99"}
    await client_for(network).request(
        "POST", "http://a.test/", body=b'{"a": 1}', headers=headers
    )
    (sent,) = network.requests()
    assert "x-api-key: k\r\n" in sent
    assert "content-length: 8\r\n" in sent
    assert "connection: close" not in sent
    assert sent.endswith('\r\n\r\n{"a": 1}')


async def test_a_connection_is_used_again_and_a_host_resolved_once():
    network = FakeNetwork(OK + OK)
    resolver = public_hosts("a.test")
    client = client_for(network, resolver=resolver)
    for _ in range(2):
        assert (await client.request("GET", "http://a.test/")).body == b"ok"
    assert (len(network.connects), resolver.asked) == (1, ["a.test"])


async def test_two_names_at_one_address_do_not_share_a_connection():
    network = FakeNetwork()
    client = client_for(network)
    await client.request("GET", "https://a.test/")
    await client.request("GET", "https://b.test/")
    assert network.tls_names == ["a.test", "b.test"]


async def test_the_next_address_is_tried_when_the_first_is_dead():
    resolver = FakeResolver({"a.test": [["2606:4700::1", PUBLIC]]})
    network = FakeNetwork(dead=frozenset({"2606:4700::1"}))
    answer = await client_for(network, resolver=resolver).request(
        "GET", "http://a.test/"
    )
    assert (answer.status, len(network.connects)) == (200, 2)


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("2606:4700::1", id="v6"),
        pytest.param("64:ff9b::5db8:d70e", id="nat64-of-a-public-address"),
        pytest.param("8.8.8.8", id="v4"),
    ],
)
async def test_public_addresses_are_open(address: str):
    network = FakeNetwork()
    resolver = FakeResolver({"a.test": [[address]]})
    await client_for(network, resolver=resolver).request("GET", "http://a.test/")
    assert network.connects == [(address, 80)]


async def test_a_mapped_answer_is_dialled_as_what_it_maps():
    network = FakeNetwork()
    resolver = FakeResolver({"a.test": [["::ffff:8.8.8.8"]]})
    await client_for(network, resolver=resolver).request("GET", "http://a.test/")
    assert network.connects == [("8.8.8.8", 80)]


async def test_no_proxy_of_the_environment_is_used(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:3128")
    network = FakeNetwork()
    await client_for(network).request("GET", "http://a.test/")
    assert network.connects == [(PUBLIC, 80)]


async def test_no_cookie_is_kept():
    network = FakeNetwork(
        b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n"
        b"Connection: close\r\nContent-Length: 0\r\n\r\n"
    )
    client = client_for(network)
    answer = await client.request("GET", "http://a.test/")
    await client.request("GET", "http://a.test/")
    assert answer.headers["set-cookie"] == "a=1, b=2"
    assert not any("cookie:" in sent for sent in network.requests())


def test_a_client_belongs_to_one_loop():
    network = FakeNetwork()
    client = client_for(network)
    asyncio.run(client.request("GET", "http://a.test/"))
    with pytest.raises(RuntimeError, match="one event loop"):
        asyncio.run(client.request("GET", "http://a.test/"))


# --- redirects ---


@pytest.mark.parametrize(
    ("method", "status", "then"),
    [
        pytest.param("POST", 301, "get", id="301"),
        pytest.param("POST", 302, "get", id="302"),
        pytest.param("PUT", 302, "put", id="302-not-a-post"),
        pytest.param("PUT", 303, "get", id="303"),
        pytest.param("POST", 307, "post", id="307"),
        pytest.param("POST", 308, "post", id="308"),
    ],
)
async def test_a_redirect_keeps_or_drops_method_and_body(
    method: str, status: int, then: str
):
    network = FakeNetwork(redirect("/next", status) + OK, OK)
    headers = {"Content-Type": "text/plain", "X-Custom": "1"}
    answer = await client_for(network).request(
        method, "http://a.test/", body=b"data", headers=headers
    )
    _, second = network.requests()
    assert answer.body == b"ok"
    assert second.startswith(f"{then} /next\r\n")
    assert second.endswith("data") == (then != "get")
    assert ("content-type" in second) == (then != "get")
    assert "x-custom: 1" in second


SECRET_HEADERS = {
    "Authorization": "Bearer canary",
    "Cookie": "canary",
    "X-Api-Key": "canary",
    "X-Anything": "canary",
    "Accept": "text/plain",
    "User-Agent": "mine",
}


@pytest.mark.parametrize(
    "location",
    [
        pytest.param("http://b.test/", id="another-host"),
        pytest.param("http://a.test:8080/", id="another-port"),
        pytest.param("https://a.test/", id="another-scheme"),
    ],
)
async def test_secrets_do_not_follow_to_another_origin(location: str):
    network = FakeNetwork(redirect(location), OK)
    await client_for(network).request("GET", "http://a.test/", headers=SECRET_HEADERS)
    first, second = network.requests()
    assert first.count("canary") == 4
    assert "canary" not in second
    assert "accept: text/plain" in second
    assert "user-agent: mine" in second


async def test_secrets_do_not_come_back_with_a_redirect_home():
    network = FakeNetwork(redirect("http://b.test/"), redirect("http://a.test/"), OK)
    await client_for(network).request("GET", "http://a.test/", headers=SECRET_HEADERS)
    assert ["canary" in sent for sent in network.requests()] == [True, False, False]


async def test_five_redirects_are_followed_and_a_sixth_is_not():
    closing = redirect("/on").replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    network = FakeNetwork(*[closing] * 5, OK)
    assert (await client_for(network).request("GET", "http://a.test/")).status == 200
    network = FakeNetwork(closing)
    with pytest.raises(EgressError, match="redirects") as caught:
        await client_for(network).request("GET", "http://a.test/")
    assert (caught.value.code, len(network.connects)) == ("egress_blocked", 6)


@pytest.mark.parametrize("status", [300, 304])
async def test_other_answers_with_a_location_are_answers(status: int):
    network = FakeNetwork(redirect("/on", status))
    assert (await client_for(network).request("GET", "http://a.test/")).status == status


# --- size and compression, over a real connection ---


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        pytest.param("identity", b"hello" * 99, id="identity"),
        pytest.param("gzip", gzip.compress(b"hello" * 99), id="gzip"),
        pytest.param("x-gzip", gzip.compress(b"hello" * 99), id="x-gzip"),
        pytest.param("deflate", zlib.compress(b"hello" * 99), id="zlib"),
        pytest.param("deflate", zlib.compress(b"hello" * 99, wbits=-15), id="raw"),
        pytest.param(
            "gzip",
            gzip.compress(b"hello" * 50) + gzip.compress(b"hello" * 49),
            id="two-members",
        ),
    ],
)
async def test_a_body_is_unpacked_up_to_the_limit(coding: str, packed: bytes):
    handler = page(packed, f"Content-Encoding: {coding}")
    assert (await fetch(handler, max_bytes=495)).body == b"hello" * 99
    with pytest.raises(EgressError, match="too large"):
        await fetch(handler, max_bytes=494)


def gzip_zeros(mebibytes: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    block = bytes(1024 * 1024)
    parts = [packer.compress(block) for _ in range(mebibytes)]
    return b"".join(parts) + packer.flush()


async def test_a_gzip_bomb_stops_at_the_limit():
    bomb = gzip_zeros(200)
    assert len(bomb) < 300_000
    with pytest.raises(EgressError, match="too large") as caught:
        await fetch(page(bomb, "Content-Encoding: gzip"), max_bytes=1024)
    assert caught.value.code == "too_large"


async def test_a_bomb_in_one_piece_takes_no_memory():
    async def one_piece():
        yield bomb

    bomb = gzip_zeros(50)
    tracemalloc.start()
    try:
        with pytest.raises(EgressError, match="too large"):
            await read_body(one_piece(), encoding="gzip", max_bytes=100_000)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


async def test_a_body_that_never_ends_stops_at_the_limit():
    with pytest.raises(EgressError, match="over 10,000 bytes"):
        await fetch(stream(*[b"x" * 1000] * 1000), max_bytes=10_000)


async def test_a_length_over_the_limit_is_not_waited_for():
    handler = stream()  # Says 200 and nothing else.

    async def announces(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(5)

    started = time.monotonic()
    with pytest.raises(EgressError, match="too large"):
        await fetch(announces)
    assert time.monotonic() - started < 2
    assert (await fetch(handler)).body == b""


async def test_a_head_answer_may_announce_any_length():
    async def head_only(writer: asyncio.StreamWriter) -> None:
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n"
            b"Content-Encoding: gzip\r\n\r\n"
        )

    assert (await fetch(head_only, method="HEAD")).body == b""


@pytest.mark.parametrize(
    "handler",
    [
        pytest.param(page(b"junk", "Content-Encoding: gzip"), id="not-gzip"),
        pytest.param(
            page(gzip.compress(b"hello" * 99)[:-9], "Content-Encoding: gzip"), id="cut"
        ),
        pytest.param(page(b"hello", "Content-Encoding: br"), id="not-asked-for"),
        pytest.param(page(b"hello", "Content-Encoding: gzip, gzip"), id="twice"),
    ],
)
async def test_a_damaged_body_is_no_answer(handler: Handler):
    with pytest.raises(EgressError) as caught:
        await fetch(handler)
    assert caught.value.code == "unreachable"


# --- time and failure ---


async def test_the_deadline_spans_all_reads():
    drip = stream(*[b"x"] * 100, pause_s=0.1)
    started = time.monotonic()
    with pytest.raises(EgressError, match="timeout") as caught:
        await fetch(drip, timeout_s=0.5)
    assert caught.value.code == "timeout"
    assert time.monotonic() - started < 2


async def test_the_deadline_spans_the_look_up():
    async def never(host: str, port: int) -> list[str]:
        await asyncio.sleep(60)
        return []

    client = client_for(FakeNetwork(), resolver=never)
    with pytest.raises(EgressError, match="timeout"):
        await client.request("GET", "http://a.test/", timeout_s=0.05)


async def test_a_client_works_on_after_a_timeout():
    async def slow(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(5)

    async with serve({"/slow": slow, "/": page(b"ok")}) as port:
        client = EgressClient(allow=frozenset({("127.0.0.1", port)}), max_connections=1)
        url = f"http://127.0.0.1:{port}/"
        with pytest.raises(EgressError, match="timeout"):
            await client.request("GET", url + "slow", timeout_s=0.1)
        assert (await client.request("GET", url, timeout_s=2)).body == b"ok"
        await client.aclose()


async def hangs_up(writer: asyncio.StreamWriter) -> None:
    writer.close()


async def speaks_otherwise(writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 mail.test ESMTP\r\n\r\n")


async def ends_early(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")


@pytest.mark.parametrize("handler", [hangs_up, speaks_otherwise, ends_early])
async def test_a_server_that_fails_is_unreachable(handler: Handler):
    with pytest.raises(EgressError, match="unreachable") as caught:
        await fetch(handler)
    assert caught.value.code == "unreachable"


async def test_a_server_without_tls_is_unreachable_over_https():
    async def greets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        await speaks_otherwise(writer)
        writer.close()

    server = await asyncio.start_server(greets, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(EgressError, match="no secure connection"):
            await fetch_from(port, f"https://127.0.0.1:{port}/")


@pytest.mark.parametrize(
    "resolver",
    [
        pytest.param(FakeResolver({}), id="no-such-host"),
        pytest.param(FakeResolver({"a.test": [[]]}), id="no-address"),
    ],
)
async def test_an_unknown_host_is_unreachable(resolver: FakeResolver):
    network = FakeNetwork()
    with pytest.raises(EgressError, match="unreachable") as caught:
        await client_for(network, resolver=resolver).request("GET", "http://a.test/")
    assert (caught.value.code, network.connects) == ("unreachable", [])
