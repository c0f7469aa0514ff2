"""The live view: what a watcher sees of a run, folded from its events.

The front end folds the same events with the same rules; one table of cases tests both.
"""

from collections.abc import Mapping
from typing import Any, Final

from executions.domain.retry import HANDED_OVER

View = dict[str, Any]
Event = Mapping[str, Any]

CHILDREN_KEPT: Final = 5


def new_view() -> View:
    """While the run waits as a whole, `waiting` is `{reason, since, until}`; `cost` is
    in millionths."""
    return {
        "status": "QUEUED",
        "seq": 0,
        "started_at": None,
        "ended_at": None,
        "error": None,
        "waiting": None,
        "is_paused": False,
        "cost": 0,
        "nodes": {},
    }


def _new_node() -> dict[str, Any]:
    """`firings` are the active ones by number, each with its attempt and what it waits
    for, or None; `child_ids` the newest sub-agents; `reused_from` is the run that the
    newest reused result came from."""
    return {
        "state": "idle",
        "started": 0,
        "completed": 0,
        "failed": 0,
        "active": 0,
        "retries": 0,
        "reused": 0,
        "reused_from": None,
        "cost": 0,
        "error": None,
        "outputs": {},
        "child_ids": [],
        "firings": {},
    }


def fold_view(view: View, event: Event) -> None:
    """Bring the view up to date with one event, as stored; changed in place.

    An event that was folded before is skipped.
    """
    if event["seq"] <= view["seq"]:
        return
    view["seq"] = event["seq"]
    kind = event["type"]
    if kind in _OF_THE_RUN:
        _OF_THE_RUN[kind](view, event)
    elif kind in _OF_A_NODE:
        node = view["nodes"].setdefault(event["node_id"], _new_node())
        _OF_A_NODE[kind](node, event)
        if kind in _COST_IN:
            _spend(view, node, event[_COST_IN[kind]])
        _settle(node)


# --- The run as a whole ---------------------------------------------------------------


def _execution_started(view: View, event: Event) -> None:
    view["status"], view["started_at"] = "RUNNING", event["at"]


def _execution_paused(view: View, _event: Event) -> None:
    view["is_paused"] = True


def _execution_resumed(view: View, _event: Event) -> None:
    view["is_paused"] = False


def _execution_waiting(view: View, event: Event) -> None:
    view["status"] = "WAITING"
    view["waiting"] = {key: event[key] for key in ("reason", "since", "until")}


def _execution_woken(view: View, _event: Event) -> None:
    view["status"], view["waiting"] = "RUNNING", None


def _execution_finished(view: View, event: Event) -> None:
    view["status"], view["ended_at"] = event["status"], event["at"]
    view["error"] = event.get("error")
    view["waiting"], view["is_paused"] = None, False
    for node in view["nodes"].values():
        if node["active"]:
            node["active"], node["state"] = 0, "cancelled"
            node["firings"].clear()


# --- Nodes ----------------------------------------------------------------------------


def _node_started(node: View, event: Event) -> None:
    """A further attempt is the same node execution, so it is not counted again."""
    firing = _firing(node, event)
    if firing["attempt"] != event["attempt"] or not _still_waits(firing, event):
        firing["attempt"], firing["wait"] = event["attempt"], None


def _still_waits(firing: View, event: Event) -> bool:
    """The run was woken for something else before the attempt's time had come."""
    wait = firing["wait"]
    is_timer = wait is not None and wait["reason"] == "timer"
    return is_timer and wait["until"] > event["at"]


def _firing(node: View, event: Event) -> View:
    number = str(event["number"])
    if number not in node["firings"]:
        node["started"] += 1
        node["firings"][number] = {"attempt": 0, "wait": None}
    firing: View = node["firings"][number]
    return firing


def _node_reused(node: View, event: Event) -> None:
    _firing(node, event)
    node["reused"] += 1
    node["reused_from"] = event["execution_id"]


def _node_emitted(node: View, event: Event) -> None:
    wait = _firing(node, event)["wait"]
    if wait is not None and wait["reason"] == "timer":
        _go_on(node, event)
    earlier = node["outputs"].get(event["pin"], {"count": 0})
    node["outputs"][event["pin"]] = {
        "value": event["value"],
        "count": earlier["count"] + 1,
    }


def _go_on(node: View, event: Event) -> None:
    _firing(node, event)["wait"] = None


def _wait(node: View, event: Event, reason: str, *names: str) -> None:
    facts = {name: event[name] for name in names}
    _firing(node, event)["wait"] = {"reason": reason, **facts}


def _node_waiting(node: View, event: Event) -> None:
    _wait(node, event, "timer", "until")


def _node_retrying(node: View, event: Event) -> None:
    node["retries"] += event["error"]["code"] != HANDED_OVER
    _wait(node, event, "retry", "error", "until")


def _node_asked(node: View, event: Event) -> None:
    _wait(node, event, "review", "review_id", "purpose", "until")


def _node_called_within(node: View, event: Event) -> None:
    node["child_ids"] = [*node["child_ids"], event["child_id"]][-CHILDREN_KEPT:]


def _node_called(node: View, event: Event) -> None:
    _node_called_within(node, event)
    _wait(node, event, "agent", "child_id")


def _node_spent(_node: View, _event: Event) -> None:
    """What it cost is added by itself."""


def _spend(view: View, node: View, amount: int) -> None:
    view["cost"] += amount
    node["cost"] += amount


def _node_completed(node: View, event: Event) -> None:
    node["firings"].pop(str(event["number"]), None)
    node["completed"] += 1


def _node_failed(node: View, event: Event) -> None:
    node["firings"].pop(str(event["number"]), None)
    node["failed"] += 1
    node["error"] = event["error"]


def _settle(node: View) -> None:
    firings = node["firings"].values()
    node["active"] = len(firings)
    if firings:
        is_waiting = all(firing["wait"] for firing in firings)
        node["state"] = "waiting" if is_waiting else "running"
    elif node["failed"]:
        node["state"] = "failed"
    elif node["started"]:
        node["state"] = "completed"


_OF_THE_RUN: Final = {
    "execution.started": _execution_started,
    "execution.paused": _execution_paused,
    "execution.resumed": _execution_resumed,
    "execution.waiting": _execution_waiting,
    "execution.woken": _execution_woken,
    "execution.finished": _execution_finished,
}

_OF_A_NODE: Final = {
    "node.started": _node_started,
    "node.reused": _node_reused,
    "node.emitted": _node_emitted,
    "node.waiting": _node_waiting,
    "node.retrying": _node_retrying,
    "node.asked": _node_asked,
    "node.answered": _go_on,
    "node.called": _node_called,
    "node.called_within": _node_called_within,
    "node.child_ended": _go_on,
    "node.spent": _node_spent,
    "node.completed": _node_completed,
    "node.failed": _node_failed,
}

_COST_IN: Final = {"node.spent": "amount", "node.child_ended": "cost"}
