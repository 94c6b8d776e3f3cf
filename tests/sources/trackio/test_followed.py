"""Projects whose rows lie in two places, read by commands that print and end."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from trackio_view.cli import main
from trackio_view.model.events import LoadStarted, Notice, ProjectOrigin, ProjectsListed, RowsLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.model.selection import Selection
from trackio_view.model.summary import ProjectSummary
from trackio_view.sources.source import Content, Part, RunsFound, SourceFault
from trackio_view.sources.trackio import followed
from trackio_view.sources.trackio.faults import DatabaseFault, locked, not_a_database
from trackio_view.sources.trackio.followed import FollowedProject, ProjectFollower
from trackio_view.sources.trackio.source import TrackioFiles


@pytest.fixture
def half_imported(tmp_path: Path, inbox_writer: Any, import_files: Any) -> Any:
    """Return a writer with half of its rows in the database; one file is still in the inbox,
    too."""
    writer = inbox_writer(tmp_path)
    files = [writer.log([{"loss": 4.0 - n}]) for n in range(4)]
    import_files(tmp_path, files[:1])
    import_files(tmp_path, files[1:2], delete=False)
    return writer


def losses(source: TrackioFiles, part: Part) -> list[float]:
    events = source.snapshot(ProjectId(source.origin, "myproj"), part)
    loaded = [event for event in events if isinstance(event, RowsLoaded)]
    batches = [batch for event in loaded for batch in event.batches]
    return [value for batch in batches for value in batch.columns["loss"].values]


def test_a_snapshot_has_the_rows_of_both_places_once(half_imported: Any) -> None:
    source = TrackioFiles(str(half_imported.directory), 1.0)
    assert losses(source, Part(Content.ROWS, "id-run")) == [4.0, 3.0, 2.0, 1.0]
    assert losses(source, Part()) == [4.0, 3.0, 2.0, 1.0]
    (found,) = [
        event
        for event in source.snapshot(ProjectId(source.origin, "myproj"), Part(Content.RUNS))
        if isinstance(event, RunsFound)
    ]
    assert [(run.name, run.row_count, run.group) for run in found.runs] == [("run", 4, "g")]
    source.close()
    assert source.missing("my proj!") is None
    assert source.missing("none") == ["myproj"]


@pytest.mark.parametrize("imported", [False, True])
def test_commands_that_print_have_them_alike(
    tmp_path: Path, inbox_writer: Any, import_files: Any, capsys: Any, imported: bool
) -> None:
    writer = inbox_writer(tmp_path)
    files = [writer.log([{"loss": 4.0 - n}]) for n in range(4)]
    import_files(tmp_path, files if imported else files[:2])
    directory = ["--dir", str(tmp_path)]
    assert main(["--once", *directory]) == 0
    assert "Latest Loss: 1" in capsys.readouterr().out
    assert main(["--once", "--format", "csv", "--project", "my proj!", *directory]) == 0
    lines = capsys.readouterr().out.splitlines()[1:]
    assert [line.split(",")[3:6:2] for line in lines] == [[str(n), str(4 - n)] for n in range(4)]
    assert main(["--once", "--format", "json", *directory]) == 0
    (project,) = json.loads(capsys.readouterr().out)["projects"]
    assert project["runs"][0]["metrics"]["loss"]["last"] == 1
    assert main(["--list", *directory]) == 0
    assert capsys.readouterr().out.splitlines()[1].split()[:3] == ["myproj", "1", "4"]
    assert main(["--until", "loss<1.5", *directory]) == 0
    assert main(["--until", "loss<0.5", "--timeout", "9s", *directory]) == 4


def test_until_sees_rows_come_and_go_over(
    tmp_path: Path, inbox_writer: Any, import_files: Any
) -> None:
    writer = inbox_writer(tmp_path)
    files = [writer.log([{"loss": 2.0}])]
    following = TrackioFiles(str(tmp_path), 0.0).follow(None, "loss", Selection())
    first = list(following.look())
    assert [event.generation for event in first if isinstance(event, LoadStarted)] == [1]
    files.append(writer.log([{"loss": 1.0}]))
    (rows,) = [event for event in following.look() if isinstance(event, RowsLoaded)]
    assert [list(batch.columns["loss"].values) for batch in rows.batches] == [[1.0]]
    import_files(tmp_path, files)
    again = [event for event in following.look() if isinstance(event, RowsLoaded)]
    assert sum(len(batch.steps) for event in again for batch in event.batches) == 2
    assert not [event for event in following.look() if not isinstance(event, Notice)]
    assert list(following.left_out()) == []


def test_a_database_that_is_none_is_a_fault_though_rows_wait(
    tmp_path: Path, inbox_writer: Any
) -> None:
    inbox_writer(tmp_path).log([{"loss": 2.0}])
    (tmp_path / "myproj.db").write_text("no database" * 20)
    source = TrackioFiles(str(tmp_path), 0.0)
    with pytest.raises(SourceFault, match="not an SQLite database"):
        list(source.snapshot(ProjectId(source.origin, "myproj"), Part()))
    following = source.follow("myproj", "loss", Selection())
    (notice,) = following.look()
    assert isinstance(notice, Notice)
    assert notice.text == "The file is not an SQLite database."
    assert notice.origin == ProjectOrigin(ProjectId(source.origin, "myproj"))
    assert list(following.look()) == []


@pytest.mark.parametrize(("project", "named"), [("p", "p"), (None, "")])
def test_a_fault_before_any_project_is_chosen_is_of_the_one_that_was_named(
    project: str | None, named: str
) -> None:
    def failing(*_: object) -> Any:
        raise DatabaseFault("The disk fails.")

    following = FollowedProject("/data", project, failing, failing)
    (notice,) = following.look()
    assert isinstance(notice, Notice)
    assert (notice.origin, notice.text) == (
        ProjectOrigin(ProjectId("/data", named)),
        "The disk fails.",
    )
    assert list(following.look()) == [], "it is said once"


def test_without_a_name_the_newest_project_is_chosen_once_there_is_one_with_rows() -> None:
    chosen: list[str] = []

    def follower(name: str) -> Any:
        chosen.append(name)
        return SimpleNamespace(read=list, project=ProjectId("/data", name))

    empty = ProjectSummary(ProjectId("/data", "empty"), 1, 0, 9.0, None, None)
    old, new = (
        ProjectSummary(ProjectId("/data", name), 1, 5, time, None, None)
        for name, time in (("old", 1.0), ("new", 2.0))
    )
    listed = [empty]
    following = FollowedProject(
        "/data", None, lambda: ProjectsListed("/data", tuple(listed)), follower
    )
    assert list(following.look()) == []
    assert chosen == []
    listed += [new, old]
    assert list(following.look()) == []
    listed.reverse()
    assert list(following.look()) == []
    assert chosen == ["new"], "it stays the one"


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the pauses that a follower makes; they are all the time that passes."""
    pauses: list[float] = []
    time = SimpleNamespace(monotonic=lambda: sum(pauses), sleep=pauses.append)
    monkeypatch.setattr(followed, "time", time)
    return pauses


def test_only_a_fault_that_passes_is_waited_for_and_not_for_long(slept: list[float]) -> None:
    def failing(fault: DatabaseFault) -> ProjectFollower:
        def open_project(_: object) -> Any:
            raise fault

        return ProjectFollower(ProjectId("/data", "p"), open_project, None)

    with pytest.raises(DatabaseFault, match="not an SQLite database"):
        list(failing(not_a_database()).read())
    assert slept == []
    with pytest.raises(DatabaseFault, match="locked"):
        list(failing(locked()).read())
    assert 2.0 <= sum(slept) <= 2.2


def test_each_time_that_something_was_read_the_next_fault_has_its_own_time(
    monkeypatch: pytest.MonkeyPatch, slept: list[float]
) -> None:
    """A lock of 1.5 s before each of five looks ends nothing, though they take 7.5 s together."""
    looks: list[float] = []

    def read(_: object) -> bool:
        looks.append(sum(slept))
        return len(looks) == 5

    def open_project(_: object) -> Any:
        if sum(slept) - (looks[-1] if looks else 0.0) < 1.5:
            raise locked()
        return SimpleNamespace(close=lambda: None)

    follower = SimpleNamespace(read=read, take=list)
    monkeypatch.setattr(followed, "Follower", lambda *_: follower)
    assert list(ProjectFollower(ProjectId("/data", "p"), open_project, None).read()) == []
    assert looks[-1] >= 7.5
