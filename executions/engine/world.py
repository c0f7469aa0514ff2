"""What a process offers to blocks: for each way out, how to make the caller's own."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn, TypeAlias, TypeVar

from blocks.context import Caller
from blocks.errors import BlockError
from blocks.world import (
    Code,
    Credentials,
    Databases,
    Files,
    HttpClient,
    Library,
    Live,
    Mail,
    Memory,
)

T = TypeVar("T")
For: TypeAlias = Callable[[Caller], T]


class _Silence:
    """Nobody watches."""

    def text(self, delta: str) -> None:
        return None

    def progress(self, done: float, total: float, note: str = "") -> None:
        return None


def _closed(what: str) -> Callable[[Caller], NoReturn]:
    def refuse(caller: Caller) -> NoReturn:
        raise BlockError(f"{what} cannot be used here", code="unavailable")

    return refuse


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    """Each factory is asked when a block first reaches for what it makes."""

    http: HttpClient
    credentials: For[Credentials] = field(default=_closed("credentials"))
    files: For[Files] = field(default=_closed("files"))
    memory: For[Memory] = field(default=_closed("the memory of agents"))
    mail: For[Mail] = field(default=_closed("mail"))
    databases: For[Databases] = field(default=_closed("databases"))
    code: For[Code] = field(default=_closed("code"))
    library: For[Library] = field(default=_closed("the library of agents"))
    live: For[Live] = lambda caller: _Silence()
