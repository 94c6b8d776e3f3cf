from trackio_view.model.events import (
    DetailsLoaded,
    LoadFinished,
    LoadStarted,
    PreviewLoaded,
    ProjectVanished,
    RowsLoaded,
)
from trackio_view.model.project import Project
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunDetails

P = ProjectId("", "p")


def test_preview_is_drawn_until_the_load_is_complete(batch) -> None:
    project = Project(P)
    project.apply(LoadStarted(P, 0, total_rows=4))
    project.apply(PreviewLoaded(P, 0, [batch({"loss": [4.0, 1.0]}, steps=[0, 3])]))
    project.apply(RowsLoaded(P, 0, [batch({"loss": [4.0, 3.0]})], loaded_rows=2))
    assert project.runs["run"].row_count == 2
    assert (project.previewed_rows, project.progress, project.complete) == (2, 0.5, False)
    project.apply(RowsLoaded(P, 0, [batch({"loss": [2.0, 1.0]}, first_id=3)], loaded_rows=4))
    project.apply(LoadFinished(P, 0))
    assert list(project.runs["run"].series["loss"].values) == [4.0, 3.0, 2.0, 1.0]
    assert (project.previewed_rows, project.complete) == (0, True)


def test_new_rows_after_the_load_are_appended(batch) -> None:
    project = Project(P)
    project.apply(LoadStarted(P, 0, 0))
    project.apply(LoadFinished(P, 0))
    project.apply(RowsLoaded(P, 0, [batch({"loss": [4.0]})], 1))
    project.apply(RowsLoaded(P, 0, [batch({"loss": [3.0]}, first_id=2)], 2))
    assert list(project.runs["run"].series["loss"].values) == [4.0, 3.0]


def test_a_reload_keeps_what_was_known_until_it_is_complete(batch) -> None:
    project = Project(P)
    project.apply(LoadStarted(P, 0, 2))
    project.apply(RowsLoaded(P, 0, [batch({"loss": [4.0, 3.0]})], 2))
    project.apply(LoadFinished(P, 0))
    project.apply(LoadStarted(P, 1, 1))
    project.apply(PreviewLoaded(P, 1, [batch({"loss": [9.0]})]))
    assert project.runs["run"].row_count == 2
    project.apply(RowsLoaded(P, 1, [batch({"loss": [9.0]})], 1))
    project.apply(LoadFinished(P, 1))
    assert list(project.runs["run"].series["loss"].values) == [9.0]


def test_events_of_an_older_load_are_ignored(batch) -> None:
    project = Project(P)
    project.apply(LoadStarted(P, 1, 0))
    project.apply(LoadFinished(P, 1))
    project.apply(RowsLoaded(P, 0, [batch({"loss": [4.0]})], 1))
    assert not project.runs


def test_details_name_runs_that_come_later(batch) -> None:
    project = Project(P)
    project.apply(LoadStarted(P, 0, 0))
    project.apply(DetailsLoaded(P, 0, [RunDetails("run", "brave", {"lr": 1}, "group")]))
    project.apply(RowsLoaded(P, 0, [batch({"loss": [4.0]})], 1))
    project.apply(LoadFinished(P, 0))
    run = project.runs["run"]
    assert (run.name, run.config, run.group) == ("brave", {"lr": 1}, "group")


def test_a_vanished_project_keeps_its_runs(batch) -> None:
    project = Project(P)
    project.apply(LoadStarted(P, 0, 0))
    project.apply(RowsLoaded(P, 0, [batch({"loss": [4.0]})], 1))
    project.apply(LoadFinished(P, 0))
    project.apply(ProjectVanished(P))
    assert project.vanished
    assert project.runs


def test_without_a_preview_what_was_read_so_far_is_drawn(batch) -> None:
    """A damaged project never ends its load: what could be read stays on screen."""
    project = Project(P)
    project.apply(LoadStarted(P, 0, 4))
    project.apply(RowsLoaded(P, 0, [batch({"loss": [4.0]})], 1))
    project.apply(RowsLoaded(P, 0, [batch({"loss": [3.0]}, first_id=2)], 2))
    assert list(project.runs["run"].series["loss"].values) == [4.0, 3.0]
    assert not project.complete
