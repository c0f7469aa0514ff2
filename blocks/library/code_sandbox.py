"""Code that is run step by step and finds what the steps before have left."""

from typing import Any

from blocks.base import Block, Pins, Step, Steps, block, pin
from blocks.code_runs import (
    ProgrammingLanguage,
    language_of,
    printed_by,
    refuse_failed,
    refuse_machine,
    results_of,
    text_of,
)
from blocks.code_sessions import (
    KEY,
    dispose_session,
    find_session,
    keep_session,
    new_session,
    run_step,
)
from blocks.context import Context
from blocks.credentials import CredentialRef, credentials_pin
from blocks.spec import Category, CostHint, Effect, Example
from blocks.world import CodeResult

_CREDENTIALS = "Not needed: the code runs here."
_LANGUAGE = "The language; python and js can be run. Each has variables of its own."


@block(
    id="ff0861c9-1726-4aec-9e5b-bf53f3622112",
    name="InstantiateCodeSandboxBlock",
    categories=(Category.DEVELOPER_TOOLS,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.COMPUTE,
    examples=(
        Example(
            inputs={"setup_code": "n = 20\nprint('ready')"},
            code=(CodeResult(result=None, stdout="ready\n", stderr=""),),
            outputs=[
                ("sandbox_id", lambda value: len(value) == 24),
                ("stdout_logs", "ready\n"),
            ],
        ),
        Example(
            inputs={"setup_commands": ["apt install cowsay"]}, error="setup_commands"
        ),
        Example(
            inputs={"setup_code": "1 / 0"},
            code=(CodeResult(result=None, stdout="", stderr="", error="by zero"),),
            error="by zero",
        ),
    ),
)
class InstantiateCodeSandbox(Block):
    """Begins a sandbox in which code is run step by step. The steps share what they
    define; nothing of the host can be reached. The same agent finds it again in later
    runs, others never do."""

    class Input(Pins):
        credentials: CredentialRef | None = credentials_pin(
            "e2b", description=_CREDENTIALS
        )
        setup_commands: list[str] = pin(
            "Commands of a shell; there is none, so this must be empty.", default=[]
        )
        setup_code: str = pin("Code to run first.", default="")
        language: ProgrammingLanguage = pin(
            _LANGUAGE, default=ProgrammingLanguage.PYTHON
        )
        timeout: int = pin(
            "The most seconds each step may take; at most 300.", default=300, ge=1
        )
        template_id: str = pin(
            "A machine image; there is none, so this must be empty.",
            default="",
            advanced=True,
        )

    class Output(Pins):
        sandbox_id: str = pin("What the steps name it by.")
        response: str = pin("The result of the code as text.")
        stdout_logs: str = pin("What the code printed.")
        stderr_logs: str = pin("What the code printed as errors.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        refuse_machine(inputs)
        language = language_of(inputs.language)
        begun = new_session(ctx, inputs.timeout)
        session, done = await run_step(ctx, begun, language, inputs.setup_code)
        refuse_failed(done)
        await keep_session(ctx, session)
        yield "sandbox_id", session.id
        for step in _response(done) + printed_by(done):
            yield step


@block(
    id="82b59b8e-ea10-4d57-9161-8b169b0adba6",
    name="ExecuteCodeStepBlock",
    categories=(Category.DEVELOPER_TOOLS,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.COMPUTE,
    examples=(
        Example(
            inputs={"sandbox_id": "s1", "step_code": "n * 2"},
            memory={
                f"{KEY}s1": {
                    "seconds": 300,
                    "steps": [{"by": "x", "language": "python", "code": "n = 21"}],
                }
            },
            code=(CodeResult(result=42, stdout="", stderr=""),),
            outputs=[
                ("main_result", {"text": "42", "json": 42}),
                ("results", [{"text": "42", "json": 42}]),
                ("response", "42"),
            ],
        ),
        Example(inputs={"sandbox_id": "none"}, error="no sandbox 'none'"),
    ),
)
class ExecuteCodeStep(Block):
    """Runs code in a sandbox that was begun before. It finds what earlier steps have
    defined; for that their code is run again, without its prints. Steps that went wrong
    leave nothing. Two at once would not see each other: link them one after another."""

    class Input(Pins):
        credentials: CredentialRef | None = credentials_pin(
            "e2b", description=_CREDENTIALS
        )
        sandbox_id: str = pin("The sandbox.")
        step_code: str = pin("The code to run.", default="")
        language: ProgrammingLanguage = pin(
            _LANGUAGE, default=ProgrammingLanguage.PYTHON
        )
        dispose_sandbox: bool = pin(
            "End the sandbox after this step, also if it fails.", default=False
        )

    class Output(Pins):
        main_result: dict[str, Any] = pin("The result as text and as JSON.")
        results: list[dict[str, Any]] = pin("All results: the main one, if any.")
        response: str = pin("The result as text.")
        stdout_logs: str = pin("What the code printed.")
        stderr_logs: str = pin("What the code printed as errors.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        language = language_of(inputs.language)
        found = await find_session(ctx, inputs.sandbox_id)
        session, done = await run_step(ctx, found, language, inputs.step_code)
        if inputs.dispose_sandbox:
            await dispose_session(ctx, session)
        else:
            await keep_session(ctx, session)
        for step in results_of(done) + printed_by(done):
            yield step
        refuse_failed(done)


def _response(done: CodeResult) -> list[Step]:
    return [] if done.result is None else [("response", text_of(done))]
