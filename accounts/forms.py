"""The forms of the sign-in and sign-up pages."""

from django import forms
from django.contrib.auth.forms import AuthenticationForm

from accounts.services import MAX_EMAIL, MAX_PASSWORD


def _email_field() -> forms.EmailField:
    return forms.EmailField(
        label="E-mail",
        max_length=MAX_EMAIL,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )


def _password_field(autocomplete: str, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label="Password",
        max_length=MAX_PASSWORD,
        strip=False,
        help_text=help_text,
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
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
    password = _password_field(
        "new-password", "At least 8 characters, and not a common password."
    )
