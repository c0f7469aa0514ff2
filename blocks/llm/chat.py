"""A conversation of one node execution with a model, and its bill."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from blocks.context import Context, Spend
from blocks.errors import BlockError
from blocks.llm.answers import UnusableAnswer
from blocks.llm.client import complete
from blocks.llm.fitting import fitted, tokens_in
from blocks.llm.messages import Answer, Request, Usage, as_text, tool_result, user
from blocks.llm.models import catalogue
from blocks.values import JsonObject

T = TypeVar("T")
_USUAL_ANSWER: Final = 8_192
_LEAST_PROMPT: Final = 256


class Chat:
    """`sent` is what was sent last; `usage` is of all answers so far."""

    def __init__(self, ctx: Context, request: Request, *, compress: bool = True):
        self._ctx = ctx
        self._request = request
        self._compress = compress
        self._billed = 0
        self._has_shown = False
        self.sent: list[JsonObject] = []
        self.usage = Usage()

    async def say(
        self, messages: Sequence[JsonObject], *, is_shown: bool = True
    ) -> Answer:
        """
        Raises:
            BlockError: as for `complete`.
        """
        self.sent = self._fitted(messages)
        shown = is_shown and self._request.is_shown
        if shown and self._has_shown:
            self._ctx.live.text("\n\n")
        self._has_shown = self._has_shown or shown
        request = replace(self._request, messages=self.sent, is_shown=shown)
        answer = await complete(self._ctx, request)
        self.usage += answer.usage
        return answer

    async def until_read(
        self,
        messages: Sequence[JsonObject],
        read: Callable[[Answer], T],
        *,
        retries: int,
    ) -> T:
        """What `read` makes of the answer. It is asked for again, up to `retries`
        times, with what was wrong.

        Raises:
            BlockError: code `bad_answer`, or as for `complete`.
        """
        talk = list(messages)
        wrong = ""
        for _ in range(retries + 1):
            answer = await self.say(talk)
            try:
                return read(answer)
            except UnusableAnswer as error:
                wrong = _explained(error, answer)
                talk += _correction(answer, wrong)
        raise BlockError(
            f"the model answered {retries + 1} times, but nothing of use: {wrong}",
            code="bad_answer",
        )

    def bill(self) -> Iterator[Spend]:
        """What was not told yet, for the engine."""
        due, self._billed = self.usage.cost - self._billed, self.usage.cost
        if due:
            yield Spend(due)

    def _fitted(self, messages: Sequence[JsonObject]) -> list[JsonObject]:
        request = self._request
        ref = request.credentials
        model = catalogue().find(request.model, ref.provider if ref else "")
        if not self._compress or not model.context:
            return list(messages)
        for_answer = request.max_tokens or min(model.max_output, _USUAL_ANSWER)
        for_tools = sum(tokens_in(as_text(tool.schema)) for tool in request.tools)
        left = model.context - for_answer - for_tools
        return fitted(messages, max(left, _LEAST_PROMPT))


def _explained(error: UnusableAnswer, answer: Answer) -> str:
    cut = "; it was cut, for it became too long" if answer.is_cut else ""
    return f"{error}{cut}"


def _correction(answer: Answer, wrong: str) -> list[JsonObject]:
    again = f"Your answer cannot be used: {wrong}. Please answer again, as asked."
    results = [tool_result(call.id, f"Not run: {wrong}") for call in answer.calls]
    return [answer.message(), *(results or [user(again)])]


async def settled(work: Awaitable[T]) -> Callable[[], T]:
    """Do the work; the function gives its result or raises its failure. Between the
    two a block can say what it has cost, failed or not."""
    try:
        result = await work
    except BlockError as error:
        failure = error
    else:
        return lambda: result

    def fail() -> T:
        raise failure

    return fail
