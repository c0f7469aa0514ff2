"""What it costs a web process to know who calls."""

import json
import subprocess
import sys

from benchmarks.figures import Figures
from benchmarks.installation import Machine


def costs(machine: Machine) -> Figures:
    """In a process of its own, so that nothing else is counted."""
    with machine.installation(workers=0) as site:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.sign_in_costs"],
            env={**site.environment, "DJANGO_SETTINGS_MODULE": "autogpt_site.settings"},
            capture_output=True,
            text=True,
            check=True,
        )
    found: Figures = json.loads(done.stdout.splitlines()[-1])
    return found
