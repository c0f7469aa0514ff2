"""The forms of credentials: a kind has fields of its own."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms

from accounts.account_pages.common import ShapedForm, day_field, end_of, lines_of
from accounts.credentials.serializers import (
    MAX_SECRET,
    CredentialIn,
    CredentialPatchIn,
)
from accounts.models import Credential, User

Kind = Credential.Kind

_KEPT: Final = "Leave it empty to keep what is stored."
BY_HAND: Final = (Kind.API_KEY, Kind.USER_PASSWORD, Kind.HOST_SCOPED)
"""Tokens of OAuth come from the provider alone."""


def _secret_field(label: str, **attrs: Any) -> forms.CharField:
    control = forms.PasswordInput(attrs={"autocomplete": "off", **attrs})
    return forms.CharField(
        label=label, max_length=MAX_SECRET, strip=False, required=False, widget=control
    )


def _lines_field(label: str, help_text: str, placeholder: str) -> forms.CharField:
    attrs = {"rows": 3, "class": "mono", "placeholder": placeholder}
    area = forms.Textarea(attrs={**attrs, "spellcheck": "false"})
    return forms.CharField(
        label=label, required=False, help_text=help_text, widget=area
    )


_FIELDS: Final[Mapping[str, Mapping[str, forms.Field]]] = {
    Kind.API_KEY: {
        "api_key": _secret_field("API key"),
        "base_url": forms.URLField(
            label="Server address",
            required=False,
            assume_scheme="https",
            help_text="Only for a server of your own that speaks like this provider.",
        ),
    },
    Kind.USER_PASSWORD: {
        "username": forms.CharField(
            label="User name",
            required=False,
            max_length=MAX_SECRET,
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        ),
        "password": _secret_field("Password"),
    },
    Kind.HOST_SCOPED: {
        "hosts": _lines_field(
            "Hosts", "One a line. Headers are sent to these alone.", "api.example.org"
        ),
        "headers": _lines_field(
            "Headers", "One a line: its name, a colon, its value.", "X-Api-Key: …"
        ),
    },
    Kind.OAUTH2: {},
}  # fmt: skip
_SECRETS: Final[Mapping[str, tuple[str, ...]]] = {
    Kind.API_KEY: ("api_key",),
    Kind.USER_PASSWORD: ("username", "password"),
}


class CredentialForm(ShapedForm):
    """Of one kind. Secrets come in and are never shown again."""

    shape = CredentialPatchIn

    title = forms.CharField(
        label="Name",
        max_length=200,
        required=False,
        help_text="What you will know it by.",
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, kind: str, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self._kind, self._user = kind, user
        for name, field in _FIELDS[kind].items():
            self.fields[name] = type(self)._copied(field)
        if kind != Kind.OAUTH2:
            self.fields["expires_on"] = day_field(
                "Last day", "Empty: it has no end, or you do not know it."
            )

    @staticmethod
    def _copied(field: forms.Field) -> forms.Field:
        return field.__deepcopy__({})

    def wire(self, given: dict[str, Any]) -> dict[str, Any]:
        facts: dict[str, Any] = {"title": given["title"]}
        if secrets := self._secrets(given):
            facts["secrets"] = secrets
        if "expires_on" in given:
            facts["expires_at"] = end_of(given["expires_on"], self._user)
        if "hosts" in given:
            facts["hosts"] = lines_of(given["hosts"])
        if "base_url" in given:
            address = given["base_url"]
            facts["settings"] = {"base_url": address} if address else {}
        return facts

    def _secrets(self, given: Mapping[str, str]) -> dict[str, str]:
        if self._kind == Kind.HOST_SCOPED:
            pairs = [line.partition(":") for line in lines_of(given["headers"])]
            return {name.strip(): value.strip() for name, _, value in pairs}
        return {n: given[n] for n in _SECRETS.get(self._kind, ()) if given[n]}

    def refuse_field(self, field: str, text: str) -> None:
        first = {"secrets": self._first_secret(), "settings": "base_url"}
        super().refuse_field(first.get(field, field), text)

    def _first_secret(self) -> str:
        return "headers" if self._kind == Kind.HOST_SCOPED else _SECRETS[self._kind][0]


class NewCredentialForm(CredentialForm):
    shape = CredentialIn

    def __init__(self, *args: Any, provider: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self._provider = provider

    def wire(self, given: dict[str, Any]) -> dict[str, Any]:
        named = {"provider": self._provider, "kind": self._kind}
        return {"secrets": {}, **super().wire(given), **named}


class CredentialEditForm(CredentialForm):
    """What is stored stays unless something is given in its place."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("api_key", "username", "password", "headers"):
            if name in self.fields:
                self.fields[name].help_text = _KEPT
