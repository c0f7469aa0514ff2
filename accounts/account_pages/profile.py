"""The page of who one is."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts import services
from accounts.account_pages.common import ShapedForm, form_page, is_done, sent, shown
from accounts.http import user_of
from accounts.rights.permissions import require_permission
from accounts.serializers import MeIn, timezone_names


class ProfileForm(ShapedForm):
    shape = MeIn

    name = forms.CharField(
        max_length=200,
        required=False,
        help_text="What others in your workspaces see beside your address.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    timezone = forms.CharField(
        label="Time zone",
        max_length=64,
        help_text="Such as Europe/Berlin, or UTC. Days end by it.",
        widget=forms.TextInput(attrs={"list": "timezones", "autocomplete": "off"}),
    )
    phone = forms.CharField(
        max_length=40,
        required=False,
        help_text="With the code of the country, as +49 30 901820. Stored encrypted.",
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )

    @property
    def time_zones(self) -> list[str]:
        return sorted(timezone_names())


@require_permission("account", "read", POST="update")
@form_page
def profile(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    initial = {"name": user.name, "timezone": user.timezone, "phone": user.phone or ""}
    form = ProfileForm(sent(request), initial=initial)

    def change(**facts: Any) -> object:
        return services.user_update(user=user, **facts)

    if is_done(form, change):
        messages.success(request, "Saved.")
        return redirect("account")
    status = 400 if form.errors else 200
    return shown(request, "profile", "account", status, form=form)
