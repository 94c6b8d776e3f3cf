"""A still shows the present state as the options say, or a sentence about what is missing."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from trackio_view.model.selection import Selection
from trackio_view.model.windows import Last
from trackio_view.options.command_line import Options
from trackio_view.pictures.still import NothingToShow, still_dashboard
from trackio_view.series.smoothing import Smoothing, Way
from trackio_view.sources.trackio.source import TrackioFiles
from trackio_view.view.actions import Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.shown_machine import system_charts

ROWS = 40


@pytest.fixture
def projects(tmp_path: Path) -> Path:
    """Return a directory with one project of two runs, with a broken row and a machine's rows."""
    folder = tmp_path / "projects"
    folder.mkdir()
    write_project(folder / "small.db", ["first", "second"])
    return folder


def write_project(path: Path, runs: list[str]) -> None:
    database = sqlite3.connect(path)
    database.executescript(
        "CREATE TABLE metrics(id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL,"
        " timestamp TEXT NOT NULL, run_name TEXT NOT NULL, step INTEGER NOT NULL,"
        " metrics TEXT NOT NULL, log_id TEXT, space_id TEXT);"
        "CREATE TABLE system_metrics(id INTEGER PRIMARY KEY, run_id TEXT NOT NULL,"
        " timestamp TEXT NOT NULL, run_name TEXT NOT NULL, metrics TEXT NOT NULL);"
        "CREATE TABLE alerts(id INTEGER PRIMARY KEY, run_id TEXT, timestamp TEXT,"
        " run_name TEXT, title TEXT, text TEXT, level TEXT, step INTEGER);"
        "CREATE TABLE configs(run_id TEXT, run_name TEXT, config TEXT, created_at TEXT)"
    )
    rows = [
        (
            run,
            f"2026-01-01T1{place}:00:{step:02}+00:00",
            f"{run}-run",
            step,
            f'{{"train/loss": {5 / (step + 1)}, "val/accuracy": {step / 99}}}',
        )
        for place, run in enumerate(runs)
        for step in range(ROWS)
    ]
    rows += [(run, "2026-01-01T15:00:00+00:00", f"{run}-run", 99, "{broken") for run in runs[-1:]]
    database.executemany(
        "INSERT INTO metrics(run_id, timestamp, run_name, step, metrics) VALUES (?, ?, ?, ?, ?)",
        rows,
    )
    if runs:
        machine = [
            (f"2026-01-01T1{place}:00:30+00:00", f'{{"cpu/utilization": {9 + place}}}')
            for place in (0, 2)
        ]
        database.executemany(
            "INSERT INTO system_metrics(run_id, timestamp, run_name, metrics)"
            f" VALUES ('{runs[-1]}', ?, '{runs[-1]}-run', ?)",
            machine,
        )
        database.execute(
            "INSERT INTO alerts(run_id, timestamp, run_name, title, level, step)"
            f" VALUES ('{runs[0]}', '2026-01-01T10:01:30+00:00', '', 'odd', 'warn', 30)"
        )
        database.execute(
            "INSERT INTO configs(run_id, run_name, config) VALUES (?, ?, '{\"lr\": 0.5}')",
            (runs[0], f"{runs[0]}-run"),
        )
    database.commit()
    database.close()


def still(projects: Path, **options: Any) -> Dashboard:
    return still_dashboard(Options(dir=projects, **options), 120, 40)


def test_everything_that_the_project_holds_is_there(projects: Path) -> None:
    dashboard = still(projects)
    project = dashboard.project
    assert project is not None
    assert (project.name, project.complete, project.loaded_rows) == ("small", True, 2 * ROWS)
    first, second = project.runs.values()
    assert first.series["train/loss"].values.tolist() == [5 / (s + 1) for s in range(ROWS)]
    assert second.steps.tolist() == [float(step) for step in range(ROWS)]
    assert first.flat_config == {"lr": 0.5}
    assert [alert.title for alert in project.alerts["first"]] == ["odd"]
    (machine,) = [one for one in project.machines if one.logged()]
    assert machine.log is not None
    assert machine.log.rows.series["cpu/utilization"].values.tolist() == [9.0, 11.0]
    assert dashboard.directory == str(projects)
    assert (dashboard.width, dashboard.height) == (120, 40)


def test_the_newest_sign_of_life_of_a_run_counts(projects: Path) -> None:
    """Add a run that logged its machine two hours after its last row."""
    project = still(projects).project
    assert project is not None
    second = project.runs["second"]
    assert second.heartbeat - second.times[-1] > 3000


def test_broken_rows_are_a_notice_as_they_are_live(projects: Path) -> None:
    sentences = [notice.text for notice in still(projects).known.notices.values()]
    assert len(sentences) == 1
    assert re.match("1 row is left out", sentences[0] or "")


def test_it_is_looked_at_as_the_options_say(projects: Path) -> None:
    selection = Selection(run="first-run", metrics=("accuracy",))
    dashboard = still(projects, zoom=4, run="first-run", metric=("accuracy",))
    assert dashboard.view.selection.run == selection.run
    assert dashboard.metrics == ["val/accuracy"]
    assert dashboard.run is not None
    assert dashboard.run.name == "first-run"
    assert dashboard.view.charts.window == Last(4)
    smoothed = still(projects, smooth="0.9").view.charts.framing.smoothing
    assert smoothed == Smoothing(Way.BY_POINTS, 0.9)
    machine = still(projects, gpu_db=True, project=("small",))
    assert machine.view.mode is Mode.SYSTEM
    assert system_charts(machine)


def test_charts_are_drawn_as_the_settings_say(
    projects: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = still(projects).view.charts.framing
    assert (usual.gradient, usual.band, usual.marks, usual.shared) == (True, True, True, False)
    (tmp_path / "trackio-view").mkdir()
    (tmp_path / "trackio-view" / "settings.toml").write_text(
        '[look]\ngradient = "off"\n[charts]\nband = "off"\nmarks = "off"\ny_shared = "on"\n'
    )
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    framing = still(projects).view.charts.framing
    other = (framing.gradient, framing.band, framing.marks, framing.shared)
    assert other == (False, False, False, True)


def test_a_picture_judges_the_health_of_a_run_as_the_settings_say(
    projects: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = sqlite3.connect(projects / "small.db")
    database.execute(
        """INSERT INTO metrics(run_id, timestamp, run_name, step, metrics)
        VALUES ('second', '2026-01-01T16:00:00', 'second-run', 100, '{"train/loss": "NaN"}')"""
    )
    database.commit()
    database.close()

    def wrong() -> list[str]:
        dashboard = still(projects)
        project, run = dashboard.project, dashboard.run
        assert project is not None
        assert run is not None
        now = run.last_time
        return [finding.rule.name for finding in dashboard.findings(project, run, now)]

    assert wrong() == ["not_finite"]
    (tmp_path / "trackio-view").mkdir()
    (tmp_path / "trackio-view" / "settings.toml").write_text("[health]\nnot_finite = 0\n")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert wrong() == []


def test_trackios_own_variables_order_charts_and_colour_lines(
    projects: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACKIO_PLOT_ORDER", "val/*,lr")
    monkeypatch.setenv("TRACKIO_COLOR_PALETTE", "red,#00ff00")
    view = still(projects).view
    assert (view.choice.order, view.marks.colors) == (("val/*", "lr"), 2)


def test_of_several_projects_the_first_that_was_named_is_shown(projects: Path) -> None:
    write_project(projects / "another.db", ["x"])
    for names in (("small", "another"), ("another", "small")):
        project = still(projects, project=names).project
        assert project is not None
        assert project.name == names[0]
    assert {summary.name for summary in still(projects).known.summaries} == {"small", "another"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"project": ("smal",)}, "The project 'smal' does not exist in "),
        ({"project": ("small", "other")}, "The project 'other' does not exist in "),
        ({"run": "third"}, "No run 'third' in small"),
        ({"metric": ("perplexity",)}, "No metric perplexity in second-run"),
        ({"gpu_db": True, "project": ("small",), "run": "x"}, "No run 'x' in small"),
        ({"gpu_db": True, "project": ("small",), "metric": ("fan",)}, "No metric fan"),
    ],
)
def test_a_missing_project_run_or_metric_is_a_sentence(
    projects: Path, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(NothingToShow) as raised:
        still(projects, **options)
    assert str(raised.value).startswith(said)


def test_a_project_without_a_row_or_a_database_says_so(projects: Path) -> None:
    write_project(projects / "empty.db", [])
    with pytest.raises(NothingToShow, match="No metrics found for project: empty"):
        still(projects, project=("empty",))
    (projects / "odd.db").write_text("no database at all, and long enough to be sure" * 99)
    with pytest.raises(NothingToShow, match=r"^odd: "):
        still(projects, project=("odd",))


def test_a_directory_without_a_readable_project_tells_the_faults(tmp_path: Path) -> None:
    with pytest.raises(NothingToShow, match="No TrackIO projects in "):
        still(tmp_path)
    (tmp_path / "odd.db").write_text("no database at all, and long enough to be sure" * 99)
    with pytest.raises(NothingToShow) as raised:
        still(tmp_path)
    assert str(raised.value).startswith("odd: ")


def test_a_log_is_a_project_of_its_files_name(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    path.write_text("".join(f"step={step} loss={9 / (step + 1)}\n" for step in range(30)))
    dashboard = still_dashboard(Options(log=path), 120, 40)
    assert dashboard.project is not None
    assert dashboard.project.name == "train"
    assert dashboard.metrics == ["loss"]
    path.write_text("nothing that counts\n")
    with pytest.raises(NothingToShow):
        still_dashboard(Options(log=path), 120, 40)


def test_every_source_is_closed_after_it_was_read(
    projects: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed, close = [], TrackioFiles.close
    monkeypatch.setattr(TrackioFiles, "close", lambda it: (closed.append(it.origin), close(it))[1])
    still(projects, project=("small",))
    assert set(closed) == {str(projects)}
