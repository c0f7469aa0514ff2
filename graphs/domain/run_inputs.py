"""Which of a run's inputs a node takes, and on which pin."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from blocks.spec import BlockSpec, Kind
from blocks.values import JsonValue

PAYLOAD: Final = "payload"
"""What a webhook sent: the input that every trigger takes, on a pin of that name."""

_VALUE: Final = "value"


class RunInput(NamedTuple):
    name: str
    pin: str


def run_input_of(
    spec: BlockSpec, constants: Mapping[str, JsonValue]
) -> RunInput | None:
    """None: the node takes none of them."""
    if spec.kind is Kind.TRIGGER:
        return RunInput(PAYLOAD, PAYLOAD)
    name = constants.get("name")
    if spec.kind is Kind.INPUT and isinstance(name, str) and name:
        return RunInput(name, _VALUE)
    return None
