"""Temporary folders, and those of processes that were killed."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from executions.world.scratch import ScratchFolders
from tests.servers import ROOT

HOLDS = """
import asyncio, sys
from pathlib import Path
import django
django.setup()
from executions.world.scratch import ScratchFolders
async def hold():
    async with ScratchFolders(Path(sys.argv[1])).make() as folder:
        (folder / "secret").write_text("x")
        print("ready", flush=True)
        await asyncio.sleep(600)
asyncio.run(hold())
"""


def grown_old(root: Path) -> None:
    past = time.time() - 120
    for folder in root.iterdir():
        os.utime(folder, (past, past))


def left_by_others(root: Path, own: Path) -> list[Path]:
    return [folder for folder in root.iterdir() if folder not in own.parents]


async def test_cancelled_work_leaves_nothing(tmp_path: Path):
    folders, seen = ScratchFolders(tmp_path), asyncio.Queue()

    async def work() -> None:
        async with folders.make() as folder:
            (folder / "a").write_text("x")
            seen.put_nowait(folder)
            await asyncio.sleep(600)

    task = asyncio.create_task(work())
    folder = await seen.get()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not folder.exists()


async def test_what_a_killed_process_left_is_removed(tmp_path: Path):
    """Not while it lives, however long; and ours is never touched."""
    folders = ScratchFolders(tmp_path)
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "autogpt_site.settings"}
    command = [sys.executable, "-c", HOLDS, str(tmp_path)]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        assert await asyncio.to_thread(process.stdout.readline) == b"ready\n"
        async with folders.make() as own:
            grown_old(tmp_path)
            assert folders.sweep() == 0
            assert len(left_by_others(tmp_path, own)) == 1
            process.send_signal(signal.SIGKILL)
            process.wait()
            grown_old(tmp_path)
            assert folders.sweep() == 1
            assert left_by_others(tmp_path, own) == []
            assert own.is_dir()
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def test_folder_just_made_is_left_alone(tmp_path: Path):
    (tmp_path / "1-abcd").mkdir()
    assert ScratchFolders(tmp_path).sweep() == 0
    grown_old(tmp_path)
    assert ScratchFolders(tmp_path).sweep() == 1


def test_nothing_to_sweep(tmp_path: Path):
    assert ScratchFolders(tmp_path / "none").sweep() == 0
