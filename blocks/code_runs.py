"""What the blocks that run code of the user's own have in common."""

import json
from enum import StrEnum
from typing import Any, Final

from blocks.base import Step
from blocks.errors import BlockError, BlockInputError
from blocks.values import JsonObject
from blocks.world import CodeResult

MAX_SECONDS: Final = 300


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


def language_of(language: ProgrammingLanguage) -> str:
    """
    Raises:
        BlockInputError: there is no interpreter for it.
    """
    if language not in _RUN_AS:
        raise BlockInputError(
            f"pin 'language': {language.value} cannot be run here, only python and js"
        )
    return _RUN_AS[language]


def refuse_machine(inputs: Any) -> None:
    """
    Raises:
        BlockInputError: a machine is to be prepared, and there is none.
    """
    for name in ("setup_commands", "template_id"):
        if getattr(inputs, name):
            raise BlockInputError(
                f"pin {name!r}: the code runs in a closed process here, not on a "
                "machine that could be prepared: leave it empty"
            )


def results_of(done: CodeResult) -> list[Step]:
    if done.error is not None:
        return []
    if done.result is None:
        return [("results", [])]
    shown: JsonObject = {"text": text_of(done), "json": done.result}
    return [("main_result", shown), ("results", [shown]), ("response", text_of(done))]


def text_of(done: CodeResult) -> str:
    return done.result if isinstance(done.result, str) else json.dumps(done.result)


def printed_by(done: CodeResult) -> list[Step]:
    printed = (("stdout_logs", done.stdout), ("stderr_logs", done.stderr))
    return [(pin, text) for pin, text in printed if text]


def refuse_failed(done: CodeResult) -> None:
    """
    Raises:
        BlockError: code `code_failed`, with the text of what the code raised.
    """
    if done.error is not None:
        raise BlockError(done.error, code="code_failed")
