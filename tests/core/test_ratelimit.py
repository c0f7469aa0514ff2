"""Moving windows: exact, whoever calls at once and wherever they are kept."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import RedisError

from core.ratelimit import Ask, Limiter, Rate, Verdict
from core.ratelimit.addresses import AddressRules, client_address, one_client
from core.ratelimit.shared import SharedWindows
from core.ratelimit.windows import MemoryWindows, Windows


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Away:
    """A Redis that does not answer."""

    def __init__(self) -> None:
        self.asked = 0

    def hit(self, asks: object) -> Verdict:
        self.asked += 1
        raise RedisError

    def clear(self, keys: object) -> None:
        raise RedisError


def redis_windows() -> SharedWindows:
    return SharedWindows(os.environ["REDIS_URL"])


KEPT: list[object] = [
    pytest.param(MemoryWindows, id="memory"),
    pytest.param(redis_windows, id="redis", marks=pytest.mark.services),
]


@pytest.mark.parametrize("make", KEPT)
def test_exactly_so_many_of_many_at_once_pass(make: Callable[[], Windows]):
    windows, ask = make(), Ask(f"t:{uuid4()}", Rate(20, 60))
    with ThreadPoolExecutor(16) as pool:
        passed = list(pool.map(lambda _: windows.hit([ask]).allowed, range(100)))
    assert sum(passed) == 20


@pytest.mark.parametrize("make", KEPT)
def test_one_full_window_keeps_the_others_as_they_are(make: Callable[[], Windows]):
    windows, name = make(), str(uuid4())
    narrow, wide = Ask(f"n:{name}", Rate(1, 60)), Ask(f"w:{name}", Rate(3, 60))
    assert windows.hit([narrow, wide]).allowed
    assert not windows.hit([narrow, wide]).allowed
    assert [windows.hit([wide]).remaining for _ in range(2)] == [1, 0]
    assert not windows.hit([wide]).allowed


@pytest.mark.parametrize("make", KEPT)
def test_a_window_moves(make: Callable[[], Windows]):
    windows, ask = make(), Ask(f"t:{uuid4()}", Rate(1, 0.2))
    assert windows.hit([ask]).allowed
    refused = windows.hit([ask])
    assert not refused.allowed
    assert 0 < refused.seconds <= 0.2
    time.sleep(refused.seconds + 0.01)
    assert windows.hit([ask]).allowed


@pytest.mark.parametrize("make", KEPT)
def test_clearing_makes_room(make: Callable[[], Windows]):
    windows, ask = make(), Ask(f"t:{uuid4()}", Rate(1, 60))
    windows.hit([ask])
    windows.clear([ask.key])
    assert windows.hit([ask]).allowed


@given(
    amount=st.integers(1, 5),
    pauses=st.lists(st.floats(0, 20, allow_nan=False), max_size=60),
)
def test_no_stretch_of_time_holds_more_than_allowed(amount, pauses):
    clock = Clock()
    windows, ask = MemoryWindows(clock), Ask("t", Rate(amount, 10))
    passed: list[float] = []
    for pause in pauses:
        clock.now += pause
        if windows.hit([ask]).allowed:
            passed.append(clock.now)
        else:
            # who is refused would have been one too many
            assert sum(at > clock.now - 10 for at in passed) == amount
    for at in passed:
        assert sum(at <= other < at + 10 for other in passed) <= amount


def test_keys_that_are_over_are_forgotten():
    clock = Clock()
    windows = MemoryWindows(clock)
    for number in range(9_999):
        windows.hit([Ask(str(number), Rate(1, 1))])
    clock.now += 2
    windows.hit([Ask("last", Rate(1, 1))])
    assert len(windows._times) == 1


def test_half_as_many_pass_while_redis_is_away():
    away = Away()
    limiter, ask = Limiter(away), Ask("t", Rate(10, 60))
    assert sum(limiter.hit([ask]).allowed for _ in range(20)) == 5
    assert away.asked == 1  # each question would take its time-out
    limiter.clear("t")
    assert limiter.hit([ask]).allowed


@pytest.mark.parametrize(
    ("said", "proxies", "address"),
    [
        # nobody is believed without a proxy of ours
        ("198.51.100.1", 0, "10.0.0.1"),
        # our proxy wrote the last one, anybody the ones before
        ("1.1.1.1, 198.51.100.1", 1, "198.51.100.1"),
        ("1.1.1.1, 198.51.100.1, 10.0.0.2", 2, "198.51.100.1"),
        # fewer than there are proxies: it came around one
        ("198.51.100.1", 2, "10.0.0.1"),
        ("", 1, "10.0.0.1"),
        # what is no address
        ("nonsense", 1, "10.0.0.1"),
        ("2001:db8::1", 1, "2001:db8::1"),
    ],
)
def test_the_address_of_the_client(said, proxies, address):
    meta = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": said}
    assert client_address(meta, proxies) == address


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        # a customer has a whole network of these
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7/32"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_what_counts_as_one_client(address, client):
    assert one_client(address) == client


@pytest.mark.parametrize(
    ("allow", "deny", "address", "may"),
    [
        ([], [], "192.0.2.7", True),
        ([], ["192.0.2.0/24"], "192.0.2.7", False),
        ([], ["192.0.2.0/24"], "::ffff:192.0.2.7", False),
        ([], ["192.0.2.0/24"], "198.51.100.1", True),
        (["192.0.2.0/24"], [], "198.51.100.1", False),
        (["192.0.2.0/24"], ["192.0.2.7"], "192.0.2.7", False),
        (["192.0.2.0/24"], ["192.0.2.7"], "192.0.2.8", True),
        (["2001:db8::/32"], [], "2001:db8::1", True),
        # who cannot be told apart is let in only where all are
        (["192.0.2.0/24"], [], "unix", False),
        ([], ["192.0.2.0/24"], "unix", True),
    ],
)
def test_who_may_call(allow, deny, address, may):
    assert AddressRules(allow, deny).allows(address) is may
