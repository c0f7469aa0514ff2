"""Places that fail on request, and only then."""

import timeit
from collections.abc import Iterator

import pytest

from chaos import faults
from core import failpoints


@pytest.fixture(autouse=True)
def _harmless_again() -> Iterator[None]:
    yield
    failpoints.clear()


def test_a_place_does_nothing_by_itself():
    failpoints.hit("F7")


def test_only_the_pass_that_was_asked_for_acts():
    acted: list[str] = []
    failpoints.install("F7", nth=2, action=lambda: acted.append("now"))
    for passes, expected in ((1, 0), (2, 1), (3, 1)):
        failpoints.hit("F7")
        assert len(acted) == expected, passes
    failpoints.hit("F8")
    assert len(acted) == 1


def test_a_place_raises_what_its_action_raises():
    faults.install({"FAILPOINT": "F4:1:raise"})
    with pytest.raises(faults.InjectedError):
        failpoints.hit("F4")


def test_nothing_is_installed_unless_it_is_asked_for():
    faults.install({})
    faults.install({"FAILPOINT": ""})
    failpoints.hit("F4")


def test_production_settings_do_not_read_the_variable(settings, monkeypatch):
    monkeypatch.setenv("FAILPOINT", "F4:1:raise")
    assert "chaos" not in " ".join(settings.INSTALLED_APPS)
    failpoints.hit("F4")


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        pytest.param("F1:1:kill9", ("F1", 1, "kill9"), id="the first pass"),
        pytest.param("F12:300:drop", ("F12", 300, "drop"), id="a late pass"),
    ],
)
def test_a_specification_is_read(spec, expected):
    assert faults.parse(spec) == expected


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param("F1", id="a name alone"),
        pytest.param("F1:x:kill9", id="no number"),
        pytest.param("F1:0:kill9", id="passes count from one"),
        pytest.param(":1:kill9", id="no name"),
        pytest.param("F1:1:explode", id="unknown action"),
        pytest.param("F1:1:kill9:2", id="too much"),
    ],
)
def test_a_malformed_specification_is_refused(spec):
    with pytest.raises(ValueError, match="FAILPOINT="):
        faults.parse(spec)


def test_a_place_costs_next_to_nothing():
    """Far below what one event costs; generous, for machines are busy."""
    passes = 20_000
    assert timeit.timeit(lambda: failpoints.hit("F7"), number=passes) / passes < 5e-6
