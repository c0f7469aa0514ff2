"""The page of the providers that sign one in."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.http import user_of
from accounts.models import User
from accounts.pages import id_from_address
from accounts.rights.permissions import require_permission
from accounts.sign_in.identities import (
    IdentityRefused,
    identities_of,
    identity_unlink,
)
from accounts.sign_in.identity_links import link_mark
from accounts.sign_in.oidc_providers import oidc_providers


@require_permission("account", "read", POST="update")
@require_http_methods(["GET", "HEAD", "POST"])
def identities(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    if request.method == "POST":
        _unlink(request, user)
        return redirect("identities")
    providers = oidc_providers()
    titles = {provider.issuer: provider.label for provider in providers}
    linked = list(identities_of(user))
    taken = {identity.issuer for identity in linked}
    context = {
        "linked": [(each, titles.get(each.issuer, each.issuer)) for each in linked],
        "others": [each for each in providers if each.issuer not in taken],
        "mark": link_mark(request),
        "page": "identities",
    }
    return render(request, "accounts/identities.html", context)


def _unlink(request: HttpRequest, user: User) -> None:
    id_ = id_from_address(request.POST.get("id"))
    try:
        found = id_ is not None and identity_unlink(user, id_)
    except IdentityRefused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Unlinked." if found else "It was not linked.")
