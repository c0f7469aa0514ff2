"""The parts of the harness that need no server."""

import json
import subprocess
import sys
from itertools import count

import httpx
import pytest

from chaos import agents, bell
from chaos.__main__ import Plan, plan_of
from chaos.catalogue import SCENARIOS
from chaos.effects import Call, EffectLog
from chaos.invariants import RULES, Violation
from chaos.report import Report, bar, line
from chaos.trial import Verdict, summary
from scripts.commands import ROOT

# --- What to run ----------------------------------------------------------------------


def test_the_short_set_is_what_runs_by_itself():
    plan = plan_of({})
    assert plan.names == [name for name, s in SCENARIOS.items() if s.short]
    assert (plan.rounds, plan.is_long) == (1, False)


def test_a_number_of_trials_runs_everything_at_full_length():
    plan = plan_of({"TRIALS": "3", "SEED": "7"})
    assert plan == Plan(list(SCENARIOS), rounds=3, seed=7, is_long=True)


def test_some_scenarios_may_be_named():
    assert plan_of({"ONLY": "random,cuts"}).names == ["random", "cuts"]


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        pytest.param({"ONLY": "random,flood"}, "no scenario flood", id="unknown"),
        pytest.param({"TRIALS": "many"}, "many", id="trials are no number"),
        pytest.param({"SEED": "x"}, "x", id="the seed is no number"),
    ],
)
def test_what_makes_no_sense_is_refused(variables, message):
    with pytest.raises(ValueError, match=message):
        plan_of(variables)


def test_every_scenario_says_what_it_breaks():
    assert all(scenario.title for scenario in SCENARIOS.values())


# --- The doorbell ---------------------------------------------------------------------


@pytest.mark.parametrize(("how", "heard"), [("double", 8), ("drop", 2)])
def test_the_doorbell_can_be_broken(how, heard):
    rung = count()
    ring = bell.broken(lambda: next(rung), how)
    for _ in range(4):
        ring()
    assert next(rung) == heard


def test_a_doorbell_cannot_be_broken_in_an_unknown_way():
    with pytest.raises(ValueError, match="neither double nor drop"):
        bell.broken(print, "melt")


# --- The world outside ----------------------------------------------------------------


def test_what_was_asked_for_is_counted_and_stands_in_the_log(tmp_path):
    log = tmp_path / "effects"
    effects = EffectLog(log, delay_s=0)
    try:
        for _ in range(2):
            httpx.post(
                f"http://{effects.address}/keyed/first",
                json={"key": "run"},
                headers={"Idempotency-Key": "key"},
            ).raise_for_status()
        assert effects.calls() == {Call("/keyed/first", "run", "key"): 2}
    finally:
        effects.close()
    logged = [json.loads(text)[1:] for text in log.read_text().splitlines()]
    assert logged == [["/keyed/first", "run", "key"]] * 2


# --- Agents ---------------------------------------------------------------------------

SHAPES = [
    agents.chain(seconds=0),
    agents.three(),
    agents.fan_out(seconds=0),
    agents.loop(seconds=0),
    agents.timer(seconds=0),
]

_RUN = """
import asyncio, json, os, sys
import django
django.setup()
from chaos import agents
from core.egress import EgressClient
from core.limits import Limits
from executions.local import run_locally
from graphs.domain.parse import parse_graph

async def main():
    document = json.loads(sys.argv[1])
    graph = parse_graph(document, strict_blocks=True)
    result = await run_locally(graph, {"n": 5}, limits=Limits(), client=EgressClient())
    print(json.dumps(result))

asyncio.run(main())
"""


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_undisturbed_an_agent_comes_to_what_it_is_said_to(shape):
    """In a process of its own, for its blocks are only known to the chaos settings."""
    done = subprocess.run(
        [sys.executable, "-c", _RUN, json.dumps(shape.document(""))],
        cwd=ROOT,
        env={"DJANGO_SETTINGS_MODULE": "chaos.settings", "STAND_ALONE": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["status"] == "COMPLETED"
    assert sorted(result["outputs"]["out"]) == sorted(shape.outputs(5))
    assert result["node_executions"] == shape.node_executions


# --- The report -----------------------------------------------------------------------


def verdict(**facts: object) -> Verdict:
    return Verdict(runs=10, kills=2, recovery=[0.5, 1.5], **facts)  # type: ignore[arg-type]


def test_a_report_sums_up_and_passes():
    report = Report(seed=1, total=2)
    report.add("random", 1, verdict(figures={"exit_max_s": 2.0}), 10)
    report.add("cuts", 1, verdict(double_effects=1), 10)
    figures = report.figures()
    assert report.is_good
    assert (figures["executions"], figures["kills"]) == (20, 4)
    assert figures["double_effects"] == 1
    assert figures["recovery_s"] == {"p50": 0.5, "p95": 1.5, "max": 1.5}
    assert figures["invariants"] == dict.fromkeys(RULES, 0)
    assert figures["figures"] == {"random_exit_max_s": 2.0}
    json.dumps(figures)


def test_a_broken_invariant_fails_it_and_names_the_execution(capsys):
    report = Report(seed=1, total=1)
    report.add("random", 1, verdict(violations=[Violation("I5", "run-9", "stuck")]), 1)
    assert not report.is_good
    assert report.figures()["broken_executions"] == ["run-9"]
    assert report.figures()["invariants"]["I5"] == 1
    assert "I5 run-9: stuck" in capsys.readouterr().err


def test_what_a_scenario_saw_fails_it_too():
    report = Report(seed=1, total=1)
    report.add("cancel", 1, verdict(faults=["cancelling took 9 s"]), 1)
    assert not report.is_good
    assert report.figures()["faults"] == ["cancel (seed 1): cancelling took 9 s"]


def test_a_line_names_its_seed():
    assert "seed 42" in line("random", 42, verdict(), 3)


@pytest.mark.parametrize(("done", "shown"), [(0, "." * 24), (4, "#" * 24)])
def test_the_bar_shows_how_far_it_is(done, shown):
    assert bar(done, 4) == f"[{shown}] {done}/4"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param([], {}, id="nothing"),
        pytest.param([3.0], {"p50": 3, "p95": 3, "max": 3}, id="one"),
        pytest.param(
            [float(n) for n in range(1, 101)],
            {"p50": 50, "p95": 95, "max": 100},
            id="a hundred",
        ),
    ],
)
def test_a_summary_is_of_the_values_themselves(values, expected):
    assert summary(values) == expected
