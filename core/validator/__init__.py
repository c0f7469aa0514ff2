"""Signs of an attack in what is sent: found, noted, never taken out.

No text is dangerous by itself: what protects are parameters in SQL, escaping in HTML
and argument lists for processes. So a finding is a signal, and a value stays as it is.
"""

from core.validator.inspection import Finding, inspect
from core.validator.places import policy_at
from core.validator.policy import InputRefused, Policy, validate, validate_or_raise

__all__ = [
    "Finding",
    "InputRefused",
    "Policy",
    "inspect",
    "policy_at",
    "validate",
    "validate_or_raise",
]
