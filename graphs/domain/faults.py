"""What makes a document no graph: faults by the JSON path at which they stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True, slots=True)
class FormatFault:
    """`field` is a JSON path such as `nodes[2].block_id`; `code` is stable."""

    field: str
    message: str
    code: str


class Faults(list[FormatFault]):
    """Collects faults while the reading goes on."""

    def note(self, field: str, message: str, code: str) -> None:
        self.append(FormatFault(field=field, message=message, code=code))


class GraphFormatError(ValueError):
    """The document is no graph; `errors` are all of its faults."""

    def __init__(self, errors: Sequence[FormatFault]) -> None:
        first = errors[0]
        more = f" (and {len(errors) - 1:,} more)" if len(errors) > 1 else ""
        super().__init__(f"{first.field or 'document'}: {first.message}{more}")
        self.errors = list(errors)


_KINDS: Final[dict[type, str]] = {
    dict: "an object", list: "a list", str: "text", bool: "true or false",
    int: "a number", float: "a number",
}  # fmt: skip


def kind_of(value: object) -> str:
    """What kind of JSON value this is, for a sentence."""
    return _KINDS.get(type(value), "null")
