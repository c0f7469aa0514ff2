"""How the pins of a block are declared: a model a side, a field a pin."""

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo


class Pins(BaseModel):
    """The pins of one side of a block; each field is made by `pin()`."""

    model_config = ConfigDict(extra="allow", arbitrary_types_allowed=False)


def pin(
    description: str = "",
    *,
    default: Any = ...,
    default_factory: Callable[[], Any] | None = None,
    title: str | None = None,
    placeholder: str | None = None,
    advanced: bool = False,
    hidden: bool = False,
    secret: bool = False,
    **limits: Any,
) -> Any:
    """Declare a pin; one without a default is required.

    `limits` are pydantic's (`ge`, `max_length`, `pattern`, `json_schema_extra` …).
    """
    extra: dict[str, Any] = dict(limits.pop("json_schema_extra", {}))
    flags = {"advanced": advanced, "hidden": hidden, "secret": secret}
    extra |= {name: True for name, on in flags.items() if on}
    if placeholder:
        extra["placeholder"] = placeholder
    if default_factory is not None:
        limits["default_factory"] = default_factory
    else:
        limits["default"] = default
    made: FieldInfo = Field(
        title=title, description=description, json_schema_extra=extra, **limits
    )
    return made
