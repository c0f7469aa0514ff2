"""The live view over real sockets of a real server."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import orjson
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection

from executions.domain.view import fold_view, new_view
from tests.executions.agents import chain, sums, ticks
from tests.servers import (
    API,
    Site,
    ended,
    events_of,
    new_agent,
    registered,
    socket,
    start_run,
)

NOWHERE = "0198c0de-0000-7000-8000-000000000000"


@pytest.fixture(scope="session")
def finished(alice_there: httpx.Client) -> str:
    """A run of Alice that has ended."""
    agent = new_agent(alice_there, chain(20))
    id: str = start_run(alice_there, agent, {"Input": 1}, "?wait=20")["id"]
    return id


@pytest.fixture
def ticking(alice_there: httpx.Client) -> str:
    """A run of Alice that takes three seconds."""
    agent = new_agent(alice_there, ticks())
    return str(start_run(alice_there, agent, {"Input": 7})["id"])


def token_of(client: httpx.Client) -> str:
    return client.headers["authorization"].split()[1]


def ticket_of(client: httpx.Client) -> str:
    return str(client.post("/auth/ws-ticket/").json()["ticket"])


@contextmanager
def open_socket(
    site: Site, client: httpx.Client, id: str, query=""
) -> Iterator[ClientConnection]:
    with socket(site.url, id, query=query) as ws:
        ws.send(json.dumps({"type": "auth", "token": token_of(client)}))
        yield ws


def frame(ws: ClientConnection) -> Any:
    return orjson.loads(ws.recv(timeout=10))


def events_until_end(ws: ClientConnection, id: str) -> list[Any]:
    """The events of one run up to its last; frames of other runs are left out."""
    found: list[Any] = []
    while not found or found[-1]["type"] != "execution.finished":
        message = frame(ws)
        assert message["type"] == "events"
        if message["execution_id"] == id:
            found += message["events"]
    return found


def refusal(ws: ClientConnection) -> int:
    """The code it is closed with, which the last frame names too."""
    last: Any = {}
    try:
        while True:
            last = frame(ws)
    except ConnectionClosed as closed:
        code = closed.rcvd.code if closed.rcvd else 0
    assert last.get("code") in (code, None)
    return code


# --- Who may watch --------------------------------------------------------------------


def browser(site: Site, client: httpx.Client) -> str:
    """The cookie of Alice's browser, signed in through the page."""
    with httpx.Client(base_url=site.url) as page:
        page.get("/sign-in/")
        form = {
            "csrfmiddlewaretoken": page.cookies["csrftoken"],
            "username": client.get("/me/").json()["email"],
            "password": "correct-horse-9",
        }
        answer = page.post("/sign-in/", data=form)
        assert answer.status_code == 302, answer.text
        return f"sessionid={page.cookies['sessionid']}"


def test_a_browser_is_known_by_its_cookie(site, alice_there, finished):
    headers = {"Cookie": browser(site, alice_there)}
    with socket(site.url, finished, origin=site.url, additional_headers=headers) as ws:
        assert frame(ws)["type"] == "snapshot"


@pytest.mark.parametrize(
    "origin",
    [
        pytest.param("https://evil.example", id="another site"),
        pytest.param("null", id="a sandboxed page"),
        pytest.param("http://[", id="not even an address"),
        pytest.param("http://127.0.0.1.evil.example", id="looks like ours"),
    ],
)
def test_a_page_of_another_site_gets_no_socket(site, alice_there, finished, origin):
    headers = {"Cookie": browser(site, alice_there)}
    with (
        pytest.raises(InvalidStatus) as refused,
        socket(site.url, finished, origin=origin, additional_headers=headers),
    ):
        pass
    assert refused.value.response.status_code == 403


def test_a_cookie_without_origin_gets_no_socket(site, alice_there, finished):
    headers = {"Cookie": browser(site, alice_there)}
    with (
        pytest.raises(InvalidStatus) as refused,
        socket(site.url, finished, additional_headers=headers),
    ):
        pass
    assert refused.value.response.status_code == 403


def test_a_ticket_is_good_once(site, alice_there, finished):
    auth = json.dumps({"type": "auth", "ticket": ticket_of(alice_there)})
    with socket(site.url, finished) as ws:
        ws.send(auth)
        assert frame(ws)["type"] == "snapshot"
    with socket(site.url, finished) as ws:
        ws.send(auth)
        assert refusal(ws) == 4401


@pytest.mark.parametrize(
    "first",
    [
        pytest.param({"type": "auth", "token": "nonsense"}, id="no token"),
        pytest.param({"type": "auth", "token": "ü\ud800x"}, id="not even UTF-8"),
        pytest.param({"type": "auth", "token": 7}, id="a number"),
        pytest.param({"type": "auth", "ticket": "nonsense"}, id="no ticket"),
        pytest.param({"type": "auth", "ticket": ["a"]}, id="a list"),
        pytest.param({"type": "auth"}, id="neither"),
        pytest.param({"type": "subscribe", "execution_id": NOWHERE}, id="no auth"),
    ],
)
def test_nobody_watches_unknown(site, finished, first):
    with socket(site.url, finished) as ws:
        ws.send(json.dumps(first))
        assert refusal(ws) in (4401, 1008)


def test_a_refresh_token_opens_nothing(site, finished):
    body = {"email": "alice@example.org", "password": "correct-horse-9"}
    tokens = httpx.post(f"{site.url}{API}/auth/token/", json=body).json()
    with socket(site.url, finished) as ws:
        ws.send(json.dumps({"type": "auth", "token": tokens["refresh"]}))
        assert refusal(ws) == 4401


def test_what_is_not_yours_is_not_there(site, alice_there, charlie_there, finished):
    for id, client in ((finished, charlie_there), (NOWHERE, alice_there)):
        with open_socket(site, client, id) as ws:
            assert refusal(ws) == 4404


def test_a_path_that_is_none_is_refused(site):
    with pytest.raises(InvalidStatus), socket(site.url, "not-a-uuid"):
        pass


# --- What they see --------------------------------------------------------------------


def test_without_a_number_a_snapshot_comes_first(site, alice_there, finished):
    stored = events_of(alice_there, finished)
    view = new_view()
    for event in stored:
        fold_view(view, event)
    with open_socket(site, alice_there, finished) as ws:
        assert frame(ws) == {
            "type": "snapshot",
            "execution_id": finished,
            "seq": len(stored),
            "view": orjson.loads(orjson.dumps(view)),
        }


@pytest.mark.parametrize("after", [0, 1, 17])
def test_with_a_number_events_begin_behind_it(site, alice_there, finished, after):
    with open_socket(site, alice_there, finished, f"?after={after}") as ws:
        seen = events_until_end(ws, finished)
    assert seen == events_of(alice_there, finished, after)


@pytest.mark.parametrize("after", ["-1", "x", "", "9" * 30, "%D9%A1"])
def test_a_number_that_is_none_means_a_snapshot(site, alice_there, finished, after):
    with open_socket(site, alice_there, finished, f"?after={after}") as ws:
        assert frame(ws)["type"] == "snapshot"


def test_a_run_is_seen_while_it_happens(site, alice_there, ticking):
    with open_socket(site, alice_there, ticking, "?after=0") as ws:
        seen: list[Any] = []
        times: list[float] = []
        while not seen or seen[-1]["type"] != "execution.finished":
            seen += frame(ws)["events"]
            times.append(time.time())
    assert seen == events_of(alice_there, ticking)
    assert times[-1] - times[0] > 1.5  # not all at the end
    ticks_at = [e["at"] / 1000 for e in seen if e["type"] == "node.emitted"]
    assert all(min(abs(t - at) for t in times) < 1 for at in ticks_at)


def test_what_happens_at_once_comes_in_few_frames(site, alice_there):
    run = start_run(alice_there, new_agent(alice_there, chain(200)), {"Input": 0})
    with open_socket(site, alice_there, run["id"], "?after=0") as ws:
        frames, last = 0, ""
        while last != "execution.finished":
            frames, last = frames + 1, frame(ws)["events"][-1]["type"]
    assert len(events_of(alice_there, run["id"])) > 600
    assert frames < 30


def test_who_comes_back_misses_nothing_and_sees_nothing_twice(
    site, alice_there, ticking
):
    seen: list[Any] = []
    for _ in range(30):
        after = seen[-1]["seq"] if seen else 0
        with open_socket(site, alice_there, ticking, f"?after={after}") as ws:
            seen += frame(ws)["events"]
        if seen[-1]["type"] == "execution.finished":
            break
    assert seen == events_of(alice_there, ticking)


def test_one_socket_watches_two_runs(site, alice_there, ticking):
    agent = new_agent(alice_there, ticks(repeat=2))
    second = start_run(alice_there, agent, {"Input": 1})["id"]
    with open_socket(site, alice_there, ticking, "?after=0") as ws:
        subscribe = {"type": "subscribe", "execution_id": second, "after": 0}
        ws.send(json.dumps(subscribe))
        both: dict[str, list[Any]] = {ticking: [], second: []}
        while not all(e and e[-1]["type"].endswith("finished") for e in both.values()):
            message = frame(ws)
            both[message["execution_id"]] += message["events"]
    for id, seen in both.items():
        assert seen == events_of(alice_there, id)


def test_who_unsubscribes_hears_no_more(site, alice_there, ticking, finished):
    with open_socket(site, alice_there, ticking) as ws:
        assert frame(ws)["type"] == "snapshot"
        ws.send(json.dumps({"type": "unsubscribe", "execution_id": ticking}))
        ended(alice_there, ticking)
        subscribe = {"type": "subscribe", "execution_id": finished, "after": 0}
        ws.send(json.dumps(subscribe))
        late = (
            [f for f in iter(lambda: frame(ws), None) if f["execution_id"]][:1]
            if (False)
            else [frame(ws)]
        )
    assert late[0]["execution_id"] in (finished, ticking)


def test_one_socket_may_watch_many_ended_runs_in_turn(site, alice_there, finished):
    agent = new_agent(alice_there, sums())
    with open_socket(site, alice_there, finished) as ws:
        frame(ws)
        for number in range(25):
            run = start_run(alice_there, agent, {"Input": number}, "?wait=10")["id"]
            frame_in = {"type": "subscribe", "execution_id": run, "after": 0}
            ws.send(json.dumps(frame_in))
            assert events_until_end(ws, run)


# --- What they may not do -------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("{", id="not JSON"),
        pytest.param("[]", id="a list"),
        pytest.param('"auth"', id="text"),
        pytest.param('{"type": "dance"}', id="unknown"),
        pytest.param('{"type": ["auth"]}', id="type is a list"),
        pytest.param('{"type": "subscribe"}', id="subscribe to nothing"),
        pytest.param('{"type":"subscribe","execution_id":7}', id="a number as id"),
        pytest.param('{"type":"x","type":"y"}', id="a key twice"),
        pytest.param('{"type":"subscribe","execution_id":"\\u0000"}', id="NUL"),
        pytest.param("[" * 5000, id="deep"),
        pytest.param(b"\xff\xfe", id="bytes that are no text"),
        pytest.param("", id="empty"),
    ],
)
def test_a_bad_frame_is_answered(site, alice_there, finished, ticking, data):
    with open_socket(site, alice_there, finished, "?after=99") as ws:
        ws.send(data)
        assert frame(ws) | {"message": ""} == {
            "type": "error",
            "code": 1008,
            "message": "",
        }
        ws.send(json.dumps({"type": "subscribe", "execution_id": ticking}))
        assert frame(ws)["execution_id"] == ticking


def test_a_flood_of_frames_ends_the_socket(site, alice_there, finished):
    with open_socket(site, alice_there, finished) as ws:
        for _ in range(41):
            ws.send("{")
        assert refusal(ws) == 4429


def test_twenty_frames_a_second_are_no_flood(site, alice_there, finished):
    with open_socket(site, alice_there, finished, "?after=99") as ws:
        for _ in range(60):
            ws.send("{")
            assert frame(ws)["code"] == 1008
            time.sleep(1 / 20)


def test_an_oversize_frame_ends_the_socket(site, alice_there, finished):
    with open_socket(site, alice_there, finished) as ws:
        frame(ws)
        ws.send("x" * 70_000)
        assert refusal(ws) == 1009


def test_bad_ids_are_not_there(site, alice_there, finished):
    for id in ("", "x", "0" * 31, "²" * 32):
        with open_socket(site, alice_there, finished) as ws:
            frame(ws)
            ws.send(json.dumps({"type": "subscribe", "execution_id": id}))
            assert refusal(ws) == 4404


def test_too_many_subscriptions(site, alice_there):
    agent = new_agent(alice_there, ticks(seconds=30, repeat=1))
    runs = [start_run(alice_there, agent, {"Input": 1})["id"] for _ in range(21)]
    try:
        with open_socket(site, alice_there, runs[0]) as ws:
            for id in runs[1:]:
                ws.send(json.dumps({"type": "subscribe", "execution_id": id}))
            assert refusal(ws) == 4429
    finally:
        for id in runs:
            alice_there.post(f"/executions/{id}/cancel/")


def test_too_many_sockets(site, finished):
    with registered(site.url, "many@example.org") as client:
        agent = new_agent(client, sums())
        run = start_run(client, agent, {"Input": 1}, "?wait=10")["id"]
        with ExitStack() as opened:
            for _ in range(200):
                ws = opened.enter_context(open_socket(site, client, run))
                assert frame(ws)["type"] == "snapshot"
            with open_socket(site, client, run) as one_more:
                assert refusal(one_more) == 4429
        with open_socket(site, client, run) as ws:  # those closed count no more
            assert frame(ws)["type"] == "snapshot"


def test_the_others_are_still_served(site, alice_there, finished):
    for data in ("{", "x" * 70_000):
        with socket(site.url, finished) as ws:
            ws.send(data)
            assert refusal(ws) in (1008, 1009)
    with open_socket(site, alice_there, finished) as ws:
        assert frame(ws)["type"] == "snapshot"
