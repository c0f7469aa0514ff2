"""The pages of credentials. The one of a single credential tells which agents use it,
and lies with the agents."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.debug import (
    sensitive_post_parameters,
    sensitive_variables,
)
from django.views.decorators.http import require_POST, require_safe

from accounts.account_pages.common import form_page, is_done, rows_and_more, sent, shown
from accounts.account_pages.credential_forms import BY_HAND, Kind, NewCredentialForm
from accounts.credentials import oauth, selectors, services
from accounts.credentials.api import CALLBACK
from accounts.credentials.providers import provider_of, providers
from accounts.credentials.testing import credential_test
from accounts.http import user_of
from accounts.models import Credential
from accounts.rights.permissions import require_permission
from accounts.selectors import workspace_for

PAGE = "account-credentials"


@require_permission("credential", "read")
@require_safe
def credentials(request: HttpRequest) -> HttpResponse:
    found = selectors.credentials_of(user_of(request))
    rows, more = rows_and_more(request, found.select_related("owner"), reverse(PAGE))
    told = [(each, provider_title(each.provider)) for each in rows]
    return shown(request, "credentials", PAGE, credentials=told, more=more)


def provider_title(name: str) -> str:
    known = provider_of(name)
    return name if known is None else known.title


@require_permission("credential", "create")
@sensitive_post_parameters()
@sensitive_variables()
@form_page
def credential_new(request: HttpRequest) -> HttpResponse:
    """First which provider and kind, then the fields of that kind."""
    user = user_of(request)
    workspace = workspace_for(user, "credential:create")
    provider, kind = request.GET.get("provider", "").strip(), _kind(request)
    if not provider or kind is None:
        return _choose(request)
    form = NewCredentialForm(sent(request), kind=kind, user=user, provider=provider)
    made: list[Credential] = []

    def create(**facts: Any) -> None:
        made.append(
            services.credential_create(owner=user, workspace=workspace, **facts)
        )

    if is_done(form, create):
        messages.success(request, f"“{made[0]}” is stored.")
        return redirect("account-credential", made[0].pk)
    return shown(
        request, "credential_form", PAGE, 400 if form.errors else 200,
        form=form, provider=provider, title=provider_title(provider), kind=kind.label,
        workspace=workspace,
    )  # fmt: skip


def _kind(request: HttpRequest) -> Kind | None:
    """
    Raises:
        Http404: it is no kind that is typed in.
    """
    text = request.GET.get("kind", "")
    if text and text not in BY_HAND:
        raise Http404
    return Kind(text) if text else None


def _choose(request: HttpRequest) -> HttpResponse:
    offered = [
        {
            "name": name,
            "title": provider.title,
            "connects": oauth.configured(name),
            "kinds": [kind for kind in provider.kinds if kind in BY_HAND],
        }
        for name, provider in sorted(providers().items(), key=lambda p: p[1].title)
    ]
    return shown(request, "credential_choose", PAGE, offered=offered, kinds=BY_HAND)


@require_permission("credential", "create")
@require_safe
def credential_connect(request: HttpRequest) -> HttpResponse:
    """The way to the provider. It takes a click: no other site sends people on it."""
    user = user_of(request)
    workspace = workspace_for(user, "credential:create")
    provider = request.GET.get("provider", "")
    try:
        url = oauth.oauth_start(
            session=request.session,
            user=user,
            provider=provider,
            redirect_uri=request.build_absolute_uri(reverse(CALLBACK)),
        )
    except oauth.NotConfigured:
        text = "This site is not registered there: whoever runs it sets OAUTH_CLIENTS."
        messages.error(request, text)
        return redirect("account-credential-new")
    known = providers()[provider]
    return shown(
        request, "credential_connect", PAGE,
        url=url, title=known.title, scopes=known.oauth.scopes if known.oauth else (),
        workspace=workspace,
    )  # fmt: skip


@require_permission("credential", "use")
@require_POST
def credential_try(request: HttpRequest, id: UUID) -> HttpResponse:
    """Ask the provider whether it takes the credential."""
    user = user_of(request)
    found = selectors.credential_get(user, id, "credential:use")
    tested = credential_test(found)
    services.credential_tested(user=user, credential=found, works=tested.works)
    levels = {True: messages.SUCCESS, False: messages.ERROR, None: messages.WARNING}
    messages.add_message(request, levels[tested.works], tested.message)
    return redirect("account-credential", id)


@require_permission("credential", "delete")
@form_page
def credential_delete(request: HttpRequest, id: UUID) -> HttpResponse:
    user = user_of(request)
    found = selectors.credential_get(user, id, "credential:delete")
    if request.method == "POST":
        services.credential_delete(user=user, credential=found)
        messages.success(request, f"Deleted “{found}”.")
        return redirect(PAGE)
    return shown(request, "credential_delete", PAGE, credential=found)
