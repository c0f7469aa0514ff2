"""What every page says of workspaces: in which one it works, and which others there
are."""

from typing import Any

from django import template
from django.template import Context

from accounts.models import User, Workspace
from accounts.rights.context import auth_of
from accounts.rights.standing import seats_of
from accounts.workspaces.selectors import joined_by

register = template.Library()


@register.simple_tag(takes_context=True)
def my_workspaces(context: Context) -> list[tuple[Workspace, bool]]:
    """The workspaces of whoever looks at the page, and which of them he works in."""
    user: Any = getattr(context.get("request"), "user", None)
    if not isinstance(user, User):
        return []
    here = auth_of(user).workspace_id or next(iter(seats_of(user)), None)
    return [(each, each.pk == here) for each in joined_by(user)]
