"""GitHub: who reviews a pull request."""

from typing import Any

from blocks.base import Pins, block, pin
from blocks.github import (
    ACCOUNT,
    PULL,
    AccountPins,
    Change,
    Listing,
    example_call,
    numbered_path,
    pull_pin,
)
from blocks.spec import Category, CostHint, Effect, Example
from blocks.values import JsonObject


@block(
    id="c0d22c5e-e688-43e3-ba43-d5faba7927fd",
    name="GithubAssignPRReviewerBlock",
    categories=(Category.DEVELOPER_TOOLS,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"pr_url": PULL, "reviewer": "bo"},
            credentials=(ACCOUNT,),
            calls=(
                example_call(
                    "POST", "/repos/ada/tea/pulls/6/requested_reviewers", {}, 201
                ),
            ),
            outputs=[("status", "Reviewer assigned successfully")],
        ),
    ),
)
class GithubAssignPRReviewer(Change):
    """Asks somebody to review a pull request."""

    method = "POST"
    done = "Reviewer assigned successfully"

    class Input(AccountPins):
        pr_url: str = pull_pin()
        reviewer: str = pin("Who is asked.")

    def target(self, inputs: Any) -> tuple[str, JsonObject | None]:
        path = numbered_path("pr_url", inputs.pr_url, "pulls")
        return f"{path}/requested_reviewers", {"reviewers": [inputs.reviewer]}


@block(
    id="9637945d-c602-4875-899a-9c22f8fd30de",
    name="GithubUnassignPRReviewerBlock",
    categories=(Category.DEVELOPER_TOOLS,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"pr_url": PULL, "reviewer": "bo"},
            credentials=(ACCOUNT,),
            calls=(
                example_call(
                    "DELETE", "/repos/ada/tea/pulls/6/requested_reviewers", {}
                ),
            ),
            outputs=[("status", "Reviewer unassigned successfully")],
        ),
    ),
)
class GithubUnassignPRReviewer(Change):
    """No longer asks somebody to review a pull request."""

    method = "DELETE"
    done = "Reviewer unassigned successfully"

    class Input(AccountPins):
        pr_url: str = pull_pin()
        reviewer: str = pin("Who was asked.")

    def target(self, inputs: Any) -> tuple[str, JsonObject | None]:
        path = numbered_path("pr_url", inputs.pr_url, "pulls")
        return f"{path}/requested_reviewers", {"reviewers": [inputs.reviewer]}


@block(
    id="2646956e-96d5-4754-a3df-034017e7ed96",
    name="GithubListPRReviewersBlock",
    categories=(Category.DEVELOPER_TOOLS,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"pr_url": PULL},
            credentials=(ACCOUNT,),
            calls=(
                example_call(
                    "GET",
                    "/repos/ada/tea/pulls/6/requested_reviewers",
                    {"users": [{"login": "bo", "html_url": "https://github.com/bo"}]},
                ),
            ),
            outputs=[
                ("reviewer", {"username": "bo", "url": "https://github.com/bo"}),
                ("reviewers", [{"username": "bo", "url": "https://github.com/bo"}]),
            ],
        ),
    ),
)
class GithubListPRReviewers(Listing):
    """Lists who is asked to review a pull request."""

    one = "reviewer"
    many = "reviewers"

    class Input(AccountPins):
        pr_url: str = pull_pin()

    class Output(Pins):
        reviewer: dict[str, Any] = pin("Each of them: username, url.")
        reviewers: list[dict[str, Any]] = pin("All of them.")

    def path(self, inputs: Any) -> str:
        return f"{numbered_path('pr_url', inputs.pr_url, 'pulls')}/requested_reviewers"

    def told(self, found: Any) -> JsonObject | None:
        return {"username": found["login"], "url": found["html_url"]}

    def items(self, answer: Any) -> list[Any]:
        return list(answer["users"])
