"""Builds the front end, with the machine's Node when it fits and our own if not."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from scripts.commands import ROOT, SetupError, output_of, run, say
from scripts.packages import VENV, install_node
from scripts.semver import parse_version, satisfies
from scripts.stamps import digest, is_done, stamped

FRONTEND = ROOT / "frontend"
BUILT = ROOT / "static" / "dist"

_MODULES = FRONTEND / "node_modules"
_STAMPS = VENV / ".stamps"
_PACKAGE_FILES = ("package.json", "package-lock.json", ".npmrc")


class Node(NamedTuple):
    """A Node and the npm beside it; `version` is as Node prints it, "v20.19.0"."""

    version: str
    npm: str
    env: dict[str, str]


def build() -> None:
    """Build into static/dist, unless it was last built from the same sources."""
    node = find_node()
    wanted = digest(_sources(), node.version)
    if is_done(_STAMPS / "frontend-build", wanted) and _is_built():
        return
    install_packages(node)
    say("Building the front end ...")
    with stamped(_STAMPS / "frontend-build", wanted):
        _npm(node, "run", "build")


def check() -> None:
    """Run the front end's own types and tests."""
    node = find_node()
    install_packages(node)
    _npm(node, "run", "check")


def install_packages(node: Node) -> None:
    """Install what package-lock.json names, unless it is there already."""
    files = [FRONTEND / name for name in _PACKAGE_FILES]
    wanted = digest(files, node.version)
    if is_done(_STAMPS / "frontend-packages", wanted) and _MODULES.is_dir():
        return
    say(f"Installing the front end's packages with Node {node.version} ...")
    with stamped(_STAMPS / "frontend-packages", wanted):
        _npm(node, "ci", "--no-audit", "--no-fund", "--ignore-scripts")


def find_node() -> Node:
    """The machine's Node if it fits "engines", else the wheel's.

    NODE_FROM=system or NODE_FROM=wheel in the environment leaves no choice.

    Raises:
        SetupError: the Node asked for does not fit.
    """
    source = os.environ.get("NODE_FROM", "")
    if source not in ("", "system", "wheel"):
        raise SetupError(f"NODE_FROM is {source!r}: write system, wheel or nothing.")
    wanted = _engines()
    path = os.environ.get("PATH", os.defpath)
    if source != "wheel" and (found := _node_on(path, wanted)):
        return found
    if source == "system":
        raise SetupError(f"No node with npm on the PATH satisfies {wanted!r}.")
    if found := _node_on(f"{install_node()}{os.pathsep}{path}", wanted):
        return found
    raise SetupError(f"The Node of requirements-node.txt does not satisfy {wanted!r}.")


def _engines() -> str:
    package = json.loads((FRONTEND / "package.json").read_text())
    return str(package["engines"]["node"])


def _node_on(path: str, wanted: str) -> Node | None:
    node, npm = shutil.which("node", path=path), shutil.which("npm", path=path)
    printed = output_of(node, "--version") if node else ""
    version = parse_version(printed)
    if npm and version and satisfies(version, wanted):
        return Node(printed, npm, {**os.environ, "PATH": path})
    return None


def _npm(node: Node, *arguments: str) -> None:
    run(node.npm, *arguments, cwd=FRONTEND, env=node.env)


def _is_built() -> bool:
    return BUILT.is_dir() and any(BUILT.iterdir())


def _sources() -> Iterator[Path]:
    for folder, folders, files in os.walk(FRONTEND):
        if "node_modules" in folders:
            folders.remove("node_modules")
        yield from (Path(folder, name) for name in files)
