"""Agents that begin with what happens in a Telegram chat."""

from collections.abc import Iterator
from typing import Any, Final

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.credentials import CredentialRef, credentials_pin
from blocks.spec import Category, Example, Kind
from blocks.telegram import PROVIDER
from blocks.values import JsonObject, JsonValue

_HOW: Final = (
    "Not needed to receive: make the webhook's address at the agent's triggers and "
    "give it to Telegram's setWebhook, with the secret as its `secret_token`."
)
_FILES: Final = ("voice", "audio", "document", "video")
_MESSAGE: Final[JsonObject] = {
    "message_id": 5,
    "chat": {"id": 7},
    "from": {"id": 9, "username": "ada", "first_name": "Ada"},
    "text": "tea?",
}
_REACTION: Final[JsonObject] = {
    "message_id": 5,
    "chat": {"id": 7},
    "user": {"id": 9, "username": "ada"},
    "new_reaction": [{"type": "emoji", "emoji": "👍"}],
    "old_reaction": [],
}


class TriggerPins(Pins):
    credentials: CredentialRef | None = credentials_pin(PROVIDER, description=_HOW)
    payload: dict[str, Any] = pin("What Telegram sent.", default={}, hidden=True)


@block(
    id="4435e4e0-df6e-4301-8f35-ad70b12fc9ec",
    name="TelegramMessageTriggerBlock",
    categories=(Category.SOCIAL,),
    kind=Kind.TRIGGER,
    inline=True,
    examples=(
        Example(
            inputs={"payload": {"message": _MESSAGE}, "events": {"text": True}},
            outputs=[
                ("payload", {"message": _MESSAGE}),
                ("chat_id", 7),
                ("message_id", 5),
                ("user_id", 9),
                ("username", "ada"),
                ("first_name", "Ada"),
                ("is_edited", False),
                ("event", "text"),
                ("text", "tea?"),
            ],
        ),
        Example(
            inputs={
                "payload": {
                    "edited_message": {
                        "message_id": 6,
                        "chat": {"id": 7},
                        "photo": [{"file_id": "small"}, {"file_id": "large"}],
                        "caption": "Tea",
                    }
                },
                "events": {"photo": True, "edited_message": True},
            },
            outputs=[
                ("payload", lambda value: "edited_message" in value),
                ("chat_id", 7),
                ("message_id", 6),
                ("is_edited", True),
                ("event", "photo"),
                ("photo_file_id", "large"),
                ("caption", "Tea"),
            ],
        ),
        # another kind than those that are waited for
        Example(inputs={"payload": {"message": _MESSAGE}, "events": {"photo": True}}),
        Example(inputs={"events": {"text": True}}),
    ),
)
class TelegramMessageTrigger(Block):
    """Brings a message that a Telegram bot got into the agent. Messages of kinds that
    are not waited for emit nothing."""

    class Input(TriggerPins):
        events: dict[str, bool] = pin(
            "The kinds that are waited for: `text`, `photo`, `voice`, `audio`, "
            "`document`, `video`; and `edited_message`, whether edited ones count."
        )

    class Output(Pins):
        payload: dict[str, Any] = pin("What Telegram sent.")
        chat_id: int = pin("The chat.")
        message_id: int = pin("The message.")
        user_id: int = pin("Who wrote it.")
        username: str = pin("The name of who wrote it, if there is one.")
        first_name: str = pin("The first name of who wrote it.")
        event: str = pin("The kind of message.")
        text: str = pin("The text of a message that is one.")
        photo_file_id: str = pin("The largest form of a photo.")
        voice_file_id: str = pin("A voice message.")
        audio_file_id: str = pin("A piece of audio.")
        file_id: str = pin("A document or video.")
        file_name: str = pin("The name of a document, video or piece of audio.")
        caption: str = pin("What stands below a file.")
        is_edited: bool = pin("Whether it was written before.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        is_edited = "edited_message" in inputs.payload
        message = _object(inputs.payload, "edited_message" if is_edited else "message")
        event = next(
            (kind for kind in ("text", "photo", *_FILES) if kind in message), ""
        )
        if not inputs.events.get(event):
            return
        if is_edited and not inputs.events.get("edited_message"):
            return
        yield "payload", inputs.payload
        for name, value in _who(message, "from"):
            yield name, value
        yield "is_edited", is_edited
        yield "event", event
        for name, value in _content(message, event):
            if value is not None:
                yield name, value


@block(
    id="82525328-9368-4966-8f0c-cd78e80181fd",
    name="TelegramMessageReactionTriggerBlock",
    categories=(Category.SOCIAL,),
    kind=Kind.TRIGGER,
    inline=True,
    examples=(
        Example(
            inputs={"payload": {"message_reaction": _REACTION}},
            outputs=[
                ("payload", {"message_reaction": _REACTION}),
                ("chat_id", 7),
                ("message_id", 5),
                ("user_id", 9),
                ("username", "ada"),
                ("new_reactions", [{"type": "emoji", "emoji": "👍"}]),
                ("old_reactions", []),
            ],
        ),
        Example(inputs={"payload": {"message": _MESSAGE}}),
    ),
)
class TelegramMessageReactionTrigger(Block):
    """Brings what somebody thinks of a message in a Telegram chat into the agent."""

    class Input(TriggerPins):
        pass

    class Output(Pins):
        payload: dict[str, Any] = pin("What Telegram sent.")
        chat_id: int = pin("The chat.")
        message_id: int = pin("The message.")
        user_id: int = pin("Whose reaction it is; not told if nameless.")
        username: str = pin("The name of who that is, if there is one.")
        new_reactions: list[Any] = pin("The reactions there are now.")
        old_reactions: list[Any] = pin("The reactions there were before.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        reaction = _object(inputs.payload, "message_reaction")
        if not reaction:
            return
        yield "payload", inputs.payload
        for name, value in _who(reaction, "user"):
            if name != "first_name":
                yield name, value
        yield "new_reactions", reaction.get("new_reaction") or []
        yield "old_reactions", reaction.get("old_reaction") or []


def _object(holder: JsonObject, name: str) -> JsonObject:
    """Strangers may send anything: what is no object is an empty one."""
    found = holder.get(name)
    return found if isinstance(found, dict) else {}


def _who(message: JsonObject, person: str) -> Iterator[tuple[str, JsonValue]]:
    chat, user = _object(message, "chat"), _object(message, person)
    told = (
        ("chat_id", chat.get("id")),
        ("message_id", message.get("message_id")),
        ("user_id", user.get("id")),
        ("username", user.get("username")),
        ("first_name", user.get("first_name")),
    )
    return ((name, value) for name, value in told if value is not None)


def _content(message: JsonObject, event: str) -> Iterator[tuple[str, JsonValue]]:
    if event == "text":
        yield "text", message["text"]
        return
    if event == "photo":
        sizes = message["photo"]
        largest = sizes[-1] if isinstance(sizes, list) and sizes else None
        if isinstance(largest, dict):
            yield "photo_file_id", largest.get("file_id")
    else:
        file = _object(message, event)
        name = f"{event}_file_id" if event in ("voice", "audio") else "file_id"
        yield name, file.get("file_id")
        yield "file_name", file.get("file_name")
    yield "caption", message.get("caption")
