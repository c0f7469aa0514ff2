"""The page of one credential: what it is, and which agents use it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.debug import sensitive_post_parameters

from accounts.account_pages.common import day_of, form_page, is_done, sent, shown
from accounts.account_pages.credential_forms import CredentialEditForm
from accounts.account_pages.credentials import PAGE, provider_title
from accounts.credentials import selectors, services
from accounts.http import user_of
from accounts.models import Credential, User
from accounts.rights.permissions import require_permission
from accounts.rights.standing import has_right
from graphs.credential_uses import uses_of


@require_permission("credential", "read", POST="update")
@sensitive_post_parameters()
@form_page
def credential(request: HttpRequest, id: UUID) -> HttpResponse:
    user = user_of(request)
    right = "credential:update" if request.method == "POST" else "credential:read"
    found = selectors.credential_get(user, id, right)
    form = CredentialEditForm(
        sent(request),
        initial=_initial(found, user),
        kind=found.kind,
        user=user,
    )

    def change(**facts: Any) -> object:
        return services.credential_update(user=user, credential=found, changes=facts)

    if is_done(form, change):
        messages.success(request, "Saved.")
        return redirect("account-credential", id)
    return shown(
        request, "credential", PAGE, 400 if form.errors else 200,
        form=form, credential=found, title=provider_title(found.provider),
        uses=uses_of(found), **_allowed(user, found),
    )  # fmt: skip


def _initial(found: Credential, user: User) -> dict[str, Any]:
    return {
        "title": found.title,
        "hosts": "\n".join(found.hosts),
        "base_url": found.settings.get("base_url", ""),
        "expires_on": day_of(found.expires_at, user),
    }


def _allowed(user: User, found: Credential) -> dict[str, bool]:
    """Which buttons the page has."""
    return {
        f"may_{action}": has_right(user, f"credential:{action}", found.workspace_id)
        for action in ("use", "update", "delete")
    }
