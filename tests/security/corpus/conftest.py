"""What rows of the corpus share, and what a run of it says at the end."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.security.canary import echo  # noqa: F401 - a fixture
from tests.security.corpus.rows import Row
from tests.security.corpus.spies import Spy, own_addresses, watching
from tests.security.corpus.tools import Tools
from tests.servers import Site, running_site

_outcomes: dict[str, Counter[str]] = defaultdict(Counter)
_reasons: dict[str, Counter[str]] = defaultdict(Counter)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A real server, for what no test client sends."""
    with running_site(tmp_path_factory.mktemp("corpus-site")) as running:
        yield running


@pytest.fixture
def tools(
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    request: pytest.FixtureRequest,
) -> Iterator[Tools]:
    files = settings.STORAGES["files"]
    options = files["OPTIONS"] | {"location": tmp_path}
    settings.STORAGES = settings.STORAGES | {"files": files | {"OPTIONS": options}}
    with watching(Spy(own=own_addresses(), refuses=False)) as spy:
        yield Tools(
            monkeypatch, settings, tmp_path, caplog, spy, request.getfixturevalue
        )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    row = getattr(item, "callspec", None) and item.callspec.params.get("row")  # type: ignore[attr-defined]
    if isinstance(row, Row) and (report.when == "call" or report.outcome != "passed"):
        _outcomes[row.kind][report.outcome] += 1
        if report.skipped:
            _reasons[row.kind][str(report.longrepr[2]).removeprefix("Skipped: ")] += 1
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """By class: rows, how many passed, and why others wait."""
    if not _outcomes:
        return
    terminalreporter.section("corpus of hostile inputs")
    for kind, outcomes in sorted(_outcomes.items()):
        rows, passed = sum(outcomes.values()), outcomes["passed"]
        line = f"{kind:18} {rows:3} rows  {passed:3} passed"
        if outcomes["failed"]:
            line += f"  {outcomes['failed']} failed"
        if reasons := _reasons[kind]:
            line += f"  {sum(reasons.values())} wait: {'; '.join(reasons)}"
        terminalreporter.line(line)
    total = sum((Counter(each) for each in _outcomes.values()), Counter())
    terminalreporter.line(
        f"{'all':18} {sum(total.values()):3} rows  {total['passed']:3} passed"
    )
