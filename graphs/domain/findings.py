"""What validation has to say about a graph."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from blocks.values import JsonObject
from graphs.domain.fixes import Fix


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    """The graph cannot run as it is."""
    WARNING = "warning"
    """It runs, but perhaps not as meant."""
    INFO = "info"
    """Worth knowing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing found, where it is and what to do about it. `rule` is stable."""

    rule: str
    severity: Severity
    message: str
    hint: str
    node_id: str | None = None
    pin: str | None = None
    link_id: str | None = None
    fix: Fix | None = None
    """A change that is safe to make and does away with it."""

    def to_json(self) -> JsonObject:
        return {
            "rule": self.rule,
            "severity": self.severity.value,
            "node_id": self.node_id,
            "pin": self.pin,
            "link_id": self.link_id,
            "message": self.message,
            "hint": self.hint,
            "fix": None if self.fix is None else self.fix.to_json(),
        }


def errors_of(findings: Iterable[Finding]) -> list[Finding]:
    return [one for one in findings if one.severity is Severity.ERROR]
