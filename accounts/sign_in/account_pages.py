"""Pages of one's account: the password, the second factor, and where one is signed
in."""

from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.forms import ConfirmForm, DisableForm, EnrolForm, PasswordForm, RenewForm
from accounts.http import user_of
from accounts.pages import id_from_address
from accounts.rights.permissions import require_permission
from accounts.sign_in import devices, passwords, second_factor, sessions
from accounts.sign_in.agents import device_name
from accounts.sign_in.pages import target_of
from accounts.sign_in.steps import factor_shown, was_factor_shown

form_page = require_http_methods(["GET", "HEAD", "POST"])
Shown = dict[str, Any]

# --- The password ---------------------------------------------------------------------


@sensitive_post_parameters("current", "new")
@require_permission("account", "read", POST="update")
@form_page
def password(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    form = PasswordForm(request.POST or None)
    if form.is_valid() and _kept(
        form, lambda: passwords.password_change(user, **form.cleaned_data)
    ):
        # This browser goes on, with a session of its own.
        update_session_auth_hash(request, user)
        messages.success(
            request, "Your password is changed. You are signed out elsewhere."
        )
        response = redirect("password")
        devices.remember(response, user)
        return response
    context = {
        "form": form,
        "has_password": user.has_usable_password(),
        "page": "password",
    }
    return render(request, "accounts/password.html", context)


def _kept(form: Form, act: Callable[[], object]) -> bool:
    """False: the form now says what was wrong."""
    try:
        act()
    except ValidationError as error:
        form.add_error(None, error)
        return False
    return True


# --- The second factor ----------------------------------------------------------------


@sensitive_post_parameters("password", "code")
@require_permission("account", "read", POST="update")
@form_page
def factor(request: HttpRequest) -> HttpResponse:
    """One page for all that can be done with it; each of its forms says what."""
    act = _ACTIONS.get(request.POST.get("action", ""))
    try:
        found = act(request) if act is not None else {}
    except (second_factor.AlreadyOn, second_factor.NotOn):
        # Done meanwhile in another window.
        return redirect("second-factor")
    if isinstance(found, HttpResponse):
        return found
    return render(request, "accounts/second_factor.html", _context(request) | found)


def _context(request: HttpRequest) -> Shown:
    user = user_of(request)
    state = second_factor.state_of(user)
    asked = request.POST.get("next", request.GET.get("next"))
    return {
        "state": state,
        "wants_shown": bool(state.enabled and asked)
        and not was_factor_shown(request.session),
        "next": target_of(request) if asked else "",
        "has_password": user.has_usable_password(),
        "enrol_form": EnrolForm(),
        "renew_form": RenewForm(auto_id="renew_%s"),
        "disable_form": DisableForm(auto_id="disable_%s"),
        "show_form": RenewForm(auto_id="show_%s"),
        "page": "second-factor",
    }


def _begin(request: HttpRequest) -> Shown:
    form, user = EnrolForm(request.POST), user_of(request)
    if form.is_valid() and _kept(
        form, lambda: second_factor.enrol_begin(user, **form.cleaned_data)
    ):
        enrolment = second_factor.enrolment_of(user)
        return {"enrolment": enrolment, "confirm_form": ConfirmForm()}
    return {"enrol_form": form}


def _confirm(request: HttpRequest) -> Shown:
    form, user = ConfirmForm(request.POST), user_of(request)
    codes: list[str] = []
    if form.is_valid() and _kept(
        form,
        lambda: codes.extend(second_factor.enrol_confirm(user, **form.cleaned_data)),
    ):
        factor_shown(request.session)
        return {"recovery_codes": codes}
    return {"enrolment": second_factor.enrolment_of(user), "confirm_form": form}


def _renew(request: HttpRequest) -> Shown:
    form, user = RenewForm(request.POST, auto_id="renew_%s"), user_of(request)
    codes: list[str] = []
    if form.is_valid() and _kept(
        form,
        lambda: codes.extend(
            second_factor.recovery_codes_renew(user, **form.cleaned_data)
        ),
    ):
        return {"recovery_codes": codes}
    return {"renew_form": form}


def _show(request: HttpRequest) -> Shown | HttpResponse:
    """Who signed in without it, before there was one, shows it now."""
    form, user = RenewForm(request.POST, auto_id="show_%s"), user_of(request)
    if form.is_valid() and _kept(
        form, lambda: second_factor.prove(user, **form.cleaned_data)
    ):
        factor_shown(request.session)
        return redirect(target_of(request))
    return {"show_form": form}


def _disable(request: HttpRequest) -> Shown | HttpResponse:
    form, user = DisableForm(request.POST, auto_id="disable_%s"), user_of(request)
    if form.is_valid() and _kept(
        form, lambda: second_factor.disable(user, **form.cleaned_data)
    ):
        messages.success(request, "The second factor is switched off.")
        return redirect("second-factor")
    return {"disable_form": form}


_ACTIONS: Final[dict[str, Callable[[HttpRequest], Shown | HttpResponse]]] = {
    "begin": _begin,
    "confirm": _confirm,
    "renew": _renew,
    "show": _show,
    "disable": _disable,
}


# --- Sessions -------------------------------------------------------------------------


@require_permission("account", "read", POST="update")
@form_page
def places(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    current = sessions.current_browser(request.session.session_key)
    if request.method == "POST":
        _end(request, current)
        return redirect("sessions")
    found = [(place, _name_of(place)) for place in sessions.places_of(user, current)]
    context = {"places": found, "page": "sessions"}
    return render(request, "accounts/sessions.html", context)


def _name_of(place: sessions.Place) -> str:
    if place.kind == "browser":
        return device_name(place.user_agent)
    return f"Program: {place.user_agent[:60]}" if place.user_agent else "Program"


def _end(request: HttpRequest, current: sessions.Current) -> None:
    user = user_of(request)
    if request.POST.get("action") == "others":
        count = sessions.places_end_others(user, current)
        messages.success(request, f"Signed out in {count} other places.")
        return
    id_ = id_from_address(request.POST.get("id"))
    if id_ is not None and sessions.place_end(user, id_):
        messages.success(request, "Signed out there.")
