"""The live view: what a watcher sees of a run, folded from its events.

The front end folds the same events with the same rules; one table of cases tests both.
"""

from collections.abc import Mapping
from typing import Any, Final

View = dict[str, Any]


def new_view() -> View:
    return {
        "status": "QUEUED",
        "seq": 0,
        "started_at": None,
        "ended_at": None,
        "error": None,
        "nodes": {},
    }


def fold_view(view: View, event: Mapping[str, Any]) -> None:
    """Bring the view up to date with one event, as stored; changed in place.

    An event that was folded before is skipped.
    """
    if event["seq"] <= view["seq"]:
        return
    view["seq"] = event["seq"]
    fold = _FOLDS.get(event["type"])
    if fold is not None:
        fold(view, event)


def _execution_started(view: View, event: Mapping[str, Any]) -> None:
    view["status"], view["started_at"] = "RUNNING", event["at"]


def _execution_finished(view: View, event: Mapping[str, Any]) -> None:
    view["status"], view["ended_at"] = event["status"], event["at"]
    view["error"] = event.get("error")
    for node in view["nodes"].values():
        if node["active"]:
            node["active"], node["state"] = 0, "cancelled"
            node["firings"].clear()


def _node_started(view: View, event: Mapping[str, Any]) -> None:
    node = _node(view, event)
    if event["number"] not in node["firings"]:
        node["started"] += 1
    node["firings"][event["number"]] = "running"
    _settle(node)


def _node_waiting(view: View, event: Mapping[str, Any]) -> None:
    node = _node(view, event)
    node["firings"][event["number"]] = "waiting"
    _settle(node)


def _node_emitted(view: View, event: Mapping[str, Any]) -> None:
    node = _node(view, event)
    if event["number"] in node["firings"]:
        node["firings"][event["number"]] = "running"
    earlier = node["outputs"].get(event["pin"], {"count": 0})
    node["outputs"][event["pin"]] = {
        "value": event["value"],
        "count": earlier["count"] + 1,
    }
    _settle(node)


def _node_completed(view: View, event: Mapping[str, Any]) -> None:
    node = _node(view, event)
    node["firings"].pop(event["number"], None)
    node["completed"] += 1
    _settle(node)


def _node_failed(view: View, event: Mapping[str, Any]) -> None:
    node = _node(view, event)
    node["firings"].pop(event["number"], None)
    node["failed"] += 1
    node["error"] = event["error"]
    _settle(node)


def _node(view: View, event: Mapping[str, Any]) -> dict[str, Any]:
    node: dict[str, Any] = view["nodes"].setdefault(
        event["node_id"],
        {
            "state": "idle",
            "started": 0,
            "completed": 0,
            "failed": 0,
            "active": 0,
            "error": None,
            "outputs": {},
            "firings": {},
        },
    )
    return node


def _settle(node: dict[str, Any]) -> None:
    firings = node["firings"].values()
    node["active"] = len(firings)
    if firings:
        waiting = all(firing == "waiting" for firing in firings)
        node["state"] = "waiting" if waiting else "running"
    elif node["failed"]:
        node["state"] = "failed"
    elif node["started"]:
        node["state"] = "completed"


_FOLDS: Final = {
    "execution.started": _execution_started,
    "execution.finished": _execution_finished,
    "node.started": _node_started,
    "node.waiting": _node_waiting,
    "node.emitted": _node_emitted,
    "node.completed": _node_completed,
    "node.failed": _node_failed,
}


def shown(view: View) -> View:
    """The view as sent: without what only the fold needs."""
    nodes = {
        node_id: {key: value for key, value in node.items() if key != "firings"}
        for node_id, node in view["nodes"].items()
    }
    return {**view, "nodes": nodes}
