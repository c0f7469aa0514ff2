"""Takes the figures asked for, one after the other, and reports them."""

import json
import os
import sys
import traceback
from argparse import ArgumentParser
from collections.abc import Iterable

from benchmarks.catalogue import GROUPS, Group, chosen
from benchmarks.figures import Figures
from benchmarks.installation import Machine, machine
from benchmarks.notes import note
from benchmarks.targets import TARGETS, table


def main(arguments: list[str]) -> int:
    """0 if everything could be measured; targets that are missed are no failure."""
    asked = _parsed(arguments)
    groups = chosen(asked)
    with machine() as servers:
        found, failed = _measured(servers, groups)
    print(table(TARGETS, found), file=sys.stderr)
    print(json.dumps({**found, **dict.fromkeys(failed)}), flush=True)
    return 1 if failed else 0


def _parsed(arguments: list[str]) -> list[str]:
    parser = ArgumentParser(prog="python -m benchmarks", description=__doc__)
    names = [name for group in GROUPS for name in group.figures]
    parser.add_argument(
        "--only",
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME",
        choices=names,
        help=f"figures: {', '.join(names)}",
    )
    found: list[str] = parser.parse_args(arguments).only
    return found


def _measured(servers: Machine, groups: list[Group]) -> tuple[Figures, list[str]]:
    """The figures, and the names of those that could not be taken."""
    found: Figures = {}
    failed: list[str] = []
    for place, group in enumerate(groups, 1):
        note(f"[{place}/{len(groups)}] {group.name}, load {os.getloadavg()[0]:.1f}")
        try:
            figures = group.measure(servers)
        except Exception:
            traceback.print_exc()
            failed += group.figures
        else:
            found |= rounded(figures)
            note("    " + ", ".join(_shown(found, group.figures)))
    return found, failed


def rounded(figures: Figures) -> Figures:
    """Three digits behind the point tell more than any of them is exact to."""
    return {name: round(value, 3) for name, value in figures.items()}


def _shown(found: Figures, names: Iterable[str]) -> list[str]:
    return [f"{name} {found[name]:g}" for name in names]
