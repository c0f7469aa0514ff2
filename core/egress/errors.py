"""What can go wrong on the way out."""

from typing import Literal, TypeAlias

Code: TypeAlias = Literal["egress_blocked", "timeout", "too_large", "unreachable"]


class EgressError(Exception):
    """A request that was refused or got no usable answer.

    The text names hosts, never a path, query, header or body: those may hold secrets.
    """

    def __init__(self, message: str, code: Code) -> None:
        super().__init__(message)
        self.message = message
        self.code: Code = code


def blocked(reason: str) -> EgressError:
    """A request that must not be sent."""
    return EgressError(f"request blocked: {reason}", "egress_blocked")
