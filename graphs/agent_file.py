"""Reading an agent from a file that a command names."""

from pathlib import Path

from django.core.management.base import CommandError

from core import jsonio


def read_agent(path: Path) -> jsonio.JsonValue:
    """
    Raises:
        CommandError: the file cannot be read.
        JsonError: it holds no JSON that we take.
    """
    try:
        with path.open("rb") as file:
            data = file.read(jsonio.GRAPH.size + 1)
    except OSError as error:
        message = error.strerror or type(error).__name__
        raise CommandError(f"Cannot read {path}: {message}.") from None
    return jsonio.loads(data, limits=jsonio.GRAPH)
