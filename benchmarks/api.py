"""What figures ask of the HTTP API while they prepare; nothing here is timed."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from benchmarks.agents import Document

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Api:
    client: httpx.Client
    token: str

    @classmethod
    def register(cls, client: httpx.Client, email: str) -> "Api":
        account = {"email": email, "password": PASSWORD}
        client.post("auth/register/", json=account).raise_for_status()
        answer = client.post("auth/token/", json=account).raise_for_status()
        token: str = answer.json()["access"]
        client.headers["Authorization"] = f"Bearer {token}"
        return cls(client, token)

    @property
    def port(self) -> int:
        return urlsplit(str(self.client.base_url)).port or 80

    def add(self, document: Document) -> str:
        """The id of the new agent."""
        answer = self.client.post("graphs/import/", json=document).raise_for_status()
        graph: str = answer.json()["id"]
        return graph

    def start(self, graph: str, query: str = "", **body: Any) -> dict[str, Any]:
        path = f"graphs/{graph}/executions/{query}"
        answer = self.client.post(path, json=body).raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def run(self, graph: str, **body: Any) -> dict[str, Any]:
        """Start and wait for the end.

        Raises:
            RuntimeError: it did not complete.
        """
        found = self.start(graph, "?wait=60", **body)
        if found["status"] != "COMPLETED":
            raise RuntimeError(f"not completed: {found}")
        return found

    def events(self, run: str) -> list[dict[str, Any]]:
        """All events of a run."""
        found: list[dict[str, Any]] = []
        page: str | None = f"executions/{run}/events/?after=0"
        while page:
            answer = self.client.get(page).raise_for_status().json()
            found += answer["results"]
            page = answer["next"]
        return found
