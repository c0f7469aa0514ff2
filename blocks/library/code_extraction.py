"""The block that takes code out of what a language model says."""

from collections.abc import Iterator
from typing import Any, Final

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.spec import Category, Example

FENCE: Final = "```"

_PINS: Final = {
    "html": ("html", "htm"),
    "css": ("css",),
    "javascript": ("javascript", "js"),
    "python": ("python", "py"),
    "sql": ("sql",),
    "java": ("java",),
    "cpp": ("cpp", "c++"),
    "csharp": ("csharp", "c#", "cs"),
    "json_code": ("json",),
    "bash": ("bash", "shell", "sh"),
    "php": ("php",),
    "ruby": ("ruby", "rb"),
    "yaml": ("yaml", "yml"),
    "markdown": ("markdown", "md"),
    "typescript": ("typescript", "ts"),
    "xml": ("xml",),
}
_PIN_OF: Final = {tag: name for name, tags in _PINS.items() for tag in tags}


def _code(language: str) -> Any:
    return pin(f"The code in {language}, if there is any.")


@block(
    id="d3a7d896-3b78-4f44-8b4b-48fbf4f0bcd8",
    name="CodeExtractionBlock",
    categories=(Category.TEXT,),
    inline=True,
    examples=(
        Example(
            inputs={"text": "So:\n```py\nx = 1\n```\nand\n```SQL\nSELECT 1\n```"},
            outputs=[
                ("python", "x = 1"),
                ("sql", "SELECT 1"),
                ("remaining_text", "So:\nand"),
            ],
        ),
        Example(
            inputs={"text": "```js\na()\n```\n\n```js\nb()\n```"},
            outputs=[("javascript", "a()\n\nb()")],
        ),
        Example(
            inputs={"text": "```\nplain\n```"},
            outputs=[("remaining_text", "```\nplain\n```")],
        ),
    ),
)
class CodeExtraction(Block):
    """Takes the fenced code out of a text, language by language; code of one language
    is joined by an empty line. Code without a language that is known stays in the text,
    from which empty lines are taken away."""

    class Input(Pins):
        text: str = pin("The text, as a language model writes it.")

    class Output(Pins):
        html: str = _code("HTML")
        css: str = _code("CSS")
        javascript: str = _code("JavaScript")
        python: str = _code("Python")
        sql: str = _code("SQL")
        java: str = _code("Java")
        cpp: str = _code("C++")
        csharp: str = _code("C#")
        json_code: str = _code("JSON")
        bash: str = _code("shell")
        php: str = _code("PHP")
        ruby: str = _code("Ruby")
        yaml: str = _code("YAML")
        markdown: str = _code("Markdown")
        typescript: str = _code("TypeScript")
        xml: str = _code("XML")
        remaining_text: str = pin("The text without the code.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        found: dict[str, list[str]] = {}
        rest = []
        for name, text in _pieces(inputs.text):
            if name is None:
                rest.append(text)
            elif text.strip():
                found.setdefault(name, []).append(text.strip())
        for name in _PINS:
            if name in found:
                yield name, "\n\n".join(found[name])
        if remaining := _without_empty_lines("".join(rest)):
            yield "remaining_text", remaining


def _pieces(text: str) -> Iterator[tuple[str | None, str]]:
    """Plain text (of no pin) and code by pin, in their order; together all of it."""
    done = 0
    while (start := text.find(FENCE, done)) != -1:
        end = text.find(FENCE, start + len(FENCE))
        if end == -1:
            break
        tag, code = _tag_and_code(text[start + len(FENCE) : end])
        after = end + len(FENCE)
        yield None, text[done:start]
        name = _PIN_OF.get(tag.lower())
        yield name, text[start:after] if name is None else code
        done = after
    yield None, text[done:]


def _tag_and_code(inside: str) -> tuple[str, str]:
    words = inside.split(None, 1)
    if not words or inside[0].isspace():
        return "", inside
    return words[0], words[1] if len(words) > 1 else ""


def _without_empty_lines(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if line.strip()).strip()
