"""The shipped settings, with every block declared to have effects of its own: so each
node waits until what it depends on is durable. For one figure only."""

from autogpt_site.settings import *  # noqa: F403
from autogpt_site.settings import INSTALLED_APPS as _SHIPPED

INSTALLED_APPS = [*_SHIPPED, "benchmarks.barrier.BarrierConfig"]
