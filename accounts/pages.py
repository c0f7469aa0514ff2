"""Pages for signing in and up, and what the pages of other apps share."""

from typing import Final
from uuid import UUID

from django.contrib.auth import login
from django.contrib.auth.views import LoginView
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.forms import SignInForm, SignUpForm
from accounts.models import User
from accounts.services import user_register

PAGE_SIZE: Final = 50


def id_from_address(text: str | None) -> UUID | None:
    """An id given in the query of a page; a wrong one is an address of nothing."""
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return redirect("agents" if request.user.is_authenticated else "sign-in")


class SignIn(LoginView):
    template_name = "accounts/sign_in.html"
    form_class = SignInForm
    authentication_form = SignInForm
    redirect_authenticated_user = True


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("agents")
    form = SignUpForm(request.POST) if request.method == "POST" else SignUpForm()
    if form.is_valid():
        user = _registered(form)
        if user is not None:
            login(request, user)
            return redirect("agents")
    return render(request, "accounts/sign_up.html", {"form": form})


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token: the page is too old, or another site sent it."""
    return render(request, "errors/403.html", status=403)


def _registered(form: SignUpForm) -> User | None:
    """The new user; None if the form now says why there is none."""
    try:
        return user_register(form.cleaned_data["email"], form.cleaned_data["password"])
    except ValidationError as error:
        form.add_error(None, error)
        return None
