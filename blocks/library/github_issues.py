"""GitHub: issues, their labels and who has them."""

from typing import Any

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.github import (
    ACCOUNT,
    ISSUE,
    PER_PAGE,
    PULL,
    AccountPins,
    Change,
    Listing,
    example_call,
    github_of,
    issue_pin,
    numbered_path,
    repository_path,
    repository_pin,
)
from blocks.rest import segment
from blocks.spec import Category, CostHint, Effect, Example
from blocks.values import JsonObject

_ADA: JsonObject = {"login": "ada"}


def _titled(found: Any) -> JsonObject:
    return {"title": found["title"], "url": found["html_url"]}


@block(
    id="691dad47-f494-44c3-a1e8-05b7990f2dab",
    name="GithubMakeIssueBlock",
    categories=(Category.DEVELOPER_TOOLS,),
    effect=Effect.ONCE,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"repo_url": "ada/tea", "title": "Cold", "body": "Warm it"},
            credentials=(ACCOUNT,),
            calls=(
                example_call(
                    "POST",
                    "/repos/ada/tea/issues",
                    {"number": 5, "html_url": ISSUE},
                    201,
                ),
            ),
            outputs=[("number", 5), ("url", ISSUE)],
        ),
    ),
)
class GithubMakeIssue(Block):
    """Opens an issue in a GitHub repository."""

    class Input(AccountPins):
        repo_url: str = repository_pin()
        title: str = pin("The title.")
        body: str = pin("The text.")

    class Output(Pins):
        number: int = pin("The number of the issue.")
        url: str = pin("The address of the issue.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        path = f"{repository_path('repo_url', inputs.repo_url)}/issues"
        body: JsonObject = {"title": inputs.title, "body": inputs.body}
        issue = await (await github_of(inputs, ctx)).post(path, body)
        yield "number", issue["number"]
        yield "url", issue["html_url"]


@block(
    id="6443c75d-032a-4772-9c08-230c707c8acc",
    name="GithubReadIssueBlock",
    categories=(Category.DEVELOPER_TOOLS,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"issue_url": ISSUE},
            credentials=(ACCOUNT,),
            calls=(
                example_call(
                    "GET",
                    "/repos/ada/tea/issues/5",
                    {"title": "Cold", "body": None, "user": _ADA},
                ),
            ),
            outputs=[("title", "Cold"), ("body", ""), ("user", "ada")],
        ),
    ),
)
class GithubReadIssue(Block):
    """Reads an issue of GitHub."""

    class Input(AccountPins):
        issue_url: str = issue_pin()

    class Output(Pins):
        title: str = pin("The title.")
        body: str = pin("The text.")
        user: str = pin("Who opened it.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        path = numbered_path("issue_url", inputs.issue_url, "issues")
        issue = await (await github_of(inputs, ctx)).get(path)
        yield "title", issue["title"]
        yield "body", issue.get("body") or ""
        yield "user", issue["user"]["login"]


@block(
    id="c215bfd7-0e57-4573-8f8c-f7d4963dcd74",
    name="GithubListIssuesBlock",
    categories=(Category.DEVELOPER_TOOLS,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"repo_url": "ada/tea"},
            credentials=(ACCOUNT,),
            calls=(
                example_call(
                    "GET",
                    "/repos/ada/tea/issues?per_page=100",
                    [
                        {"title": "Cold", "html_url": ISSUE},
                        {"title": "Warm it", "html_url": PULL, "pull_request": {}},
                    ],
                ),
            ),
            outputs=[
                ("issue", {"title": "Cold", "url": ISSUE}),
                ("issues", [{"title": "Cold", "url": ISSUE}]),
            ],
        ),
    ),
)
class GithubListIssues(Listing):
    """Lists the open issues of a GitHub repository."""

    one = "issue"
    many = "issues"

    class Input(AccountPins):
        repo_url: str = repository_pin()

    class Output(Pins):
        issue: dict[str, Any] = pin("Each issue: title, url.")
        issues: list[dict[str, Any]] = pin("All of them, up to 100.")

    def path(self, inputs: Any) -> str:
        return (
            f"{repository_path('repo_url', inputs.repo_url)}/issues?per_page={PER_PAGE}"
        )

    def told(self, found: Any) -> JsonObject | None:
        return None if "pull_request" in found else _titled(found)


@block(
    id="98bd6b77-9506-43d5-b669-6b9733c4b1f1",
    name="GithubAddLabelBlock",
    categories=(Category.DEVELOPER_TOOLS,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"issue_url": ISSUE, "label": "hot"},
            credentials=(ACCOUNT,),
            calls=(example_call("POST", "/repos/ada/tea/issues/5/labels", []),),
            outputs=[("status", "Label added successfully")],
        ),
    ),
)
class GithubAddLabel(Change):
    """Puts a label on an issue or pull request."""

    method = "POST"
    done = "Label added successfully"

    class Input(AccountPins):
        issue_url: str = issue_pin()
        label: str = pin("The label.")

    def target(self, inputs: Any) -> tuple[str, JsonObject | None]:
        path = numbered_path("issue_url", inputs.issue_url, "issues")
        return f"{path}/labels", {"labels": [inputs.label]}


@block(
    id="78f050c5-3e3a-48c0-9e5b-ef1ceca5589c",
    name="GithubRemoveLabelBlock",
    categories=(Category.DEVELOPER_TOOLS,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"issue_url": ISSUE, "label": "very hot"},
            credentials=(ACCOUNT,),
            calls=(
                example_call("DELETE", "/repos/ada/tea/issues/5/labels/very%20hot", []),
            ),
            outputs=[("status", "Label removed successfully")],
        ),
    ),
)
class GithubRemoveLabel(Change):
    """Takes a label off an issue or pull request."""

    method = "DELETE"
    done = "Label removed successfully"

    class Input(AccountPins):
        issue_url: str = issue_pin()
        label: str = pin("The label.")

    def target(self, inputs: Any) -> tuple[str, JsonObject | None]:
        path = numbered_path("issue_url", inputs.issue_url, "issues")
        return f"{path}/labels/{segment('label', inputs.label)}", None


@block(
    id="90507c72-b0ff-413a-886a-23bbbd66f542",
    name="GithubAssignIssueBlock",
    categories=(Category.DEVELOPER_TOOLS,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"issue_url": ISSUE, "assignee": "bo"},
            credentials=(ACCOUNT,),
            calls=(example_call("POST", "/repos/ada/tea/issues/5/assignees", {}, 201),),
            outputs=[("status", "Issue assigned successfully")],
        ),
    ),
)
class GithubAssignIssue(Change):
    """Gives an issue to somebody."""

    method = "POST"
    done = "Issue assigned successfully"

    class Input(AccountPins):
        issue_url: str = issue_pin()
        assignee: str = pin("Who gets it.")

    def target(self, inputs: Any) -> tuple[str, JsonObject | None]:
        path = numbered_path("issue_url", inputs.issue_url, "issues")
        return f"{path}/assignees", {"assignees": [inputs.assignee]}


@block(
    id="d154002a-38f4-46c2-962d-2488f2b05ece",
    name="GithubUnassignIssueBlock",
    categories=(Category.DEVELOPER_TOOLS,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"issue_url": ISSUE, "assignee": "bo"},
            credentials=(ACCOUNT,),
            calls=(example_call("DELETE", "/repos/ada/tea/issues/5/assignees", {}),),
            outputs=[("status", "Issue unassigned successfully")],
        ),
    ),
)
class GithubUnassignIssue(Change):
    """Takes an issue from somebody."""

    method = "DELETE"
    done = "Issue unassigned successfully"

    class Input(AccountPins):
        issue_url: str = issue_pin()
        assignee: str = pin("Who had it.")

    def target(self, inputs: Any) -> tuple[str, JsonObject | None]:
        path = numbered_path("issue_url", inputs.issue_url, "issues")
        return f"{path}/assignees", {"assignees": [inputs.assignee]}
