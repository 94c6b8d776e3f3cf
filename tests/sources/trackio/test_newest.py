"""The newest rows of a project, look by look: the content of a load, and the notices of faults."""

from __future__ import annotations

import os
from typing import Any

import pytest

from trackio_view.model.events import (
    DataEvent,
    LoadFinished,
    LoadStarted,
    Notice,
    RowsLoaded,
    Severity,
)
from trackio_view.model.selection import Selection
from trackio_view.sources.source import SourceFault
from trackio_view.sources.trackio import newest
from trackio_view.sources.trackio.newest import NewestRows
from trackio_view.sources.trackio.tables.project_reader import ProjectReader


@pytest.fixture
def follow(project: Any) -> Any:
    def make(**rest: Any) -> NewestRows:
        directory, name = str(project.path.parent), project.path.stem
        return NewestRows(directory, name, "loss", Selection(run=rest.pop("run", None)), **rest)

    return make


def kinds(events: list[DataEvent]) -> list[type]:
    return [type(event) for event in events]


def losses(events: list[DataEvent]) -> list[float]:
    batches = [
        batch for event in events if isinstance(event, RowsLoaded) for batch in event.batches
    ]
    return [value for batch in batches for value in batch.columns["loss"].values]


def test_a_load_holds_the_end_of_a_run_and_later_looks_what_came(project: Any, follow: Any) -> None:
    project.log([{"loss": float(number)} for number in range(5_000)])
    following = follow()
    first = list(following.look())
    assert kinds(first) == [LoadStarted, RowsLoaded, LoadFinished]
    assert losses(first)[-1] == 4_999.0
    assert 0 < following.rows_decoded < 500
    assert list(following.look()) == []
    project.log([{"loss": 0.5}])
    assert kinds(later := list(following.look())) == [RowsLoaded]
    assert losses(later) == [0.5]


def test_a_project_at_rest_is_not_opened_again(
    project: Any, follow: Any, age: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.log([{"loss": 1.0}] * 2)
    age(project.path)
    following = follow()
    assert losses(list(following.look())) == [1.0, 1.0]
    monkeypatch.delattr(ProjectReader, "__enter__")
    assert list(following.look()) == []


@pytest.mark.parametrize("is_settled", [True, False])
def test_a_project_in_the_place_of_another_is_loaded(
    project: Any,
    new_project: Any,
    follow: Any,
    monkeypatch: pytest.MonkeyPatch,
    is_settled: bool,
) -> None:
    # A project that grows may have been written to just before a look.
    monkeypatch.setattr(newest, "settled", lambda _: is_settled)
    project.log([{"loss": 1.0}] * 2)
    following = follow()
    assert losses(list(following.look())) == [1.0, 1.0]
    other = new_project("other")
    # It has rows of the same ids, and newer ones.
    other.log([{"loss": 9.0}] * 5)
    os.replace(other.path, project.path)
    assert losses(list(following.look())) == [9.0] * 5


def test_an_empty_project_in_the_place_of_another_takes_its_rows_away(
    project: Any, new_project: Any, follow: Any
) -> None:
    project.log([{"loss": 1.0}] * 2)
    following = follow()
    assert losses(list(following.look())) == [1.0, 1.0]
    os.replace(new_project("other").path, project.path)
    assert [type(event) for event in following.look()] == [LoadStarted, LoadFinished]
    assert list(following.look()) == []


def test_another_run_that_began_before_is_loaded_beside_the_first(
    project: Any, follow: Any
) -> None:
    project.log([{"loss": 7.0}], "other")
    project.log([{"loss": 1.0}], "first")
    following = follow()
    assert losses(list(following.look())) == [1.0]
    project.log([{"loss": 8.0}], "other")
    events = list(following.look())
    assert kinds(events) == [LoadStarted, RowsLoaded, RowsLoaded, LoadFinished, RowsLoaded]
    assert losses(events) == [1.0, 7.0, 8.0]


def test_a_load_that_was_broken_off_is_begun_again(
    project: Any, follow: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.log([{"loss": 1.0}])
    following = follow(run="run")

    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(ProjectReader, "backwards", fail)
        started, notice = following.look()
        assert isinstance(started, LoadStarted)
        assert isinstance(notice, Notice)
        assert notice.severity is Severity.ERROR
        assert notice.text is not None
        assert list(following.look()) == [started._replace(generation=2)]
    again = list(following.look())
    assert kinds(again) == [LoadStarted, RowsLoaded, LoadFinished, Notice]
    assert again[-1].text is None


def test_a_run_that_gets_another_name_is_followed_on_though_a_newer_one_began(
    project: Any, follow: Any
) -> None:
    project.log([{"loss": 1.0}], "first")
    following = follow()
    assert losses(list(following.look())) == [1.0]
    project.execute(
        "INSERT INTO metrics(run_id, timestamp, run_name, step, metrics)"
        " SELECT run_id, timestamp, 'another', step, metrics FROM metrics"
    )
    project.execute("DELETE FROM metrics WHERE run_name = 'first'")
    project.log([{"loss": 7.0}], "newer")
    events = list(following.look())
    assert losses(events) == [1.0]
    named = [one.run_name for it in events if isinstance(it, RowsLoaded) for one in it.batches]
    assert named == ["another"]


def test_a_project_that_is_emptied_has_no_runs(project: Any, follow: Any) -> None:
    project.log([{"loss": 1.0}])
    following = follow()
    assert losses(list(following.look())) == [1.0]
    project.execute("DELETE FROM metrics")
    assert kinds(list(following.look())) == [LoadStarted, LoadFinished]


def test_a_fault_of_the_writer_ends_the_following_once_all_rows_are_told(
    project: Any, follow: Any
) -> None:
    project.log([{"loss": 1.0}])
    following = follow(writer_fault=lambda: "the training failed: no luck")
    assert losses(list(following.look())) == [1.0]
    with pytest.raises(SourceFault, match="no luck"):
        list(following.look())


def test_a_condition_on_the_step_needs_no_row_with_a_metric_of_that_name(project: Any) -> None:
    project.log([{"loss": float(number)} for number in range(5_000)])
    directory, name = str(project.path.parent), project.path.stem
    following = NewestRows(directory, name, "step", Selection())
    assert losses(list(following.look()))[-1] == 4_999.0
    assert following.rows_decoded < 500
