"""How often somebody may do something: moving windows, exact also for callers at once.

In one process the windows are in memory, in services mode in Redis.
"""

from core.ratelimit.limiter import Limiter, limiter
from core.ratelimit.windows import Ask, Rate, Verdict

__all__ = ["Ask", "Limiter", "Rate", "Verdict", "limiter"]
