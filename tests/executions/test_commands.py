"""`rungraph` and `runblock`: one JSON answer on stdout, and the exit code."""

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.core.management import CommandError, call_command

from blocks.values import JsonObject
from tests.executions.agents import TIMER
from tests.factories import CALCULATOR, STORE, UNKNOWN, document, node
from tests.servers import NOT_OURS, ROOT


def run(*arguments: str) -> tuple[int, list[Any]]:
    """The exit code, and each line of stdout as JSON."""
    out = io.StringIO()
    code = 0
    try:
        call_command(*arguments, stdout=out)
    except SystemExit as end:
        code = int(end.code or 0)
    return code, [orjson.loads(line) for line in out.getvalue().splitlines()]


def agent(tmp_path: Path, body: JsonObject | bytes) -> str:
    path = tmp_path / "agent.json"
    path.write_bytes(body if isinstance(body, bytes) else orjson.dumps(body))
    return str(path)


# --- rungraph -------------------------------------------------------------------------


def test_a_graph_runs_and_its_outputs_are_printed(tmp_path):
    code, lines = run("rungraph", agent(tmp_path, document()), "--input", "Input=8")
    assert code == 0
    assert lines == [
        {
            "status": "COMPLETED",
            "outputs": {"Output": [42]},
            "errors": [],
            "node_executions": 3,
        }
    ]


def failing() -> JsonObject:
    return document([node("kept", STORE, input=1), node("x", TIMER, seconds="-1")])


@pytest.mark.parametrize(
    ("body", "more", "code_of_first"),
    [
        pytest.param(b"{", [], "syntax", id="no JSON"),
        pytest.param(b"[]", [], "not_an_object", id="no object"),
        pytest.param(b"\xff", [], None, id="no text"),
        pytest.param({"nodes": 7}, [], None, id="no nodes"),
        pytest.param(
            document([node("x", UNKNOWN)]), [], "unknown-block", id="unknown block"
        ),
        pytest.param(
            document([node("x", CALCULATOR)]), [], None, id="findings that are errors"
        ),
        pytest.param(document(), ["--input", "Other=1"], "unknown_input", id="input"),
        pytest.param(document(), ["--input", "Input=x"], "wrong_value", id="its type"),
        pytest.param(document(), ["--input", "Input"], "bad_argument", id="no value"),
        # JSON that is refused is not taken for text in silence.
        pytest.param(document(), ["--input", "Input=1e400"], "number", id="too large"),
        pytest.param(
            document(),
            ["--input", "Input=1", "--input", "Input=2"],
            "bad_argument",
            id="twice",
        ),
    ],
)
def test_what_cannot_run_says_why_and_exits_1(tmp_path, body, more, code_of_first):
    code, (result,) = run("rungraph", agent(tmp_path, body), *more)
    assert code == 1
    assert (result["status"], result["outputs"]) == ("FAILED", {})
    assert result["node_executions"] == 0
    assert all(error["code"] and error["message"] for error in result["errors"])
    assert code_of_first in (None, result["errors"][0]["code"])


def test_a_file_that_is_not_there_is_an_answer_too(tmp_path):
    for path in (tmp_path / "nowhere.json", tmp_path):
        code, (result,) = run("rungraph", str(path))
        assert (code, result["status"]) == (1, "FAILED")
        assert path.name in result["errors"][0]["message"]


def test_a_failed_run_keeps_what_came_out_before(tmp_path):
    code, (result,) = run("rungraph", agent(tmp_path, failing()))
    assert (code, result["status"]) == (1, "FAILED")
    assert result["node_executions"] == 2
    assert result["errors"][0]["node_id"] == "x"


# --- runblock -------------------------------------------------------------------------


def inputs(**values: Any) -> list[str]:
    return ["--inputs", orjson.dumps(values).decode()]


def test_a_block_prints_a_line_for_each_output():
    code, lines = run("runblock", CALCULATOR, *inputs(operation="Add", a=1, b=2))
    assert (code, lines) == (0, [{"pin": "result", "value": 3}])


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param([UNKNOWN], id="unknown block"),
        pytest.param([CALCULATOR, "--inputs", "{"], id="no JSON"),
        pytest.param([CALCULATOR, "--inputs", "[]"], id="no object"),
        pytest.param([CALCULATOR, "--inputs", '{},"block_id":"x"'], id="smuggled"),
        pytest.param([CALCULATOR, *inputs(operation="Add")], id="a pin missing"),
    ],
)
def test_a_failure_is_a_line_on_error_and_exits_1(arguments):
    code, lines = run("runblock", *arguments)
    assert code == 1
    assert lines[-1]["pin"] == "error"
    assert lines[-1]["value"]


def test_a_batch_that_is_not_there_is_said_in_a_line():
    with pytest.raises(CommandError, match="cannot be read"):
        run("runblock", "--batch", "/nowhere.jsonl")


def test_a_batch_answers_line_by_line(tmp_path):
    calls = [
        {"block_id": CALCULATOR, "inputs": {"operation": "Add", "a": 1, "b": 2}},
        {"block_id": UNKNOWN, "inputs": {}},
        {"block_id": STORE, "inputs": {"input": "x\ny"}},
        {"inputs": {}},
        7,
    ]
    path = tmp_path / "calls.jsonl"
    path.write_bytes(b"\n".join(map(orjson.dumps, calls)) + b"\n\n{\n")
    code, lines = run("runblock", "--batch", str(path))
    assert code == 0
    pins = [[pin for pin, _ in line["outputs"]] for line in lines]
    assert pins == [["result"], ["error"], ["output"], ["error"], ["error"], ["error"]]
    assert lines[2]["outputs"] == [["output", "x\ny"]]


def test_a_block_must_be_named():
    with pytest.raises(CommandError, match="block id"):
        run("runblock")


# --- As processes ---------------------------------------------------------------------


def process(data: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    kept = {k: v for k, v in os.environ.items() if k not in NOT_OURS}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**kept, "DATA_DIR": str(data)},
        capture_output=True,
        timeout=60,
        check=False,
    )


def test_nothing_else_is_on_stdout_and_no_database_is_made(tmp_path):
    data = tmp_path / "data"
    path = agent(tmp_path, document())
    done = process(data, "rungraph", path, "--input", "Input=8")
    assert (done.returncode, done.stderr) == (0, b"")
    assert orjson.loads(done.stdout)["outputs"] == {"Output": [42]}
    assert done.stdout.count(b"\n") == 1
    done = process(data, "runblock", CALCULATOR, *inputs(operation="Add", a=1, b=2))
    assert orjson.loads(done.stdout) == {"pin": "result", "value": 3}
    assert not list(data.glob("*.sqlite3*"))
