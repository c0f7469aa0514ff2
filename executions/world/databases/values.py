"""What databases answer, as JSON values, and no more of it than was asked for."""

import math
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from blocks.values import JsonValue
from blocks.world import MIB, Rows

MAX_BYTES: Final = 16 * MIB
_EXACT: Final = 2**53
_MOMENTS: Final = (datetime, date, time)


def json_value(value: object) -> JsonValue:
    """The JSON form. Numbers that JSON readers would change come as text."""
    match value:
        case None | bool() | str():
            return value
        case int():
            return value if -(2**63) <= value < 2**64 else str(value)
        case float():
            return value if math.isfinite(value) else None
        case Decimal():
            return _number(value)
        case bytes() | bytearray() | memoryview():
            return bytes(value).hex()
        case list() | tuple() | set():
            return [json_value(item) for item in value]
        case dict():
            return {str(key): json_value(item) for key, item in value.items()}
        case timedelta():
            return value.total_seconds()
    return value.isoformat() if isinstance(value, _MOMENTS) else str(value)


def _number(value: Decimal) -> JsonValue:
    if not value.is_finite():
        return None
    if value == value.to_integral_value() and abs(value) <= _EXACT:
        return int(value)
    return float(value) if Decimal(repr(float(value))) == value else str(value)


class Collector:
    """Takes rows until there are enough, by number or by size."""

    def __init__(self, max_rows: int) -> None:
        self._max_rows = max_rows
        self._bytes_left = MAX_BYTES
        self.rows: list[list[JsonValue]] = []
        self.is_cut = False

    def take(self, row: Iterable[object]) -> bool:
        """Whether the row was taken; false ends the reading."""
        values = [json_value(value) for value in row]
        self._bytes_left -= sum(map(_size, values))
        if len(self.rows) >= self._max_rows or self._bytes_left < 0:
            self.is_cut = True
        else:
            self.rows.append(values)
        return not self.is_cut

    def result(self, columns: Sequence[str], affected: int = -1) -> Rows:
        return Rows(
            columns=columns, rows=self.rows, affected=affected, is_cut=self.is_cut
        )


def _size(value: JsonValue) -> int:
    if isinstance(value, str):
        return len(value)
    return len(repr(value)) if isinstance(value, list | dict) else 8
