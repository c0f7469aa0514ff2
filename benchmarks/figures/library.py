"""The library of blocks: much data through it, its catalogue, and its import."""

import os
import statistics
import subprocess
import sys
import time

from benchmarks import agents
from benchmarks.api import Api
from benchmarks.figures import Figures
from benchmarks.installation import Installation, Machine
from benchmarks.loads import ROUNDS, percentile
from benchmarks.processes import peak_mib
from scripts.commands import ROOT

ITEMS = list(range(100_000))
REQUESTS = 100
IMPORT = (
    "import autogpt_site.celery, django; django.setup(); import executions.tasks; "
    "from blocks.registry import registry; assert len(list(registry)) > 100"
)


def costs(machine: Machine) -> Figures:
    """100,000 items over HTTP through an agent of six blocks, 1,000 at a time: the most
    memory of the worker and the time. The list of all blocks. The start of a worker's
    Python, with all blocks."""
    with machine.installation() as site, site.api() as api:
        found = _items(site, api) | _catalogue(api)
        imported = statistics.median(_import_s(site) for _ in range(ROUNDS))
    return {**found, "worker_import_s": imported}


def _items(site: Installation, api: Api) -> Figures:
    graph = api.add(agents.processed())
    began = time.perf_counter()
    outputs = api.run(graph, inputs={"items": ITEMS})["outputs"]["result"]
    seconds = time.perf_counter() - began
    if sum(map(len, outputs)) != len(ITEMS) // 2:
        raise RuntimeError("items were lost on the way")
    return {"items_100k_mib": peak_mib(site.worker.pid), "items_100k_s": seconds}


def _catalogue(api: Api) -> Figures:
    taken = sorted(_request_ms(api) for _ in range(REQUESTS))
    return {"blocks_list_p95_ms": percentile(taken, 95)}


def _request_ms(api: Api) -> float:
    began = time.perf_counter()
    api.client.get("blocks/").raise_for_status()
    return (time.perf_counter() - began) * 1_000


def _import_s(site: Installation) -> float:
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", IMPORT],
        check=True,
        cwd=ROOT,
        env={
            **os.environ,
            **site.environment,
            "DJANGO_SETTINGS_MODULE": "autogpt_site.settings",
        },
    )
    return time.perf_counter() - began
