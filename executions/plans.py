"""Plans of stored versions, kept: versions never change, so neither do their plans."""

from functools import lru_cache
from uuid import UUID

from blocks.registry import registry
from executions.domain.plan import Plan, make_plan
from executions.engine.direct import is_direct
from graphs.selectors import load_version


@registry.clears
@lru_cache(maxsize=512)
def plan_of(version_id: UUID) -> Plan:
    """
    Raises:
        LookupError: a node's block is unknown.
    """
    return make_plan(load_version(version_id))


@registry.clears
@lru_cache(maxsize=4096)
def runs_directly(version_id: UUID) -> bool:
    """It may be run where it is asked for."""
    return is_direct(plan_of(version_id))
