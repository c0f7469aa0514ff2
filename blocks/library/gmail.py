"""Gmail: reading messages and labels."""

from typing import Any, Final

from pydantic import BaseModel

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.credentials import CredentialRef
from blocks.gmail import BASE, Email, gmail_of, label_id, told
from blocks.google import ACCOUNT, account_pin, example_call
from blocks.rest import given, query_text, segment
from blocks.spec import Category, CostHint, Effect, Example
from blocks.values import JsonObject

_MESSAGE: Final[JsonObject] = {
    "id": "m1",
    "threadId": "t1",
    "labelIds": ["UNREAD"],
    "snippet": "Tea?",
    "sizeEstimate": 9,
    "payload": {
        "mimeType": "text/plain",
        "headers": [
            {"name": "Subject", "value": "Tea"},
            {"name": "From", "value": "Ada <ada@x.example>"},
            {"name": "To", "value": "bo@x.example"},
            {"name": "Date", "value": "Sat, 31 Jan 2026 12:00:00 +0000"},
        ],
        "body": {"data": "VGVhPw"},
    },
}
_TOLD: Final[JsonObject] = {
    "threadId": "t1",
    "labelIds": ["UNREAD"],
    "id": "m1",
    "subject": "Tea",
    "snippet": "Tea?",
    "from_": "Ada <ada@x.example>",
    "to": ["bo@x.example"],
    "cc": [],
    "bcc": [],
    "date": "Sat, 31 Jan 2026 12:00:00 +0000",
    "body": "Tea?",
    "sizeEstimate": 9,
    "attachments": [],
}
_LABELS: Final = {"labels": [{"id": "L1", "name": "Tea"}]}


class Thread(BaseModel):
    id: str
    messages: list[Email]


@block(
    id="25310c70-b89b-43ba-b25c-4dfa7e2a481c",
    name="GmailReadBlock",
    categories=(Category.COMMUNICATION,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"query": "is:unread", "max_results": 5},
            credentials=(ACCOUNT,),
            calls=(
                example_call(
                    "GET",
                    f"{BASE}/messages?q=is%3Aunread&maxResults=5",
                    {"messages": [{"id": "m1", "threadId": "t1"}]},
                ),
                example_call("GET", f"{BASE}/messages/m1?format=full", _MESSAGE),
            ),
            outputs=[("email", _TOLD), ("emails", [_TOLD])],
        ),
    ),
)
class GmailRead(Block):
    """Reads the messages that a search of Gmail finds."""

    class Input(Pins):
        credentials: CredentialRef | None = account_pin("gmail.readonly")
        query: str = pin("What to look for, as in Gmail.", default="is:unread")
        max_results: int = pin("How many at most.", default=10, ge=1, le=500)

    class Output(Pins):
        email: Email = pin("Each message.")
        emails: list[Email] = pin("All of them.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        gmail = await gmail_of(inputs.credentials, ctx)
        query = given(q=inputs.query, maxResults=inputs.max_results)
        found = await gmail.get("/messages" + query_text(query))
        emails = []
        for each in found.get("messages") or ():
            email = told(await gmail.get(f"/messages/{each['id']}?format=full"))
            emails.append(email)
            yield "email", email
        yield "emails", emails


@block(
    id="21a79166-9df7-4b5f-9f36-96f639d86112",
    name="GmailGetThreadBlock",
    categories=(Category.COMMUNICATION,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"threadId": "t1"},
            credentials=(ACCOUNT,),
            calls=(
                example_call(
                    "GET",
                    f"{BASE}/threads/t1?format=full",
                    {"id": "t1", "messages": [_MESSAGE]},
                ),
            ),
            outputs=[("thread", {"id": "t1", "messages": [_TOLD]})],
        ),
    ),
)
class GmailGetThread(Block):
    """Reads a conversation of Gmail."""

    class Input(Pins):
        credentials: CredentialRef | None = account_pin("gmail.readonly")
        threadId: str = pin("The id of the conversation.")

    class Output(Pins):
        thread: Thread = pin("The conversation: id, messages.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        gmail = await gmail_of(inputs.credentials, ctx)
        path = f"/threads/{segment('threadId', inputs.threadId)}?format=full"
        found = await gmail.get(path)
        messages = [told(each) for each in found.get("messages") or ()]
        yield "thread", Thread(id=found["id"], messages=messages)


@block(
    id="3e1c2c1c-c689-4520-b956-1f3bf4e02bb7",
    name="GmailListLabelsBlock",
    categories=(Category.COMMUNICATION,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={},
            credentials=(ACCOUNT,),
            calls=(example_call("GET", f"{BASE}/labels", _LABELS),),
            outputs=[("result", [{"id": "L1", "name": "Tea"}])],
        ),
    ),
)
class GmailListLabels(Block):
    """Lists the labels of a Gmail account."""

    class Input(Pins):
        credentials: CredentialRef | None = account_pin("gmail.labels")

    class Output(Pins):
        result: list[dict[str, Any]] = pin("The labels: id, name.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        gmail = await gmail_of(inputs.credentials, ctx)
        labels = (await gmail.get("/labels")).get("labels") or []
        yield "result", [{"id": each["id"], "name": each["name"]} for each in labels]


class _Labelling(Block):
    """Puts a label on a message, or takes it off."""

    change = ""
    done = ""

    class Input(Pins):
        credentials: CredentialRef | None = account_pin("gmail.modify")
        message_id: str = pin("The id of the message.")
        label_name: str = pin("The name of the label.")

    class Output(Pins):
        result: dict[str, Any] = pin("What was done: label_id, status.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        gmail = await gmail_of(inputs.credentials, ctx)
        is_added = self.change == "addLabelIds"
        label = await label_id(gmail, inputs.label_name, make=is_added)
        path = f"/messages/{segment('message_id', inputs.message_id)}/modify"
        await gmail.post(path, {self.change: [label]})
        yield "result", {"label_id": label, "status": self.done}


@block(
    id="f884b2fb-04f4-4265-9658-14f433926ac9",
    name="GmailAddLabelBlock",
    categories=(Category.COMMUNICATION,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"message_id": "m1", "label_name": "Milk"},
            credentials=(ACCOUNT,),
            calls=(
                example_call("GET", f"{BASE}/labels", _LABELS),
                example_call("POST", f"{BASE}/labels", {"id": "L2"}),
                example_call("POST", f"{BASE}/messages/m1/modify", {}),
            ),
            outputs=[
                ("result", {"label_id": "L2", "status": "Label added successfully"})
            ],
        ),
    ),
)
class GmailAddLabel(_Labelling):
    """Puts a label on a message of Gmail; one that is new is made."""

    change = "addLabelIds"
    done = "Label added successfully"


@block(
    id="0afc0526-aba1-4b2b-888e-a22b7c3f359d",
    name="GmailRemoveLabelBlock",
    categories=(Category.COMMUNICATION,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"message_id": "m1", "label_name": "tea"},
            credentials=(ACCOUNT,),
            calls=(
                example_call("GET", f"{BASE}/labels", _LABELS),
                example_call("POST", f"{BASE}/messages/m1/modify", {}),
            ),
            outputs=[
                ("result", {"label_id": "L1", "status": "Label removed successfully"})
            ],
        ),
    ),
)
class GmailRemoveLabel(_Labelling):
    """Takes a label off a message of Gmail."""

    change = "removeLabelIds"
    done = "Label removed successfully"


@block(
    id="04b0d996-0908-4a4b-89dd-b9697ff253d3",
    name="GmailGetProfileBlock",
    categories=(Category.COMMUNICATION,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={},
            credentials=(ACCOUNT,),
            calls=(
                example_call(
                    "GET", f"{BASE}/profile", {"emailAddress": "ada@x.example"}
                ),
            ),
            outputs=[("profile", {"emailAddress": "ada@x.example"})],
        ),
    ),
)
class GmailGetProfile(Block):
    """Tells whose Gmail account it is and how much is in it."""

    class Input(Pins):
        credentials: CredentialRef | None = account_pin("gmail.readonly")

    class Output(Pins):
        profile: dict[str, Any] = pin("emailAddress, messagesTotal and more.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        gmail = await gmail_of(inputs.credentials, ctx)
        yield "profile", await gmail.get("/profile")
