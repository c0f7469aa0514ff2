"""Group commit: everything once, one group at a time, and each told of its own."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from executions.engine.group_commit import GroupCommit, Outcomes
from tests.servers import until


class Disk:
    """Writes when it is let, and notes the groups and who wrote them."""

    def __init__(self, *, is_open: bool = True) -> None:
        self.groups: list[list[int]] = []
        self.writers: list[int] = []
        self.begun: list[list[int]] = []
        self.open = threading.Event()
        self._busy = threading.Lock()
        if is_open:
            self.open.set()

    def write(self, items: list[int]) -> Outcomes:
        """Odd ones are refused; a 99 breaks it."""
        assert self._busy.acquire(blocking=False), "two write at once"
        try:
            self.begun.append(items)
            assert self.open.wait(10)
            if 99 in items:
                raise OSError("broken")
            self.groups.append(items)
            self.writers.append(threading.get_ident())
            return [ValueError(item) if item % 2 else None for item in items]
        finally:
            self._busy.release()


def outcome(store: Callable[[int], None], item: int) -> str:
    try:
        store(item)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "written"


def held_up(disk: Disk, commit: GroupCommit[int], pool: ThreadPoolExecutor, *more: int):
    """What becomes of 0, which is being written, and of `more`, who wait for it."""
    first = pool.submit(outcome, commit.store, 0)
    until(lambda: disk.begun)
    others = [pool.submit(outcome, commit.store, item) for item in more]
    until(lambda: len(commit._waiting) == len(more))
    return [first, *others]


def test_who_is_alone_writes_himself_at_once():
    disk = Disk()
    commit = GroupCommit(disk.write, 1)
    commit.store(2)
    commit.store(4)
    assert disk.groups == [[2], [4]]
    assert disk.writers == [threading.get_ident()] * 2


def test_what_gathers_is_written_together_and_each_hears_its_own():
    disk = Disk(is_open=False)
    commit = GroupCommit(disk.write, 10)
    with ThreadPoolExecutor(8) as pool:
        asked = held_up(disk, commit, pool, 2, 3, 4, 5)
        disk.open.set()
        heard = [future.result(10) for future in asked]
    assert sorted(map(sorted, disk.groups)) == [[0], [2, 3, 4, 5]]
    assert heard == ["written", "written", "ValueError: 3", "written", "ValueError: 5"]


def test_a_group_that_breaks_breaks_no_other():
    disk = Disk(is_open=False)
    commit = GroupCommit(disk.write, 10)
    with ThreadPoolExecutor(8) as pool:
        asked = held_up(disk, commit, pool, 2, 99)
        disk.open.set()
        heard = [future.result(10) for future in asked]
    assert heard == ["written", "OSError: broken", "OSError: broken"]
    assert outcome(commit.store, 6) == "written"


def test_who_waits_too_long_goes_and_what_he_wanted_is_not_written():
    disk = Disk(is_open=False)
    commit = GroupCommit(disk.write, 0.05)
    with ThreadPoolExecutor(8) as pool:
        first, second = held_up(disk, commit, pool, 2)
        assert second.result(10).startswith("TimeoutError: not written within 0.05 s")
        disk.open.set()
        assert first.result(10) == "written"
    assert outcome(commit.store, 4) == "written"
    assert disk.groups == [[0], [4]]


@pytest.mark.parametrize("threads", [1, 2, 16])
def test_everything_is_written_once(threads: int):
    disk = Disk()
    commit = GroupCommit(disk.write, 10)
    items = [2 * n for n in range(2000)]
    with ThreadPoolExecutor(threads) as pool:
        assert set(pool.map(commit.store, items)) == {None}
    assert sorted(item for group in disk.groups for item in group) == items
