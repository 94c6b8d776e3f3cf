"""A project that is waited for: its newest run is followed, and each row is read once."""

from __future__ import annotations

import math

import pytest

from tests.conftest import make_batch
from trackio_view.headless.exit_codes import ExitCode
from trackio_view.headless.newest_values import WatchedRun, _is_newer
from trackio_view.model.pace import typical_gap
from trackio_view.model.run import Run

START = 1_772_359_200.0


def ignore(_: str) -> None:
    return None


def test_the_newest_run_or_the_one_that_was_named(new_project, waiting, clock) -> None:
    project = new_project("p")
    project.log([{"loss": 0.1}], "old", start=START - 9)
    project.log([{"loss": 5}], "new", start=START - 5)
    assert waiting(timeout=3).wait(ignore) is ExitCode.TIMED_OUT
    assert waiting(run="old").wait(ignore) is ExitCode.DONE
    clock.at(10, lambda: project.log([{"n": 1}], "old", start=clock.time))
    # The other run becomes the newest with a row that lacks the metric, so its last value is read
    # again.
    assert waiting().wait(ignore) is ExitCode.DONE


@pytest.mark.parametrize("named", ["next", "abc", "ab"])
def test_a_run_that_is_not_there_yet(new_project, waiting, clock, named: str) -> None:
    project = new_project("p").log([{"loss": 0.1}], "old", start=START)
    # It is silent only after it came, however long it was waited for before.
    clock.at(900, lambda: project.log([{"loss": 9}], "next", run_id="abc", start=clock.time))
    clock.at(904, lambda: project.log([{"loss": 0.2}], "next", run_id="abc", start=clock.time))
    wait = waiting(run=named, timeout=2_000)
    assert wait.wait(ignore) is ExitCode.DONE
    assert clock.passed == 904


def test_of_runs_whose_ids_begin_alike_the_newest_is_meant(new_project, waiting, clock) -> None:
    project = new_project("p").log([{"loss": 5}], "one", run_id="ab1", start=START)
    clock.at(8, lambda: project.log([{"loss": 0.2}], "two", run_id="ab2", start=clock.time))
    assert waiting(run="ab", timeout=100).wait(ignore) is ExitCode.DONE
    assert clock.passed == 8


def test_a_project_that_is_deleted_and_comes_back(new_project, waiting, clock, folder) -> None:
    new_project("p").log([{"loss": 5}] * 9, start=START)
    clock.at(4, lambda: (folder / "p.db").unlink())
    clock.at(8, lambda: new_project("p").log([{"loss": 0.5}], start=clock.time))
    assert waiting().wait(ignore) is ExitCode.DONE


@pytest.mark.parametrize("run", [None, "live", "id-of-live"])
def test_a_run_that_is_renamed_is_still_the_one(new_project, waiting, clock, run) -> None:
    project = new_project("p").log([{"loss": 0.1}] * 5, "old", start=START - 50)
    project.log([{"loss": "NaN"}, {"loss": 5}], "live", start=START - 2)
    clock.at(4, lambda: project.rename("old", "older"))
    clock.at(8, lambda: project.rename("live", "alive"))
    # A training goes on logging under the name that it began with.
    clock.at(12, lambda: project.log([{"loss": 4}], "live", start=clock.time))
    clock.at(16, lambda: project.log([{"loss": 0.5}], "live", start=clock.time))
    wait = waiting(run=run, fail_on_nan=True)
    assert wait.wait(ignore) is ExitCode.DONE
    assert clock.passed == 16
    assert wait.watch.current is not None
    assert wait.watch.current.run.run_id == "id-of-live"


def test_a_run_that_is_deleted_gives_way(new_project, waiting, clock) -> None:
    project = new_project("p").log([{"loss": 0.1}], "old", start=START - 50)
    project.log([{"loss": 5}], "new", start=START - 2)
    project.log([{"other": 5}], "other", start=START - 60)
    delete = "DELETE FROM metrics WHERE run_id = ?"
    wait = waiting(run="new", timeout=20)
    clock.at(4, lambda: project.execute(delete, [("id-of-new",)]))
    assert wait.wait(ignore) is ExitCode.TIMED_OUT
    assert wait.watch.current is None
    project.log([{"loss": 5}], "new", run_id="again", start=clock.time)
    clock.at(24, lambda: project.execute(delete, [("again",)]))
    clock.at(24, lambda: project.execute(delete, [("id-of-other",)]))
    assert waiting().wait(ignore) is ExitCode.DONE
    assert clock.passed == 24


def test_each_row_is_decoded_once_and_history_is_not(new_project, waiting, clock) -> None:
    project = new_project("p").log([{"loss": 5, "acc": 1}] * 20_000, start=START - 20_000)
    wait = waiting("loss < 1")
    for number in range(1, 11):
        clock.at(2 * number, lambda: project.log([{"loss": 5}] * 3, start=clock.time))
    clock.at(30, lambda: project.log([{"loss": 0.5}], start=clock.time))
    assert wait.wait(ignore) is ExitCode.DONE
    assert 31 <= wait.watch.following.rows_decoded <= 31 + 64


@pytest.mark.parametrize(
    ("metrics", "present", "is_meant"),
    [
        ({"loss": [1.0]}, {"loss": [1.0]}, True),
        ({"loss": [1.0]}, {}, True),
        ({}, {"loss": [1.0]}, False),
        ({}, {}, True),
    ],
)
def test_a_run_without_numbers_is_meant_only_where_there_is_no_other(
    metrics, present, is_meant
) -> None:
    newer, current = Run("id-newer", "newer"), Run("id-current", "current")
    for run, logged, time in ((newer, metrics, 2.0), (current, present, 1.0)):
        run.append(make_batch(logged, steps=[0], times=[time]))
    assert _is_newer(newer, current) is is_meant
    assert not _is_newer(current, newer)


def test_of_a_long_wait_enough_rows_are_kept_to_tell_the_pace_and_the_step() -> None:
    watched = WatchedRun(Run("id", "run"))

    def log(first: int, count: int) -> None:
        steps = range(first, first + count)
        metrics = {"loss": [1.0] * count, "step": [10.0 * step for step in steps]}
        times = [START + 100 * step for step in steps]
        batch = make_batch(metrics, steps=list(steps), times=times)
        watched.append("step", batch, all_new=True)

    log(0, 10_001)
    for step in range(10_001, 10_004):
        log(step, 1)
        assert typical_gap(watched.run) == 100
        assert (watched.value, watched.step) == (10.0 * step, 10.0 * step)
    log(10_004, 12_000)
    log(22_004, 1)
    assert watched.run.row_count == 12_001


def test_a_nan_is_not_passed_over_where_more_rows_came_with_the_same_look() -> None:
    watched = WatchedRun(Run("id", "run"))

    def log(step: int, value: float, *, all_new: bool) -> bool:
        batch = make_batch({"loss": [value]}, steps=[step], times=[START + step])
        watched.append("loss", batch, all_new=all_new)
        return watched.had_nan

    assert log(0, math.nan, all_new=False)
    assert not log(1, 0.5, all_new=False), "it was got over before anybody waited"
    assert log(2, math.nan, all_new=True)
    assert log(3, 0.5, all_new=True)
