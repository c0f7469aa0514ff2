"""The admin: staff come in by the sign-in page of the site, with a second factor."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts.sign_in.steps import was_factor_shown


class GuardedAdminSite(AdminSite):
    site_header = "Agent Studio administration"
    site_title = "Agent Studio"
    index_title = "Administration"

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and _has_factor(request)

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """There is no other way in: no password is taken here."""
        target = request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index")
        query = urlencode({REDIRECT_FIELD_NAME: target})
        if super().has_permission(request):
            # What is missing is the second factor.
            return HttpResponseRedirect(f"{reverse('second-factor')}?{query}")
        if request.user.is_authenticated:
            raise PermissionDenied("This is for staff.")
        return HttpResponseRedirect(f"{reverse('sign-in')}?{query}")

    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return HttpResponseRedirect(reverse("password"))


def _has_factor(request: HttpRequest) -> bool:
    if not settings.ADMIN_REQUIRES_SECOND_FACTOR:
        return True
    return was_factor_shown(request.session)
