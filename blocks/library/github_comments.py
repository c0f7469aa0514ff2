"""GitHub: comments on issues and pull requests."""

from typing import Any

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.errors import BlockInputError
from blocks.github import (
    ACCOUNT,
    ISSUE,
    PER_PAGE,
    AccountPins,
    Listing,
    example_call,
    github_of,
    issue_pin,
    numbered_path,
)
from blocks.spec import Category, CostHint, Effect, Example
from blocks.values import JsonObject

_URL = f"{ISSUE}#issuecomment-7"
_COMMENT: JsonObject = {
    "id": 7,
    "body": "Warmed",
    "user": {"login": "ada"},
    "html_url": _URL,
}
_TOLD: JsonObject = {"id": 7, "body": "Warmed", "user": "ada", "url": _URL}


@block(
    id="a8db4d8d-db1c-4a25-a1b0-416a8c33602b",
    name="GithubCommentBlock",
    categories=(Category.DEVELOPER_TOOLS,),
    effect=Effect.ONCE,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"issue_url": ISSUE, "comment": "Warmed"},
            credentials=(ACCOUNT,),
            calls=(
                example_call("POST", "/repos/ada/tea/issues/5/comments", _COMMENT, 201),
            ),
            outputs=[("id", 7), ("url", _URL)],
        ),
    ),
)
class GithubComment(Block):
    """Comments on an issue or pull request."""

    class Input(AccountPins):
        issue_url: str = issue_pin()
        comment: str = pin("The text.")

    class Output(Pins):
        id: int = pin("The id of the comment.")
        url: str = pin("The address of the comment.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        path = numbered_path("issue_url", inputs.issue_url, "issues")
        body: JsonObject = {"body": inputs.comment}
        answer = await (await github_of(inputs, ctx)).post(f"{path}/comments", body)
        yield "id", answer["id"]
        yield "url", answer["html_url"]


@block(
    id="b3f4d747-10e3-4e69-8c51-f2be1d99c9a7",
    name="GithubUpdateCommentBlock",
    categories=(Category.DEVELOPER_TOOLS,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"comment_url": _URL, "comment": "Warmed"},
            credentials=(ACCOUNT,),
            calls=(
                example_call("PATCH", "/repos/ada/tea/issues/comments/7", _COMMENT),
            ),
            outputs=[("id", 7), ("url", _URL)],
        ),
    ),
)
class GithubUpdateComment(Block):
    """Changes a comment: the one at an address, or one of an issue by its id."""

    class Input(AccountPins):
        comment_url: str = pin("The address of the comment.", default="")
        issue_url: str = pin("The address of its issue.", default="")
        comment_id: str = pin("The id of the comment.", default="")
        comment: str = pin("The new text.")

    class Output(Pins):
        id: int = pin("The id of the comment.")
        url: str = pin("The address of the comment.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        body: JsonObject = {"body": inputs.comment}
        github = await github_of(inputs, ctx)
        answer = await github.change("PATCH", _comment_path(inputs), body)
        yield "id", answer["id"]
        yield "url", answer["html_url"]


def _comment_path(inputs: Any) -> str:
    page, _, number = inputs.comment_url.partition("#issuecomment-")
    page, number = page or inputs.issue_url, number or inputs.comment_id
    if not page or not number.isdecimal():
        raise BlockInputError(
            "either 'comment_url' is needed (with #issuecomment- at its end), or "
            "'issue_url' and 'comment_id'"
        )
    name = "comment_url" if inputs.comment_url else "issue_url"
    issues = numbered_path(name, page, "issues").rpartition("/")[0]
    return f"{issues}/comments/{number}"


@block(
    id="c4b5fb63-0005-4a11-b35a-0c2467bd6b59",
    name="GithubListCommentsBlock",
    categories=(Category.DEVELOPER_TOOLS,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"issue_url": ISSUE},
            credentials=(ACCOUNT,),
            calls=(
                example_call(
                    "GET", "/repos/ada/tea/issues/5/comments?per_page=100", [_COMMENT]
                ),
            ),
            outputs=[("comment", _TOLD), ("comments", [_TOLD])],
        ),
    ),
)
class GithubListComments(Listing):
    """Lists the comments of an issue or pull request."""

    one = "comment"
    many = "comments"

    class Input(AccountPins):
        issue_url: str = issue_pin()

    class Output(Pins):
        comment: dict[str, Any] = pin("Each comment: id, body, user, url.")
        comments: list[dict[str, Any]] = pin("All of them, up to 100.")

    def path(self, inputs: Any) -> str:
        return _comments(inputs)

    def told(self, found: Any) -> JsonObject | None:
        return {
            "id": found["id"],
            "body": found.get("body") or "",
            "user": found["user"]["login"],
            "url": found["html_url"],
        }


def _comments(inputs: Any) -> str:
    path = numbered_path("issue_url", inputs.issue_url, "issues")
    return f"{path}/comments?per_page={PER_PAGE}"
