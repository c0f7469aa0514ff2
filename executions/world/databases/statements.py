"""What may stand in a statement, before a database sees it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from blocks.errors import BlockInputError
from blocks.world import Statement

_READING: Final = frozenset(
    {"select", "with", "values", "table", "show", "explain", "describe", "desc"}
    | {"pragma"}
)
_OF_TRANSACTIONS: Final = frozenset(
    {"begin", "start", "commit", "end", "rollback", "abort", "savepoint", "release"}
    | {"prepare", "xa", "lock", "unlock"}
)
_FIRST_WORD: Final = re.compile(
    r"(?:\s|\(|--[^\n]*(?:\n|$)|\#[^\n]*(?:\n|$)|/\*(?!!)(?:[^*]|\*(?!/))*\*/)*+(\w+)"
)


# A read-only transaction of MySQL may still write files on the server.
_INTO_FILE: Final = re.compile(r"\binto\s+(?:outfile|dumpfile)\b", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """Statements that are one transaction, and what it may do and take."""

    statements: Sequence[Statement]
    read_only: bool
    timeout_s: float
    max_rows: int


def check_order(order: Order) -> None:
    """
    Raises:
        BlockInputError: a statement would end the transaction, or change something
            where only reading is allowed. The database is asked to refuse that, too.
    """
    for statement in order.statements:
        word = first_word(statement.sql)
        if not word:
            raise BlockInputError("there is no statement to run")
        if word in _OF_TRANSACTIONS:
            raise BlockInputError(
                f"{word.upper()} is not allowed: all statements are one transaction"
            )
        if order.read_only and word not in _READING:
            raise BlockInputError(
                f"{word.upper()} is not allowed while only reading is: "
                "switch 'read_only' off if this is meant"
            )
        if order.read_only and _INTO_FILE.search(statement.sql):
            raise BlockInputError("INTO OUTFILE is not allowed while only reading is")


def first_word(sql: str) -> str:
    """In lower case, behind comments; empty if there is none."""
    found = _FIRST_WORD.match(sql)
    return found[1].lower() if found else ""
