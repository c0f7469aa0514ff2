"""The rows of a corpus file, and which of them still wait for what they test."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from tests.security.corpus.generators import built

HERE = Path(__file__).parent
PENDING = HERE.parent / "pending.txt"
COMMENT: Final = "note"


class Given(Mapping[str, Any]):
    """The named parts of an input. It knows which of them nobody has looked at: a row
    of which a part was not used was not tested."""

    def __init__(self, parts: Mapping[str, Any]) -> None:
        self._parts = parts
        self.unused = set(parts) - {COMMENT}

    def __getitem__(self, name: str) -> Any:
        value = self._parts[name]
        self.unused.discard(name)
        return value

    def __contains__(self, name: object) -> bool:
        return name in self._parts

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)


@dataclass(frozen=True)
class Row:
    id: str
    kind: str
    target: str
    input: Any
    expect: dict[str, Any]

    @property
    def has_parts(self) -> bool:
        return isinstance(self.input, dict) and "gen" not in self.input

    @cached_property
    def given(self) -> Given:
        """The parts of the input; none if it is one value."""
        return Given(self.input if self.has_parts else {})

    @cached_property
    def value(self) -> Any:
        """The input as one value."""
        return built(self.input)

    def wanted(self, name: str) -> Any:
        return self.expect.get(name)

    @property
    def unused(self) -> set[str]:
        if self.has_parts and "value" not in self.__dict__:
            return self.given.unused
        return set() if "value" in self.__dict__ or not self.input else {"the input"}

    def anew(self) -> "Row":
        """The same, of which nothing has been used."""
        return replace(self)


def read_rows() -> list[Row]:
    path = Path(os.environ.get("BAD_INPUTS") or HERE / "bad_inputs.json")
    return [
        Row(row["id"], row["class"], row["target"], row["input"], row["expect"])
        for row in json.loads(path.read_text())
    ]


def read_pending() -> list[tuple[str, str, str]]:
    """`class | target | reason`; a target may hold `*`, and be an id instead."""
    lines = PENDING.read_text().splitlines()
    parts = [line.split(" | ") for line in lines if line and not line.startswith("#")]
    return [(kind, target, reason) for kind, target, reason in parts]


def reason_to_wait(row: Row) -> str | None:
    for kind, target, reason in read_pending():
        is_meant = target == row.id or fnmatchcase(row.target, target)
        if kind == row.kind and is_meant:
            return reason
    return None
