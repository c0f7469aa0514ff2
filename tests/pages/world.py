"""Agents and runs as rows, and what a test asks of a page."""

from html.parser import HTMLParser

from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.selectors import default_workspace
from executions.domain.status import ExecutionStatus
from executions.models import Execution
from graphs.models import Graph, GraphVersion


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def make_agent(user: User, name: str = "Triage") -> Graph:
    return Graph.objects.create(
        workspace=default_workspace(user),
        owner=user,
        name=name,
        draft={"nodes": [], "links": []},
    )


def make_run(
    agent: Graph, status: ExecutionStatus = ExecutionStatus.COMPLETED
) -> Execution:
    version, _ = GraphVersion.objects.get_or_create(
        graph=agent, revision=1, defaults={"body": {"nodes": [], "links": []}}
    )
    now = timezone.now()
    return Execution.objects.create(
        workspace=agent.workspace,
        user=agent.owner,
        graph=agent,
        version=version,
        status=status,
        inputs={},
        outputs={},
        errors=[],
        created_at=now,
        started_at=now,
        ended_at=now,
    )


class Markup(HTMLParser):
    """What a strict content security policy would block, and what holds a page up."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.inline: list[str] = []
        self.headings = 0
        self.ids: list[str] = []
        self.labels: list[str] = []
        self.links: list[str] = []
        self.classes: list[str] = []
        self._is_bare = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.inline += [
            f"{tag} {name}"
            for name in given
            if name == "style" or name.startswith("on")
        ]
        if tag == "style" or (tag == "script" and "src" not in given):
            self._is_bare = tag
        self.headings += tag == "h1"
        self.ids += [given["id"]] if "id" in given else []
        self.labels += [given["for"]] if "for" in given else []
        self.links += [given["href"]] if tag == "a" and "href" in given else []
        self.classes += given.get("class", "").split()

    def handle_data(self, data: str) -> None:
        if self._is_bare and data.strip():
            self.inline.append(f"{self._is_bare}: {data[:40]}")

    def handle_endtag(self, tag: str) -> None:
        self._is_bare = ""
