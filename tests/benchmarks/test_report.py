"""What is measured, what is asked for by name, and how targets are judged."""

from collections import Counter

import pytest

from benchmarks.bench import rounded
from benchmarks.catalogue import GROUPS, chosen
from benchmarks.loads import percentile
from benchmarks.targets import TARGETS, Target, table, verdict

ALL = [figure for group in GROUPS for figure in group.figures]

PROMISED = [
    "backlog_3_per_s",
    "backlog_10_per_s",
    "celery_noop_per_s",
    "celery_result_c8_per_s",
    "copy_ceiling_per_s",
    "http_3_c1_p50_ms",
    "http_3_c8_per_s",
    "http_3_c8_p95_ms",
    "http_10_c8_per_s",
    "fanout_100_per_s",
    "wait_200_s",
    "wait_200_mib",
    "wait_1000_s",
    "wait_1000_mib",
    "graph_1k_s",
    "graph_10k_s",
    "ws_p95_ms",
    "kill9_completed",
    "kill9_recovery_p95_s",
    "list_1m_p95_ms",
    "ready_s",
    "idle_mib",
]


def test_every_promised_figure_is_taken():
    assert set(PROMISED) <= set(ALL)


def test_no_figure_is_taken_twice():
    assert [name for name, times in Counter(ALL).items() if times > 1] == []


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.figure)
def test_a_target_speaks_of_figures_that_are_taken(target):
    assert target.figure in ALL
    assert not target.times or target.times in ALL


CHOICES = [
    # names asked for, the groups taken, by their first figure
    pytest.param(["ws_p95_ms"], ["ws_p95_ms"], id="one"),
    pytest.param(["ws_p50_ms", "ws_p95_ms"], ["ws_p95_ms"], id="two of one group"),
    pytest.param(["idle_mib"], ["ready_s"], id="not the first of its group"),
    pytest.param([], [group.name for group in GROUPS], id="nothing asked is all"),
]


@pytest.mark.parametrize(("names", "groups"), CHOICES)
def test_figures_are_chosen_by_name(names, groups):
    assert [group.name for group in chosen(names)] == groups


FOUND = {"rate": 300.0, "anchor": 100.0, "ms": 20.0, "none": 0.0}

VERDICTS = [
    pytest.param(Target("rate", 150), "reached, 2.00x", id="at least, passed"),
    pytest.param(Target("rate", 300), "reached, 1.00x", id="just reached"),
    pytest.param(Target("rate", 600), "MISSED, 0.50x", id="at least, missed"),
    pytest.param(Target("ms", 25, at_most=True), "reached, 1.25x", id="at most"),
    pytest.param(Target("ms", 10, at_most=True), "MISSED, 0.50x", id="too much"),
    pytest.param(Target("rate", 2, times="anchor"), "reached, 1.50x", id="times"),
    pytest.param(
        Target("rate", 4, times="anchor"), "MISSED, 0.75x", id="too few times"
    ),
    pytest.param(Target("rate", 2, times="gone"), "not compared", id="no anchor"),
    pytest.param(Target("none", 50), "MISSED, 0.00x", id="nothing at all"),
]


@pytest.mark.parametrize(("target", "said"), VERDICTS)
def test_a_verdict_says_by_how_much(target, said):
    assert verdict(target, FOUND) == said


def test_the_table_shows_targets_first_and_every_figure():
    shown = table([Target("rate", 2, times="anchor", others="n8n 72")], FOUND)
    head, first, *others = (" ".join(line.split()) for line in shown.splitlines())
    assert head == "figure measured target others"
    assert first == "rate 300 >= 2 x anchor = 200 reached, 1.50x n8n 72"
    assert others == ["anchor 100", "ms 20", "none 0"]


PERCENTILES = [
    # values, percent, the value that so many percent do not pass
    ([5.0], 95, 5.0),
    ([1.0, 2.0, 3.0, 4.0], 50, 2.0),
    ([float(value) for value in range(100, 0, -1)], 95, 95.0),
    ([float(value) for value in range(1, 21)], 95, 19.0),
    ([1.0, 9.0], 100, 9.0),
]


@pytest.mark.parametrize(("values", "percent", "value"), PERCENTILES)
def test_percentiles(values, percent, value):
    assert percentile(values, percent) == value


def test_nothing_measured_has_no_percentile():
    with pytest.raises(ValueError, match="nothing was measured"):
        percentile([], 95)


def test_figures_are_rounded():
    assert rounded({"ms": 1.23456}) == {"ms": 1.235}
