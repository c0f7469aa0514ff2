"""What a person may ask of runs, on a real server whose worker runs them."""

from typing import Any

import httpx

from core.ids import new_id
from tests.executions.agents import sums
from tests.servers import ended, new_agent, run_of, start_run


def test_a_replay_of_a_run_that_has_ended_has_its_outputs(alice_there: httpx.Client):
    agent = new_agent(alice_there, sums())
    headers = {"Idempotency-Key": str(new_id())}

    def start(wait: int) -> httpx.Response:
        return alice_there.post(
            f"/graphs/{agent}/executions/?wait={wait}",
            json={"inputs": {"Input": 1}},
            headers=headers,
        )

    first, again = start(20), start(0)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"


def test_a_paused_run_begins_when_it_is_resumed(alice_there: httpx.Client):
    agent = new_agent(alice_there, sums())
    body = {"inputs": {"Input": 1}, "delay_s": 3}
    answer = alice_there.post(f"/graphs/{agent}/executions/", json=body)
    run = f"/executions/{answer.json()['id']}/"
    assert alice_there.post(f"{run}pause/").status_code == 202
    assert run_of(alice_there, answer.json()["id"])["waiting_for"] == "paused"
    assert alice_there.post(f"{run}resume/").status_code == 202
    found = ended(alice_there, answer.json()["id"])
    assert (found["status"], found["outputs"]) == ("COMPLETED", {"Output": [35]})


def rerun(client: httpx.Client, id: str, body: Any) -> Any:
    answer = client.post(f"/executions/{id}/rerun/", json=body)
    assert answer.status_code == 202, answer.text
    return ended(client, answer.json()["id"])


def test_a_run_is_run_again_from_a_node(alice_there: httpx.Client):
    agent = new_agent(alice_there, sums())
    first = start_run(alice_there, agent, {"Input": 1}, "?wait=20")
    again = rerun(alice_there, first["id"], {"from": "sum", "node_inputs": {"b": 1}})
    assert again["errors"] == []
    assert (again["status"], again["outputs"]) == ("COMPLETED", {"Output": [2]})
    nodes = alice_there.get(f"/executions/{again['id']}/nodes/").json()["results"]
    assert {n["node_id"]: n["reused_from"] for n in nodes} == {
        "in": first["id"],
        "sum": None,
        "out": None,
    }


def test_all_of_a_run_is_run_again_with_other_inputs(alice_there: httpx.Client):
    agent = new_agent(alice_there, sums())
    first = start_run(alice_there, agent, {"Input": 1}, "?wait=20")
    again = rerun(alice_there, first["id"], {"inputs": {"Input": 2}})
    assert again["outputs"] == {"Output": [36]}
    assert again["rerun_of_id"] == first["id"]
