"""Pages for whoever is not signed in yet, or cannot sign in."""

from typing import Final

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.forms import CodeForm, EmailForm, ResetForm
from accounts.sign_in import mailed, passwords, verify
from accounts.sign_in.entering import go_in, go_on
from accounts.sign_in.identities import IdentityRefused, identity_user
from accounts.sign_in.identity_links import linked, who_links
from accounts.sign_in.links import link_to
from accounts.sign_in.oidc import NotBegun, oidc_begin, oidc_finish
from accounts.sign_in.oidc_providers import (
    OidcProvider,
    ProviderFailed,
    oidc_provider,
)
from accounts.sign_in.second_factor import WRONG_CODE
from accounts.sign_in.steps import Step, half_way, step_taken

TOO_LATE: Final = "That took too long. Sign in anew."
WRONG_MAILED: Final = "This code is not good, or no longer. Look at the newest mail."

form_page = require_http_methods(["GET", "HEAD", "POST"])


def target_of(request: HttpRequest) -> str:
    """Where the person wanted to go; never to another site."""
    asked = request.POST.get(REDIRECT_FIELD_NAME, request.GET.get(REDIRECT_FIELD_NAME))
    is_ours = url_has_allowed_host_and_scheme(
        asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return asked if asked and is_ours else resolve_url(settings.LOGIN_REDIRECT_URL)


def _anew(request: HttpRequest, why: str) -> HttpResponse:
    messages.error(request, why)
    return redirect("sign-in")


# --- A code ---------------------------------------------------------------------------


@form_page
def code(request: HttpRequest) -> HttpResponse:
    """The second of two steps: a code of the app, or one that was mailed."""
    half = half_way(request.session)
    if half is None or half.step == Step.VERIFY:
        return _anew(request, TOO_LATE)
    form = CodeForm(request.POST or None)
    if half.step is None:
        return go_in(request, half.user, half.next)
    if form.is_valid():
        if step_taken(half.user, half.step, form.cleaned_data["code"]):
            is_factor = half.step == Step.SECOND_FACTOR
            return go_in(request, half.user, half.next, with_factor=is_factor)
        is_mailed = half.step == Step.PROOF
        form.add_error("code", WRONG_MAILED if is_mailed else WRONG_CODE)
    context = {"form": form, "is_mailed": half.step == Step.PROOF}
    return render(request, "accounts/second_factor_code.html", context)


# --- The address ----------------------------------------------------------------------


@form_page
def verify_wait(request: HttpRequest) -> HttpResponse:
    """Says that a mail is on its way, and sends another one."""
    half = half_way(request.session)
    if half is None:
        return _anew(request, TOO_LATE)
    if half.step != Step.VERIFY:
        return go_on(request, half.user, target=half.next)
    if request.method == "POST":
        verify.verify_ask(half.user.email, str(request.META.get("REMOTE_ADDR", "")))
        messages.success(request, "The mail is on its way again.")
        return redirect("sign-in-verify")
    return render(request, "accounts/verify_wait.html", {"email": half.user.email})


@form_page
def verify_link(request: HttpRequest, token: str) -> HttpResponse:
    """Where the mail leads. Programs that look through mails open links, so it takes a
    click to use it."""
    if request.method != "POST":
        is_good = mailed.token_owner(token, mailed.VERIFY) is not None
        return render(request, "accounts/verify.html", {"is_good": is_good})
    user = verify.verify(token)
    if user is None:
        return render(request, "accounts/verify.html", {"is_good": False})
    messages.success(request, "Your address is confirmed.")
    half = half_way(request.session)
    if half is not None and half.user == user:
        return go_on(request, user, target=half.next)
    return redirect("agents" if request.user.is_authenticated else "sign-in")


# --- The password ---------------------------------------------------------------------


@form_page
def reset_request(request: HttpRequest) -> HttpResponse:
    form = EmailForm(request.POST or None)
    if not form.is_valid():
        return render(request, "accounts/reset_request.html", {"form": form})
    email = form.cleaned_data["email"]
    passwords.password_ask_reset(email, str(request.META.get("REMOTE_ADDR", "")))
    context = {"email": email}
    return render(request, "accounts/reset_sent.html", context)


@sensitive_post_parameters("password")
@form_page
def reset(request: HttpRequest, token: str) -> HttpResponse:
    """Where the mail leads."""
    form = ResetForm(request.POST or None)
    is_good = mailed.token_owner(token, mailed.RESET) is not None
    if is_good and form.is_valid():
        try:
            passwords.password_reset(token, form.cleaned_data["password"])
        except ValidationError as error:
            form.add_error(None, error)
        except passwords.LinkRefused:
            is_good = False
        else:
            messages.success(request, "Your password is changed. Sign in with it.")
            return redirect("sign-in")
    context = {"form": form, "is_good": is_good}
    return render(request, "accounts/reset.html", context)


# --- Providers ------------------------------------------------------------------------


@require_safe
def oidc_out(request: HttpRequest, name: str) -> HttpResponse:
    """To the provider. A link, since our pages may send forms nowhere else."""
    provider = _provider(name)
    try:
        url = oidc_begin(
            request.session,
            provider,
            redirect_uri=_back(provider),
            target=target_of(request),
            links=who_links(request),
        )
    except ProviderFailed as error:
        return _anew(request, _failed(provider, error))
    return redirect(url)


@require_safe
def oidc_back(request: HttpRequest, name: str) -> HttpResponse:
    """Where the provider sends the person back to."""
    provider, query = _provider(name), request.GET
    if query.get("error"):
        return _anew(request, f"{provider.label} did not sign you in.")
    try:
        known = oidc_finish(
            request.session,
            provider,
            state=query.get("state", ""),
            code=query.get("code", ""),
            issuer=query.get("iss"),
            redirect_uri=_back(provider),
        )
        if known.links:
            return linked(request, known)
        user = identity_user(known)
    except NotBegun:
        return _anew(request, TOO_LATE)
    except ProviderFailed as error:
        return _anew(request, _failed(provider, error))
    except IdentityRefused as error:
        return _anew(request, str(error))
    return go_on(request, user, target=known.next)


def _provider(name: str) -> OidcProvider:
    found = oidc_provider(name)
    if found is None:
        raise Http404
    return found


def _back(provider: OidcProvider) -> str:
    return link_to("oidc-back", provider.name)


def _failed(provider: OidcProvider, error: ProviderFailed) -> str:
    return f"{provider.label} could not sign you in: {error}. Try again later."
