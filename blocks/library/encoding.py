"""Blocks that write values and special characters as text, and read them again."""

from typing import Any, Final

import orjson

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.errors import BlockError
from blocks.spec import Category, Example


@block(
    id="9a9d20c5-5b4d-4e94-8022-83b6cb72648a",
    name="JSONEncoderBlock",
    categories=(Category.DATA,),
    inline=True,
    examples=(
        Example(
            inputs={"data": {"name": "Zoë", "on": True}},
            outputs=[("json_str", '{"name":"Zoë","on":true}')],
        ),
        Example(inputs={"data": "a"}, outputs=[("json_str", '"a"')]),
    ),
)
class JSONEncoder(Block):
    """Writes a value as JSON text, without blanks."""

    class Input(Pins):
        data: Any = pin("The value.")

    class Output(Pins):
        json_str: str = pin("The JSON text.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        yield "json_str", orjson.dumps(inputs.data).decode()


@block(
    id="2b935639-65bc-48fd-9f88-823cd706fcd9",
    name="JSONDecoderBlock",
    categories=(Category.DATA,),
    inline=True,
    examples=(
        Example(inputs={"json_str": '{"a": [1]}'}, outputs=[("data", {"a": [1]})]),
        Example(inputs={"json_str": "null"}, outputs=[("data", None)]),
        Example(inputs={"json_str": "[1,"}, error="JSON Decoding Error"),
    ),
)
class JSONDecoder(Block):
    """Reads the value that a JSON text says."""

    class Input(Pins):
        json_str: str = pin("The JSON text.")

    class Output(Pins):
        data: Any = pin("The value.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        try:
            yield "data", orjson.loads(inputs.json_str)
        except orjson.JSONDecodeError as error:
            raise BlockError(f"JSON Decoding Error: {error}", code="bad_json") from None


@block(
    id="5185f32e-4b65-4ecf-8fbb-873f003f09d6",
    name="TextEncoderBlock",
    categories=(Category.TEXT,),
    inline=True,
    examples=(
        Example(
            inputs={"text": 'a\n"b"\tü北\\'},
            outputs=[("encoded_text", 'a\\n"b"\\t\\xfc\\u5317\\\\')],
        ),
    ),
)
class TextEncoder(Block):
    """Writes line ends, backslashes, control characters and what is not ASCII as
    escapes: a backslash, a letter and perhaps a number."""

    class Input(Pins):
        text: str = pin("The text.")

    class Output(Pins):
        encoded_text: str = pin("The text with its special characters written out.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        yield "encoded_text", inputs.text.encode("unicode_escape").decode()


@block(
    id="2570e8fe-8447-43ed-84c7-70d657923231",
    name="TextDecoderBlock",
    categories=(Category.TEXT,),
    inline=True,
    examples=(
        Example(
            inputs={"text": 'a\\n\\"b\\"\\t\\u00fc\\\\n \\x "c"\n'},
            outputs=[("decoded_text", 'a\n"b"\tü\\n \\x "c"\n')],
        ),
        Example(
            inputs={"text": "\\ud83d\\ude00 \\ud83d"},
            outputs=[("decoded_text", "\U0001f600 \\ud83d")],
        ),
    ),
)
class TextDecoder(Block):
    """Reads what stands for special characters, a backslash and a letter. What means
    nothing stays as it is, and so do characters that are there already."""

    class Input(Pins):
        text: str = pin("The text with special characters written out.")

    class Output(Pins):
        decoded_text: str = pin("The text with the characters themselves.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        yield "decoded_text", decoded(inputs.text)


_LETTERS: Final = {
    "n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f",
    '"': '"', "'": "'", "\\": "\\", "/": "/",
}  # fmt: skip
_DIGITS: Final = {"x": 2, "u": 4, "U": 8}
_HEX_CHARACTERS: Final = frozenset("0123456789abcdefABCDEF")


def decoded(text: str) -> str:
    parts: list[str] = []
    done = 0
    while (place := text.find("\\", done)) != -1:
        part, end = _escape(text, place)
        parts += text[done:place], part
        done = end
    return "".join([*parts, text[done:]])


def _escape(text: str, place: int) -> tuple[str, int]:
    """What the escape at this place means, and where the text goes on."""
    letter = text[place + 1 : place + 2]
    if letter in _LETTERS:
        return _LETTERS[letter], place + 2
    code, end = _number(text, place)
    if 0xD800 <= code <= 0xDBFF:
        low, after = _number(text, end)
        if 0xDC00 <= low <= 0xDFFF:
            code, end = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00), after
    is_character = 0 <= code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF
    return (chr(code), end) if is_character else ("\\", place + 1)


def _number(text: str, place: int) -> tuple[int, int]:
    r"""The number in `\xXX`, `\uXXXX` or `\UXXXXXXXX`, -1 if none of them is there."""
    count = _DIGITS.get(text[place + 1 : place + 2], 0)
    end = place + 2 + count
    digits = text[place + 2 : end]
    is_number = text.startswith("\\", place) and len(digits) == count > 0
    if is_number and _HEX_CHARACTERS.issuperset(digits):
        return int(digits, 16), end
    return -1, place
