"""The pieces that pages repeat, and the links to the built front end."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.template import Context, engines
from django.test import override_settings

from autogpt_site.templatetags import ui, vite

LAUNCH = datetime(2026, 3, 1, 12, tzinfo=UTC)


def rendered(text: str, **context: object) -> str:
    return engines["django"].from_string(text).render(context)


@pytest.mark.parametrize(
    ("age", "text"),
    [
        # The largest whole unit, and no future for clocks that disagree.
        pytest.param(timedelta(seconds=-5), "just now", id="a clock ahead"),
        pytest.param(timedelta(seconds=59), "just now", id="under a minute"),
        pytest.param(timedelta(minutes=1), "1 minute ago", id="one"),
        pytest.param(timedelta(minutes=59), "59 minutes ago", id="many"),
        pytest.param(timedelta(hours=47), "1 day ago", id="rounded down"),
        pytest.param(timedelta(days=800), "2 years ago", id="years"),
    ],
)
def test_an_age_is_said_in_its_largest_unit(age: timedelta, text: str) -> None:
    assert ui.age_text(age) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        pytest.param(-0.1, "0 ms", id="clocks that disagree"),
        pytest.param(0.25, "250 ms", id="milliseconds"),
        pytest.param(2.44, "2.4 s", id="seconds"),
        pytest.param(59.96, "1 min 0 s", id="never 60.0 s"),
        pytest.param(61, "1 min 1 s", id="minutes"),
        pytest.param(3_720, "1 h 2 min", id="hours"),
    ],
)
def test_a_duration_is_said_shortly(seconds: float, text: str) -> None:
    assert ui.duration_text(seconds) == text


@pytest.mark.parametrize(
    ("started", "ended"),
    [
        pytest.param(None, None, id="queued"),
        pytest.param(LAUNCH, None, id="under way"),
        pytest.param(None, LAUNCH, id="cancelled before it began"),
    ],
)
def test_what_has_not_ended_took_no_known_time(
    started: datetime | None, ended: datetime | None
) -> None:
    assert ui.took(started, ended) == "—"


def test_a_time_has_its_exact_form_on_hover() -> None:
    html = ui.ago(LAUNCH)

    assert 'datetime="2026-03-01T12:00:00+00:00"' in html
    assert 'title="2026-03-01 12:00:00 UTC"' in html


def test_a_state_is_said_by_class_icon_and_word() -> None:
    html = rendered("{% load ui %}{% state_chip 'TIMED_OUT' %}")

    assert 'class="chip chip--timed-out"' in html
    assert "icons.svg#state-timed-out" in html
    assert "Timed out" in html


def test_every_icon_that_templates_name_is_drawn() -> None:
    root = Path(__file__).parents[2]
    drawn = (root / "static/img/icons.svg").read_text()
    named = {
        part.split('"')[1]
        for template in (root / "templates").rglob("*.html")
        for part in template.read_text().split("{% icon ")[1:]
        if part.startswith('"')
    }
    states = {f"state-{ui.state_class(status)}" for status in ("QUEUED", "TIMED_OUT")}

    assert named
    assert [name for name in named | states if f'id="{name}"' not in drawn] == []


PAGE = Context({"request": SimpleNamespace(csp_nonce="mark")})


class TestVite:
    """The tag prints what the manifest says, and nothing where it says nothing."""

    @pytest.fixture(autouse=True)
    def _no_memory(self) -> None:
        vite._tell_once.cache_clear()

    def built(self, folder: Path, manifest: Mapping[str, object]) -> override_settings:
        (folder / "dist").mkdir()
        (folder / "dist/manifest.json").write_text(json.dumps(manifest))
        return override_settings(STATICFILES_DIRS=[folder])

    def test_a_script_comes_with_the_styles_of_all_it_imports(
        self, tmp_path: Path
    ) -> None:
        manifest = {
            "src/a.tsx": {"file": "a.js", "css": ["a.css"], "imports": ["_s.js"]},
            "_s.js": {"file": "s.js", "css": ["s.css"], "imports": ["src/a.tsx"]},
        }

        with self.built(tmp_path, manifest):
            html = vite.vite(PAGE, "src/a.tsx")

        assert html == (
            '<link rel="stylesheet" href="/static/dist/a.css">'
            '<link rel="stylesheet" href="/static/dist/s.css">'
            '<link rel="modulepreload" nonce="mark" href="/static/dist/s.js">'
            '<script type="module" nonce="mark" src="/static/dist/a.js"></script>'
        )

    def test_a_style_sheet_is_linked_as_one(self, tmp_path: Path) -> None:
        with self.built(tmp_path, {"src/f.css": {"file": "f.css"}}):
            html = vite.vite(PAGE, "src/f.css")

        assert html == '<link rel="stylesheet" href="/static/dist/f.css">'

    def test_a_new_build_is_seen_without_a_restart(self, tmp_path: Path) -> None:
        with self.built(tmp_path, {"a.css": {"file": "old.css"}}):
            vite.vite(PAGE, "a.css")
            path = tmp_path / "dist/manifest.json"
            path.write_text(json.dumps({"a.css": {"file": "new.css"}}))

            assert "new.css" in vite.vite(PAGE, "a.css")

    def test_without_a_build_it_prints_nothing_and_says_so_once(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        with override_settings(STATICFILES_DIRS=[tmp_path]):
            assert vite.vite(PAGE, "src/a.tsx") == ""
            assert vite.vite(PAGE, "src/a.tsx") == ""

        assert len(caplog.records) == 1
        assert "src/a.tsx" in caplog.text
