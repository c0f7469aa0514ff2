"""What must never be contacted. The proof is the number of connections: none."""

import pytest

from core.egress import EgressClient, EgressError, parse_allow
from tests.core.wire import PUBLIC, FakeNetwork, FakeResolver, redirect

HOSTS = {
    "public.test": [[PUBLIC]],
    "localhost": [["127.0.0.1"]],
    "redis": [["172.18.0.5"]],
    "mixed.test": [[PUBLIC, "127.0.0.1"]],
    "rebind.test": [[PUBLIC], ["127.0.0.1"]],
    "v6.test": [["fd00::1"]],
    "nat64.test": [["64:ff9b::7f00:1"]],
    "scoped.test": [["2606:2800:21f::1%eth0"]],
    "nonsense.test": [["not-an-address"]],
}

ADDRESSES = [
    pytest.param("127.0.0.1", id="loopback"),
    pytest.param("127.8.8.8", id="loopback-net"),
    pytest.param("10.1.2.3", id="private-10"),
    pytest.param("172.16.0.1", id="private-172"),
    pytest.param("192.168.1.1", id="private-192"),
    pytest.param("169.254.169.254", id="metadata"),
    pytest.param("168.63.129.16", id="azure-metadata"),
    pytest.param("100.64.0.1", id="carrier-grade-nat"),
    pytest.param("192.0.0.8", id="protocol-assignments"),
    pytest.param("192.0.2.1", id="documentation-1"),
    pytest.param("198.51.100.1", id="documentation-2"),
    pytest.param("203.0.113.1", id="documentation-3"),
    pytest.param("192.88.99.1", id="6to4-relay"),
    pytest.param("198.18.0.1", id="benchmark"),
    pytest.param("224.0.0.1", id="multicast"),
    pytest.param("240.0.0.1", id="reserved"),
    pytest.param("255.255.255.255", id="broadcast"),
    pytest.param("0.0.0.0", id="unspecified"),  # noqa: S104 - nothing is bound
    # The odd ways to write an IPv4 address that resolvers understand.
    pytest.param("2130706433", id="one-number"),
    pytest.param("0x7f000001", id="hexadecimal"),
    pytest.param("0X7F.1", id="hexadecimal-part"),
    pytest.param("0177.0.0.1", id="octal"),
    pytest.param("127.1", id="short"),
    pytest.param("0", id="zero"),
    pytest.param("127.0.0.1.", id="trailing-dot"),
    pytest.param("\u2460\u2461\u2466.\u24ea.\u24ea.\u2460", id="circled-digits"),
    pytest.param("\uff11\uff12\uff17.0.0.1", id="full-width-digits"),
    pytest.param("127\u30020\u30020\u30021", id="ideographic-full-stop"),
    # IPv6, and IPv4 carried in it.
    pytest.param("[::]", id="v6-unspecified"),
    pytest.param("[::1]", id="v6-loopback"),
    pytest.param("[::ffff:127.0.0.1]", id="mapped"),
    pytest.param("[::ffff:7f00:1]", id="mapped-hexadecimal"),
    pytest.param("[::127.0.0.1]", id="compatible"),
    pytest.param("[64:ff9b::7f00:1]", id="nat64"),
    pytest.param("[64:ff9b:1::1]", id="nat64-local"),
    pytest.param("[2002:7f00:1::]", id="6to4"),
    pytest.param("[2001:0:7f00:1::]", id="teredo-server"),
    pytest.param("[2001:0:5db8:d70e::80ff:fffe]", id="teredo-client"),
    pytest.param("[2001:db8::1]", id="v6-documentation"),
    pytest.param("[3fff::1]", id="v6-documentation-2"),
    pytest.param("[2001:2::1]", id="v6-benchmark"),
    pytest.param("[fe80::1]", id="v6-link-local"),
    pytest.param("[fec0::1]", id="v6-site-local"),
    pytest.param("[fd00::1]", id="v6-private"),
    pytest.param("[ff02::1]", id="v6-multicast"),
    pytest.param("[100::1]", id="v6-discard"),
    # Names.
    pytest.param("localhost", id="localhost"),
    pytest.param("LOCALHOST.", id="localhost-spelled-otherwise"),
    pytest.param("a.localhost", id="below-localhost"),
    pytest.param("metadata.google.internal", id="metadata-name"),
    pytest.param("printer.local", id="local-name"),
    pytest.param("redis", id="name-of-a-container"),
    pytest.param("mixed.test", id="one-bad-answer-of-two"),
    pytest.param("v6.test", id="private-v6-answer"),
    pytest.param("nat64.test", id="nat64-answer"),
    pytest.param("scoped.test", id="answer-with-a-scope"),
    pytest.param("nonsense.test", id="answer-that-is-no-address"),
]

FORMS = [
    pytest.param("file:///etc/passwd", id="file"),
    pytest.param("gopher://127.0.0.1:6379/_FLUSHALL", id="gopher"),
    pytest.param("unix:///run/redis.sock", id="unix"),
    pytest.param("dict://127.0.0.1:11211/stats", id="dict"),
    pytest.param("public.test/", id="no-scheme"),
    pytest.param("//public.test/", id="only-slashes"),
    pytest.param("", id="empty"),
    pytest.param("http://", id="no-host"),
    pytest.param("http:///path", id="no-host-but-a-path"),
    pytest.param("http://public.test:6379/", id="port-of-redis"),
    pytest.param("http://public.test:22/", id="port-of-ssh"),
    pytest.param("http://public.test:0/", id="port-zero"),
    pytest.param("http://public.test:99999/", id="port-too-high"),
    pytest.param("http://public.test:80:80/", id="two-ports"),
    pytest.param("http://public.test:\uff18\uff10/", id="full-width-port"),
    pytest.param("http://public.test@127.0.0.1/", id="user-name"),
    pytest.param("http://user:secret@public.test/", id="password"),
    pytest.param("http://public.test\\@127.0.0.1/", id="backslash"),
    pytest.param("http://public.test/\r\nX-Injected: 1", id="line-end"),
    pytest.param("http://public.test/a b", id="space"),
    pytest.param(" http://public.test/", id="space-before"),
    pytest.param("http://public.test\t/", id="tab"),
    pytest.param("http://public.test/\x00", id="nul"),
    pytest.param("http://public.test/\u2028", id="line-separator"),
    pytest.param("http://public.test/\ud800", id="surrogate"),
    pytest.param("http://public%2etest/", id="percent-in-host"),
    pytest.param("http://pub\uff0flic.test/", id="full-width-slash"),
    pytest.param("http://[::1", id="open-bracket"),
    pytest.param("http://[fe80::1%25eth0]/", id="scope"),
    pytest.param("http://::1/", id="v6-without-brackets"),
    pytest.param("http://1.2.3.4.5/", id="five-numbers"),
    pytest.param("http://256.1.1.1/", id="number-too-large"),
    pytest.param("http://a..b/", id="empty-label"),
    pytest.param(f"http://{'a' * 64}.test/", id="label-too-long"),
    pytest.param(f"http://public.test/{'a' * 20_000}", id="too-long"),
    pytest.param({"a": 1}, id="not-a-text"),
]


async def refusal(url: object, network: FakeNetwork) -> EgressError:
    client = EgressClient(network=network, resolver=FakeResolver(HOSTS))
    with pytest.raises(EgressError) as caught:
        await client.request("GET", url)  # type: ignore[arg-type]
    await client.aclose()
    return caught.value


@pytest.mark.parametrize("host", ADDRESSES)
async def test_a_closed_address_is_never_connected_to(host: str):
    network = FakeNetwork()
    error = await refusal(f"http://{host}/", network)
    assert (error.code, network.connects) == ("egress_blocked", [])
    assert "blocked" in error.message


@pytest.mark.parametrize("url", FORMS)
async def test_an_address_of_the_wrong_form_is_not_allowed(url: object):
    network = FakeNetwork()
    error = await refusal(url, network)
    assert (error.code, network.connects) == ("egress_blocked", [])
    assert "not allowed" in error.message
    assert "blocked" in error.message
    assert "secret" not in error.message


async def test_a_user_name_is_answered_with_advice():
    error = await refusal("http://user:secret@public.test/", FakeNetwork())
    assert "use a credential" in error.message


@pytest.mark.parametrize("host", ADDRESSES)
async def test_a_redirect_to_a_closed_address_is_not_followed(host: str):
    network = FakeNetwork(redirect(f"http://{host}/"))
    error = await refusal("http://public.test/", network)
    assert error.code == "egress_blocked"
    assert network.connects == [(PUBLIC, 80)]


@pytest.mark.parametrize(
    "location",
    [
        pytest.param("file:///etc/passwd", id="file"),
        pytest.param("http://public.test:6379/", id="port"),
        pytest.param("http://a@public.test/", id="user-name"),
        pytest.param("//127.0.0.1/", id="without-a-scheme"),
        pytest.param("http://[::1", id="not-a-url"),
    ],
)
async def test_a_redirect_is_judged_like_a_first_address(location: str):
    network = FakeNetwork(redirect(location))
    error = await refusal("http://public.test/", network)
    assert error.code == "egress_blocked"
    assert network.connects == [(PUBLIC, 80)]


async def test_a_name_that_moves_inside_after_it_was_judged_leads_nowhere():
    closing = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    network, resolver = FakeNetwork(closing), FakeResolver(HOSTS)
    client = EgressClient(network=network, resolver=resolver)
    await client.request("GET", "http://rebind.test/")
    assert resolver.asked == ["rebind.test"]
    with pytest.raises(EgressError, match="loopback"):
        await client.request("GET", "http://rebind.test/")
    assert network.connects == [(PUBLIC, 80)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("X-A", "1\r\nX-Injected: 1", id="line-end-in-a-value"),
        pytest.param("X-A\r\nX-Injected", "1", id="line-end-in-a-name"),
        pytest.param("X-A", "a\x00b", id="nul"),
        pytest.param("", "1", id="no-name"),
        pytest.param("Host", "internal", id="host"),
        pytest.param("Transfer-Encoding", "chunked", id="framing"),
        pytest.param("Proxy-Authorization", "Basic eDp5", id="proxy"),
    ],
)
async def test_headers_that_could_confuse_a_server_are_refused(name: str, value: str):
    network = FakeNetwork()
    client = EgressClient(network=network, resolver=FakeResolver(HOSTS))
    with pytest.raises(EgressError, match="not allowed") as caught:
        await client.request("GET", "http://public.test/", headers={name: value})
    assert (caught.value.code, network.connects) == ("egress_blocked", [])


@pytest.mark.parametrize("method", ["CONNECT", "trace", "GET /x", "", "GET\r\n"])
async def test_methods_that_are_no_plain_request_are_refused(method: str):
    network = FakeNetwork()
    client = EgressClient(network=network, resolver=FakeResolver(HOSTS))
    with pytest.raises(EgressError, match="method is not allowed"):
        await client.request(method, "http://public.test/")
    assert network.connects == []


@pytest.mark.parametrize(
    ("entry", "url", "address"),
    [
        pytest.param("localhost:11434", "http://localhost:11434/", "127.0.0.1", id="a"),
        pytest.param("127.0.0.1:6379", "http://127.1:6379/", "127.0.0.1", id="b"),
        pytest.param("[::1]:11434", "http://[0::1]:11434/", "::1", id="c"),
        pytest.param("Redis:80", "http://redis/", "172.18.0.5", id="d"),
    ],
)
async def test_an_opened_pair_is_connected_to(entry: str, url: str, address: str):
    network = FakeNetwork()
    allow = parse_allow([entry])
    client = EgressClient(network=network, resolver=FakeResolver(HOSTS), allow=allow)
    assert (await client.request("GET", url)).body == b"ok"
    assert [host for host, _ in network.connects] == [address]


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://localhost/", id="another-port"),
        pytest.param("http://127.0.0.1:11434/", id="another-name"),
        pytest.param("http://public.test:11434/", id="another-host"),
    ],
)
async def test_an_opened_pair_opens_nothing_else(url: str):
    network = FakeNetwork()
    allow = parse_allow(["localhost:11434"])
    client = EgressClient(network=network, resolver=FakeResolver(HOSTS), allow=allow)
    with pytest.raises(EgressError, match="blocked"):
        await client.request("GET", url)
    assert network.connects == []


@pytest.mark.parametrize(
    "entry", ["localhost", "localhost:", ":80", "::1:80", "a b:80", "a:0", "a:70000"]
)
def test_an_entry_that_opens_nothing_is_named(entry: str):
    with pytest.raises(ValueError, match="does not open an address") as caught:
        parse_allow(["fine:80", entry])
    assert repr(entry) in str(caught.value)
