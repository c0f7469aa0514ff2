"""The small pieces that pages repeat: icons, state chips, times, form fields."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django import template
from django.forms import BoundField
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

_AGES: Final = (
    ("year", timedelta(days=365)),
    ("month", timedelta(days=30)),
    ("day", timedelta(days=1)),
    ("hour", timedelta(hours=1)),
    ("minute", timedelta(minutes=1)),
)
_MESSAGE_ICONS: Final = {"success": "success", "warning": "warning", "error": "error"}


@register.simple_tag
def icon(name: str) -> SafeString:
    """A drawing beside a word that says the same, hence hidden from screen readers."""
    address = f"{static('img/icons.svg')}#{name}"
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}"></use></svg>', address
    )


@register.filter
def state_class(status: str) -> str:
    """The end of a state's class and icon names: TIMED_OUT gives timed-out."""
    return status.lower().replace("_", "-")


@register.filter
def state_word(status: str) -> str:
    return status.replace("_", " ").capitalize()


@register.simple_tag
def state_chip(status: str) -> SafeString:
    """A state said by icon, word and colour."""
    name = state_class(status)
    return format_html(
        '<span class="chip chip--{}">{}{}</span>',
        name,
        icon(f"state-{name}"),
        state_word(status),
    )


@register.simple_tag
def ago(when: datetime) -> SafeString:
    """How long ago, with the exact time on hover. A script keeps it true."""
    utc = when.astimezone(UTC)
    return format_html(
        '<time datetime="{}" title="{}" data-ago>{}</time>',
        utc.isoformat(timespec="seconds"),
        utc.strftime("%Y-%m-%d %H:%M:%S UTC"),
        age_text(timezone.now() - when),
    )


def age_text(age: timedelta) -> str:
    for unit, size in _AGES:
        if age >= size:
            count = age // size
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"


@register.simple_tag
def took(started_at: datetime | None, ended_at: datetime | None) -> str:
    """How long something took; a dash while that is not known."""
    if started_at is None or ended_at is None:
        return "—"
    return duration_text((ended_at - started_at).total_seconds())


def duration_text(seconds: float) -> str:
    if seconds < 1:
        return f"{max(0, round(seconds * 1000))} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


@register.filter
def message_icon(level: str) -> str:
    return _MESSAGE_ICONS.get(level, "info")


@register.filter
def widget(field: BoundField) -> SafeString:
    """The control of a field, joined to its error or help for screen readers."""
    attrs: dict[str, Any] = {}
    if field.errors:
        attrs["aria-describedby"] = f"{field.id_for_label}-error"
    elif field.help_text:
        attrs["aria-describedby"] = f"{field.id_for_label}-help"
    return field.as_widget(attrs=attrs)
