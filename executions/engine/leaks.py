"""Keeps secrets that a run has used out of what it tells."""

import orjson

from core.redaction import Patterns, redactor
from executions.domain.events import Emitted, Event, Failed, Retrying


def without_secrets(run_id: str, events: tuple[Event, ...]) -> tuple[Event, ...]:
    """The events of an attempt as they may be stored, shown and passed on."""
    patterns = redactor.of(run_id)
    if patterns is None:
        return events
    return tuple(_clean(event, patterns) for event in events)


def _clean(event: Event, patterns: Patterns) -> Event:
    if isinstance(event, Emitted):
        if not patterns.are_in(event.raw):
            return event
        value = patterns.value(event.value)
        return event._replace(value=value, raw=orjson.dumps(value))
    if isinstance(event, Failed | Retrying):
        return event._replace(message=patterns.text(event.message))
    return event
