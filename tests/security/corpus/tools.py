"""What a target gets besides its row, and how the rows find their targets."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import pytest
from pytest_django import Settings

from tests.security.corpus.facts import Facts
from tests.security.corpus.rows import Row
from tests.security.corpus.spies import Spy

Needs = Literal["nothing", "database", "transactions"]


@dataclass(frozen=True)
class Tools:
    """`fixture` gets a fixture by its name, made when it is first asked for."""

    monkeypatch: pytest.MonkeyPatch
    settings: Settings
    folder: Path
    log: pytest.LogCaptureFixture
    spy: Spy
    fixture: Callable[[str], Any]

    @property
    def logged(self) -> str:
        """All that was logged, as the log of a server has it."""
        from core.redaction import RedactingFormatter

        formatter = RedactingFormatter("%(name)s %(message)s")
        return "\n".join(map(formatter.format, self.log.records))

    def log_everything(self) -> None:
        self.log.set_level(logging.DEBUG)


Handle = Callable[[Row, Tools], Facts]
Matches = Callable[[Row], bool]


@dataclass(frozen=True)
class Target:
    """`matches` by class and form of the row, never by its id."""

    matches: Matches
    handle: Handle
    needs: Needs = "database"


def starting(*starts: str) -> Matches:
    return lambda row: row.target.startswith(starts)


def of_kind(*kinds: str) -> Matches:
    return lambda row: row.kind in kinds


def both(*conditions: Matches) -> Matches:
    return lambda row: all(condition(row) for condition in conditions)


def with_part(name: str) -> Matches:
    return lambda row: any(name in part for part in row.given)


def found(targets: Iterable[Target], row: Row) -> Target | None:
    """The first that is meant."""
    return next((target for target in targets if target.matches(row)), None)


ALWAYS: Final[Matches] = lambda row: True  # noqa: E731 - reads as the others do
