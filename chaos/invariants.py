"""The invariants I1 to I10 as rules over the evidence. Each yields what breaks it."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from chaos.evidence import Evidence, RunFound
from chaos.load import Accepted

FINAL: Final = frozenset(("COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT"))


class Violation(NamedTuple):
    """`run` is the id of the execution."""

    rule: str
    run: str
    text: str


Found = Iterator[tuple[str, str]]
Rule = Callable[[Evidence], Found]


def judge(evidence: Evidence) -> list[Violation]:
    """All that is wrong, rule by rule."""
    return [
        Violation(name, run, text)
        for name, rule in RULES.items()
        for run, text in rule(evidence)
    ]


def double_effects(evidence: Evidence) -> int:
    """Calls beyond the first of each: allowed where they carry one key, and counted."""
    return sum(count - 1 for count in evidence.calls.values())


def wasted_attempts(evidence: Evidence) -> int:
    """Attempts that node executions needed beyond their first. One that was parked in a
    wait goes on under its number: that is none."""
    return sum(map(_wasted_by, evidence.runs.values()))


def _wasted_by(run: RunFound) -> int:
    attempts: dict[tuple[str, int], int] = {}
    for event in run.of("node.started"):
        key = event["node_id"], event["number"]
        attempts[key] = max(attempts.get(key, 1), event["attempt"])
    return sum(attempts.values()) - len(attempts)


# --- Rules ----------------------------------------------------------------------------


def _nothing_lost(evidence: Evidence) -> Found:
    for accepted in evidence.accepted:
        if accepted.id not in evidence.runs:
            yield accepted.id, "was accepted and is not there"
    for first, again in evidence.repeated.items():
        if again != first:
            yield first, f"its start, repeated with the same key, answered {again}"


def _one_end(evidence: Evidence) -> Found:
    for run in evidence.runs.values():
        ends = run.of("execution.finished")
        if len(ends) != 1:
            yield run.id, f"{run.status} with {len(ends)} terminal events"
        elif run.events[-1]["type"] != "execution.finished":
            yield run.id, f"{run.events[-1]['type']} comes after its terminal event"
        elif ends[0]["status"] != run.status:
            yield run.id, f"{run.status}, but its event says {ends[0]['status']}"


def _done_once(evidence: Evidence) -> Found:
    expected = {a.id: a.shape.node_executions for a in evidence.accepted}
    for run in evidence.runs.values():
        done = Counter(_keys(run, "node.completed"))
        for key, count in done.items():
            if count > 1:
                yield run.id, f"{key} completed {count} times"
        wanted = expected.get(run.id, len(done))
        if run.status == "COMPLETED" and len(done) != wanted:
            yield run.id, f"{len(done)} node executions completed, not {wanted}"


def _never_again(evidence: Evidence) -> Found:
    for run in evidence.runs.values():
        done: set[Any] = set()
        attempts: Counter[Any] = Counter()
        for event in run.events:
            key = event.get("node_id"), event.get("number")
            if event["type"] == "node.completed":
                done.add(key)
            elif event["type"] == "node.started":
                if key in done:
                    yield run.id, f"{key} began again after it had completed"
                if event["attempt"] < attempts[key]:
                    yield run.id, f"{key}: attempt {event['attempt']} came late"
                attempts[key] = event["attempt"]


def _nothing_stuck(evidence: Evidence) -> Found:
    for run in evidence.runs.values():
        if run.status not in FINAL or not run.ended:
            yield run.id, f"still {run.status}, held by {run.lease_owner or 'nobody'}"
        elif run.due:
            yield run.id, f"{run.status}, and still due"
        elif any(status in ("RUNNING", "WAITING") for _, _, status, _ in run.nodes):
            yield run.id, f"{run.status}, but a node execution is open"


def _no_gap(evidence: Evidence) -> Found:
    for run in evidence.runs.values():
        numbers = [event["seq"] for event in run.events]
        if numbers != list(range(1, run.last_seq + 1)):
            yield run.id, f"events {_brief(numbers)}, but last_seq is {run.last_seq}"


def _effects_happened(evidence: Evidence) -> Found:
    calls: Counter[tuple[str, str]] = Counter()
    keys: dict[tuple[str, str], set[str]] = {}
    for call, count in evidence.calls.items():
        calls[call.run, call.path] += count
        keys.setdefault((call.run, call.path), set()).add(call.key)
    for accepted, run in _both(evidence):
        yield from _effects_of(accepted, run, calls)
        for path in (*accepted.shape.effects, *accepted.shape.once):
            used = keys.get((accepted.key, path), ())
            if len(used) > 1:
                yield run.id, f"{path} was asked for with {len(used)} different keys"


def _effects_of(
    accepted: Accepted, run: RunFound, calls: Mapping[tuple[str, str], int]
) -> Found:
    for path in (*accepted.shape.effects, *accepted.shape.once):
        count = calls.get((accepted.key, path), 0)
        if run.status == "COMPLETED" and not count:
            yield run.id, f"COMPLETED, but {path} was never asked for"
        if path in accepted.shape.once and count > 1:
            yield run.id, f"{path} was asked for {count} times and must not be repeated"


def _right_outputs(evidence: Evidence) -> Found:
    for accepted, run in _both(evidence):
        if run.status != "COMPLETED":
            continue
        expected = sorted(accepted.shape.outputs(accepted.n))
        found = sorted(run.outputs.get("out", ()))
        if found != expected:
            yield run.id, f"outputs {_brief(found)} instead of {_brief(expected)}"


def _right_counts(evidence: Evidence) -> Found:
    """A run that calls others counts theirs as well."""
    of_children: Counter[str] = Counter()
    for run in evidence.runs.values():
        if run.parent is not None:
            of_children[run.parent] += run.node_executions
    for run in evidence.runs.values():
        begun = len(run.started())
        own = run.node_executions - of_children[run.id]
        rows = len({(node, number) for node, number, _, _ in run.nodes})
        if not own == begun == rows == len(run.nodes):
            counts = f"{own} counted, {begun} begun"
            yield run.id, f"{counts}, {rows} stored in {len(run.nodes)} rows"


def _no_blame(evidence: Evidence) -> Found:
    """Nobody's run fails because of our processes, except as promised."""
    for accepted, run in _both(evidence):
        codes = {error.get("code") for error in run.errors}
        if run.status == "CANCELLED" and run.id not in evidence.cancelled:
            yield run.id, "CANCELLED, and nobody asked for it"
        if run.status == "TIMED_OUT":
            yield run.id, "TIMED_OUT"
        if run.status == "FAILED" and not codes <= accepted.shape.may_fail_with:
            yield run.id, f"FAILED ({accepted.shape.name}): {run.errors}"


RULES: Final[Mapping[str, Rule]] = {
    "I1": _nothing_lost,
    "I2": _one_end,
    "I3": _done_once,
    "I4": _never_again,
    "I5": _nothing_stuck,
    "I6": _no_gap,
    "I7": _effects_happened,
    "I8": _right_outputs,
    "I9": _right_counts,
    "I10": _no_blame,
}


def _both(evidence: Evidence) -> Iterator[tuple[Accepted, RunFound]]:
    for accepted in evidence.accepted:
        run = evidence.runs.get(accepted.id)
        if run is not None:
            yield accepted, run


def _keys(run: RunFound, kind: str) -> list[tuple[str, int]]:
    return [(event["node_id"], event["number"]) for event in run.of(kind)]


def _brief(values: list[Any]) -> str:
    text = repr(values)
    return text if len(text) < 200 else f"{text[:200]}…"
