"""A language model used by a real server: embedded mode, with a default account."""

from tests.factories import CALCULATOR, OUTPUT, document, node
from tests.llm.asking import KEY, OPENAI
from tests.llm.test_graphs import ORCHESTRATOR, writer
from tests.llm_server import Reply, llm_server
from tests.servers import new_agent, running_site, start_run


def adding():
    iterations = {"agent_mode_max_iterations": 3}
    nodes = [
        node("boss", ORCHESTRATOR, prompt="1 + 2", model=OPENAI, **iterations),
        node("sum", CALCULATOR, operation="Add"),
        node("out", OUTPUT, name="Answer"),
    ]
    tools = ["boss.tools -> sum.a", "boss.tools -> sum.b"]
    return document(nodes, [*tools, "boss.finished -> out.value"])


def test_agents_of_the_site_use_the_default_account(tmp_path):
    calls = (("calculator", {"a": 1, "b": 2}),)
    replies = ["Leaves in water.", Reply(calls=calls), "It is 3."]
    with (
        llm_server(*replies) as server,
        running_site(
            tmp_path,
            OPENAI_API_KEY=KEY,
            OPENAI_BASE_URL=f"http://{server.address}/v1",
            EGRESS_ALLOW=server.address,
        ) as site,
        site.demo() as demo,
    ):
        agent = new_agent(demo, writer(model=OPENAI))
        run = start_run(demo, agent, {"Topic": "tea"}, "?wait=30")
        assert run["outputs"] == {"Text": ["Leaves in water."]}
        agent = new_agent(demo, adding())
        run = start_run(demo, agent, {}, "?wait=30")
        assert run["outputs"] == {"Answer": ["It is 3."]}
        assert site.process.complaints() == []
        assert KEY not in site.process.log
