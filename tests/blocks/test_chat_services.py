"""Telegram, Slack and Discord: what is sent, and what of it must not show."""

import orjson
import pytest

from blocks.context import NodeIdentity, Wait
from blocks.credentials import Credential, CredentialKind
from blocks.discord import BASE as DISCORD
from blocks.invoke import prepare
from blocks.library.discord import parts_of
from blocks.secret import Secret
from blocks.telegram import BASE as TELEGRAM
from blocks.testing import FakeContext, FakeHttp
from blocks.testing.fakes import FakeCredentials, FakeFiles, FakeMemory
from tests.blocks.calls import called, named

TOKEN = "12:hush-hush"


def account(provider: str, **settings: str) -> Credential:
    return Credential(
        id="key",
        provider=provider,
        kind=CredentialKind.API_KEY,
        secrets={"api_key": Secret(TOKEN)},
        settings=settings,
    )


def context(provider: str, *calls, settings=None, **parts) -> FakeContext:
    answers = [(m, u, s, {}, orjson.dumps(body)) for m, u, s, body in calls]
    credentials = FakeCredentials([account(provider, **(settings or {}))])
    return FakeContext(FakeHttp(answers), credentials=credentials, **parts)


def bodies(ctx: FakeContext):
    return [orjson.loads(each.body) for each in ctx.http.sent if each.body]


# --- Telegram -------------------------------------------------------------------------


def telegram(method: str, status: int, body, base: str = TELEGRAM):
    return "POST", f"{base}/bot{TOKEN}/{method}", status, body


SENT = {"ok": True, "result": {"message_id": 5}}
TEXTS = [
    pytest.param({}, {}, id="plain"),
    pytest.param({"parse_mode": ""}, {}, id="no-mode-as-some-agents-have-it"),
    pytest.param({"parse_mode": "HTML"}, {"parse_mode": "HTML"}, id="marked-up"),
    pytest.param(
        {"reply_to_message_id": 4},
        {"reply_parameters": {"message_id": 4}},
        id="answer",
    ),
]


@pytest.mark.parametrize(("inputs", "fields"), TEXTS)
async def test_telegram_gets_the_text(inputs, fields):
    ctx = context("telegram", telegram("sendMessage", 200, SENT))
    asked = {"chat_id": 3, "text": "Hi", **inputs}
    result = await called("SendTelegramMessage", asked, ctx)
    assert result.error is None
    usual = {"chat_id": 3, "text": "Hi", "disable_notification": False}
    assert bodies(ctx) == [usual | fields]


FAILURES = [
    pytest.param(401, {"ok": False, "description": "Unauthorized"}, "unauthorized"),
    pytest.param(400, {"ok": False, "description": f"bad {TOKEN}"}, "bad_request"),
    pytest.param(200, {"ok": False, "description": "odd"}, "bad_request"),
    pytest.param(502, {}, "server_error"),
]


@pytest.mark.parametrize(("status", "body", "code"), FAILURES)
async def test_token_of_the_bot_never_shows(status, body, code):
    ctx = context("telegram", telegram("sendMessage", status, body))
    asked = {"chat_id": 3, "text": "Hi"}
    result = await called("SendTelegramMessage", asked, ctx)
    assert result.error.code == code
    assert "hush" not in str(result.error)


async def test_file_goes_to_telegram_as_bytes():
    files = FakeFiles({"https://x.example/a.jpg": ("a.jpg", "image/jpeg", b"JPEG")})
    ctx = context("telegram", telegram("sendPhoto", 200, SENT), files=files)
    asked = {"chat_id": 3, "photo": "https://x.example/a.jpg", "caption": "Tea"}
    result = await called("SendTelegramPhoto", asked, ctx)
    assert result.error is None
    (request,) = ctx.http.sent
    assert request.headers["Content-Type"].startswith("multipart/form-data")
    assert b'name="photo"; filename="a.jpg"' in request.body
    assert b"JPEG" in request.body
    assert b"x.example" not in request.body


async def test_closed_file_address_is_not_handed_to_telegram():
    ctx = context("telegram")
    asked = {"chat_id": 3, "photo": "http://127.0.0.1:6379/"}
    result = await called("SendTelegramPhoto", asked, ctx)
    assert result.error.code == "no_file"
    assert ctx.http.sent == []


@pytest.mark.parametrize("path", ["../../bot1/getMe", "", "a//b", "."])
async def test_path_of_a_file_stays_below_its_folder(path):
    found = {"ok": True, "result": {"file_path": path}}
    ctx = context("telegram", telegram("getFile", 200, found))
    result = await called("GetTelegramFile", {"file_id": "x"}, ctx)
    assert result.error.code == "bad_request"
    assert len(ctx.http.sent) == 1


async def test_own_server_is_asked_where_the_account_names_one():
    own = "https://bots.example"
    ctx = context(
        "telegram",
        telegram("sendMessage", 200, SENT, own),
        settings={"base_url": own + "/"},
    )
    asked = {"chat_id": 3, "text": "Hi"}
    assert (await called("SendTelegramMessage", asked, ctx)).error is None


# --- Slack ----------------------------------------------------------------------------

SLACK = [
    pytest.param("invalid_auth", "unauthorized", id="token"),
    pytest.param("ratelimited", "rate_limit", id="too-many"),
    pytest.param("not_in_channel", "forbidden", id="not-a-member"),
    pytest.param("fatal_error", "server_error", id="server"),
    pytest.param("msg_too_long", "bad_request", id="anything-else"),
]


@pytest.mark.parametrize(("error", "code"), SLACK)
async def test_failure_in_a_success_of_slack_is_one(error, code):
    url = "https://slack.com/api/chat.postMessage"
    ctx = context("slack", ("POST", url, 200, {"ok": False, "error": error}))
    result = await called("SendSlackMessage", {"channel": "c", "text": "t"}, ctx)
    assert (result.error.code, str(result.error)) == (code, f"Slack: {error}")


async def test_slack_gets_only_what_is_given():
    url = "https://slack.com/api/chat.postMessage"
    ctx = context("slack", ("POST", url, 200, {"ok": True, "ts": "1", "channel": "C"}))
    asked = {"channel": "c", "text": "t", "thread_ts": "0.5"}
    await called("SendSlackMessage", asked, ctx)
    assert bodies(ctx) == [
        {
            "channel": "c",
            "text": "t",
            "unfurl_links": True,
            "mrkdwn": True,
            "thread_ts": "0.5",
        }
    ]
    assert ctx.http.sent[0].headers["Authorization"] == f"Bearer {TOKEN}"


# --- Discord --------------------------------------------------------------------------

SERVERS = [{"id": "1", "name": "House"}, {"id": "2", "name": "Garden"}]


def looks(*channels_of_garden):
    """What a look at all channels asks for."""
    return (
        ("GET", f"{DISCORD}/users/@me/guilds", 200, SERVERS),
        ("GET", f"{DISCORD}/guilds/1/channels", 200, []),
        ("GET", f"{DISCORD}/guilds/2/channels", 200, list(channels_of_garden)),
    )


async def test_channel_is_found_by_name_among_those_for_texts():
    voice = {"id": "7", "name": "tea", "type": 2}
    text = {"id": "8", "name": "tea", "type": 0}
    sent = ("POST", f"{DISCORD}/channels/8/messages", 200, {"id": "9"})
    ctx = context("discord", *looks(voice, text), sent)
    asked = {"message_content": "@everyone", "channel_name": "#tea"}
    result = await called("SendDiscordMessage", asked, ctx)
    assert result.error is None
    assert bodies(ctx) == [
        {"allowed_mentions": {"parse": ["users"]}, "content": "@everyone"}
    ]


async def test_server_narrows_the_search():
    calls = [looks()[0], looks({"id": "8", "name": "tea", "type": 0})[2]]
    sent = ("POST", f"{DISCORD}/channels/8/messages", 200, {"id": "9"})
    ctx = context("discord", *calls, sent)
    asked = {"message_content": "Hi", "channel_name": "tea", "server_name": "Garden"}
    assert (await called("SendDiscordMessage", asked, ctx)).error is None


PARTS = [
    pytest.param("a" * 2_000, [2_000], id="fits"),
    pytest.param("a" * 2_001, [2_000, 1], id="one-more"),
    pytest.param("a" * 1_500 + "\n" + "b" * 1_500, [1_500, 1_500], id="at-a-line-end"),
    pytest.param("\n" + "b" * 2_500, [2_000, 501], id="line-end-at-the-start"),
]


@pytest.mark.parametrize(("text", "sizes"), PARTS)
def test_long_text_goes_in_parts(text, sizes):
    assert [len(part) for part in parts_of(text)] == sizes


def message(id: int, text: str, **author):
    who = {"id": "3", "username": "ada", **author}
    return {"id": str(id), "content": text, "author": who}


START = 1_467_135_012_372_480_000


def told(after: int, *messages):
    url = f"{DISCORD}/channels/8/messages?after={after}&limit=50"
    return "GET", url, 200, list(messages)


def changed(last: int):
    return {"id": "8", "name": "tea", "type": 0, "last_message_id": str(last)}


async def read(ctx: FakeContext):
    spec = named("ReadDiscordMessages")
    steps = []
    async for step in spec.block.run(prepare(spec, {}, {}), ctx):
        steps.append(step)
    return steps


async def test_discord_is_looked_at_until_a_person_writes():
    ctx = context(
        "discord",
        *looks(changed(START - 5)),
        *looks(changed(START + 5)),
        told(START, message(START + 5, "beep", bot=True)),
        *looks(changed(START + 9)),
        told(START, message(START + 9, "second"), message(START + 7, "first")),
    )
    steps = await read(ctx)
    assert steps[:2] == [Wait(seconds=5.0)] * 2
    assert dict(steps[2:])["message_content"] == "first"
    assert ctx.http.unused == []


async def test_next_firing_goes_on_after_the_message_told_last():
    memory = FakeMemory()
    who = NodeIdentity(execution_id="e", node_id="n")
    ctx = context(
        "discord",
        *looks(changed(START + 9)),
        told(START, message(START + 7, "first"), message(START + 9, "second")),
        *looks(changed(START + 9)),
        told(START + 7, message(START + 9, "second")),
        memory=memory,
        identity=who,
    )
    assert dict(await read(ctx))["message_content"] == "first"
    assert dict(await read(ctx))["message_content"] == "second"


async def test_new_run_does_not_tell_old_messages():
    memory = FakeMemory()
    first = context(
        "discord",
        *looks(changed(START + 9)),
        told(START, message(START + 9, "old")),
        memory=memory,
        identity=NodeIdentity(execution_id="e1", node_id="n"),
    )
    await read(first)
    second = context(
        "discord",
        *looks(changed(START + 11)),
        told(START, message(START + 11, "new")),
        memory=memory,
        identity=NodeIdentity(execution_id="e2", node_id="n"),
    )
    assert dict(await read(second))["message_content"] == "new"
