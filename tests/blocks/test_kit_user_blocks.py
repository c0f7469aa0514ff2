"""Blocks from a folder: taken whole or refused, told apart, swapped at once."""

import asyncio
import io
import os
from importlib.metadata import EntryPoint
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from autogpt_site.embedded.block_watch import BlockWatch
from blocks import user_blocks as module
from blocks.apps import refused_blocks
from blocks.registry import registry
from blocks.user_blocks import UserBlocks
from executions.domain.plan import make_plan
from graphs.block_template import block_source
from tests.blocks.calls import named
from tests.graphs_by_hand import graph

BLOCK_ID = str(uuid4())


@pytest.fixture
def folder(tmp_path):
    blocks = UserBlocks(tmp_path, registry)
    yield blocks
    for path in tmp_path.glob("*.py"):
        path.unlink()
    blocks.refresh()
    assert registry.get(BLOCK_ID) is None


def write(blocks: UserBlocks, text: str, name: str = "mine.py") -> Path:
    path = blocks.folder / name
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text)
    # Two writes may fall into one tick of the clock of the file system.
    os.utime(path, ns=(before + 10**9, before + 10**9))
    blocks.refresh()
    return path


SOURCE = block_source("Mine", BLOCK_ID)


def test_a_block_of_the_folder_is_one_like_others(folder):
    write(folder, SOURCE)
    assert folder.refusals == []
    assert registry.get(BLOCK_ID).name == "MineBlock"


def test_a_changed_file_is_taken_anew(folder):
    write(folder, SOURCE)
    write(folder, SOURCE.replace("Writes a text", "Shouts a text"))
    assert registry.get(BLOCK_ID).description.startswith("Shouts")


def test_a_run_that_is_under_way_keeps_the_block_it_has(folder):
    write(folder, SOURCE)
    plan = make_plan(graph({"a": BLOCK_ID}))
    write(folder, SOURCE.replace("Writes a text", "Shouts a text"))
    assert plan.nodes["a"].spec.description.startswith("Writes")
    assert make_plan(graph({"a": BLOCK_ID})).nodes["a"].spec.description[:6] == "Shouts"


def test_a_file_that_is_gone_takes_its_blocks_along(folder):
    path = write(folder, SOURCE)
    path.unlink()
    folder.refresh()
    assert registry.get(BLOCK_ID) is None


def test_while_a_changed_file_is_wrong_the_blocks_of_before_stay(folder):
    write(folder, SOURCE)
    write(folder, SOURCE + "\n1 / 0\n")
    assert "ZeroDivisionError" in str(folder.refusals[0])
    assert registry.get(BLOCK_ID) is not None
    write(folder, SOURCE)
    assert folder.refusals == []


REFUSED = [
    pytest.param("def (", "line 1: ", id="syntax"),
    pytest.param("\n\n1 / 0", "line 3: ZeroDivisionError", id="raises"),
    pytest.param("x = 1", "holds no block", id="no-block"),
    pytest.param(SOURCE.replace(BLOCK_ID, "nope"), "no 36-character", id="bad-id"),
    pytest.param(
        SOURCE.replace(BLOCK_ID, named("CountItems").id), "share the id", id="taken-id"
    ),
    pytest.param(SOURCE + SOURCE, "share the id", id="twice"),
    pytest.param("raise SystemExit(3)", "SystemExit", id="exits"),
    pytest.param("import nothing_such", "nothing_such", id="missing-package"),
    pytest.param(
        SOURCE.replace("inline=True", "inline=True, cpu=True"), "not both", id="both"
    ),
]


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_a_malformed_file_is_refused_and_touches_nothing(folder, text, reason):
    before = {spec.id: spec for spec in registry}
    path = write(folder, text)
    (refusal,) = folder.refusals
    assert refusal.source == str(path)
    assert reason in refusal.reason
    assert {spec.id: spec for spec in registry} == before


def test_one_bad_file_does_not_touch_another(folder):
    write(folder, "1 / 0", "bad.py")
    write(folder, SOURCE)
    assert registry.get(BLOCK_ID) is not None
    assert len(folder.refusals) == 1


def test_a_file_name_that_is_no_module_is_refused(folder):
    write(folder, SOURCE, "my block.py")
    assert "small letters" in str(folder.refusals[0])


def test_a_check_tells_what_was_refused(folder, monkeypatch):
    write(folder, "1 / 0")
    monkeypatch.setattr(module, "user_blocks", folder)
    (message,) = refused_blocks(None)
    assert message.id == "blocks.W001"
    assert "mine.py: line 1: ZeroDivisionError" in message.msg


def test_blocks_of_an_installed_package_are_taken(tmp_path, monkeypatch):
    (tmp_path / "package_of_blocks.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(tmp_path)
    point = EntryPoint("mine", "package_of_blocks", module.ENTRY_POINTS)
    monkeypatch.setattr(module, "entry_points", lambda group: [point])
    blocks = UserBlocks(None, registry)
    try:
        blocks.load()
        assert blocks.refusals == []
        assert registry.get(BLOCK_ID).name == "MineBlock"
    finally:
        with registry.changed(without=lambda spec: spec.id == BLOCK_ID):
            pass


def test_what_was_made_of_blocks_is_forgotten_when_they_change(folder):
    class Kept:
        cleared = 0

        def cache_clear(self):
            self.cleared += 1

    kept = registry.clears(Kept())
    try:
        write(folder, SOURCE)
        assert kept.cleared == 1
        folder.refresh()
        assert kept.cleared == 1
    finally:
        registry._kept.remove(kept.cache_clear)


async def test_the_watch_takes_a_new_file_by_itself(folder):
    watch = BlockWatch(folder, every_s=0.01)
    watch.start()
    try:
        (folder.folder / "mine.py").write_text(SOURCE)
        async with asyncio.timeout(5):
            while registry.get(BLOCK_ID) is None:
                await asyncio.sleep(0.01)
    finally:
        watch.stop()


# --- Commands ---


def command(*arguments) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out, stderr=out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("WordCount", "word_count.py"),
        ("HTTPGetBlock", "http_get.py"),
        ("Top10", "top10.py"),
    ],
)
def test_a_new_block_passes_its_tests(tmp_path, name, file):
    command("newblock", name, "--folder", str(tmp_path))
    path = tmp_path / file
    try:
        assert "2 examples of 1 block passed" in command("testblocks", str(path))
    finally:
        _let_go(path)


def test_an_example_that_fails_is_told(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(SOURCE.replace('"HELLO"', '"HELLOO"'))
    out = io.StringIO()
    try:
        with pytest.raises(CommandError, match="1 failed, of 2 examples"):
            call_command("testblocks", str(path), stderr=out)
        assert "[('result', 'HELLO')], not [('result', 'HELLOO')]" in out.getvalue()
    finally:
        _let_go(path)


def test_a_file_that_is_refused_is_told(tmp_path):
    (tmp_path / "mine.py").write_text("def (")
    out = io.StringIO()
    with pytest.raises(CommandError, match=r"^1 file refused\.$"):
        call_command("testblocks", str(tmp_path), stderr=out)
    assert "line 1: invalid syntax" in out.getvalue()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param(
            "b1ab9b19-67a6-406d-abf5-2dba76d00c79", "CalculatorBlock", id="id"
        ),
        pytest.param("Calculator", "CalculatorBlock", id="short"),
        pytest.param("CalculatorBlock", "CalculatorBlock", id="name"),
        pytest.param("calculator", None, id="other-case"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_a_block_is_found_by_id_or_name(text, name):
    found = registry.find(text)
    assert (found and found.name) == name


def _let_go(path: Path) -> None:
    with registry.changed(without=lambda s: s.block.__module__.endswith(path.stem)):
        pass


@pytest.mark.parametrize("name", ["word count", "1st", "", "../X", "Wörter"])
def test_a_bad_name_is_refused(tmp_path, name):
    with pytest.raises(CommandError, match="no name for a block"):
        command("newblock", name, "--folder", str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_left_alone(tmp_path):
    (tmp_path / "mine.py").write_text("mine")
    with pytest.raises(CommandError, match="there already"):
        command("newblock", "Mine", "--folder", str(tmp_path))
    assert (tmp_path / "mine.py").read_text() == "mine"


def test_the_catalogue_in_the_docs_is_up_to_date(tmp_path):
    """Write it anew: python manage.py blockcatalogue"""
    command("blockcatalogue", "--to", str(tmp_path / "blocks.md"))
    there = Path("docs/blocks.md").read_text(encoding="utf-8")
    assert (tmp_path / "blocks.md").read_text(encoding="utf-8") == there
