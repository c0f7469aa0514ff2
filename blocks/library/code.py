"""Code of the user's own, run where nothing of the host can be reached."""

from typing import Any

from blocks.base import Block, Pins, Steps, block, pin
from blocks.code_runs import (
    MAX_SECONDS,
    ProgrammingLanguage,
    language_of,
    printed_by,
    refuse_failed,
    refuse_machine,
    results_of,
)
from blocks.context import Context
from blocks.credentials import CredentialRef, credentials_pin
from blocks.errors import BlockInputError
from blocks.spec import Category, CostHint, Effect, Example
from blocks.values import JsonObject
from blocks.world import CodeResult


@block(
    id="0b02b072-abe7-11ef-8372-fb5d162dd712",
    name="ExecuteCodeBlock",
    categories=(Category.DEVELOPER_TOOLS,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.COMPUTE,
    examples=(
        Example(
            inputs={"code": "print('hi')\nn * 2", "variables": {"n": 21}},
            code=(CodeResult(result=42, stdout="hi\n", stderr=""),),
            outputs=[
                ("main_result", {"text": "42", "json": 42}),
                ("results", [{"text": "42", "json": 42}]),
                ("response", "42"),
                ("stdout_logs", "hi\n"),
            ],
        ),
        Example(
            inputs={"code": "console.log(1)", "language": "js"},
            code=(CodeResult(result=None, stdout="1\n", stderr=""),),
            outputs=[("results", []), ("stdout_logs", "1\n")],
        ),
        Example(
            inputs={"code": "1 / 0"},
            code=(
                CodeResult(result=None, stdout="", stderr="", error="division by zero"),
            ),
            error="division by zero",
        ),
        Example(
            inputs={"code": "echo hi", "language": "bash"},
            error="cannot be run here",
        ),
    ),
)
class ExecuteCode(Block):
    """Runs Python or JavaScript in a process of its own, without network, files or
    packages. The value of the last expression is the result; the variables are
    there by their names. Python is a subset of the language."""

    class Input(Pins):
        credentials: CredentialRef | None = credentials_pin(
            "e2b", description="Not needed: the code runs here."
        )
        setup_commands: list[str] = pin(
            "Commands of a shell; there is none, so this must be empty.",
            default=[],
        )
        variables: dict[str, Any] = pin(
            "Values the code finds by these names.", default={}
        )
        code: str = pin("The code to run.", default="")
        language: ProgrammingLanguage = pin(
            "The language; python and js can be run.",
            default=ProgrammingLanguage.PYTHON,
        )
        timeout: int = pin(
            "The most seconds it may take; at most 300.", default=300, ge=1
        )
        dispose_sandbox: bool = pin(
            "The process always ends with the code.", default=True
        )
        template_id: str = pin(
            "A machine image; there is none, so this must be empty.",
            default="",
            advanced=True,
        )

    class Output(Pins):
        main_result: dict[str, Any] = pin("The result as text and as JSON.")
        results: list[dict[str, Any]] = pin("All results: the main one, if any.")
        response: str = pin("The result as text.")
        stdout_logs: str = pin("What the code printed.")
        stderr_logs: str = pin("What the code printed as errors.")
        files: list[dict[str, Any]] = pin("Files the code made; it cannot make any.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        refuse_machine(inputs)
        done = await ctx.code.run(
            language_of(inputs.language),
            inputs.code,
            inputs=_variables(inputs.variables),
            timeout_s=float(min(inputs.timeout, MAX_SECONDS)),
        )
        for step in results_of(done) + printed_by(done):
            yield step
        refuse_failed(done)


def _variables(variables: JsonObject) -> JsonObject:
    for name in variables:
        if not name.isidentifier() or name.startswith("__"):
            raise BlockInputError(
                f"pin 'variables': {name!r} cannot be the name of a variable"
            )
    return variables
