"""The commands of services mode, as the Makefile has them."""

import os
import shlex
import subprocess
import sys
from functools import lru_cache

from scripts.commands import ROOT

_MARK = "scripts.foreground "


@lru_cache
def command_of(target: str, port: int = 0) -> tuple[str, ...]:
    """What `make TARGET` becomes in the end, run by this Python."""
    printed = subprocess.run(
        # One web process: with more, one that is killed is replaced at once.
        ["make", "--dry-run", target, f"PORT={port}", "WEB_PROCESSES=1"],
        cwd=ROOT,
        env={k: v for k, v in os.environ.items() if not k.startswith("MAKE")},
        capture_output=True,
        text=True,
        check=True,
    )
    return (sys.executable, "-m", "scripts.foreground", *arguments_in(printed.stdout))


def arguments_in(recipe: str) -> list[str]:
    """What follows the last mention of the foreground script.

    Raises:
        ValueError: it is not mentioned.
    """
    joined = recipe.replace("\\\n", " ")
    lines = [line for line in joined.splitlines() if _MARK in line]
    if not lines:
        raise ValueError("the recipe starts nothing in the foreground")
    return shlex.split(lines[-1].split(_MARK, 1)[1])
