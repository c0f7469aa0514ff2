"""How the set-up runs other programs, and how it stops when one of them fails."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class SetupError(Exception):
    """One sentence for the person at the terminal."""


def say(text: str) -> None:
    """Tell what is going on, in order with what the programs print."""
    print(text, file=sys.stderr, flush=True)


def run(
    *command: str | Path, cwd: Path = ROOT, env: Mapping[str, str] | None = None
) -> None:
    """Run a program in the foreground.

    Raises:
        SetupError: it is not there or it failed; what it had to say is printed above.
    """
    try:
        code = subprocess.run(command, cwd=cwd, env=env).returncode  # noqa: S603
    except OSError as error:
        raise SetupError(f"Cannot run {command[0]}: {error.strerror}.") from None
    if code:
        shown = " ".join(map(str, command))
        raise SetupError(f"Failed with exit code {code}: {shown}")


def output_of(*command: str | Path) -> str:
    """What a program prints, or "" when it is missing or fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True)  # noqa: S603
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
