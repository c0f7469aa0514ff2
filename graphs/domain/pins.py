"""Names on links and among constants, read against the pins a block has."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from blocks.dynamic_pins import PinPath, parse_pin
from blocks.schema import ERROR_PIN
from blocks.spec import BlockSpec, Kind, Pin

MAX_NAME: Final = 500
"""Characters of a pin name, dynamic parts included."""

PinReader = Callable[[BlockSpec | None, str], PinPath]
"""`sink_path` or `source_path`."""

TOOLS_PIN: Final = "tools"
_TOOL_PREFIX: Final = "tools_^_"
_TOOL_SEPARATOR: Final = "_~_"


def sink_path(spec: BlockSpec | None, name: str) -> PinPath:
    """Read the name of an input pin. A name that is a pin as it stands is that pin, and
    those of a sub-agent are the inputs it has.

    Raises:
        PinNameError: it is malformed.
    """
    if spec is not None and spec.kind is Kind.AGENT:
        return PinPath(name)
    return _path(spec.inputs if spec else {}, name)


def source_path(spec: BlockSpec | None, name: str) -> PinPath:
    """Read the name of an output pin, also in the old form that names a tool.

    Raises:
        PinNameError: it is malformed.
    """
    if name.startswith(_TOOL_PREFIX):
        return PinPath(TOOLS_PIN)
    if spec is not None and spec.kind is Kind.AGENT:
        return PinPath(name)
    return _path(spec.outputs if spec else {}, name)


def tool_pin(sink_id: str, sink_pin: str) -> str:
    """The output that carries one argument to one tool; links say the same in two
    ways, `tools` and with the name of the tool in it."""
    return f"{_TOOL_PREFIX}{sink_id}{_TOOL_SEPARATOR}{sink_pin}"


def tool_pin_of(name: str) -> tuple[str, str] | None:
    """Node and pin of the tool that an output is for, if it is for one."""
    if not name.startswith(_TOOL_PREFIX):
        return None
    sink_id, separator, pin = name.removeprefix(_TOOL_PREFIX).partition(_TOOL_SEPARATOR)
    return (sink_id, pin) if separator else None


def _path(pins: Mapping[str, Pin], name: str) -> PinPath:
    return PinPath(name) if name in pins else parse_pin(name)


def outputs_of(spec: BlockSpec) -> list[str]:
    """The names of all output pins; every standard block has `error`."""
    names = list(spec.outputs)
    if spec.kind is Kind.STANDARD and ERROR_PIN not in names:
        names.append(ERROR_PIN)
    return names


def listed(names: Iterable[str]) -> str:
    """The names for a sentence, in quotes."""
    return ", ".join(repr(name) for name in names) or "none"


def is_credentials_name(name: str) -> bool:
    """Names that only pins which hold credentials may have."""
    return name == "credentials" or name.endswith("_credentials")
