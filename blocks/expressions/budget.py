"""What evaluations may cost, counted so that no value is built before it is paid."""

from typing import Final

from blocks.errors import BlockError
from blocks.values import JsonValue

MAX_STEPS: Final = 1_000_000
"""About a second of one processor."""

CHARACTERS_A_STEP: Final = 64

OVERSPENT: Final = "expression_budget"


class Budget:
    """Steps that are left, for one evaluation or for many that belong together."""

    def __init__(self, steps: int = MAX_STEPS) -> None:
        self._given = steps
        self.left = steps

    def pay(self, steps: int = 1) -> None:
        """
        Raises:
            BlockError: code `expression_budget`.
        """
        self.left -= steps
        if self.left < 0:
            raise BlockError(
                f"the expression takes more than {self._given:,} steps: give it fewer "
                "items at a time, or nest less",
                code=OVERSPENT,
            )

    def pay_for_text(self, characters: int) -> None:
        self.pay(1 + characters // CHARACTERS_A_STEP)

    def pay_for(self, value: JsonValue) -> None:
        """Pay for a value as large as it is once written out: a list that holds
        another one twice is that large, though not in memory."""
        rest = [value]
        while rest:
            part = rest.pop()
            if isinstance(part, list):
                self.pay(1 + len(part))
                rest.extend(part)
            elif isinstance(part, dict):
                self.pay(1 + len(part))
                rest.extend(part)
                rest.extend(part.values())
            else:
                self.pay_for_text(len(part) if isinstance(part, str) else 0)
