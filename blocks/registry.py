"""All blocks by id. Importing a module of `blocks.library` registers what it holds;
blocks of the user come from a folder and from installed packages.

Readers see one set of blocks or the next, never something between: a reload builds a
new set and then puts it in place. Runs that are under way keep the blocks they have.
"""

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import RLock
from types import MappingProxyType
from typing import Protocol, TypeVar

from blocks.spec import BlockSpec


class Cached(Protocol):
    def cache_clear(self) -> None: ...


C = TypeVar("C", bound=Cached)

_ID = re.compile(r"[0-9a-z]{8}(-[0-9a-z]{4}){3}-[0-9a-z]{12}")


class Registry:
    """Refuses what would be ambiguous: one id, one block."""

    def __init__(self) -> None:
        self._specs: dict[str, BlockSpec] = {}
        self._loaded = False
        # Held again by the thread that loads, when a module asks for a block.
        self._lock = RLock()
        self._draft: dict[str, BlockSpec] | None = None
        self._kept: list[Callable[[], None]] = []

    def add(self, spec: BlockSpec) -> None:
        """
        Raises:
            ValueError: the id is malformed or belongs to another block.
        """
        if not _ID.fullmatch(spec.id):
            raise ValueError(f"{spec.name}: {spec.id!r} is no 36-character block id")
        with self._lock:
            specs = self._specs if self._draft is None else self._draft
            taken = specs.get(spec.id)
            if taken is not None:
                raise ValueError(f"{spec.name} and {taken.name} share the id {spec.id}")
            specs[spec.id] = spec

    def get(self, block_id: str) -> BlockSpec | None:
        self.load()
        return self._specs.get(block_id)

    def find(self, text: str) -> BlockSpec | None:
        """By its id, or by a name that no other block has, as `Calculator`."""
        names = (text, f"{text}Block")
        named = [spec for spec in self if spec.name in names]
        return self.get(text) or (named[0] if len(named) == 1 else None)

    def __iter__(self) -> Iterator[BlockSpec]:
        self.load()
        return iter(self._specs.values())

    def load(self) -> None:
        """Import the whole library, once."""
        if self._loaded:
            return
        with self._lock:
            library = importlib.import_module("blocks.library")
            for module in pkgutil.iter_modules(library.__path__, "blocks.library."):
                importlib.import_module(module.name)
            self._loaded = True

    @contextmanager
    def changed(
        self, without: Callable[[BlockSpec], bool]
    ) -> Iterator[Mapping[str, BlockSpec]]:
        """What is added within the block takes effect at its end, together with the
        removal of the blocks that `without` names; nothing does if it raises. The
        mapping is of what there will be."""
        self.load()
        with self._lock:
            kept = {id: spec for id, spec in self._specs.items() if not without(spec)}
            self._draft = kept
            try:
                yield MappingProxyType(kept)
                self._specs = kept
                for clear in self._kept:
                    clear()
            finally:
                self._draft = None

    def clears(self, kept: C) -> C:
        """Have a cache of what was made of blocks cleared when they change."""
        self._kept.append(kept.cache_clear)
        return kept


registry = Registry()
