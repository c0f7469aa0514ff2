"""Agents with language models from end to end: `rungraph`, the engine, real HTTP."""

import os
import subprocess
import sys
from typing import Any

import orjson
import pytest

from blocks.secret import Secret
from blocks.values import JsonObject
from core.egress import EgressClient, parse_allow
from core.limits import Limits
from executions.local import run_locally
from graphs.domain.bundle import unpack
from tests.factories import CALCULATOR, INPUT, NUMBER_INPUT, OUTPUT, document, node
from tests.llm.asking import ANTHROPIC, BOTH, KEY, OPENAI
from tests.llm_server import LlmServer, Reply, fails, llm_server
from tests.servers import NOT_OURS, ROOT

TEXT = "1f292d4a-41a4-4977-9684-7c8d560b9f91"
ORCHESTRATOR = "3b191d9f-356f-482d-8238-ba04b6d18381"
SAMPLING = "4a448883-71fa-49cf-91cf-70d793bd7d87"
AGENT = "e189baac-8c20-45a1-94a7-55177ea42565"


def writer(**constants: Any) -> JsonObject:
    return document(
        [
            node("in", INPUT, name="Topic"),
            node("write", TEXT, prompt="On {{ topic }}", **constants),
            node("out", OUTPUT, name="Text"),
            node("why", OUTPUT, name="Why"),
        ],
        [
            "in.result -> write.prompt_values_#_topic",
            "write.response -> out.value",
            "write.error -> why.value",
        ],
    )


def doubling() -> JsonObject:
    """A sub-agent."""
    nodes = [
        node("in", NUMBER_INPUT, name="Number"),
        node("sum", CALCULATOR, operation="Multiply", b=2),
        node("out", OUTPUT, name="Double"),
    ]
    links = ["in.result -> sum.a", "sum.result -> out.value"]
    return document(nodes, links) | {"id": "doubling", "version": 1}


NUMBERS = {
    "type": "object",
    "properties": {"Number": {"type": "number"}},
    "required": ["Number"],
}


def office(**constants: Any) -> JsonObject:
    """An orchestrator with a calculator and a sub-agent."""
    double = node(
        "double",
        AGENT,
        graph_id="doubling",
        graph_version=1,
        agent_name="Double it",
        input_schema=NUMBERS,
    )
    made = document(
        [
            node("boss", ORCHESTRATOR, prompt="(1 + 2) * 2", **constants),
            node("sum", CALCULATOR, operation="Add"),
            double,
            node("out", OUTPUT, name="Answer"),
            node("why", OUTPUT, name="Why"),
        ],
        [
            "boss.tools -> sum.a",
            "boss.tools_^_sum_~_b -> sum.b",
            "boss.tools -> double.Number",
            "boss.finished -> out.value",
            "boss.error -> why.value",
        ],
    )
    return made | {"sub_graphs": [doubling()]}


@pytest.fixture
def accounts(settings):
    """Default accounts that lead to a server."""

    def lead_to(server: LlmServer) -> None:
        url = f"http://{server.address}"
        settings.DEFAULT_ACCOUNTS = {
            "openai": (Secret(KEY), f"{url}/v1"),
            "anthropic": (Secret(KEY), url),
        }

    return lead_to


async def ran(made: JsonObject, server: LlmServer, **inputs: Any) -> JsonObject:
    bundle = unpack(made)
    client = EgressClient(allow=parse_allow([server.address]))
    try:
        return await run_locally(
            bundle.top, inputs, limits=Limits(), client=client, others=bundle.parts
        )
    finally:
        await client.aclose()


@pytest.mark.parametrize("model", BOTH)
async def test_a_text_comes_out(accounts, model):
    with llm_server("Leaves in water.") as server:
        accounts(server)
        result = await ran(writer(model=model), server, Topic="tea")
    assert result["status"] == "COMPLETED", result
    assert result["outputs"] == {"Text": ["Leaves in water."]}
    assert "On tea" in str(server.asked[0].last)


async def test_a_failure_of_the_model_comes_out_of_error(accounts):
    with llm_server(fails(401, "who are you?")) as server:
        accounts(server)
        result = await ran(writer(), server, Topic="tea")
    assert result["status"] == "COMPLETED", result
    assert "who are you?" in result["outputs"]["Why"][0]


async def test_a_node_is_tried_again_as_its_policy_says(accounts):
    made = writer(retry=0)
    write: Any = made["nodes"][1]
    write["metadata"]["retry"] = {"max_attempts": 2, "delay_s": 0.01}
    with llm_server(fails(429), "At last") as server:
        accounts(server)
        result = await ran(made, server, Topic="tea")
    assert result["outputs"] == {"Text": ["At last"]}


async def test_a_run_ends_when_its_money_is_spent(accounts):
    made = writer(model=ANTHROPIC) | {"settings": {"max_cost": 1000}}
    with llm_server("Dear words") as server:
        accounts(server)
        result = await ran(made, server, Topic="tea")
    assert result["status"] == "FAILED"
    assert "money" in str(result["errors"])


@pytest.mark.parametrize("model", BOTH)
async def test_the_orchestrator_uses_a_block_and_a_sub_agent(accounts, model):
    replies = [
        Reply(calls=(("calculator", {"a": 1, "b": 2}), ("double_it", {"Number": 7}))),
        Reply(calls=(("double_it", {"Number": 3}),)),
        "It is 6.",
    ]
    made = office(model=model, agent_mode_max_iterations=-1, multiple_tool_calls=True)
    with llm_server(*replies) as server:
        accounts(server)
        result = await ran(made, server)
    assert result["status"] == "COMPLETED", result
    assert result["outputs"] == {"Answer": ["It is 6."]}
    told = str(server.asked[2].messages)
    for part in ('{"result":3', '{"Double":14', '{"Double":6'):
        assert part in told
    # The orchestrator, its output, and twice the three nodes of the sub-agent.
    assert result["node_executions"] == 2 + 2 * 3


async def test_a_sub_agent_that_fails_is_told_to_the_model(accounts):
    call = Reply(calls=(("double_it", {"Number": "many"}),))
    with llm_server(call, "No.") as server:
        accounts(server)
        result = await ran(office(agent_mode_max_iterations=3), server)
    assert result["outputs"] == {"Answer": ["No."]}
    assert "is not a number" in server.asked[1].last


@pytest.mark.parametrize(("most", "status"), [(4000, "FAILED"), (5000, "COMPLETED")])
async def test_what_a_tool_costs_is_money_of_the_run(accounts, most, status):
    """Each answer costs 1,500 millionths: two of the orchestrator, one of its tool."""
    made = document(
        [
            node(
                "boss",
                ORCHESTRATOR,
                prompt="?",
                model=ANTHROPIC,
                agent_mode_max_iterations=-1,
            ),
            node("write", TEXT, model=ANTHROPIC),
            node("out", OUTPUT, name="Answer"),
        ],
        ["boss.tools -> write.prompt", "boss.finished -> out.value"],
    ) | {"settings": {"max_cost": most}}
    call = Reply(calls=(("aitextgenerator", {"prompt": "Hello"}),))
    with llm_server(call, "A tale.", "Done") as server:
        accounts(server)
        result = await ran(made, server)
    assert result["status"] == status, result
    if status == "COMPLETED":
        assert "A tale." in str(server.asked[2].messages)


async def test_a_block_that_burns_cpu_is_a_tool_too(accounts):
    made = document(
        [
            node("boss", ORCHESTRATOR, prompt="?", agent_mode_max_iterations=-1),
            node("sample", SAMPLING, sample_size=1, sampling_method="top"),
            node("out", OUTPUT, name="Answer"),
        ],
        ["boss.tools -> sample.data", "boss.finished -> out.value"],
    )
    call = Reply(calls=(("datasampling", {"data": [{"x": 7}, {"x": 8}]}),))
    with llm_server(call, "Done") as server:
        accounts(server)
        result = await ran(made, server)
    assert result["outputs"] == {"Answer": ["Done"]}
    assert '"sample_indices":[0]' in server.asked[1].last


async def test_a_sub_agent_is_told_by_its_name(accounts):
    with llm_server("Done") as server:
        accounts(server)
        await ran(office(), server)
    told = [tool["function"] for tool in server.asked[0].body["tools"]]
    assert told[1]["name"] == "double_it"
    assert told[1]["description"] == "Runs the agent 'Double it'."
    assert told[1]["parameters"]["required"] == ["Number"]


async def test_a_decision_runs_the_nodes_behind_the_links(accounts):
    """Arguments along the links, the output of the tool back to the model."""
    made = document(
        [
            node("in", INPUT, name="Task", value="1 + 2"),
            node("first", ORCHESTRATOR, model=OPENAI),
            node("sum", CALCULATOR, operation="Add"),
            node("then", ORCHESTRATOR, prompt="1 + 2", model=OPENAI),
            node("out", OUTPUT, name="Answer"),
        ],
        [
            "in.result -> first.prompt",
            "first.tools -> sum.a",
            "first.tools_^_sum_~_b -> sum.b",
            "first.conversations -> then.conversation_history",
            "sum.result -> then.last_tool_output",
            "then.finished -> out.value",
        ],
    )
    call = Reply(calls=(("calculator", {"a": 1, "b": 2}),))
    with llm_server(call, "It is 3.") as server:
        accounts(server)
        result = await ran(made, server)
    assert result["status"] == "COMPLETED", result
    assert result["outputs"] == {"Answer": ["It is 3."]}
    assert server.asked[1].messages[-1]["content"] == "3.0"


# --- The commands, as processes -------------------------------------------------------


def command(*arguments: str, **environment: str) -> tuple[int, Any, str]:
    inherited = {k: v for k, v in os.environ.items() if k not in NOT_OURS}
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**inherited, **environment},
        capture_output=True,
        timeout=120,
        check=False,
    )
    line = done.stdout.splitlines()[0] if done.stdout else b"null"
    return done.returncode, orjson.loads(line), done.stderr.decode()


def test_rungraph_takes_its_account_from_the_environment(tmp_path):
    path = tmp_path / "agent.json"
    path.write_bytes(orjson.dumps(writer(model=OPENAI)))
    with llm_server("Leaves in water.") as server:
        code, result, _ = command(
            "rungraph",
            str(path),
            "--input",
            "Topic=tea",
            OPENAI_API_KEY=KEY,
            OPENAI_BASE_URL=f"http://{server.address}/v1",
            EGRESS_ALLOW=server.address,
        )
    assert (code, result["outputs"]) == (0, {"Text": ["Leaves in water."]})
    assert server.asked[0].headers["authorization"] == f"Bearer {KEY}"


def test_runblock_knows_the_models_of_a_file(tmp_path):
    models = tmp_path / "models.json"
    house = {"name": "house", "provider": "openai", "context": 400, "max_output": 100}
    models.write_bytes(orjson.dumps([house]))
    inputs = {"prompt": "word " * 1000, "model": "house", "max_tokens": 50}
    with llm_server("Yes") as server:
        code, first, _ = command(
            "runblock",
            TEXT,
            "--inputs",
            orjson.dumps(inputs).decode(),
            OPENAI_API_KEY=KEY,
            OPENAI_BASE_URL=f"http://{server.address}/v1",
            EGRESS_ALLOW=server.address,
            LLM_MODELS_FILE=str(models),
        )
    assert (code, first) == (0, {"pin": "response", "value": "Yes"})
    assert len(server.asked[0].last) < 400 * 4


def test_a_wrong_file_of_models_is_said_at_the_start(tmp_path):
    models = tmp_path / "models.json"
    models.write_text("[{}]")
    code, _, told = command("check", LLM_MODELS_FILE=str(models), STAND_ALONE="1")
    assert code == 1
    assert "LLM_MODELS_FILE" in told
    assert "0.name" in told
