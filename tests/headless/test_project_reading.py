"""One project is read as a script asks: its runs, a window of one, or a sentence."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from trackio_view.headless.chosen_projects import visit_projects
from trackio_view.headless.exit_codes import ExitCode
from trackio_view.headless.project_reading import ProjectReading, load_window, system_run
from trackio_view.model.events import Notice, ProjectOrigin
from trackio_view.model.project_id import ProjectId
from trackio_view.model.selection import Selection
from trackio_view.options.command_line import Options
from trackio_view.sources.source import DATABASE, RunFacts
from trackio_view.sources.trackio.source import TrackioFiles


def test_broken_rows_are_said_once_however_often_they_are_read(new_project, capsys) -> None:
    made = new_project("p").log([{"loss": 1.0}] * 5)
    made.execute("UPDATE metrics SET metrics = '{\"cut' WHERE id = ?", [(2,)])

    def show(project: ProjectReading) -> ExitCode:
        run = project.run(Selection())
        assert run is not None
        for _ in range(3):
            assert project.load(run, None, None).row_count == 4
        return ExitCode.DONE

    assert visit_projects(Options(), show) is ExitCode.DONE
    assert capsys.readouterr().err == "p: 1 row left out: broken JSON\n"


def test_what_was_left_out_of_a_project_is_not_told_of_the_one_in_its_place(
    new_project, capsys
) -> None:
    made = new_project("p").log([{"loss": 1.0}] * 3)
    made.execute("UPDATE metrics SET metrics = '{\"cut' WHERE id = ?", [(2,)])
    other = new_project("other").log([{"loss": 9.0}])
    read: list[int] = []

    def show(project: ProjectReading) -> ExitCode:
        run = project.run(Selection())
        assert run is not None
        read.append(project.load(run, None, None).row_count)
        if other.path.exists():
            os.replace(other.path, made.path)
            project.load(run, None, None)
        return ExitCode.DONE

    assert visit_projects(Options(project=("p",)), show) is ExitCode.DONE
    assert (read, capsys.readouterr().err) == ([2, 1], "")


def test_damage_is_kept_for_the_end_and_other_notices_are_said_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    notices = [
        Notice(ProjectOrigin(ProjectId("/data", "p")), "A page is damaged.", subject=DATABASE),
        Notice(ProjectOrigin(ProjectId("/data", "p")), "A row has no time.\x1b", subject="times"),
        Notice(ProjectOrigin(ProjectId("/data", "p")), None, subject="alerts"),
    ]
    monkeypatch.setattr(TrackioFiles, "snapshot", lambda *_: notices)
    project = ProjectReading(TrackioFiles("/data", 1.0), "p", beside_others=False)
    for _ in range(2):
        assert project.runs(Selection()) == []
    assert project.damage == "A page is damaged."
    assert project.notices == ["A row has no time.\x1b"]
    assert capsys.readouterr().err == "A row has no time.\u241b\n"


def test_beside_projects_of_other_origins_one_is_called_by_its_own_too() -> None:
    alone, beside = (
        ProjectReading(TrackioFiles("/data", 1.0), "p", beside_others=others)
        for others in (False, True)
    )
    assert (alone.origin, alone.title) == (None, "p")
    assert (beside.origin, beside.title) == ("/data", "p (/data)")


def with_project(options: Options, look) -> None:
    def show(project: ProjectReading) -> ExitCode:
        look(project)
        return ExitCode.DONE

    assert visit_projects(options, show) is ExitCode.DONE


@pytest.mark.parametrize("source", ["database", "log"])
def test_runs_are_the_same_wherever_they_come_from(
    new_project, tmp_path: Path, source: str
) -> None:
    options = Options()
    if source == "log":
        path = tmp_path / "p.log"
        path.write_text("".join(f"step {step} loss {9 - step}.5\n" for step in range(5)))
        options = Options(log=path)
    else:
        new_project("p").log([{"loss": 9.5 - step} for step in range(5)])

    def look(project: ProjectReading) -> None:
        assert project.name == "p"
        (run,) = project.runs(Selection())
        assert run == project.run(Selection()) or source == "database"
        assert run.row_count == 5
        assert "loss" in project.newest_keys(run)
        whole = load_window(project, run, None, Selection())
        assert list(whole.series["loss"].values) == [9.5, 8.5, 7.5, 6.5, 5.5]
        assert project.runs(Selection(run="another")) == []
        assert project.run(Selection(run="another")) is None

    with_project(options, look)


def test_a_metric_that_is_logged_rarely_is_looked_for_in_all_rows(new_project) -> None:
    new_project("p").log([{"val": 0.5}, *({"loss": 1.0} for _ in range(500))])

    def look(project: ProjectReading) -> None:
        run = project.run(Selection())
        assert run is not None
        assert load_window(project, run, 50, Selection()).row_count < 501
        found = load_window(project, run, 50, Selection(("val",)))
        assert found.row_count == 501
        assert list(found.series["val"].values) == [0.5]

    with_project(Options(), look)


def test_rows_of_a_machine_are_known_by_id_and_before_that_by_name() -> None:
    facts = RunFacts("id-a", "a", row_count=1)
    assert system_run(facts, {"id-a", "a"}) == "id-a"
    assert system_run(facts, {"a", "b"}) == "a"
    assert system_run(facts, {"b"}) is None


def test_a_run_that_its_machine_knows_by_name_is_no_other_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where run ids came later than the table, its rows have the run's name in their place."""
    logged = {"a": "a", "alone": "alone", "idle": "idle"}
    asked: list[ProjectReading] = []
    monkeypatch.setattr(
        ProjectReading, "system_runs", lambda project: (asked.append(project), logged)[1]
    )
    project = ProjectReading(TrackioFiles("/data", 1.0), "p", beside_others=False)
    trained = [RunFacts("id-of-a", "a", row_count=3)]
    found = project.system_runs_beside(trained, Selection())
    assert [run.name for run in found] == ["alone", "idle"]
    asked.clear()
    assert project.system_runs_beside(trained, Selection(run="alone")) == []
    assert not asked, "one run was asked for and found: the others are not read"
    assert [one.name for one in project.system_runs_beside([], Selection(run="idle"))] == ["idle"]


def test_a_run_that_logged_of_its_machine_alone_is_named(new_project) -> None:
    project = new_project("machine")
    project.execute(
        "CREATE TABLE system_metrics(id INTEGER PRIMARY KEY, run_id, timestamp, run_name, metrics)",
        [()],
    )
    project.execute(
        "INSERT INTO system_metrics(run_id, timestamp, run_name, metrics) VALUES (?, ?, ?, ?)",
        [("id-1", "2026-03-01T10:00:00+00:00", "only-machine", b'{"cpu": 5.0}')],
    )
    said: list[str] = []

    def show(reading: ProjectReading) -> ExitCode:
        said.append(reading.without_numbers(Selection()))
        return ExitCode.DONE

    visit_projects(Options(project=("machine",)), show, lambda _, text: said.append(text))
    assert said == ["only-machine logged no numbers: 1 system row"]
