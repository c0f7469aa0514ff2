"""What the mail says that asks somebody to join."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from accounts.models import Invitation
from accounts.sign_in.mail import Letter, letter
from accounts.workspaces.services import INVITATION, link_issue


@letter(INVITATION)
def _invitation(email: str, about: Mapping[str, Any]) -> Letter | None:
    found = Invitation.objects.filter(id=about["id"], expires_at__gt=timezone.now())
    row = found.select_related("workspace", "invited_by").first()
    if row is None:
        return None
    context = {
        "workspace": row.workspace.name,
        "role": row.get_role_display().lower(),
        "by": row.invited_by,
        "link": link_issue(row),
    }
    return Letter("You are asked to join a workspace", INVITATION, context)
