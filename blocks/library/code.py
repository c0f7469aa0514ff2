"""Code of the user's own, run where nothing of the host can be reached."""

import json
from enum import StrEnum
from typing import Any, Final

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.credentials import CredentialRef, credentials_pin
from blocks.errors import BlockError, BlockInputError
from blocks.spec import Category, CostHint, Effect, Example
from blocks.values import JsonObject, JsonValue
from blocks.world import CodeResult


class ProgrammingLanguage(StrEnum):
    PYTHON = "python"
    JAVASCRIPT = "js"
    BASH = "bash"
    R = "r"
    JAVA = "java"


_RUN_AS: Final = {
    ProgrammingLanguage.PYTHON: "python",
    ProgrammingLanguage.JAVASCRIPT: "javascript",
}


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
            default_factory=list,
        )
        variables: dict[str, Any] = pin(
            "Values the code finds by these names.", default_factory=dict
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
        done = await ctx.code.run(
            _language(inputs),
            inputs.code,
            inputs=_variables(inputs.variables),
            timeout_s=float(min(inputs.timeout, 300)),
        )
        if done.error is None:
            for name, value in _results(done.result):
                yield name, value
        if done.stdout:
            yield "stdout_logs", done.stdout
        if done.stderr:
            yield "stderr_logs", done.stderr
        if done.error is not None:
            raise BlockError(done.error, code="code_failed")


def _language(inputs: Any) -> str:
    for name in ("setup_commands", "template_id"):
        if getattr(inputs, name):
            raise BlockInputError(
                f"pin {name!r}: the code runs in a closed process here, not on a "
                "machine that could be prepared: leave it empty"
            )
    language = _RUN_AS.get(inputs.language)
    if language is None:
        raise BlockInputError(
            f"pin 'language': {inputs.language.value} cannot be run here, only "
            "python and js"
        )
    return language


def _variables(variables: JsonObject) -> JsonObject:
    for name in variables:
        if not name.isidentifier() or name.startswith("__"):
            raise BlockInputError(
                f"pin 'variables': {name!r} cannot be the name of a variable"
            )
    return variables


def _results(result: JsonValue) -> list[tuple[str, JsonValue]]:
    if result is None:
        return [("results", [])]
    text = result if isinstance(result, str) else json.dumps(result)
    shown: JsonObject = {"text": text, "json": result}
    return [("main_result", shown), ("results", [shown]), ("response", text)]
