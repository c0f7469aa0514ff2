"""What the GitHub blocks share: the account, and reading the addresses of pages."""

import re
from typing import Any, Final

import orjson

from blocks.base import Block, Pins, Steps, pin
from blocks.context import Context
from blocks.credentials import (
    Credential,
    CredentialKind,
    CredentialRef,
    credentials_pin,
)
from blocks.errors import BlockInputError
from blocks.rest import Rest
from blocks.secret import Secret
from blocks.values import JsonObject

PROVIDER: Final = "github"
BASE: Final = "https://api.github.com"
ISSUE: Final = "https://github.com/ada/tea/issues/5"
PULL: Final = "https://github.com/ada/tea/pull/6"
REPOSITORY: Final = "https://github.com/ada/tea"
PER_PAGE: Final = 100

ACCOUNT: Final = Credential(
    id="key",
    provider=PROVIDER,
    kind=CredentialKind.API_KEY,
    secrets={"api_key": Secret("ghp_tea")},
)
_NAME: Final = r"[A-Za-z0-9_.-]+"
_REPOSITORY: Final = re.compile(
    rf"(?:https?://[^/]+/)?(?P<owner>{_NAME})/(?P<name>{_NAME}?)(?:\.git)?/?"
)
_NUMBERED: Final = re.compile(
    rf"(?:https?://[^/]+/)?(?P<owner>{_NAME})/(?P<name>{_NAME})"
    r"/(?:issues|pull|pulls)/(?P<number>\d+)(?:[/#?].*)?"
)


def example_call(
    method: str, path: str, answer: object, status: int = 200
) -> tuple[str, str, int, dict[str, str], bytes]:
    kind = {"content-type": "application/json"}
    return method, BASE + path, status, kind, orjson.dumps(answer)


class AccountPins(Pins):
    credentials: CredentialRef | None = credentials_pin(
        PROVIDER,
        kinds=(CredentialKind.API_KEY, CredentialKind.OAUTH2),
        scopes=("repo",),
        description="The GitHub account.",
    )


class StatusPins(Pins):
    status: str = pin("What was done.")


def repository_pin() -> Any:
    return pin("The repository: its address, or owner/name.", placeholder=REPOSITORY)


def issue_pin() -> Any:
    return pin("The address of the issue or pull request.", placeholder=ISSUE)


def pull_pin() -> Any:
    return pin("The address of the pull request.", placeholder=PULL)


async def github_of(inputs: Any, ctx: Context) -> Rest:
    """`base_url` of the credential is the API of a GitHub Enterprise server."""
    credential = await ctx.credentials.get(inputs.credentials, PROVIDER)
    return Rest(
        name="GitHub",
        http=ctx.http,
        base_url=credential.settings.get("base_url", BASE).rstrip("/"),
        headers={
            "Authorization": f"Bearer {credential.token.reveal()}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        },
        secrets=(credential.token,),
    )


def repository_path(pin_name: str, address: str) -> str:
    """`/repos/owner/name`.

    Raises:
        BlockInputError: the address is not that of a repository.
    """
    found = _REPOSITORY.fullmatch(address.strip())
    if found is None or {found["owner"], found["name"]} & {"", ".", ".."}:
        raise BlockInputError(f"pin {pin_name!r} is not the address of a repository")
    return f"/repos/{found['owner']}/{found['name']}"


def numbered_path(pin_name: str, address: str, kind: str) -> str:
    """`/repos/owner/name/<kind>/<number>`; `kind` is `issues` or `pulls`.

    Raises:
        BlockInputError: the address is not that of an issue or pull request.
    """
    found = _NUMBERED.fullmatch(address.strip())
    if found is None or {found["owner"], found["name"]} & {".", ".."}:
        raise BlockInputError(
            f"pin {pin_name!r} is not the address of an issue or pull request, like "
            f"{ISSUE}"
        )
    return f"/repos/{found['owner']}/{found['name']}/{kind}/{found['number']}"


class Change(Block):
    """A change that is told by its status alone."""

    class Output(StatusPins):
        pass

    method = "POST"
    done = ""

    def target(self, inputs: Any) -> tuple[str, JsonObject | None]:
        """The path and the body."""
        raise NotImplementedError

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        path, body = self.target(inputs)
        await (await github_of(inputs, ctx)).change(self.method, path, body)
        yield "status", self.done


class Listing(Block):
    """A page of things: each on one pin, all on another."""

    one = ""
    many = ""

    def path(self, inputs: Any) -> str:
        raise NotImplementedError

    def told(self, found: Any) -> JsonObject | None:
        """What is told of one of them; None leaves it out."""
        raise NotImplementedError

    def items(self, answer: Any) -> list[Any]:
        return list(answer or ())

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        answer = await (await github_of(inputs, ctx)).get(self.path(inputs))
        told = [self.told(each) for each in self.items(answer)]
        kept = [each for each in told if each is not None]
        for each in kept:
            yield self.one, each
        yield self.many, kept
