"""How many somebody holds at once: exact over processes, and free again by itself."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from redis import RedisError

from core.ratelimit.seats import MemorySeats, Seats, SeatStore, SharedSeats


def redis_seats() -> SharedSeats:
    return SharedSeats(os.environ["REDIS_URL"])


def seats_of_a_process() -> Seats:
    return Seats(redis_seats())


KEPT: list[object] = [
    pytest.param(MemorySeats, id="memory"),
    pytest.param(redis_seats, id="redis", marks=pytest.mark.services),
    pytest.param(seats_of_a_process, id="both", marks=pytest.mark.services),
]


@pytest.fixture
def who() -> str:
    return f"t:{uuid4()}"


@pytest.mark.parametrize("make", KEPT)
def test_exactly_so_many_of_many_at_once_sit(make: Callable[[], SeatStore], who: str):
    kept = make()
    with ThreadPoolExecutor(8) as pool:
        sits = list(pool.map(lambda n: kept.take(who, str(n), 5), range(50)))
    assert sum(sits) == 5


@pytest.mark.parametrize("make", KEPT)
def test_who_sits_keeps_his_seat_and_who_leaves_frees_it(
    make: Callable[[], SeatStore], who: str
):
    kept = make()
    assert [kept.take(who, id, 2) for id in ("a", "b", "c", "a")] == [
        True, True, False, True,
    ]  # fmt: skip
    kept.leave(who, "a")
    kept.leave(who, "was never there")
    assert kept.take(who, "c", 2)
    assert kept.take(f"{who}-else", "d", 2)


@pytest.mark.services
def test_processes_count_together(who: str):
    one, other = seats_of_a_process(), seats_of_a_process()
    assert one.take(who, "a", 1)
    assert not other.take(who, "b", 1)
    one.leave(who, "a")
    assert other.take(who, "b", 1)


@pytest.mark.services
def test_the_seats_of_a_dead_process_are_free_again(who: str):
    dead = SharedSeats(os.environ["REDIS_URL"], held_for_s=0.2)
    assert dead.take(who, "a", 1)
    alive = redis_seats()
    assert not alive.take(who, "b", 1)
    time.sleep(0.3)
    assert alive.take(who, "b", 1)


@pytest.mark.services
def test_a_seat_that_is_renewed_stays(who: str):
    kept = Seats(SharedSeats(os.environ["REDIS_URL"], held_for_s=0.3))
    assert kept.take(who, "a", 1)
    for _ in range(3):
        time.sleep(0.15)
        kept.renew(who, "a")
    assert not redis_seats().take(who, "b", 1)


class Away:
    """A Redis that does not answer."""

    def __init__(self) -> None:
        self.asked = 0

    def take(self, who: str, id: str, most: int) -> bool:
        self.asked += 1
        raise RedisError

    def leave(self, who: str, id: str) -> None:
        raise RedisError


def test_without_redis_a_process_counts_alone_and_asks_seldom(who: str):
    away = Away()
    kept = Seats(away)
    assert [kept.take(who, id, 2) for id in "abc"] == [True, True, False]
    kept.leave(who, "a")
    assert kept.take(who, "c", 2)
    assert away.asked == 1


def test_nothing_is_remembered_of_who_has_left(who: str):
    kept = MemorySeats()
    kept.take(who, "a", 1)
    kept.leave(who, "a")
    assert kept._held == {}
