"""The page of who is let at one thing, for apps whose things can be shared."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone

from accounts import sharing
from accounts.account_pages.common import ShapedForm, day_field, end_of, is_done, sent
from accounts.http import user_of
from accounts.models import Share, User
from accounts.services import MAX_EMAIL
from accounts.sharing_api import ShareIn


class ShareForm(ShapedForm):
    shape = ShareIn

    email = forms.EmailField(
        label="E-mail",
        max_length=MAX_EMAIL,
        help_text="Of somebody who has an account here.",
        widget=forms.EmailInput(attrs={"autocomplete": "off", "autofocus": True}),
    )
    level = forms.ChoiceField(
        label="May", widget=forms.Select(attrs={"class": "select"})
    )
    expires_on = day_field("Last day", "Empty: until you end it.")

    def __init__(
        self, *args: Any, user: User, levels: list[tuple[str, str]], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self._user = user
        field: Any = self.fields["level"]
        field.choices = levels

    def wire(self, given: dict[str, Any]) -> dict[str, Any]:
        end = end_of(given["expires_on"], self._user)
        return {"email": given["email"], "level": given["level"], "expires_at": end}

    def refuse_field(self, field: str, text: str) -> None:
        super().refuse_field("expires_on" if field == "expires_at" else field, text)


def shares_page(
    request: HttpRequest,
    shares: type[Share],
    of: Any,
    *,
    levels: list[tuple[str, str]],
    **context: Any,
) -> HttpResponse:
    """Who is let at `of`, and a form to let somebody else. The caller has fetched it
    for the right that the method needs."""
    user = user_of(request)
    form = ShareForm(sent(request), user=user, levels=levels)

    def create(**facts: Any) -> object:
        return sharing.share_create(shares, user=user, of=of, **facts)

    if is_done(form, create):
        messages.success(request, f"Shared with {form.facts['email']}.")
        return HttpResponseRedirect(request.path)
    rows = [(row, _is_over(row)) for row in sharing.shares_of(shares, of)]
    context |= {"form": form, "shares": rows}
    status = 400 if form.errors else 200
    return render(request, "account/shares.html", context, status=status)


def share_end(
    request: HttpRequest, shares: type[Share], of: Any, id: UUID, back: str
) -> HttpResponse:
    share = sharing.share_get(shares, of, id)
    sharing.share_end(user=user_of(request), share=share)
    messages.success(request, f"Not shared with {share.user} any more.")
    return HttpResponseRedirect(back)


def _is_over(share: Share) -> bool:
    return share.expires_at is not None and share.expires_at <= timezone.now()
