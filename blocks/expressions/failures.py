"""How expressions fail: when they are read, and when they are evaluated."""

from typing import Final

from blocks.errors import BlockError, BlockInputError

MALFORMED: Final = "bad_expression"
FAILED: Final = "expression_failed"


def malformed(message: str, place: int) -> BlockInputError:
    """`place` counts the characters before, from 0."""
    return BlockInputError(
        f"the expression is wrong at character {place + 1}: {message}", code=MALFORMED
    )


def failed(message: str) -> BlockError:
    return BlockError(f"the expression failed: {message}", code=FAILED)


_KINDS: Final = {
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a text",
    list: "a list",
    dict: "an object",
    type(None): "null",
}


def kind_of(value: object) -> str:
    """What a message calls the value, without showing it."""
    return _KINDS.get(type(value), "something else")
