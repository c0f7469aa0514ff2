"""Commands that need no server, database or settings."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
NOWHERE = {"DATABASE_URL": "postgresql://127.0.0.1:1/none", "REDIS_URL": "redis://x:1"}


@pytest.mark.parametrize(
    "environment",
    [
        # A folder that cannot be made: nothing is kept, so nothing is missed.
        pytest.param({"DATA_DIR": "/proc/none"}, id="no data folder"),
        # Services mode would want its secrets and its servers.
        pytest.param(NOWHERE, id="services that are not there"),
    ],
)
def test_a_graph_runs_whatever_the_environment_says(environment: dict[str, str]):
    done = subprocess.run(
        [sys.executable, "manage.py", "rungraph", "examples/calculator.json"],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout)["outputs"] == {"Sum": [42.0]}
