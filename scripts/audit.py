"""`python -m scripts.audit`: what is known to be unsafe, in our code and in what it is
built of. Fails if something is found; where nobody can be asked, it says so."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from scripts.commands import ROOT, say

CODE: Final = (
    "accounts", "autogpt_site", "benchmarks", "blocks", "chaos", "core", "executions",
    "graphs", "scripts", "manage.py",
)  # fmt: skip
LINE_BY_LINE: Final = "B101,B105,B311,B404,B405,B406,B603,B606,B607,B608"
"""Rules that ruff's `S` asks at each line, with a reason at each exception."""
ASKED_WITHIN_S: Final = 120


def main() -> int:
    verdicts = [_our_code(), _python_packages(), _node_packages()]
    return 0 if all(verdicts) else 1


def _our_code() -> bool:
    command = [_beside_python("bandit"), "-q", "-r", *CODE, "--skip", LINE_BY_LINE]
    good = _run(command).returncode == 0
    say(f"Our code: {'nothing found' if good else 'see above'}.")
    return good


def _python_packages() -> bool:
    command = [_beside_python("pip-audit"), "-r", "requirements.txt", "-f", "json"]
    done = _run([*command, "--disable-pip", "--no-deps"], quiet=True)
    told = _parsed(done.stdout)
    packages = told.get("dependencies", []) if isinstance(told, dict) else []
    asked = [each for each in packages if "skip_reason" not in each]
    if not asked:
        say("Python packages: nobody could be asked about them.")
        return True
    found = [each for each in asked if each["vulns"]]
    for each in found:
        ids = ", ".join(fault["id"] for fault in each["vulns"])
        say(f"    {each['name']} {each['version']}: {ids}")
    say(f"Python packages: {len(found)} of {len(asked)} with known faults.")
    return not found


def _node_packages() -> bool:
    command = ["npm", "audit", "--omit=dev", "--json"]
    done = _run(command, folder=ROOT / "frontend", quiet=True)
    told = _parsed(done.stdout)
    counts = told.get("metadata", {}).get("vulnerabilities")
    if counts is None:
        say("Node packages: nobody could be asked about them.")
        return True
    say(f"Node packages: {counts['total']} with known faults.")
    return int(counts["total"]) == 0


def _run(
    command: list[str], folder: Path = ROOT, *, quiet: bool = False
) -> "subprocess.CompletedProcess[str]":
    """Whoever does not answer in time could not be asked."""
    try:
        return subprocess.run(  # noqa: S603
            command, cwd=folder, capture_output=quiet, text=True, timeout=ASKED_WITHIN_S
        )
    except (subprocess.TimeoutExpired, FileNotFoundError):
        return subprocess.CompletedProcess(command, 1, "", "")


def _parsed(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _beside_python(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


if __name__ == "__main__":
    sys.exit(main())
