"""What a finding means at each place of what is sent: the table.

A place is a path without the numbers of lists. A place with `.*` at its end stands for
the names in the object there; any other also for all that is below it. What the table
does not name is free text.
"""

import re
from typing import Final

from core.validator.policy import Policy

BLOCKED: Final = frozenset(
    (
        # Whom and what: ids and roles.
        "assignee", "from", "graph", "kind", "level", "permissions", "role", "scope",
        "scopes", "snippet", "target", "version",
        # Where to and where from.
        "allowed_addresses", "hosts", "phone", "provider",
        # When.
        "cron", "expires_at", "misfire", "run_at", "timezone",
        # How a delivery is checked; options of agents and credentials.
        "check_by", "settings",
        # Nodes, pins and links.
        "links", "nodes[].block_id", "nodes[].id", "nodes[].input_default.*",
    )
)  # fmt: skip
"""Identifiers: there is no reason for them to look like an attack."""

OBSERVED: Final = frozenset(
    (
        # What people call things, and how they are reached.
        "description", "email", "message", "name", "title",
        # What agents are given and hold.
        "data", "fix", "inputs", "node_inputs", "nodes[].input_default",
        "nodes[].metadata",
    )
)  # fmt: skip
"""Free text. Code, prompts and notes are full of what elsewhere is an attack."""

_PLACES: Final = dict.fromkeys(BLOCKED, Policy.BLOCK) | dict.fromkeys(
    OBSERVED, Policy.OBSERVE
)
_NUMBERS: Final = re.compile(r"\[\d+\]")


def policy_at(path: str) -> Policy:
    """The policy of the closest place in the table that holds `path`, as findings name
    it."""
    sought = _NUMBERS.sub("[]", path).removeprefix("$.")
    holding = [place for place in _PLACES if _holds(place, sought)]
    return _PLACES[max(holding, key=len)] if holding else Policy.OBSERVE


def _holds(place: str, path: str) -> bool:
    return path == place or path.startswith((f"{place}.", f"{place}["))
