"""Blocks that look into text, cut it and count it."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from blocks import conversion
from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.errors import BlockError, BlockInputError
from blocks.patterns import MALFORMED, compile_pattern
from blocks.spec import Category, Example

MAX_CHARACTERS: Final = 10 * 1024 * 1024
MAX_MATCHES: Final = 1_000
MAX_MATCH_CHARACTERS: Final = 10_000


@block(
    id="3060088f-6ed9-4928-9ba7-9c92823a7ccd",
    name="MatchTextPatternBlock",
    categories=(Category.TEXT,),
    cpu=True,
    examples=(
        Example(
            inputs={"text": "Hello World!", "match": ".orld", "data": "yes"},
            outputs=[("positive", "yes")],
        ),
        Example(
            inputs={"text": {"a": 1}, "match": '"b"', "data": ""},
            outputs=[("negative", {"a": 1})],
        ),
        Example(
            inputs={
                "text": "ABC",
                "match": "ab",
                "data": "Y",
                "case_sensitive": False,
            },
            outputs=[("positive", "Y")],
        ),
        Example(
            inputs={"text": "x", "match": "(?<=a)b", "data": 1}, error="unsupported"
        ),
    ),
)
class MatchTextPattern(Block):
    """Tells whether a text has a part that fits a regular expression. What is not text
    is looked at as JSON. The pattern runs on RE2: no look-around, no references back;
    word boundaries are those of ASCII words."""

    class Input(Pins):
        text: Any = pin("The text to look at.")
        match: str = pin("The regular expression.", placeholder=r"order \d+")
        data: Any = pin("What to send on; the text itself if this is empty.")
        case_sensitive: bool = pin("Tell A from a.", default=True)
        dot_all: bool = pin("Let a dot match the end of a line, too.", default=True)

    class Output(Pins):
        positive: Any = pin("The data, if the text fits.")
        negative: Any = pin("The data, if it does not.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        pattern = compile_pattern(
            inputs.match,
            case_sensitive=inputs.case_sensitive,
            dot_all=inputs.dot_all,
        )
        fits = next(pattern.matches(conversion.to_text(inputs.text)), None) is not None
        yield "positive" if fits else "negative", inputs.data or inputs.text


@block(
    id="3146e4fe-2cdd-4f29-bd12-0c9d5bb4deb0",
    name="ExtractTextInformationBlock",
    categories=(Category.TEXT,),
    cpu=True,
    examples=(
        Example(
            inputs={"text": "Oslo: 3, Rome: 12", "pattern": r"\w+: (\d+)", "group": 1},
            outputs=[
                ("positive", "3"),
                ("matched_results", ["3"]),
                ("matched_count", 1),
            ],
        ),
        Example(
            inputs={"text": "a1 b22", "pattern": r"[0-9]+", "find_all": True},
            outputs=[
                ("positive", "1"),
                ("positive", "22"),
                ("matched_results", ["1", "22"]),
                ("matched_count", 2),
            ],
        ),
        Example(
            inputs={"text": "tea", "pattern": "(milk"},
            outputs=[
                ("negative", "tea"),
                ("matched_results", []),
                ("matched_count", 0),
            ],
        ),
        Example(inputs={"text": "aa", "pattern": r"(a)\1"}, error="unsupported"),
    ),
)
class ExtractTextInformation(Block):
    """Takes out of a text what fits a regular expression, or one of its groups: the
    first place, or up to 1,000 places of at most 10,000 characters each; `cut` says if
    there was more. A malformed pattern fits nothing. It runs on RE2: no look-around, no
    references back; word boundaries are those of ASCII words."""

    class Input(Pins):
        text: Any = pin("The text to look at; what is none is looked at as JSON.")
        pattern: str = pin("The regular expression.", placeholder=r"order (\d+)")
        group: int = pin("Which group to take; 0 for all that fits.", default=0)
        case_sensitive: bool = pin("Tell A from a.", default=True)
        dot_all: bool = pin("Let a dot match the end of a line, too.", default=True)
        find_all: bool = pin("Take every place, not just the first.", default=False)

    class Output(Pins):
        positive: str = pin("What was found; once for each place.")
        negative: str = pin("The text, if nothing was found.")
        matched_results: list[str] = pin("All that was found.")
        matched_count: int = pin("How many there are.")
        cut: str = pin("What was left out, if there was too much.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        text = conversion.to_text(inputs.text)
        wanted = MAX_MATCHES + 1 if inputs.find_all else 1
        found = list(islice(_found(inputs, text), wanted))
        kept = [one[:MAX_MATCH_CHARACTERS] for one in found[:MAX_MATCHES]]
        for one in kept:
            yield "positive", one
        if not kept:
            yield "negative", text
        yield "matched_results", kept
        yield "matched_count", len(kept)
        if kept != found:
            yield "cut", _left_out(found)


def _found(inputs: ExtractTextInformation.Input, text: str) -> Iterator[str]:
    try:
        pattern = compile_pattern(
            inputs.pattern,
            case_sensitive=inputs.case_sensitive,
            dot_all=inputs.dot_all,
        )
    except BlockInputError as error:
        if error.code != MALFORMED:
            raise
        return
    for match in pattern.matches(text):
        if 0 <= inputs.group < len(match.groups):
            part = match.groups[inputs.group]
            if part is not None:
                yield part


def _left_out(found: list[str]) -> str:
    if len(found) > MAX_MATCHES:
        return f"only the first {MAX_MATCHES:,} places were taken"
    longest = max(map(len, found))
    return (
        f"the longest has {longest:,} characters; of each the first "
        f"{MAX_MATCH_CHARACTERS:,} were taken"
    )


@block(
    id="d5ea33c8-a575-477a-b42f-2fe3be5055ec",
    name="TextSplitBlock",
    categories=(Category.TEXT,),
    inline=True,
    examples=(
        Example(
            inputs={"text": "tea, milk,,", "delimiter": ","},
            outputs=[("texts", ["tea", "milk", "", ""])],
        ),
        Example(
            inputs={"text": "a - b", "delimiter": "-", "strip": False},
            outputs=[("texts", ["a ", " b"])],
        ),
        Example(inputs={"text": "", "delimiter": ","}, outputs=[("texts", [])]),
        Example(inputs={"text": "a", "delimiter": ""}, error="delimiter"),
    ),
)
class TextSplit(Block):
    """Cuts a text into parts at each place of a delimiter."""

    class Input(Pins):
        text: str = pin("The text.")
        delimiter: str = pin("What stands between the parts.")
        strip: bool = pin("Take the blanks around each part away.", default=True)

    class Output(Pins):
        texts: list[str] = pin("The parts.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        if not inputs.delimiter:
            raise BlockInputError("pin 'delimiter': an empty text is in no text")
        parts = inputs.text.split(inputs.delimiter) if inputs.text else []
        yield "texts", [part.strip() for part in parts] if inputs.strip else parts


@block(
    id="7e7c87ab-3469-4bcc-9abe-67705091b713",
    name="TextReplaceBlock",
    categories=(Category.TEXT,),
    inline=True,
    examples=(
        Example(
            inputs={"text": "tea and tea", "old": "tea", "new": "milk"},
            outputs=[("output", "milk and milk")],
        ),
        Example(
            inputs={"text": "tea", "old": "x", "new": "y"}, outputs=[("output", "tea")]
        ),
    ),
)
class TextReplace(Block):
    """Replaces a text within a text, wherever it stands."""

    class Input(Pins):
        text: str = pin("The text.")
        old: str = pin("What to replace.")
        new: str = pin("What to put in its place.")

    class Output(Pins):
        output: str = pin("The text with the replacements.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        text, old, new = inputs.text, inputs.old, inputs.new
        size = len(text) + text.count(old) * (len(new) - len(old))
        if size > max(MAX_CHARACTERS, len(text)):
            raise BlockError(
                f"the text would have {size:,} characters (limit {MAX_CHARACTERS:,})",
                code="too_large",
            )
        yield "output", text.replace(old, new)


@block(
    id="ab2a782d-22cf-4587-8a70-55b59b3f9f90",
    name="WordCharacterCountBlock",
    categories=(Category.TEXT,),
    inline=True,
    examples=(
        Example(
            inputs={"text": "Tea,  please\n"},
            outputs=[("word_count", 2), ("character_count", 13)],
        ),
        Example(
            inputs={"text": ""}, outputs=[("word_count", 0), ("character_count", 0)]
        ),
    ),
)
class WordCharacterCount(Block):
    """Counts the words of a text, which blanks part, and its characters with them."""

    class Input(Pins):
        text: str = pin("The text.")

    class Output(Pins):
        word_count: int = pin("How many words it has.")
        character_count: int = pin("How many characters it has.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        yield "word_count", len(inputs.text.split())
        yield "character_count", len(inputs.text)
