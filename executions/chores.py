"""What worker processes do every so often beside running executions."""

from typing import Final

from accounts.audit.chain import chain_drafts
from accounts.sign_in import expiry as sign_in
from accounts.tasks import ring_for_mails
from executions import clearing, retention, start_keys
from executions.engine.sweeper import Job
from executions.files import services as files
from executions.triggers import firing
from executions.world.credentials import accesses
from executions.world.scratch import scratch_folders

JOBS: Final = (
    Job(1.0, firing.fire_due),
    Job(60.0, firing.remove_orphans),
    Job(60.0, start_keys.expire),
    Job(1.0, retention.expire),
    Job(5.0, clearing.clear),
    Job(60.0, files.expire),
    Job(60.0, scratch_folders.sweep, once=False),
    Job(0.5, accesses.write, once=False),
    Job(1.0, chain_drafts),
    Job(1.0, ring_for_mails),
    Job(60.0, sign_in.expire),
)
