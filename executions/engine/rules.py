"""How one claim of a run treats its attempts."""

from dataclasses import dataclass
from typing import Final

from core.limits import Limits
from executions.domain.plan import Plan

SUSPECT_FROM: Final = 2
"""After so many lost leases in a row a run is claimed alone: if it goes down again, it
takes no other suspect with it."""
POISON_FROM: Final = 3
"""After so many the node that was under way is not begun again."""
HOPELESS_FROM: Final = 6
"""After so many a run is closed although nothing tells what brings its workers down."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """`is_careful`: nothing begins before all so far is durable, for a worker died with
    this run or the graph wants it so. `lost_leases`: so many died in a row.
    `asks_about_lost_attempts`: a person decides whether what must not be repeated is
    tried again. `asks_people`: reviews are asked for, not approved as they come.
    """

    limits: Limits
    is_careful: bool = False
    lost_leases: int = 0
    asks_about_lost_attempts: bool = False
    asks_people: bool = True


def rules_of(plan: Plan, limits: Limits, lost_leases: int) -> Rules:
    """`limits` are those of the run, `lost_leases` of its claim."""
    return Rules(
        limits=limits,
        is_careful=lost_leases > 0 or plan.is_careful,
        lost_leases=lost_leases,
        asks_about_lost_attempts=plan.asks_about_lost_attempts,
        asks_people=plan.asks_people,
    )
