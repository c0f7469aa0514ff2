"""Commands taken from the Makefile, and processes as /proc shows them."""

import os
import subprocess
import sys

import pytest

from benchmarks.commands import command_of, last_command
from benchmarks.processes import peak_mib, shared_mib, tree, until

RECIPES = [
    pytest.param(
        "python -m scripts.setup\nexec py -m scripts.foreground manage.py up -p 1\n",
        ["py", "-m", "scripts.foreground", "manage.py", "up", "-p", "1"],
        id="the last line",
    ),
    pytest.param(
        "py -m scripts.foreground a\nexec py -m scripts.foreground b \\\n\t--ws x",
        ["py", "-m", "scripts.foreground", "b", "--ws", "x"],
        id="a line that goes on",
    ),
]


@pytest.mark.parametrize(("dry_run", "command"), RECIPES)
def test_the_long_lived_command_of_a_recipe(dry_run, command):
    assert last_command(dry_run) == command


def test_a_recipe_without_one_is_refused():
    with pytest.raises(ValueError, match="no command"):
        last_command("true\n")


COMMANDS = [
    pytest.param("web", {"PORT": 1234}, ["-m", "uvicorn", "1234"], id="web"),
    pytest.param("worker", {}, ["-m", "celery", "worker"], id="worker"),
    pytest.param("run", {"PORT": 99}, ["manage.py", "up", "99"], id="run"),
]


@pytest.mark.parametrize(("target", "variables", "words"), COMMANDS)
def test_the_makefile_says_what_is_measured(target, variables, words):
    command = command_of(target, **variables)
    assert command[1:3] == ["-m", "scripts.foreground"]
    assert set(words) <= set(command)


def test_memory_counts_the_whole_tree():
    program = (
        "import subprocess, sys; b = bytearray(30 << 20);"
        "subprocess.run([sys.executable, '-c',"
        "'b = bytearray(30 << 20); print(flush=True); input()'])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"\n"
        pids = tree(process.pid)
        assert len(pids) == 2
        assert pids[0] == process.pid
        assert process.pid in tree(os.getpid())
        assert 60 < shared_mib(process.pid) <= peak_mib(process.pid) < 200
        process.communicate(b"\n")


def test_waiting_ends_with_the_answer_or_says_what_never_came():
    answers = iter([0, "", "there"])
    assert until(lambda: next(answers), "it", every_s=0) == "there"
    with pytest.raises(TimeoutError, match="the moon"):
        until(lambda: False, "the moon", within_s=0.01, every_s=0.001)
