"""The load generator, against a server that counts, and what it takes for an answer."""

import asyncio

import pytest

from benchmarks.load import Orders, is_whole, measure

ANSWER = b"HTTP/1.1 %s\r\nServer: x\r\ncontent-length: %d\r\n\r\n%s"

WHOLE = [
    pytest.param(b"", False, id="nothing yet"),
    pytest.param(b"HTTP/1.1 200 OK\r\nContent-Le", False, id="within the head"),
    pytest.param(ANSWER % (b"200 OK", 5, b"abc"), False, id="within the body"),
    pytest.param(ANSWER % (b"200 OK", 3, b"abc"), True, id="all"),
    pytest.param(ANSWER % (b"204 No Content", 0, b""), True, id="an empty body"),
]


@pytest.mark.parametrize(("answer", "whole"), WHOLE)
def test_an_answer_is_whole_once_its_length_has_come(answer, whole):
    assert is_whole(answer) is whole


def test_an_answer_without_a_length_cannot_be_measured():
    with pytest.raises(ValueError, match="Content-Length"):
        is_whole(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")


class Server:
    """Answers every request the same way and keeps the requests' first lines."""

    def __init__(self, answer):
        self.answer = answer
        self.asked = []

    async def serve(self, reader, writer):
        while head := await self._head(reader):
            self.asked.append(head.split(b"\r\n")[0].decode())
            # In two pieces, as a network may deliver it.
            writer.write(self.answer[:20])
            await writer.drain()
            await asyncio.sleep(0.001)
            writer.write(self.answer[20:])
        writer.close()

    async def _head(self, reader):
        try:
            return await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return b""


async def measured(server, **orders):
    async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        found = await measure(Orders(port=port, token="t", method="GET", **orders))
    await asyncio.sleep(0)
    return found


GOOD = ANSWER % (b"200 OK", 4, b"done")
BAD = ANSWER % (b"503 Busy", 4, b"done")
OTHER = ANSWER % (b"200 OK", 4, b"half")


async def test_clients_go_on_until_the_time_is_over_and_take_paths_in_turn():
    server = Server(GOOD)

    found = await measured(
        server, paths=["/a", "/b"], expect="done", clients=2, warm_up_s=0.1, seconds=0.4
    )

    assert found["errors"] == 0
    # A client that is in a request when the time is over still ends it.
    assert found["per_s"] * 0.4 == pytest.approx(len(found["latencies_ms"]), abs=3)
    assert len(found["latencies_ms"]) < len(server.asked)  # the warm-up is left out
    assert min(found["latencies_ms"]) >= 1
    assert server.asked.count("GET /a HTTP/1.1") > 2
    assert server.asked.count("GET /b HTTP/1.1") > 2


async def test_once_is_one_request_of_each_client():
    server = Server(GOOD)
    found = await measured(server, paths=["/"], expect="done", clients=5, once=True)
    assert len(server.asked) == len(found["latencies_ms"]) == 5


class Rude(Server):
    async def serve(self, reader, writer):
        await self._head(reader)
        writer.write(self.answer[:20])
        writer.close()


async def test_a_connection_that_ends_too_early_is_an_error():
    found = await measured(Rude(GOOD), paths=["/"], expect="done", once=True)
    assert (found["errors"], found["latencies_ms"]) == (1, [])


@pytest.mark.parametrize("answer", [BAD, OTHER], ids=["status", "content"])
async def test_what_is_not_the_expected_answer_is_an_error(answer):
    found = await measured(Server(answer), paths=["/"], expect="done", once=True)
    assert found["errors"] == 1
    assert found["latencies_ms"] == []
    assert found["example"] == answer.decode()
