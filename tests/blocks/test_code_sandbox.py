"""Code that is run step by step, in the sandbox itself."""

from dataclasses import dataclass, field

import pytest

from blocks.context import NodeIdentity
from blocks.testing import FakeContext, Result, run_block
from blocks.testing.fakes import FakeMemory
from executions.world.code import SandboxedCode
from tests.blocks.calls import named

BEGIN = named("InstantiateCodeSandbox")
STEP = named("ExecuteCodeStep")


@dataclass
class Agent:
    """One agent: its nodes find what it keeps."""

    memory: FakeMemory = field(default_factory=FakeMemory)

    async def begin(self, number=0, **inputs) -> Result:
        return await run_block(BEGIN, inputs, self._context(number))

    async def step(self, number, sandbox, code, **inputs) -> Result:
        called = {"sandbox_id": sandbox, "step_code": code, **inputs}
        return await run_block(STEP, called, self._context(number))

    def _context(self, number: int) -> FakeContext:
        identity = NodeIdentity(execution_id="e", node_id="n", number=number)
        ctx = FakeContext(identity=identity, memory=self.memory)
        ctx.code = SandboxedCode()  # type: ignore[assignment]
        return ctx


async def begun(agent: Agent, **inputs) -> str:
    result = await agent.begin(**inputs)
    assert result.error is None, result.error
    return str(dict(result.outputs)["sandbox_id"])


@pytest.mark.parametrize(
    ("language", "steps", "printed"),
    [
        pytest.param(
            "python",
            ["n = 1\nprint('a')", "n = n + 1\nprint('b')", "print(n)"],
            "2\n",
            id="python",
        ),
        pytest.param(
            "js",
            ["let n = 1; console.log('a')", "n += 1", "console.log(n)"],
            "2\n",
            id="js",
        ),
        # what a step prints may look like anything
        pytest.param("python", ["print('x')", "print('x')"], "x\n", id="same-print"),
    ],
)
async def test_step_finds_what_others_left_and_prints_only_its_own(
    language, steps, printed
):
    agent = Agent()
    sandbox = await begun(agent, language=language)
    for number, code in enumerate(steps, start=1):
        result = await agent.step(number, sandbox, code, language=language)
        assert result.error is None, result.error
    assert dict(result.outputs)["stdout_logs"] == printed


async def test_set_up_is_there_and_tells_its_result():
    agent = Agent()
    result = await agent.begin(setup_code="n = 20\nprint('ready')\nn + 1")
    outputs = dict(result.outputs)
    assert (outputs["response"], outputs["stdout_logs"]) == ("21", "ready\n")
    step = await agent.step(1, outputs["sandbox_id"], "n * 2")
    assert dict(step.outputs)["main_result"] == {"text": "40", "json": 40}


async def test_languages_have_variables_of_their_own():
    agent = Agent()
    sandbox = await begun(agent, setup_code="n = 1")
    result = await agent.step(1, sandbox, "typeof n", language="js")
    assert dict(result.outputs)["response"] == "undefined"


async def test_step_that_went_wrong_leaves_nothing():
    agent = Agent()
    sandbox = await begun(agent, setup_code="n = 1")
    failed = await agent.step(1, sandbox, "n = 2\nprint('no')\n1 / 0")
    assert failed.error.code == "code_failed"
    assert dict(failed.outputs) == {"stdout_logs": "no\n"}
    result = await agent.step(2, sandbox, "n")
    assert dict(result.outputs)["response"] == "1"


async def test_step_that_is_tried_again_counts_once():
    agent = Agent()
    sandbox = await begun(agent, setup_code="n = 1")
    for _attempt in (1, 2):
        result = await agent.step(1, sandbox, "n = n + 1\nn")
        assert dict(result.outputs)["response"] == "2"


async def test_two_sandboxes_know_nothing_of_each_other():
    agent = Agent()
    first = await begun(agent, number=1, setup_code="n = 1")
    second = await begun(agent, number=2, setup_code="m = 2")
    assert first != second
    result = await agent.step(3, second, "n")
    assert "n" in str(result.error)


@pytest.mark.parametrize("code", ["1", "1 / 0"], ids=["well", "wrong"])
async def test_disposed_sandbox_is_gone(code):
    agent = Agent()
    sandbox = await begun(agent)
    await agent.step(1, sandbox, code, dispose_sandbox=True)
    result = await agent.step(2, sandbox, "1")
    assert "no sandbox" in str(result.error)


async def test_another_agent_does_not_find_it():
    sandbox = await begun(Agent())
    result = await Agent().step(1, sandbox, "1")
    assert "no sandbox" in str(result.error)


async def test_step_keeps_to_the_time_of_its_sandbox():
    agent = Agent()
    sandbox = await begun(agent, timeout=1)
    result = await agent.step(1, sandbox, "while True:\n    pass")
    assert result.error.code == "timeout"
