"""A run that is renamed has its old rows under new ids, and is no newer than it was."""

from __future__ import annotations

import pytest

from tests.headless.conftest import START
from trackio_view.headless.exit_codes import ExitCode

DAYS = 86_400.0


@pytest.fixture
def renamed(new_project):
    """Return a project of an old run that was renamed while another one trained."""
    project = new_project("p").configure({"lr": 1}, "old")
    project.log([{"loss": 24}] * 20, "old", start=START - 9 * DAYS)
    project.log([{"loss": 3}] * 5, "training", start=START)
    return project.rename("old", "renamed")


def test_once_tells_of_the_run_that_trains(command, renamed) -> None:
    text = command("--once").out
    assert "Run: training" in text
    assert "Latest Loss: 3\n" in text


def test_json_and_csv_have_the_newest_rows_first(command, renamed) -> None:
    runs = command("--once", "--format", "json").json["projects"][0]["runs"]
    assert [run["name"] for run in runs] == ["training", "renamed"]
    times = [run["last_row_epoch_seconds"] for run in runs]
    assert times == sorted(times, reverse=True)
    lines = command("--once", "--format", "csv").out.splitlines()
    assert "training" in lines[1]
    assert "renamed" in lines[-1]


def test_the_list_tells_when_the_newest_row_was_written(command, renamed, utc) -> None:
    assert "2026-03-01 10:00:04" in command("--list").out


def test_of_two_runs_of_one_name_the_newer_is_meant(command, renamed) -> None:
    renamed.rename("old", "training")
    assert "Latest Loss: 3\n" in command("--once", "--run", "training").out


def test_a_condition_is_judged_by_the_run_that_trains(renamed, waiting) -> None:
    wait = waiting("loss < 4", timeout=3)
    assert wait.wait(lambda _: None) is ExitCode.DONE
    assert wait.watch.current is not None
    assert wait.watch.current.run.name == "training"


def test_a_clock_that_was_years_ahead_pins_no_run(command, new_project) -> None:
    project = new_project("p").log([{"loss": 9}], "ahead", start=START + 9_000 * DAYS)
    project.log([{"loss": 3}], "right", start=START)
    assert "Run: right" in command("--once").out
