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
# A number alone may count anything, so what is a status stands behind such a word.
_STATUS: Final = r"(^|(http|status|code|answered|error)\D{0,20})"
# Pins carry a text alone, so what failures of blocks and servers say is looked for.
_SIGNS: Final = (
    # It may well be the pin `timeout`.
    (ErrorKind.VALIDATION, r"^pin '"),
    (
        ErrorKind.TIMEOUT,
        r"time(d)?[ -]?out|took (too long|longer)|deadline exceeded|超时"
        rf"|{_STATUS}(408|504)\b",
    ),
    (
        ErrorKind.RATE_LIMIT,
        rf"rate[ _-]?limit|too many requests|{_STATUS}429\b",
    ),
    (
        ErrorKind.SERVER_ERROR,
        r"server[ _]?error|bad gateway|service unavailable|overloaded|unreachable"
        r"|connection (refused|reset|broke)"
        r"|(http|status|code|answered)\D{0,20}5[0-9]{2}\b",
    ),
    (
        ErrorKind.VALIDATION,
        r"required pin|validation|invalid|malformed|is required|bad_input"
        r"|must (be|have|hold|not)|is not JSON|^(Value|Type)Error\b|验证失败|不能为空"
        rf"|不支持的|{_STATUS}(400|422)\b",
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
    text = (_name_of(error) + message_of(error))[:LOOKED_AT]
    found = (kind for kind, pattern in _PATTERNS if pattern.search(text))
    return next(found, ErrorKind.EXECUTION)


def _name_of(error: Any) -> str:
    """The name of an exception, as blocks put it beside its words."""
    if isinstance(error, dict):
        for key in ("error_type", "type"):
            if isinstance(error.get(key), str):
                return f"{error[key]}: "
    return ""


def _by_status(status: Any) -> ErrorKind | None:
    if not isinstance(status, int):
        return None
    if status in (408, 504):
        return ErrorKind.TIMEOUT
    if status == 429:
        return ErrorKind.RATE_LIMIT
    if status in (400, 422):
        return ErrorKind.VALIDATION
    return ErrorKind.SERVER_ERROR if 500 <= status <= 599 else None


def message_of(error: Any) -> str:
    """The words of it, for people."""
    if isinstance(error, dict):
        for key in ("message", "error_message", "detail", "error"):
            if isinstance(error.get(key), str):
                return str(error[key])
    return error if isinstance(error, str) else str(error)
