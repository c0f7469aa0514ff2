"""Templates that users write: Jinja without a way out and without a way to run away.

Nothing is timed or killed. What a template does is counted (`template_work`): its loops
by the size of their body, every call, filter, operator and text by what it handles.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from types import TracebackType
from typing import Any, Final

from jinja2 import Template, TemplateSyntaxError

from blocks.errors import BlockError
from blocks.template_filters import ESCAPING, PLAIN
from blocks.template_work import TEXT_LIMIT, TemplateLimitError, require_text

_MESSAGE_CHARACTERS: Final = 300
_SMALL_SOURCE: Final = 4_096


class TemplateFailure(BlockError):
    """The template cannot be read, or failed on these values."""

    code = "bad_template"


def render(source: str, values: Mapping[str, Any], *, escape_html: bool = False) -> str:
    """Fill in a template; a variable without a value is empty.

    Raises:
        TemplateFailure: the template is wrong; the text names the line.
        TemplateLimitError: it would take too much work or make too large a text.
    """
    compiled = _compiled_small if len(source) <= _SMALL_SOURCE else _compiled_large
    template = compiled(source, escape_html)
    context = template.new_context(dict(values))
    try:
        return _assembled(template.root_render_func(context))
    except BlockError:
        raise
    except Exception as error:
        raise _failure(error, _line_of(template, error.__traceback__)) from None


def _assembled(chunks: Iterable[str]) -> str:
    parts: list[str] = []
    size = 0
    for chunk in chunks:
        size += len(chunk)
        require_text(size)
        parts.append(chunk)
    return "".join(parts)


def _compiled(source: str, escape_html: bool) -> Template:
    if len(source) > TEXT_LIMIT:
        raise TemplateLimitError(
            f"the template is {len(source):,} characters long (limit {TEXT_LIMIT:,})"
        )
    environment = ESCAPING if escape_html else PLAIN
    try:
        return environment.from_string(source)
    except BlockError:
        raise
    except TemplateSyntaxError as error:
        raise _failure(error, error.lineno) from None
    except Exception as error:
        raise _failure(error, None) from None


# A large template compiles to megabytes, so only few of those are kept.
_compiled_small: Callable[[str, bool], Template] = lru_cache(maxsize=1024)(_compiled)
_compiled_large: Callable[[str, bool], Template] = lru_cache(maxsize=16)(_compiled)


def _failure(error: Exception, line: int | None) -> TemplateFailure:
    if isinstance(error, RecursionError | MemoryError):
        text = "it is nested too deeply"
    else:
        text = str(error) or type(error).__name__
    cut = text if len(text) <= _MESSAGE_CHARACTERS else text[:_MESSAGE_CHARACTERS] + "…"
    where = f"template, line {line}" if line else "template"
    return TemplateFailure(f"{where}: {cut}")


def _line_of(template: Template, traceback: TracebackType | None) -> int | None:
    line = None
    while traceback is not None:
        if traceback.tb_frame.f_globals.get("__jinja_template__") is template:
            line = template.get_corresponding_lineno(traceback.tb_lineno)
        traceback = traceback.tb_next
    return line
