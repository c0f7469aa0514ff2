"""Making long texts short: in parts, then the parts together."""

import asyncio
from collections.abc import Callable
from typing import Final

from blocks.context import Context
from blocks.errors import BlockError, BlockInputError
from blocks.llm.chat import Chat
from blocks.llm.fitting import tokens_in
from blocks.llm.messages import system, user

MAX_PARTS: Final = 100
_AT_ONCE: Final = 4

Instruct = Callable[[bool], str]
"""What to tell the model, for one part or, if true, for all together."""


class Summary:
    """Of one text; `part_tokens` is the size of a part that is asked for."""

    def __init__(
        self,
        ctx: Context,
        chat: Chat,
        instruct: Instruct,
        *,
        part_tokens: int,
        overlap: int,
        most_tokens: int,
    ) -> None:
        self._ctx = ctx
        self._chat = chat
        self._instruct = instruct
        self._part_tokens = part_tokens
        self._overlap = overlap
        self._most_tokens = most_tokens
        self._done = 0

    async def of(self, text: str) -> str:
        """
        Raises:
            BlockError: the text is too long, its summary does not get shorter, or as
                for the model.
        """
        parts = self._parts(text)
        while len(parts) > 1:
            shorter = "\n\n".join(await self._summaries(parts))
            if len(shorter) >= len(text):
                raise BlockError(
                    "the summaries of the parts are as long as the text itself: "
                    "ask for a shorter style, or raise max_tokens",
                    code="too_long",
                )
            text, parts = shorter, self._parts(shorter)
        return await self._ask(text, is_last=True)

    def _parts(self, text: str) -> list[str]:
        """Larger parts than asked for where there would be too many."""
        tokens = tokens_in(text)
        size = max(self._part_tokens, -(-tokens // MAX_PARTS) + self._overlap)
        if size > self._most_tokens:
            raise BlockInputError(
                f"pin 'text' has about {tokens:,} tokens; in {MAX_PARTS} parts that "
                f"fit the model there may be {MAX_PARTS * self._most_tokens:,}"
            )
        letters = max(len(text) / max(tokens, 1), 0.1)
        return split(text, int(size * letters), int(self._overlap * letters))

    async def _summaries(self, parts: list[str]) -> list[str]:
        gate = asyncio.Semaphore(_AT_ONCE)

        async def summary(part: str) -> str:
            async with gate:
                found = await self._ask(part, is_last=False)
            self._done += 1
            self._ctx.live.progress(self._done, self._done, "parts are summarised")
            return found

        tasks = [asyncio.ensure_future(summary(part)) for part in parts]
        try:
            return await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()

    async def _ask(self, text: str, *, is_last: bool) -> str:
        talk = [
            system(self._instruct(is_last)),
            user(f"<text>\n{text}\n</text>"),
        ]
        return (await self._chat.say(talk, is_shown=is_last)).text


def split(text: str, size: int, overlap: int) -> list[str]:
    """Parts of at most `size` letters, cut between words where that is near; each
    begins with the last `overlap` letters of the one before."""
    size = max(size, 1)
    step_back = min(overlap, size // 2)
    parts: list[str] = []
    start = 0
    while len(text) - start > size:
        end = start + size
        blank = max(text.rfind(" ", start, end), text.rfind("\n", start, end))
        if blank > start + size - size // 4:
            end = blank
        parts.append(text[start:end])
        start = end - step_back
    return [*parts, text[start:]]
