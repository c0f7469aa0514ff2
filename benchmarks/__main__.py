"""`python -m benchmarks`: prints one JSON object of figures last."""

import json
import sys

import httpx

from benchmarks import figures
from benchmarks.servers import installation


def main() -> None:
    with installation() as site, httpx.Client(timeout=60) as client:
        figures.sign_in(site, client)
        found: figures.Figures = {}
        for measure in (figures.latency, figures.drain, figures.many_waiting):
            print(f"measuring {measure.__name__} …", file=sys.stderr)
            found |= measure(client, site)
    print(json.dumps({name: round(value, 2) for name, value in found.items()}))


main()
