"""Commands taken from the Makefile, and processes as /proc shows them."""

import os
import subprocess
import sys

import pytest

from benchmarks.processes import peak_mib, shared_mib, tree, until


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
