"""The forms of schedules and webhooks."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.conf import settings

from blocks.values import JsonObject
from core.http import Problem
from executions.models import Hook, Schedule
from executions.triggers.cron import timezone_names
from executions.triggers.hooks import new_secret
from executions.triggers.input_fields import InputField, input_fields

EXAMPLES: Final = (
    ("0 * * * *", "every hour"),
    ("*/15 * * * *", "every 15 minutes"),
    ("0 9 * * *", "every day at 09:00"),
    ("0 9 * * 1-5", "weekdays at 09:00"),
    ("0 9 * * 1", "Mondays at 09:00"),
    ("0 9 1 * *", "on the 1st of the month at 09:00"),
)
_SELECT: Final = {"class": "select"}


class TriggerForm(forms.Form):
    name = forms.CharField(
        max_length=200,
        required=False,
        help_text="What you will know it by.",
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
    )

    def refuse(self, problem: Problem) -> None:
        """Say what the service refused, beside the field that it is about."""
        for error in problem.errors:
            self.add_error(self._place(error["field"]), error["message"])
        if not problem.errors:
            self.add_error(None, str(problem.detail))

    def _place(self, field: str) -> str | None:
        return field if field in self.fields else None


class ScheduleForm(TriggerForm):
    cron = forms.CharField(
        label="When",
        max_length=200,
        help_text="Minute, hour, day of month, month, day of week: 0 9 * * 1-5 is "
        "weekdays at 09:00.",
        widget=forms.TextInput(
            attrs={
                "class": "mono",
                "list": "cron-examples",
                "autocomplete": "off",
                "spellcheck": "false",
            }
        ),
    )
    timezone = forms.CharField(
        label="Time zone",
        max_length=64,
        help_text="Such as Europe/Berlin, or UTC.",
        widget=forms.TextInput(attrs={"list": "timezones", "autocomplete": "off"}),
    )
    misfire = forms.ChoiceField(
        label="If times were missed",
        choices=[(m.value, m.label.capitalize()) for m in Schedule.Misfire],
        help_text="Because the platform was off, say.",
        widget=forms.Select(attrs=_SELECT),
    )

    def __init__(
        self, *args: Any, schema: JsonObject, inputs: JsonObject, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self._inputs = list(input_fields(schema, inputs))
        for field in self._inputs:
            self.fields[field.key] = field.form_field()

    @property
    def rhythm(self) -> list[forms.BoundField]:
        return [self[name] for name in ("name", "cron", "timezone")]

    @property
    def misses(self) -> list[forms.BoundField]:
        return [self["misfire"]]

    @property
    def inputs(self) -> list[forms.BoundField]:
        return [self[field.key] for field in self._inputs]

    @property
    def time_zones(self) -> list[str]:
        return sorted(timezone_names())

    @property
    def examples(self) -> tuple[tuple[str, str], ...]:
        return EXAMPLES

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        values = {f.name: self._value(f, given) for f in self._inputs if f.key in given}
        return {
            **{name: given.get(name) for name in ("name", "cron", "timezone")},
            "misfire": given.get("misfire"),
            "inputs": {k: v for k, v in values.items() if v is not _UNSET},
        }

    def _value(self, field: InputField, given: Mapping[str, str]) -> Any:
        text = given[field.key]
        if not text:
            return _UNSET
        try:
            return field.value_of(text)
        except ValueError as error:
            self.add_error(field.key, str(error))
            return _UNSET

    def _place(self, field: str) -> str | None:
        name = field.removeprefix("inputs.")
        keys = {f.name: f.key for f in self._inputs}
        return keys.get(name) if name != field else super()._place(field)


_UNSET: Final = object()


class HookForm(TriggerForm):
    check_by = forms.ChoiceField(
        label="Let in",
        choices=[
            (Hook.Check.NONE.value, "Whoever knows the address"),
            (Hook.Check.SECRET.value, "Who also sends the secret"),
            (Hook.Check.SIGNATURE.value, "Who also signs with the secret"),
        ],
        help_text="The secret comes in the header X-Webhook-Secret; signatures are "
        "those of Standard Webhooks and GitHub.",
        widget=forms.Select(attrs=_SELECT),
    )
    secret = forms.CharField(
        required=False,
        max_length=255,
        widget=forms.TextInput(
            attrs={"class": "mono", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    wait_s = forms.FloatField(
        label="Wait for the outputs",
        required=False,
        min_value=0.1,
        max_value=settings.LIMITS.wait_seconds,
        help_text="Seconds to hold the answer until the run has ended. Empty: answer "
        "at once.",
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, hook: Hook | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self._has_secret = hook is not None and hook.__dict__["secret"] is not None
        secret = self.fields["secret"]
        if self._has_secret:
            secret.help_text = "Leave it empty to keep the one there is."
        else:
            secret.initial = new_secret()
            secret.help_text = (
                "For the checks that ask for one. Give it to the sender now: it is not "
                "shown again."
            )

    def clean(self) -> dict[str, Any]:
        """A secret that is not asked for is dropped: the form always offers one."""
        given = super().clean() or {}
        if given.get("check_by") == Hook.Check.NONE:
            return {**given, "secret": None}
        if not given.get("secret") and not self._has_secret:
            self.add_error("secret", "Enter a secret of at least 16 characters.")
        return {**given, "secret": given.get("secret") or None}
