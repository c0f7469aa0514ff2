"""Webhooks that answer with the outputs, on a real server."""

from typing import Any

import httpx
import pytest

from tests.executions.agents import sums, ticks
from tests.servers import new_agent, run_of


def hook_of(client: httpx.Client, agent: Any, **facts: Any) -> str:
    answer = client.post("/hooks/", json={"graph": new_agent(client, agent)} | facts)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["url"])


def test_a_hook_that_waits_answers_with_the_outputs(alice_there):
    url = hook_of(alice_there, sums(), wait_s=20)
    answer = httpx.post(url, json={"Input": 8}, headers={"webhook-id": "1"})
    run = answer.json()
    assert answer.status_code == 200
    assert (run["status"], run["outputs"]) == ("COMPLETED", {"Output": [42]})
    assert "x-wait-s" not in answer.headers
    assert run_of(alice_there, run["id"])["trigger"] == "hook"

    again = httpx.post(url, json={"Input": 8}, headers={"webhook-id": "1"})
    assert again.json() == run
    assert again.headers["idempotency-replayed"] == "true"


def test_a_hook_waits_no_longer_than_it_says(alice_there):
    url = hook_of(alice_there, ticks(seconds=4, repeat=1), wait_s=0.3)
    answer = httpx.post(url, json={"Input": 8})
    assert answer.status_code == 202
    assert "x-wait-s" not in answer.headers


def test_a_hook_that_does_not_wait_answers_at_once(alice_there):
    answer = httpx.post(hook_of(alice_there, ticks(seconds=4, repeat=1)), json={})
    assert (answer.status_code, answer.json()["status"]) == (202, "QUEUED")


@pytest.mark.parametrize("wait_s", [None, 5])
def test_what_is_refused_is_not_waited_for(alice_there, wait_s):
    url = hook_of(alice_there, sums(), wait_s=wait_s)
    assert httpx.post(url, json={"Input": []}).status_code == 400
    assert httpx.post(url[:-5] + "wrong/", json={}).status_code == 404
