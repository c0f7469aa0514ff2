"""What a finding means for a field."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from core.validator.inspection import Finding, inspect


class Policy(StrEnum):
    OBSERVE = "observe"
    """Note it. For free text: prompts, notes, code, inputs."""
    FLAG = "flag"
    """Give it back, for a person to confirm."""
    BLOCK = "block"
    """Refuse it. For identifiers, and wherever a workspace is strict."""


class InputRefused(ValueError):
    """Says which rules, and where; not what was sent."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        places = "; ".join(f"{each.path} looks like {each.rule}" for each in findings)
        super().__init__(f"This is refused here: {places}. Say it in other words.")


Listener = Callable[[Any, Sequence[Finding], Policy], Policy]
"""Is told who sent it, what was found and which policy the field has; says which one
holds, for whom it may be stricter."""


def _as_asked(user_id: Any, findings: Sequence[Finding], policy: Policy) -> Policy:
    return policy


_listeners: Final[list[Listener]] = [_as_asked]


def use_listener(listener: Listener) -> Listener:
    """Who is told of findings: the audit log, once the apps are loaded. Gives back who
    was told before."""
    before, _listeners[0] = _listeners[0], listener
    return before


PolicyOf = Callable[[str], Policy]
"""Which policy a place has, by its path."""


def observed(path: str) -> Policy:
    return Policy.OBSERVE


def blocked(path: str) -> Policy:
    return Policy.BLOCK


def validate(
    value: Any, policy_of: PolicyOf = observed, *, user_id: Any = None
) -> list[Finding]:
    """The findings; where a policy that holds is to block, none.

    Raises:
        InputRefused: the policy of a place is to block, and something is found there.
    """
    findings = inspect(value)
    refused = [
        finding
        for policy, of_it in _by_policy(findings, policy_of).items()
        if _listeners[0](user_id, of_it, policy) is Policy.BLOCK
        for finding in of_it
    ]
    if refused:
        raise InputRefused(refused)
    return findings


def _by_policy(
    findings: Sequence[Finding], policy_of: PolicyOf
) -> dict[Policy, list[Finding]]:
    found: dict[Policy, list[Finding]] = {}
    for finding in findings:
        found.setdefault(policy_of(finding.path), []).append(finding)
    return found


def validate_or_raise(value: Any) -> Any:
    """The value as it is.

    Raises:
        InputRefused: there is something that looks like an attack.
    """
    validate(value, blocked)
    return value


def described(finding: Finding) -> dict[str, Any]:
    """For logs: to be recognised, never to be read."""
    digest = sha256(finding.text.encode("utf-8", "surrogatepass")).hexdigest()
    return {
        "rule": finding.rule,
        "path": finding.path[:200],
        "length": len(finding.text),
        "sha256": digest,
    }
