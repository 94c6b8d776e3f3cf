"""Scripts get the projects that they ask for, or a sentence."""

from __future__ import annotations

import csv
import errno
import json
import os
import shutil
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from trackio_view.headless import chosen_projects, csv_table
from trackio_view.headless.chosen_projects import filled_projects, visit_projects
from trackio_view.headless.csv_table import print_csv
from trackio_view.headless.exit_codes import ExitCode
from trackio_view.headless.json_document import print_json
from trackio_view.headless.once import print_once
from trackio_view.headless.output import write_out
from trackio_view.headless.project_reading import ProjectReading
from trackio_view.model import summary
from trackio_view.model.events import ProjectsListed
from trackio_view.model.project_id import ProjectId
from trackio_view.model.selection import Selection
from trackio_view.options.command_line import Options
from trackio_view.sources.several import SeveralSources
from trackio_view.sources.trackio.source import TrackioFiles

START = 1_772_359_200.0


def visited(options: Options) -> tuple[ExitCode, list[str], list[tuple[str, str]]]:
    """Return the exit code, the projects that were shown, and those that failed."""
    shown: list[str] = []
    failed: list[tuple[str, str]] = []

    def fail(project: ProjectId, text: str) -> None:
        failed.append((project.name, text))

    def show(project: ProjectReading) -> ExitCode:
        project.run(Selection())
        shown.append(project.name)
        return ExitCode.DONE

    code = visit_projects(options, show, fail)
    return code, shown, failed


@pytest.fixture
def two_projects(new_project, folder: Path) -> Path:
    new_project("older").log([{"loss": 1.0}], start=START - 1e6)
    new_project("newer").log([{"loss": 1.0}] * 3)
    new_project("empty")
    return folder


def test_the_newest_project_is_visited_unless_others_are_named(two_projects) -> None:
    assert visited(Options()) == (ExitCode.DONE, ["newer"], [])
    assert visited(Options(all=True)) == (ExitCode.DONE, ["newer", "older"], [])
    named = Options(project=("older", "newer"))
    assert visited(named) == (ExitCode.DONE, ["older", "newer"], [])


def test_a_log_is_one_project(tmp_path: Path) -> None:
    log = tmp_path / "training.log"
    log.write_text("step=1 loss=3.5\n")
    assert visited(Options(log=log)) == (ExitCode.DONE, ["training"], [])


def test_of_a_demo_the_one_that_has_come_to_its_end_is_visited(
    new_project, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_project("demo").log([{"loss": 1.0}])
    monkeypatch.setattr("trackio_view.demo.finished_demo", lambda: nullcontext(folder))
    monkeypatch.setattr("trackio_view.demo.started_demo", None)
    for named in ((), ("demo",)):
        assert visited(Options(demo=True, project=named)) == (ExitCode.DONE, ["demo"], [])
    code, shown, failed = visited(Options(demo=True, project=("other",)))
    assert (code, shown, [name for name, _ in failed]) == (ExitCode.NOTHING, [], ["other"])


def test_an_unreadable_project_is_told_of_and_the_others_follow(two_projects: Path) -> None:
    (two_projects / "broken.db").write_bytes(b"no database at all" * 100)
    code, shown, failed = visited(Options(project=("broken", "none", "newer", "empty")))
    assert code is ExitCode.NOTHING
    # A project without rows is opened; the caller tells that it has none.
    assert shown == ["newer", "empty"]
    assert [name for name, _ in failed] == ["broken", "none"]
    assert "not an SQLite database" in failed[0][1]


@pytest.mark.parametrize(("broken", "told"), [(1, "1 row"), (3, "3 rows")])
def test_rows_that_were_left_out_are_counted_at_the_end(
    new_project, broken: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    project = new_project("p").log([{"loss": 1.0}] * 5)
    project.execute("UPDATE metrics SET metrics = '{\"cut' WHERE id <= ?", [(broken,)])
    print_csv(Options())
    assert capsys.readouterr().err == f"p: {told} left out: broken JSON\n"


def test_a_bug_is_no_fault_of_the_project(two_projects) -> None:
    def show(_: ProjectReading) -> ExitCode:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        visit_projects(Options(), show)


def test_a_reader_that_went_away_is_no_fault_of_the_project(two_projects) -> None:
    def show(_: ProjectReading) -> ExitCode:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        visit_projects(Options(), show)


@pytest.fixture
def replaced(new_project) -> Callable[[], None]:
    """Return what puts another project in the place of `p`, once."""
    project, other = new_project("p"), new_project("other")
    project.log([{"loss": 1.0}] * 4000, run="before")
    other.log([{"loss": 9.0}] * 6, run="after")

    def replace() -> None:
        if other.path.exists():
            os.replace(other.path, project.path)

    return replace


def test_a_project_that_is_replaced_while_it_is_read_is_read_anew(replaced) -> None:
    seen: list[tuple[str, int, set[str]]] = []

    def show(project: ProjectReading) -> ExitCode:
        facts = project.runs(Selection())[0]
        replaced()
        run = project.load(facts, None, None)
        seen.append((run.name, run.row_count, {str(one) for one in run.series["loss"].values}))
        return ExitCode.DONE

    assert visit_projects(Options(project=("p",)), show) is ExitCode.DONE
    assert seen == [("after", 6, {"9.0"})]


def test_one_that_is_replaced_again_and_again_is_a_sentence(new_project, folder: Path) -> None:
    new_project("p").log([{"loss": 1.0}] * 4, run="first")
    failed: list[str] = []

    def show(project: ProjectReading) -> ExitCode:
        facts = project.runs(Selection())[0]
        other = new_project("other")
        other.log([{"loss": 1.0}] * 4, run=f"after {facts.name}")
        os.replace(other.path, folder / "p.db")
        project.load(facts, None, None)
        return ExitCode.DONE

    code = visit_projects(Options(project=("p",)), show, lambda _, said: failed.append(said))
    assert (code, failed) == (
        ExitCode.NOTHING,
        ["p: The database was replaced while it was read."],
    )


def test_rows_that_were_written_are_not_followed_by_another_projects(
    replaced, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    def replace_and_write(texts: Any) -> None:
        replaced()
        write_out(texts)

    monkeypatch.setattr(csv_table, "write_out", replace_and_write)
    assert print_csv(Options(project=("p",))) == ExitCode.NOTHING
    out, said = capsys.readouterr()
    assert {row["run"] for row in csv.DictReader(out.splitlines())} == {"before"}
    assert said == "p: The database was replaced while it was read.\n"


def test_where_no_project_has_rows_it_is_said(new_project, folder: Path, capsys) -> None:
    assert filled_projects(TrackioFiles(str(folder), 1.0)) == []
    assert "No TrackIO projects in" in capsys.readouterr().err
    new_project("empty")
    assert filled_projects(TrackioFiles(str(folder), 1.0)) == ["empty"], "what it holds is told"
    new_project("filled").log([{"loss": 1.0}])
    assert filled_projects(TrackioFiles(str(folder), 1.0), most=None) == ["filled"]
    assert filled_projects(TrackioFiles(str(folder / "none"), 1.0)) == []
    assert str(folder / "none") in capsys.readouterr().err


def test_of_several_origins_the_newest_project_is_visited_where_it_lies(
    two_projects: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    parts = [TrackioFiles(str(folder), 1.0) for folder in (other, two_projects)]
    both = SeveralSources(parts)
    monkeypatch.setattr(chosen_projects, "chosen_source", lambda *_, **__: nullcontext(both))
    asked = Options(server=("a", "b"))
    assert visited(asked) == (ExitCode.DONE, ["newer"], [])
    assert visited(asked._replace(all=True)) == (ExitCode.DONE, ["newer", "older"], [])
    assert visited(asked._replace(project=("older",))) == (ExitCode.DONE, ["older"], [])
    monkeypatch.setattr(summary, "newest_with_rows", lambda _: None)
    assert visited(asked) == (ExitCode.DONE, ["newer"], []), "who cannot tell it has it looked for"


def test_of_several_origins_one_that_cannot_be_asked_for_the_newest_is_told_of(
    two_projects: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked_last = TrackioFiles(str(tmp_path / "gone"), 1.0)

    def refuse() -> ProjectsListed:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(asked_last, "listed", refuse)
    (two_projects / "torn.db").write_bytes(b"no database" * 1000)
    here = TrackioFiles(str(two_projects), 1.0)
    both = SeveralSources([here, asked_last])
    monkeypatch.setattr(chosen_projects, "chosen_source", lambda *_, **__: nullcontext(both))
    torn = f"torn ({here.origin}): The file is not an SQLite database."
    assert visited(Options(server=("a", "b"))) == (ExitCode.DONE, ["newer"], [])
    said = capsys.readouterr().err.splitlines()
    assert sorted(said) == [f"{asked_last.origin}: Permission denied", torn]
    assert visited(Options(server=("a", "b"), all=True))[1] == ["newer", "older"]
    assert torn in capsys.readouterr().err.splitlines()


@pytest.fixture
def said_of_both(
    folder: Path,
    new_project: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., tuple[str, str]]:
    """Return a function that gives what is printed of two projects with one name and one run's."""
    new_project("twin").log([{"loss": 1.0}])
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(folder / "twin.db", other / "twin.db")
    both = SeveralSources([TrackioFiles(str(one), 1.0) for one in (folder, other)])
    monkeypatch.setattr(chosen_projects, "chosen_source", lambda *_, **__: nullcontext(both))

    def said(print_it: Callable[[Options], int], **asked: Any) -> tuple[str, str]:
        print_it(Options(server=("a", "b"), **asked))
        return capsys.readouterr()

    return said


def test_two_projects_of_one_name_are_told_apart_in_every_format(
    said_of_both: Callable[..., tuple[str, str]], folder: Path, tmp_path: Path
) -> None:
    origins = [str(folder), str(tmp_path / "other")]
    text, _ = said_of_both(print_once, all=True)
    assert [line for line in text.splitlines() if line.startswith("From: ")] == [
        f"From: {origin}" for origin in origins
    ]
    document, _ = said_of_both(print_json, all=True)
    projects = json.loads(document)["projects"]
    assert [(one["name"], one["origin"]) for one in projects] == [("twin", it) for it in origins]
    table, _ = said_of_both(print_csv, all=True)
    rows = list(csv.DictReader(table.splitlines()))
    assert [(row["project"], row["origin"]) for row in rows] == [("twin", it) for it in origins]


def test_projects_of_one_name_tell_what_they_lack_with_their_origins(
    said_of_both: Callable[..., tuple[str, str]], folder: Path, tmp_path: Path
) -> None:
    for print_it in (print_once, print_json, print_csv):
        _, sentences = said_of_both(print_it, all=True, run="none")
        for origin in (folder, tmp_path / "other"):
            assert f"No run 'none' in twin ({origin})\n" in sentences


def test_of_one_origin_nothing_is_said_of_it(command, new_project) -> None:
    new_project("p").log([{"loss": 1.0}])
    assert "From: " not in command("--once").out
    assert "origin" not in command("--once", "--format", "csv").out
    assert "No run 'none' in p\n" in command("--once", "--run", "none").err
