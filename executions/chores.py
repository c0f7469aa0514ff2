"""What worker processes do every so often beside running executions."""

from typing import Final

from executions import retention, start_keys
from executions.engine.sweeper import Job
from executions.triggers import firing

JOBS: Final = (
    Job(1.0, firing.fire_due),
    Job(60.0, firing.remove_orphans),
    Job(60.0, start_keys.expire),
    Job(1.0, retention.expire),
)
