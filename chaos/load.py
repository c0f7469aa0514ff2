"""Clients that start runs and do not give up until each is accepted."""

import random
import secrets
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from chaos.agents import Shape
from chaos.site import Site

API: Final = "/api/v1"
_PASSWORD: Final = "correct-horse-9"
_GIVE_UP_S: Final = 120.0
_PAUSE_S: Final = 0.2


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """A start that was answered with 2xx. `key` is its Idempotency-Key, and what the
    run sends along with its effects."""

    id: str
    shape: Shape
    n: int
    key: str
    tries: int
    graph: str


@dataclass
class Troubles:
    """What clients met besides success: how often which answer."""

    statuses: Counter[str] = field(default_factory=Counter)
    gave_up: list[str] = field(default_factory=list)


class Client:
    """One account with one agent of each shape. Safe for many threads."""

    def __init__(self, site: Site, shapes: Sequence[Shape], effects_at: str) -> None:
        self._site = site
        self._http = httpx.Client(base_url=site.url + API, timeout=30)
        self._sign_in()
        self._effects_at = effects_at
        self.shapes: dict[str, Shape] = {}
        self.graphs: dict[str, str] = {}
        self.accepted: list[Accepted] = []
        self.troubles = Troubles()
        for shape in shapes:
            self.add(shape)

    def add(self, shape: Shape) -> str:
        """The id of a new agent of that shape."""
        id = self._new_agent(shape.document(self._effects_at))
        self.shapes[shape.name] = shape
        self.graphs[shape.name] = id
        return id

    def start(self, shape: Shape, n: int, key: str = "") -> Accepted | None:
        """Start a run, repeating until it is accepted; None if it never was."""
        key = key or secrets.token_hex(12)
        deadline = time.monotonic() + _GIVE_UP_S
        tries = 0
        while time.monotonic() < deadline:
            tries += 1
            id = self._try_to_start(shape, n, key)
            if id:
                return self._accept(id, shape, n, key, tries)
            time.sleep(_PAUSE_S)
        self.troubles.gave_up.append(key)
        return None

    def repeat(self, earlier: Accepted) -> str | None:
        """The id that the same request with the same key is answered with."""
        return self._try_to_start(earlier.shape, earlier.n, earlier.key)

    def post(self, path: str, body: Any = None, key: str = "") -> httpx.Response:
        headers = {"Idempotency-Key": key} if key else {}
        return self._http.post(path, json=body, headers=headers)

    def get(self, path: str) -> httpx.Response:
        return self._http.get(path)

    def close(self) -> None:
        self._http.close()

    def _accept(self, id: str, shape: Shape, n: int, key: str, tries: int) -> Accepted:
        graph = self.graphs[shape.name]
        accepted = Accepted(id=id, shape=shape, n=n, key=key, tries=tries, graph=graph)
        self.accepted.append(accepted)
        return accepted

    def _try_to_start(self, shape: Shape, n: int, key: str) -> str | None:
        path = f"/graphs/{self.graphs[shape.name]}/executions/"
        body = {"inputs": {"n": n}}
        if shape.effects or shape.once:
            body["inputs"]["key"] = key  # type: ignore[assignment]
        try:
            answer = self._http.post(path, json=body, headers={"Idempotency-Key": key})
        except httpx.TransportError as error:
            self.troubles.statuses[type(error).__name__] += 1
            return None
        if answer.status_code in (200, 202):
            return str(answer.json()["id"])
        self.troubles.statuses[str(answer.status_code)] += 1
        return None

    def _sign_in(self) -> None:
        body = {"email": "chaos@example.org", "password": _PASSWORD}
        self._http.post("/auth/register/", json=body).raise_for_status()
        answer = self._http.post("/auth/token/", json=body).raise_for_status()
        self._http.headers["authorization"] = f"Bearer {answer.json()['access']}"

    def _new_agent(self, document: Any) -> str:
        answer = self._http.post("/graphs/", json=document)
        if answer.status_code != 201:
            raise ValueError(f"the agent was refused: {answer.text}")
        return str(answer.json()["id"])


class Load:
    """Starts runs of random shapes at a rate, from several threads, until its end."""

    def __init__(
        self, client: Client, seed: int, per_second: float, threads: int = 4
    ) -> None:
        self._client = client
        self._pause_s = threads / per_second
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(random.Random(f"{seed}-{n}"),))
            for n in range(threads)
        ]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _run(self, chance: random.Random) -> None:
        shapes = list(self._client.shapes.values())
        while not self._ended.wait(self._pause_s * chance.uniform(0.5, 1.5)):
            self._client.start(chance.choice(shapes), chance.randrange(1_000))
