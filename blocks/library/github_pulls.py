"""GitHub: pull requests."""

from enum import StrEnum
from typing import Any

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.github import (
    ACCOUNT,
    PER_PAGE,
    PULL,
    AccountPins,
    Listing,
    example_call,
    github_of,
    numbered_path,
    pull_pin,
    repository_path,
    repository_pin,
)
from blocks.rest import given
from blocks.spec import Category, CostHint, Effect, Example
from blocks.values import JsonObject

_PULL: JsonObject = {
    "number": 6,
    "title": "Warm it",
    "body": None,
    "user": {"login": "ada"},
    "html_url": PULL,
}


class MergeMethod(StrEnum):
    MERGE = "merge"
    SQUASH = "squash"
    REBASE = "rebase"


@block(
    id="ffef3c4c-6cd0-48dd-817d-459f975219f4",
    name="GithubListPullRequestsBlock",
    categories=(Category.DEVELOPER_TOOLS,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"repo_url": "ada/tea"},
            credentials=(ACCOUNT,),
            calls=(example_call("GET", "/repos/ada/tea/pulls?per_page=100", [_PULL]),),
            outputs=[
                ("pull_request", {"title": "Warm it", "url": PULL}),
                ("pull_requests", [{"title": "Warm it", "url": PULL}]),
            ],
        ),
    ),
)
class GithubListPullRequests(Listing):
    """Lists the open pull requests of a GitHub repository."""

    one = "pull_request"
    many = "pull_requests"

    class Input(AccountPins):
        repo_url: str = repository_pin()

    class Output(Pins):
        pull_request: dict[str, Any] = pin("Each pull request: title, url.")
        pull_requests: list[dict[str, Any]] = pin("All of them, up to 100.")

    def path(self, inputs: Any) -> str:
        return (
            f"{repository_path('repo_url', inputs.repo_url)}/pulls?per_page={PER_PAGE}"
        )

    def told(self, found: Any) -> JsonObject | None:
        return {"title": found["title"], "url": found["html_url"]}


@block(
    id="dfb987f8-f197-4b2e-bf19-111812afd692",
    name="GithubMakePullRequestBlock",
    categories=(Category.DEVELOPER_TOOLS,),
    effect=Effect.ONCE,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={
                "repo_url": "ada/tea",
                "title": "Warm it",
                "body": "",
                "head": "warm",
                "base": "main",
            },
            credentials=(ACCOUNT,),
            calls=(example_call("POST", "/repos/ada/tea/pulls", _PULL, 201),),
            outputs=[("number", 6), ("url", PULL)],
        ),
    ),
)
class GithubMakePullRequest(Block):
    """Opens a pull request in a GitHub repository."""

    class Input(AccountPins):
        repo_url: str = repository_pin()
        title: str = pin("The title.")
        body: str = pin("The text.")
        head: str = pin("The branch with the changes; owner:branch if in a fork.")
        base: str = pin("The branch to change.")

    class Output(Pins):
        number: int = pin("The number of the pull request.")
        url: str = pin("The address of the pull request.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        path = f"{repository_path('repo_url', inputs.repo_url)}/pulls"
        names = ("title", "body", "head", "base")
        body: JsonObject = {name: getattr(inputs, name) for name in names}
        made = await (await github_of(inputs, ctx)).post(path, body)
        yield "number", made["number"]
        yield "url", made["html_url"]


@block(
    id="bf94b2a4-1a30-4600-a783-a8a44ee31301",
    name="GithubReadPullRequestBlock",
    categories=(Category.DEVELOPER_TOOLS,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"pr_url": PULL, "include_pr_changes": True},
            credentials=(ACCOUNT,),
            calls=(
                example_call("GET", "/repos/ada/tea/pulls/6", _PULL),
                example_call(
                    "GET",
                    "/repos/ada/tea/pulls/6/files?per_page=100",
                    [{"filename": "tea.py", "patch": "+hot"}],
                ),
            ),
            outputs=[
                ("title", "Warm it"),
                ("body", ""),
                ("author", "ada"),
                ("changes", "Filename: tea.py\n+hot\n"),
            ],
        ),
    ),
)
class GithubReadPullRequest(Block):
    """Reads a pull request of GitHub, with what it changes if that is asked for."""

    class Input(AccountPins):
        pr_url: str = pull_pin()
        include_pr_changes: bool = pin("Also read what it changes.", default=False)

    class Output(Pins):
        title: str = pin("The title.")
        body: str = pin("The text.")
        author: str = pin("Who opened it.")
        changes: str = pin("The changed files and their differences.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        path = numbered_path("pr_url", inputs.pr_url, "pulls")
        github = await github_of(inputs, ctx)
        found = await github.get(path)
        yield "title", found["title"]
        yield "body", found.get("body") or ""
        yield "author", found["user"]["login"]
        if inputs.include_pr_changes:
            files = await github.get(f"{path}/files?per_page={PER_PAGE}")
            yield "changes", "\n".join(map(_changed, files))


def _changed(file: Any) -> str:
    return f"Filename: {file['filename']}\n{file.get('patch') or ''}\n"


@block(
    id="77456c22-33d8-4fd4-9eef-50b46a35bb48",
    name="GithubMergePullRequestBlock",
    categories=(Category.DEVELOPER_TOOLS,),
    effect=Effect.ONCE,
    cost=CostHint.NETWORK,
    examples=(
        Example(
            inputs={"pr_url": PULL},
            credentials=(ACCOUNT,),
            calls=(
                example_call(
                    "PUT",
                    "/repos/ada/tea/pulls/6/merge",
                    {"sha": "a1", "merged": True, "message": "Merged"},
                ),
            ),
            outputs=[("sha", "a1"), ("merged", True), ("message", "Merged")],
        ),
    ),
)
class GithubMergePullRequest(Block):
    """Merges a pull request."""

    class Input(AccountPins):
        pr_url: str = pull_pin()
        merge_method: MergeMethod = pin("How to merge it.", default=MergeMethod.MERGE)
        commit_title: str = pin("The title of the commit.", default="", advanced=True)
        commit_message: str = pin("The text of the commit.", default="", advanced=True)

    class Output(Pins):
        sha: str = pin("The commit.")
        merged: bool = pin("Whether it was merged.")
        message: str = pin("What GitHub says of it.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        path = f"{numbered_path('pr_url', inputs.pr_url, 'pulls')}/merge"
        body = given(
            merge_method=inputs.merge_method.value,
            commit_title=inputs.commit_title,
            commit_message=inputs.commit_message,
        )
        answer = await (await github_of(inputs, ctx)).change("PUT", path, body)
        yield "sha", answer["sha"]
        yield "merged", answer["merged"]
        yield "message", answer["message"]
