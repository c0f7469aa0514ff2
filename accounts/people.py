"""Finding somebody by an address that another person has typed in."""

from accounts.models import User
from core.http import FieldError, Problem
from core.keys import blind_index


def person_at(email: str) -> User:
    """
    Raises:
        Problem: 400, nobody who may sign in has this address.
    """
    found = User.objects.filter(
        email_index=blind_index(email.strip()), is_active=True
    ).first()
    if found is None:
        text = "Nobody here has this address. Ask them to create an account first."
        raise wrong("email", text, "nobody")
    return found


def wrong(field: str, text: str, code: str) -> Problem:
    """One field of what was sent is not as it has to be."""
    errors: list[FieldError] = [{"field": field, "message": text, "code": code}]
    return Problem(400, "Invalid input", text, errors, code="invalid-input")
