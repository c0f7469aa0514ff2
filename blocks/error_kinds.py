"""What kind of failure a text or an object from an `error` pin tells of."""

import re
from enum import StrEnum
from typing import Any, Final


class ErrorKind(StrEnum):
    TIMEOUT = "timeout"
    RATE_LIMIT = "rate_limit"
    SERVER_ERROR = "server_error"
    VALIDATION = "validation"
    EXECUTION = "execution"
    """Any other."""


_CODES: Final = {
    "timeout": ErrorKind.TIMEOUT,
    "timed_out": ErrorKind.TIMEOUT,
    "rate_limit": ErrorKind.RATE_LIMIT,
    "server_error": ErrorKind.SERVER_ERROR,
    "unreachable": ErrorKind.SERVER_ERROR,
    "bad_input": ErrorKind.VALIDATION,
    "validation": ErrorKind.VALIDATION,
    "bad_expression": ErrorKind.VALIDATION,
    "bad_pattern": ErrorKind.VALIDATION,
    "unsupported_pattern": ErrorKind.VALIDATION,
}
# Pins carry a text alone, so what failures of blocks and servers say is looked for.
_SIGNS: Final = (
    (
        ErrorKind.TIMEOUT,
        r"time(d)?[ -]?out|took longer|deadline exceeded|\b(408|504)\b",
    ),
    (ErrorKind.RATE_LIMIT, r"rate[ -_]?limit|too many requests|\b429\b"),
    (
        ErrorKind.SERVER_ERROR,
        r"server error|bad gateway|service unavailable|overloaded|unreachable"
        r"|(http|status|code|answered)\D{0,20}5[0-9]{2}\b",
    ),
    (
        ErrorKind.VALIDATION,
        r"^pin '|required pin|validation|invalid|malformed|is required|bad_input"
        r"|must (be|have|hold)|is not JSON",
    ),
)
_PATTERNS: Final = tuple(
    (kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _SIGNS
)
LOOKED_AT: Final = 2_000
"""Characters of a text; what a failure is stands at its beginning."""


def kind_of_error(error: Any) -> ErrorKind:
    """By `code` or `status` if it is an object that has one, else by its words."""
    if isinstance(error, dict):
        known = _CODES.get(str(error.get("code"))) or _by_status(error.get("status"))
        if known is not None:
            return known
    text = message_of(error)[:LOOKED_AT]
    found = (kind for kind, pattern in _PATTERNS if pattern.search(text))
    return next(found, ErrorKind.EXECUTION)


def _by_status(status: Any) -> ErrorKind | None:
    if not isinstance(status, int):
        return None
    if status in (408, 504):
        return ErrorKind.TIMEOUT
    if status == 429:
        return ErrorKind.RATE_LIMIT
    return ErrorKind.SERVER_ERROR if 500 <= status <= 599 else None


def message_of(error: Any) -> str:
    """The words of it, for people."""
    if isinstance(error, dict):
        for key in ("message", "error_message", "detail", "error"):
            if isinstance(error.get(key), str):
                return str(error[key])
    return error if isinstance(error, str) else str(error)
