"""What every page says of reviews: how many wait."""

from typing import Any

from django import template
from django.template import Context

from executions.reviews.selectors import COUNTED_AT_MOST, pending_count

register = template.Library()

_KEPT = "_pending_reviews"


@register.simple_tag(takes_context=True)
def pending_reviews(context: Context) -> str:
    """The number of reviews that wait for the user's workspaces, "" for none.

    Kept on the request, for a page shows its menu twice.
    """
    request: Any = context.get("request")
    if request is None or not request.user.is_authenticated:
        return ""
    if not hasattr(request, _KEPT):
        setattr(request, _KEPT, _text(pending_count(request.user)))
    return str(getattr(request, _KEPT))


def _text(count: int) -> str:
    if count >= COUNTED_AT_MOST:
        return f"{COUNTED_AT_MOST - 1}+"
    return str(count or "")
