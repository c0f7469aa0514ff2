"""A run in the thread of a request leaves nothing behind, no collector needed."""

import gc
import weakref
from typing import Any

import pytest

from core.ids import new_id
from core.limits import Limits
from executions.domain.plan import make_plan
from executions.engine import direct
from executions.engine.context import RunIdentity
from executions.engine.runner import Runner
from tests.graphs_by_hand import graph
from tests.zoo import ECHO, INPUT, OUTPUT, zoo


@pytest.mark.parametrize("seconds", [10, 0], ids=["ends", "takes too long"])
def test_it_is_gone_at_once(monkeypatch: pytest.MonkeyPatch, seconds: float):
    seen: list[weakref.ref[Runner]] = []

    class Seen(Runner):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            seen.append(weakref.ref(self))

    monkeypatch.setattr(direct, "Runner", Seen)
    monkeypatch.setattr(direct, "SECONDS_AT_MOST", seconds)
    agent = graph(
        {"in": (INPUT, {"name": "n"}), "a": ECHO, "out": (OUTPUT, {"name": "out"})},
        "in.result -> a.value",
        "a.value -> out.value",
    )
    gc.disable()
    try:
        entries = direct.run_at_once(
            new_id(), make_plan(agent, zoo), {"n": 1}, RunIdentity(), limits=Limits()
        )
        assert (entries is not None) == bool(seconds)
        assert [runner() for runner in seen] == [None]
    finally:
        gc.enable()
