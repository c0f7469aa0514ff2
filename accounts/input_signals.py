"""Signs of an attack in what somebody sent, into the audit log."""

from collections.abc import Sequence
from typing import Any, Final

from accounts.audit import Deed, record
from accounts.models import Workspace
from core.validator import Finding, Policy
from core.validator.policy import described, use_listener

ACTION: Final = "input.signal"


def connect() -> None:
    use_listener(note)


def note(user_id: Any, findings: Sequence[Finding], policy: Policy) -> Policy:
    """Never the text: where it stood, how long it was, and its digest."""
    holds = Policy.BLOCK if _is_strict(user_id) else policy
    rules = sorted({finding.rule for finding in findings})
    detail = {
        "policy": holds.value,
        "findings": [described(finding) for finding in findings],
    }
    record(Deed(action=ACTION, user_id=user_id, subject=" ".join(rules), detail=detail))
    return holds


def _is_strict(user_id: Any) -> bool:
    if user_id is None:
        return False
    mine = Workspace.objects.filter(workspacemember__user_id=user_id)
    return mine.filter(strict_input=True).exists()
