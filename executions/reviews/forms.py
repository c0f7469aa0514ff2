"""The form that answers a review. Text is edited as text, all else as JSON."""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from django import forms

from blocks.values import JsonValue
from core import jsonio
from executions.models import Review
from executions.reviews.serializers import MAX_MESSAGE
from executions.reviews.services import is_editable

EDITED_AT_MOST: Final = 200_000
"""Characters: a browser's text field gets slow beyond that."""
_WIDTH: Final = 100


def as_text(value: JsonValue) -> str:
    """What a person reads and edits."""
    if isinstance(value, str):
        return value
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


class AnswerForm(forms.Form):
    """`value` is there only if it may be edited, `always` only where it means anything.
    Cleaned `value` is the JSON value."""

    decision = forms.ChoiceField(
        choices=[("approve", "Approve"), ("reject", "Reject")],
        error_messages={"required": "Approve or reject it."},
    )
    value = forms.CharField(
        label="Data",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"spellcheck": "false"}),
    )
    message = forms.CharField(
        label="Message",
        required=False,
        max_length=MAX_MESSAGE,
        help_text="Goes on with the data; leave it empty if there is nothing to say.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    always = forms.BooleanField(
        label="Always approve what this node asks", required=False
    )

    def __init__(self, review: Review, sent: Mapping[str, Any] | None = None) -> None:
        self._asked: JsonValue = review.data
        text = as_text(self._asked)
        super().__init__(sent, initial={"value": text})
        self.fields["value"].widget.attrs["rows"] = _rows(text)
        if not is_editable(review) or len(text) > EDITED_AT_MOST:
            del self.fields["value"]
        if review.purpose != Review.Purpose.REVIEW:
            del self.fields["always"]

    @property
    def is_text(self) -> bool:
        return isinstance(self._asked, str)

    def clean_value(self) -> JsonValue:
        # Browsers send every line end as two characters.
        text = str(self.cleaned_data["value"]).replace("\r\n", "\n")
        if text == as_text(self._asked).replace("\r\n", "\n"):
            return self._asked
        return text if self.is_text else _parsed(text)

    @property
    def answered(self) -> JsonValue:
        """The data as it was left."""
        return self.cleaned_data.get("value", self._asked)


def _rows(text: str) -> int:
    """Enough to see all of a short text, and not more than a screen."""
    lines = sum(1 + len(line) // _WIDTH for line in text[:EDITED_AT_MOST].split("\n"))
    return min(max(lines + 1, 4), 24)


def _parsed(text: str) -> JsonValue:
    try:
        return jsonio.loads(text.encode())
    except jsonio.JsonError as error:
        raise forms.ValidationError(f"This is not JSON. {error}.") from None
