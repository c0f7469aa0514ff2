"""Raw connections: judged as HTTP is, bound to the address that was judged."""

import asyncio

import pytest

from core.egress import Connector, EgressError, parse_allow
from tests.core.wire import PUBLIC

PORTS = frozenset({25, 587})


def resolving(*addresses: str):
    async def resolver(host: str, port: int):
        return addresses

    return resolver


REFUSED = [
    pytest.param("127.0.0.1", 25, (), "loopback", id="address"),
    pytest.param("2130706433", 25, (), "loopback", id="address-as-a-number"),
    pytest.param("::1", 25, (), "loopback", id="bare-ipv6"),
    pytest.param("[::ffff:10.0.0.1]", 25, (), "private", id="mapped-ipv4"),
    pytest.param("localhost", 25, (), "inside network", id="local-name"),
    pytest.param("http://127.0.0.1:6379/", 25, (), "not a valid", id="url-as-a-host"),
    pytest.param("mail.example\r\nX", 25, (), "not a valid", id="line-end"),
    pytest.param("/run/postgresql", 25, (), "not a valid", id="socket-folder"),
    pytest.param("mail.example", 6379, (PUBLIC,), "port 6379", id="port-of-others"),
    pytest.param("mail.example", 0, (PUBLIC,), "port", id="no-port"),
    pytest.param("mail.example", 25, ("10.0.0.5",), "private", id="private-answer"),
    pytest.param("mail.example", 25, (PUBLIC, "127.0.0.1"), "loopback", id="mixed"),
]


@pytest.mark.parametrize(("host", "port", "addresses", "reason"), REFUSED)
async def test_closed_hosts_are_refused(host, port, addresses, reason):
    connector = Connector(resolver=resolving(*addresses))
    with pytest.raises(EgressError, match=reason) as caught:
        await connector.judged(host, port, ports=PORTS)
    assert caught.value.code == "egress_blocked"


async def test_public_host_keeps_its_name_and_its_judged_addresses():
    connector = Connector(resolver=resolving(PUBLIC, PUBLIC))
    peer = await connector.judged("Mail.Example.", 587, ports=PORTS)
    assert (peer.host, peer.port, list(peer.addresses)) == (
        "mail.example",
        587,
        [PUBLIC],
    )


async def test_socket_leads_to_the_judged_address():
    got = asyncio.Event()

    async def greet(reader, writer):
        got.set()
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        allow = parse_allow([f"mail.test:{port}"])
        connector = Connector(allow=allow, resolver=resolving("127.0.0.1"))
        opened = await connector.open(await connector.judged("mail.test", port))
        await asyncio.wait_for(got.wait(), 5)
        opened.close()


async def test_host_that_does_not_answer_is_unreachable():
    async with await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
    connector = Connector(allow=parse_allow([f"127.0.0.1:{port}"]))
    peer = await connector.judged("127.0.0.1", port)
    with pytest.raises(EgressError, match="does not answer") as caught:
        await connector.open(peer)
    assert caught.value.code == "unreachable"
