"""The long-lived commands of the Makefile: what is measured, and broken on purpose, is
what people run."""

import os
import shlex
import subprocess
from typing import Final

from scripts.commands import ROOT

_MARK: Final = "scripts.foreground"
_OF_AN_OUTER_MAKE: Final = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES")


def command_of(target: str, **variables: object) -> list[str]:
    """What `make TARGET` ends in, with these variables of make."""
    given = [f"{name}={value}" for name, value in variables.items()]
    said = subprocess.run(  # noqa: S603
        ["make", "--dry-run", target, *given],  # noqa: S607 - the one people use
        cwd=ROOT,
        env=without_make(os.environ),
        check=True,
        capture_output=True,
        text=True,
    )
    return last_command(said.stdout)


def last_command(dry_run: str) -> list[str]:
    """The last long-lived command of a recipe as make prints it.

    Raises:
        ValueError: there is none.
    """
    lines = dry_run.replace("\\\n", " ").splitlines()
    found = [line for line in lines if _MARK in line]
    if not found:
        raise ValueError(f"no command of {_MARK} in: {dry_run}")
    words = shlex.split(found[-1])
    return words[1:] if words[0] == "exec" else words


def without_make(environment: "os._Environ[str] | dict[str, str]") -> dict[str, str]:
    """The environment for a make that is not part of the one that started us."""
    return {k: v for k, v in environment.items() if k not in _OF_AN_OUTER_MAKE}
