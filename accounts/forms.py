"""The forms of the pages for signing in and for one's account."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm

from accounts.services import MAX_EMAIL, MAX_PASSWORD

WHAT_IS_GOOD = "At least 8 characters, not a common password, and not your address."


def _email_field() -> forms.EmailField:
    return forms.EmailField(
        label="E-mail",
        max_length=MAX_EMAIL,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )


def _password_field(
    autocomplete: str, help_text: str = "", label: str = "Password"
) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=MAX_PASSWORD,
        strip=False,
        help_text=help_text,
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
    )


def _code_field(help_text: str = "", *, autofocus: bool = False) -> forms.CharField:
    attrs: dict[str, Any] = {
        "autocomplete": "one-time-code",
        "autocapitalize": "none",
        "spellcheck": "false",
    }
    if autofocus:
        attrs["autofocus"] = True
    return forms.CharField(
        label="Code",
        max_length=100,
        help_text=help_text,
        widget=forms.TextInput(attrs=attrs),
    )


class SignInForm(AuthenticationForm):
    username = _email_field()
    password = _password_field("current-password")

    error_messages = {
        "invalid_login": "E-mail address and password do not belong together. "
        "Check both: capitals in the password matter.",
        "inactive": "This account is switched off. Ask whoever runs this site.",
    }


class SignUpForm(forms.Form):
    email = _email_field()
    password = _password_field("new-password", WHAT_IS_GOOD)


class CodeForm(forms.Form):
    code = _code_field(autofocus=True)


class EmailForm(forms.Form):
    email = _email_field()


class ResetForm(forms.Form):
    password = _password_field("new-password", WHAT_IS_GOOD, label="New password")


class PasswordForm(forms.Form):
    current = _password_field("current-password", label="Current password")
    new = _password_field("new-password", WHAT_IS_GOOD, label="New password")


class EnrolForm(forms.Form):
    password = _password_field("current-password")


class ConfirmForm(forms.Form):
    code = _code_field("The six digits that the app shows now.", autofocus=True)


class RenewForm(forms.Form):
    code = _code_field("From your app, or one of the recovery codes.")


class DisableForm(forms.Form):
    password = _password_field("current-password")
    code = _code_field("From your app, or one of the recovery codes.")
