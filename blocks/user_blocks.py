"""Blocks that are not of this library: files in a folder, and installed packages.

A file or package is taken as a whole or not at all. What is wrong with one is kept to
be told, and does not touch the others.
"""

import logging
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.metadata import entry_points
from importlib.util import module_from_spec
from pathlib import Path
from threading import Lock
from types import CodeType, ModuleType
from typing import Final

from blocks.registry import Registry, registry
from blocks.spec import BlockSpec

logger = logging.getLogger(__name__)

ENTRY_POINTS: Final = "autogpt_site.blocks"
"""The group in which a package names the modules that hold its blocks."""

PACKAGE: Final = "user_blocks"
"""Modules of the folder are called `user_blocks.<file>`."""

_NAME: Final = re.compile(r"[a-z_][a-z0-9_]*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """Blocks that were not taken: from where, and why."""

    source: str
    reason: str

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}"


class UserBlocks:
    """Keeps the registry in step with a folder."""

    def __init__(self, folder: Path | None, registry: Registry) -> None:
        self.folder = folder
        self._registry = registry
        self._seen: dict[Path, tuple[int, int]] = {}
        self._refused: dict[str, Refusal] = {}
        self._lock = Lock()

    @property
    def refusals(self) -> list[Refusal]:
        return list(self._refused.values())

    def load(self) -> None:
        """Take what installed packages and the folder hold."""
        for point in entry_points(group=ENTRY_POINTS):
            self._take(f"package {point.value}", _none, point.load)
        self.refresh()

    def refresh(self) -> list[Path]:
        """Take files that are new or changed, and let go of those that are gone; the
        files it was about.

        Of a file that was changed and is wrong now, the blocks of before stay.
        """
        with self._lock:
            found = dict(self._files())
            changed = [p for p, state in found.items() if self._seen.get(p) != state]
            gone = [path for path in self._seen if path not in found]
            self._seen = found
            for path in gone:
                self._drop(path)
            for path in sorted(changed):
                self._take_file(path)
            return gone + changed

    def _files(self) -> Iterator[tuple[Path, tuple[int, int]]]:
        if self.folder is None or not self.folder.is_dir():
            return
        for path in self.folder.glob("*.py"):
            if not path.name.startswith((".", "_")) and path.is_file():
                state = path.stat()
                yield path, (state.st_mtime_ns, state.st_size)

    def _take_file(self, path: Path) -> None:
        name = _module_name(path)
        self._take(str(path), _held_by(name), lambda: _imported(name, path))

    def _drop(self, path: Path) -> None:
        name = _module_name(path)
        self._refused.pop(str(path), None)
        sys.modules.pop(name, None)
        with self._registry.changed(without=_held_by(name)):
            logger.info("user blocks: %s is gone", path)

    def _take(
        self,
        source: str,
        without: Callable[[BlockSpec], bool],
        take: Callable[[], object],
    ) -> None:
        self._refused.pop(source, None)
        try:
            with self._registry.changed(without=without) as specs:
                before = set(specs)
                take()
                if specs.keys() == before:
                    raise ValueError("it holds no block; decorate a class with @block")
        # A file of a user may raise anything while it is imported, even SystemExit.
        except (Exception, SystemExit) as error:
            refusal = Refusal(source=source, reason=_reason(error, source))
            self._refused[source] = refusal
            logger.error("user blocks were refused: %s", refusal)


def _none(spec: BlockSpec) -> bool:
    return False


def _held_by(module: str) -> Callable[[BlockSpec], bool]:
    return lambda spec: type(spec.block).__module__ == module


def _module_name(path: Path) -> str:
    return f"{PACKAGE}.{path.stem}"


def _imported(name: str, path: Path) -> None:
    if not _NAME.fullmatch(path.stem):
        raise ValueError("name the file in small letters, digits and underscores")
    loader = _FreshLoader(name, str(path))
    module = module_from_spec(ModuleSpec(name, loader, origin=str(path)))
    before = sys.modules.get(name)
    # There while it runs, since pydantic looks up types in the module of a class.
    sys.modules[name] = module
    try:
        loader.exec_module(module)
    except BaseException:
        _put_back(name, before)
        raise


class _FreshLoader(SourceFileLoader):
    """Compiles from the text: a kept form may be of the same second."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        code: CodeType = self.source_to_code(self.get_data(path), path)
        return code


def _put_back(name: str, module: ModuleType | None) -> None:
    if module is None:
        del sys.modules[name]
    else:
        sys.modules[name] = module


def _reason(error: BaseException, source: str) -> str:
    """What went wrong, and in which line of the file if it was there."""
    if isinstance(error, SyntaxError):
        return f"line {error.lineno}: {error.msg}"
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == source]
    text = f"{type(error).__name__}: {error}"
    return f"line {lines[-1]}: {text}" if lines else text


user_blocks = UserBlocks(None, registry)
"""Those of this process; the folder is set when it starts."""
