"""The documentation of writing blocks, followed word for word."""

import io
import re
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import call_command

from blocks.registry import registry
from blocks.testing import FakeContext, run_block
from blocks.user_blocks import UserBlocks
from executions.testing import run_in_graph

PAGE = Path("docs/writing-blocks.md").read_text(encoding="utf-8")
CODE = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def reading_time(tmp_path):
    """The block of the page, written as the page says."""
    call_command(
        "newblock", "ReadingTime", "--folder", str(tmp_path), stdout=io.StringIO()
    )
    path = tmp_path / "reading_time.py"
    id_line = re.search(r'id="(.*)"', path.read_text())[0]
    shown = CODE[0]
    assert re.search(r'id="…"', shown)
    path.write_text(shown.replace('id="…"', id_line))
    blocks = UserBlocks(tmp_path, registry)
    blocks.refresh()
    assert blocks.refusals == []
    yield path, re.search(r'"(.*)"', id_line)[1]
    path.unlink()
    blocks.refresh()


def test_the_block_passes_its_tests_as_shown(reading_time):
    path, _ = reading_time
    out = io.StringIO()
    call_command("testblocks", str(path), stdout=out)
    said = out.getvalue().strip()
    assert said == "3 examples of 1 block passed."
    assert said in PAGE


async def test_the_test_of_the_page_passes(reading_time):
    spec = registry.get(reading_time[1])
    result = await run_block(spec, {"text": "word " * 100_000}, FakeContext())
    assert result.error is None
    assert ("words", 100_000) in result.outputs


async def test_it_runs_in_a_graph(reading_time):
    run = await run_in_graph(reading_time[1], {"text": "one two"})
    assert run["status"] == "COMPLETED"
    assert run["outputs"]["words"] == [2]


async def test_its_failure_comes_out_in_a_graph(reading_time):
    run = await run_in_graph(reading_time[1], {"text": " "})
    assert run["outputs"]["error"] == ["pin 'text': there is nothing to read"]


async def test_a_graph_needs_a_block():
    with pytest.raises(LookupError, match="no block has the id"):
        await run_in_graph(str(uuid4()), {})


def test_commands_of_the_page_exist():
    from django.core.management import get_commands

    named = set(re.findall(r"manage\.py (\w+)", PAGE))
    assert {"newblock", "testblocks", "runblock", "blockcatalogue"} <= named
    assert named <= set(get_commands())
