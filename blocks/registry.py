"""All blocks by id. Importing a module of `blocks.library` registers what it holds."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from threading import Lock

from blocks.spec import BlockSpec

_ID = re.compile(r"[0-9a-z]{8}(-[0-9a-z]{4}){3}-[0-9a-z]{12}")


class Registry:
    """Refuses what would be ambiguous: one id, one block."""

    def __init__(self) -> None:
        self._specs: dict[str, BlockSpec] = {}
        self._loaded = False
        self._lock = Lock()

    def add(self, spec: BlockSpec) -> None:
        """
        Raises:
            ValueError: the id is malformed or belongs to another block.
        """
        if not _ID.fullmatch(spec.id):
            raise ValueError(f"{spec.name}: {spec.id!r} is no 36-character block id")
        taken = self._specs.get(spec.id)
        if taken is not None:
            raise ValueError(f"{spec.name} and {taken.name} share the id {spec.id}")
        self._specs[spec.id] = spec

    def get(self, block_id: str) -> BlockSpec | None:
        self.load()
        return self._specs.get(block_id)

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


registry = Registry()
