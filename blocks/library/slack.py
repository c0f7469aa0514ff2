"""Slack: sending messages to a channel, and reading them."""

from typing import Any, Final

import orjson

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.credentials import (
    Credential,
    CredentialKind,
    CredentialRef,
    credentials_pin,
)
from blocks.rest import Rest, given
from blocks.secret import Secret
from blocks.spec import Category, CostHint, Effect, Example
from blocks.values import JsonObject

_PROVIDER: Final = "slack"
_BASE: Final = "https://slack.com/api"
_KINDS: Final = (CredentialKind.API_KEY, CredentialKind.OAUTH2)
_JSON: Final = {"content-type": "application/json"}
_BOT: Final = Credential(
    id="key",
    provider=_PROVIDER,
    kind=CredentialKind.API_KEY,
    secrets={"api_key": Secret("xoxb-tea")},
)
# Slack tells failures in the body of a success.
_CODES: Final = {
    "invalid_auth": "unauthorized",
    "not_authed": "unauthorized",
    "token_revoked": "unauthorized",
    "missing_scope": "forbidden",
    "not_in_channel": "forbidden",
    "channel_not_found": "not_found",
    "ratelimited": "rate_limit",
    "internal_error": "server_error",
    "fatal_error": "server_error",
}


def _bot_pin(*scopes: str) -> Any:
    return credentials_pin(
        _PROVIDER, kinds=_KINDS, scopes=scopes, description="The Slack app."
    )


@block(
    id="50cf5290-ec87-4ca1-b7d7-b8b4ef772f6d",
    name="SendSlackMessageBlock",
    categories=(Category.SOCIAL,),
    effect=Effect.ONCE,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"channel": "#tea", "text": "Tea is ready"},
            credentials=(_BOT,),
            calls=(
                (
                    "POST",
                    f"{_BASE}/chat.postMessage",
                    200,
                    _JSON,
                    b'{"ok": true, "ts": "1.5", "channel": "C1"}',
                ),
            ),
            outputs=[("ts", "1.5"), ("channel", "C1")],
        ),
        Example(
            inputs={"channel": "#nowhere", "text": "Tea is ready"},
            credentials=(_BOT,),
            calls=(
                (
                    "POST",
                    f"{_BASE}/chat.postMessage",
                    200,
                    _JSON,
                    b'{"ok": false, "error": "channel_not_found"}',
                ),
            ),
            error="Slack: channel_not_found",
        ),
    ),
)
class SendSlackMessage(Block):
    """Sends a message to a Slack channel or person."""

    class Input(Pins):
        credentials: CredentialRef | None = _bot_pin("chat:write")
        channel: str = pin("The channel: its id or its name with #.")
        text: str = pin("The text.", max_length=40_000)
        thread_ts: str | None = pin(
            "The message whose thread it goes to.", default=None, advanced=True
        )
        username: str | None = pin("The name to show.", default=None, advanced=True)
        icon_emoji: str | None = pin("The icon to show.", default=None, advanced=True)
        unfurl_links: bool = pin("Show previews.", default=True, advanced=True)
        mrkdwn: bool = pin("Read the text as mrkdwn.", default=True, advanced=True)

    class Output(Pins):
        ts: str = pin("What the message is known by.")
        channel: str = pin("The id of the channel.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        fields: JsonObject = {
            "channel": inputs.channel,
            "text": inputs.text,
            "unfurl_links": inputs.unfurl_links,
            "mrkdwn": inputs.mrkdwn,
        }
        fields |= given(
            thread_ts=inputs.thread_ts,
            username=inputs.username,
            icon_emoji=inputs.icon_emoji,
        )
        slack = await _slack(inputs, ctx)
        answer = _checked(slack, await slack.post("/chat.postMessage", fields))
        yield "ts", str(answer.get("ts", ""))
        yield "channel", str(answer.get("channel", ""))


_MESSAGE: Final[JsonObject] = {"ts": "1.5", "user": "U1", "text": "Tea?"}


@block(
    id="0d3e9b52-4f7a-4c61-8a0e-6b2c5d9f1e83",
    name="ReadSlackChannelBlock",
    categories=(Category.SOCIAL,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"channel": "C1", "limit": 5},
            credentials=(_BOT,),
            calls=(
                (
                    "GET",
                    f"{_BASE}/conversations.history?channel=C1&limit=5",
                    200,
                    _JSON,
                    orjson.dumps({"ok": True, "messages": [_MESSAGE]}),
                ),
            ),
            outputs=[("messages", [_MESSAGE]), ("message", _MESSAGE)],
        ),
    ),
)
class ReadSlackChannel(Block):
    """Reads the latest messages of a Slack channel, the newest first."""

    class Input(Pins):
        credentials: CredentialRef | None = _bot_pin("channels:history")
        channel: str = pin("The id of the channel.")
        limit: int = pin("How many messages at most.", default=20, ge=1, le=200)
        oldest: str | None = pin(
            "Only those after this one, by its ts.", default=None, advanced=True
        )

    class Output(Pins):
        messages: list[dict[str, Any]] = pin("The messages: ts, user, text and more.")
        message: dict[str, Any] = pin("Each message.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        query = given(channel=inputs.channel, limit=inputs.limit, oldest=inputs.oldest)
        slack = await _slack(inputs, ctx)
        answer = await slack.get("/conversations.history", query)
        messages = _checked(slack, answer).get("messages") or []
        yield "messages", messages
        for message in messages:
            yield "message", message


async def _slack(inputs: Any, ctx: Context) -> Rest:
    credential = await ctx.credentials.get(inputs.credentials, _PROVIDER)
    return Rest(
        name="Slack",
        http=ctx.http,
        base_url=credential.settings.get("base_url", _BASE).rstrip("/"),
        headers={"Authorization": f"Bearer {credential.token.reveal()}"},
        secrets=(credential.token,),
    )


def _checked(slack: Rest, answer: Any) -> dict[str, Any]:
    if isinstance(answer, dict) and answer.get("ok"):
        return answer
    error = str(answer.get("error", "")) if isinstance(answer, dict) else ""
    raise slack.failure(
        error or "the answer cannot be read", _CODES.get(error, "bad_request")
    )
