"""That the runner would see what it says is not there."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from accounts.credentials.providers import Client as OAuthClient
from accounts.credentials.providers import OAuth, Probe
from accounts.credentials.tokens import probe, tokens_for_refresh
from accounts.sign_in.oidc_providers import fetched
from blocks.registry import registry
from blocks.spec import BlockSpec, Example
from tests.core.wire import PUBLIC
from tests.security.corpus import tokens
from tests.security.corpus.block_targets import Play
from tests.security.corpus.calls import request_once
from tests.security.corpus.facts import judge
from tests.security.corpus.rows import Row
from tests.security.corpus.spies import Spy, watching
from tests.security.corpus.stage import Stage
from tests.security.corpus.tools import Tools

INSIDE = "http://127.0.0.1:6379/"
METADATA = "http://169.254.169.254/"
ADDRESSES = ("http", "workspace://", "data:")
PLACES = ("url", "host", "server", "address")


# --- What is judged -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "expect", "given"),
    [
        pytest.param({"status": 200}, {"status": [401]}, {}, id="another answer"),
        pytest.param({}, {"status": [401]}, {}, id="nothing tells of it"),
        pytest.param({"status": 401}, {"unheard": 1}, {}, id="an unknown word"),
        pytest.param({"status": 401}, {"status": [401]}, {"x": 1}, id="unused part"),
        pytest.param({"status": 500}, {}, {}, id="our own fault"),
        pytest.param({"text": 'File "/a.py"'}, {}, {}, id="a trace"),
        pytest.param({"text": "a CANARY-7f3a"}, {}, {}, id="a secret"),
        pytest.param({"stored": 0}, {"stored": False}, {}, id="almost the same"),
        pytest.param({"audit": []}, {"audit": "authz.denied"}, {}, id="not noted"),
        pytest.param({"pin": {"ok"}}, {"pin": "error"}, {}, id="another pin"),
        pytest.param({"max_ms": 11}, {"max_ms": 10}, {}, id="too slow"),
        pytest.param({"leak": "root:"}, {"leak": ["root:"]}, {}, id="a leak"),
    ],
)
def test_what_is_not_as_expected_fails(facts: Any, expect: Any, given: Any):
    with pytest.raises(AssertionError):
        judge(Row("X", "x", "x", given, expect), facts)


def test_a_note_needs_no_use():
    judge(
        Row("X", "x", "x", {"note": "x"}, {"note": "x", "status": [1]}), {"status": 1}
    )


# --- What is spied --------------------------------------------------------------------


def test_connections_are_counted_and_refused():
    with (
        watching(Spy()) as spy,
        socket.create_server(("127.0.0.1", 0)) as server,
        pytest.raises(ConnectionRefusedError),
    ):
        socket.create_connection(server.getsockname())
    assert len(spy.connects) == 1


def test_programs_are_seen():
    with watching(Spy()) as spy:
        subprocess.run([sys.executable, "-c", ""], check=True)
    assert "subprocess.Popen" in spy.programs


def test_nothing_is_seen_that_is_not_there():
    with watching(Spy()) as spy:
        asyncio.run(asyncio.sleep(0))
    assert (spy.connects, spy.programs, spy.written) == ([], [], [])


def test_what_may_be_sent_is_sent():
    play = Play("SendWebRequest", {"url": "http://public.test/"})
    assert play.run().connects == [(PUBLIC, 80)]


# --- Whoever sends --------------------------------------------------------------------


def senders() -> Iterator[Any]:
    """Each pin of each block that can name where something is."""
    for spec in registry:
        seen: set[str] = set()
        for example in spec.examples:
            for pin in _places(example) - seen:
                seen.add(pin)
                yield pytest.param(spec, example, pin, id=f"{spec.name} {pin}")


def _places(example: Example) -> set[str]:
    return {
        name
        for name, value in example.inputs.items()
        if isinstance(value, str)
        and (value.startswith(ADDRESSES) or any(p in name for p in PLACES))
    }


@pytest.mark.parametrize(("spec", "example", "pin"), list(senders()))
def test_no_block_reaches_inside(spec: BlockSpec, example: Example, pin: str):
    value = "127.0.0.1" if pin == "host" else INSIDE
    inputs = {**example.inputs, pin: value}
    name = spec.name.removesuffix("Block")
    outcome = Play(name, inputs, credentials=example.credentials).run()
    inside = [host for host, _ in outcome.connects if host.startswith(("127.", "10."))]
    assert inside == []
    assert outcome.error is not None, outcome.text


@pytest.mark.parametrize("url", [INSIDE, METADATA, "http://[::1]/", "http://0/"])
@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(
            lambda url: tokens_for_refresh(
                OAuth(authorize_url=url, token_url=url), OAuthClient(id="x"), "r"
            ),
            id="OAuth",
        ),
        pytest.param(lambda url: probe(Probe(url=url), "t"), id="test of a credential"),
        pytest.param(fetched, id="OpenID Connect"),
    ],
)
def test_no_feature_of_the_server_reaches_inside(ask: Callable[[str], Any], url: str):
    with watching(Spy()) as spy, pytest.raises(Exception, match=r"blocked|not allowed"):
        ask(url)
    assert spy.connects == []


# --- Good papers ----------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"jwt": {"claims": "valid"}}, id="token"),
        pytest.param({"jwt": {"exp": "+60s"}}, id="token that ends soon"),
        pytest.param({"api_key": "<valid>"}, id="key"),
        pytest.param({"api_key": "scope graphs:read"}, id="key for this"),
    ],
)
def test_good_papers_open(given: Any, tools: Tools):
    """So what is wrong with the others is what they are refused for."""
    row = Row("X", "jwt", "GET /api/graphs/", given, {})
    assert request_once(row, tools)["status"] == 200


@pytest.mark.django_db
def test_strangers_are_strangers():
    assert Client().get(tokens.GRAPHS).status_code == 401
    assert Stage().client("userA").get(tokens.GRAPHS).status_code == 200
