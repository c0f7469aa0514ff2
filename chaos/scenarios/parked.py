"""Runs that wait for a time, another agent or a person, while workers die."""

import threading
import time
from typing import Any

import httpx

from chaos import agents
from chaos.trial import Trial


def workers_die(trial: Trial) -> None:
    """kill -9 of the workers while runs are parked, wake up and are answered."""
    trial.begin([agents.timer(6), agents.timer(2), agents.review()])
    child = trial.client.add(agents.chain(3, 0.2))
    trial.client.add(agents.parent(child, adds=3))
    with _Reviewer(trial):
        with trial.load(per_second=15):
            for _ in range(12 if trial.is_long else 5):
                time.sleep(trial.chance.uniform(1, 3))
                trial.kill(trial.chance.choice(trial.site.workers))
                trial.site.start_worker()
        trial.quiet()


class _Reviewer:
    """A person who approves whatever is asked, sometimes twice."""

    def __init__(self, trial: Trial) -> None:
        self._client = trial.client
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._answer)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _answer(self) -> None:
        while not self._ended.wait(0.2):
            try:
                self._answer_all()
            except httpx.TransportError:
                continue

    def _answer_all(self) -> None:
        pending = self._client.get("/reviews/").json().get("results", ())
        for review in pending:
            self._approve(review)

    def _approve(self, review: dict[str, Any]) -> None:
        for _ in range(2):
            self._client.post(f"/reviews/{review['id']}/", {"approved": True})
