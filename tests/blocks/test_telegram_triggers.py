"""What Telegram sends, and what strangers send in its place."""

from typing import Any

import pytest

from tests.blocks.calls import emitted

ALL = dict.fromkeys(
    ("text", "photo", "voice", "audio", "document", "video", "edited_message"), True
)


def message(**content: Any) -> dict[str, Any]:
    return {"message": {"message_id": 1, "chat": {"id": -2}, **content}}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param({"text": ""}, {"event": "text", "text": ""}, id="empty-text"),
        pytest.param(
            {"voice": {"file_id": "v"}},
            {"event": "voice", "voice_file_id": "v"},
            id="voice",
        ),
        pytest.param(
            {"audio": {"file_id": "a", "file_name": "a.mp3"}, "caption": "song"},
            {
                "event": "audio", "audio_file_id": "a", "file_name": "a.mp3",
                "caption": "song",
            },
            id="audio",
        ),
        pytest.param(
            {"document": {"file_id": "d", "file_name": "d.pdf"}},
            {"event": "document", "file_id": "d", "file_name": "d.pdf"},
            id="document",
        ),
        pytest.param(
            {"video": {"file_id": "m"}}, {"event": "video", "file_id": "m"}, id="video"
        ),
        pytest.param({"photo": []}, {"event": "photo"}, id="no-photo"),
        pytest.param({"photo": {"0": 1}}, {"event": "photo"}, id="photo-of-no-sizes"),
        pytest.param({"voice": "v"}, {"event": "voice"}, id="voice-of-no-parts"),
    ],
)  # fmt: skip
async def test_a_message_tells_what_it_holds(content, told):
    given = {"payload": message(**content), "events": ALL}
    found = dict(await emitted("TelegramMessageTrigger", given))
    known = {"chat_id": -2, "message_id": 1, "is_edited": False}
    assert found == {"payload": given["payload"], **known, **told}


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"message": [1]}, id="no-object"),
        pytest.param(message(sticker={}), id="another-kind"),
        pytest.param({"message_reaction": None}, id="null"),
    ],
)
@pytest.mark.parametrize(
    "name", ["TelegramMessageTrigger", "TelegramMessageReactionTrigger"]
)
async def test_what_is_not_waited_for_emits_nothing(name, payload):
    events = {"events": ALL} if name == "TelegramMessageTrigger" else {}
    assert await emitted(name, {"payload": payload, **events}) == []


@pytest.mark.parametrize(("is_wanted", "count"), [(True, 1), (False, 0)])
async def test_edited_messages_come_when_they_are_waited_for(is_wanted, count):
    payload = {"edited_message": message(text="tea")["message"]}
    events = {"text": True, "edited_message": is_wanted}
    found = await emitted(
        "TelegramMessageTrigger", {"payload": payload, "events": events}
    )
    assert [value for pin, value in found if pin == "is_edited"] == [True] * count
