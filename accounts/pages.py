"""Pages for signing in and up, and what the pages of other apps share."""

from typing import Any, Final
from uuid import UUID

from django.contrib.auth.views import LoginView
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.forms import SignInForm, SignUpForm
from accounts.models import User
from accounts.sign_in import devices
from accounts.sign_in.entering import go_on
from accounts.sign_in.oidc_providers import oidc_providers
from accounts.sign_in.verify import user_sign_up
from accounts.sign_in_limits import wants_proof

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

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs, providers=oidc_providers())

    def form_valid(self, form: Any) -> HttpResponse:
        """The password was right. Something more may be wanted."""
        user: User = form.get_user()
        proof = wants_proof(self.request) and not devices.is_known(self.request, user)
        target = self.get_success_url()
        return go_on(self.request, user, target=target, wants_proof=proof)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("agents")
    form = SignUpForm(request.POST) if request.method == "POST" else SignUpForm()
    if form.is_valid():
        user = _registered(form)
        if user is not None:
            return go_on(request, user, target=resolve_url("agents"))
    return render(request, "accounts/sign_up.html", {"form": form})


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token: the page is too old, or another site sent it."""
    return render(request, "errors/403.html", status=403)


def _registered(form: SignUpForm) -> User | None:
    """The new user; None if the form now says why there is none."""
    try:
        return user_sign_up(form.cleaned_data["email"], form.cleaned_data["password"])
    except ValidationError as error:
        form.add_error(None, error)
        return None
