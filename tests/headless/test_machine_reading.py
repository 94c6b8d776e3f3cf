"""Which run's machine `--gpu-db` shows, and which of the run's names its rows have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import pytest

from trackio_view.headless.machine_reading import selected_machine, system_log
from trackio_view.headless.project_reading import ProjectReading
from trackio_view.model.machine import Machine
from trackio_view.model.run import Run, RunRows
from trackio_view.model.selection import Selection
from trackio_view.series.window import ZOOM_LEVELS
from trackio_view.sources.source import RunFacts

NEWEST = ("late", "early", "old")


class Reading:
    """Stands for a project: `late` is its newest run, and `logged` are the runs that logged their
    machine."""

    def __init__(
        self,
        batch: Callable[..., RunRows],
        logged: Sequence[str] = (),
        within: Sequence[str] = (),
        runs: Sequence[str] = NEWEST,
    ) -> None:
        self.batch, self.logged, self.within = batch, logged, within
        self.facts = [RunFacts(f"id-{name}", name, row_count=1) for name in runs]
        self.loaded: list[tuple[object, ...]] = []
        self.listed = 0

    def system_runs(self) -> dict[str, str]:
        return {name: name.removeprefix("id-") for name in self.logged}

    def runs(self, selection: Selection) -> list[RunFacts]:
        self.listed += 1
        return [it for it in self.facts if selection.run in (None, it.name)]

    def run(self, selection: Selection) -> RunFacts | None:
        chosen = (it for it in self.facts if selection.run in (None, it.name))
        return next(chosen, None)

    def newest_keys(self, facts: RunFacts) -> list[str]:
        return ["loss", "gpu/power_w"] if facts.name in self.within else ["loss"]

    def load(self, facts: RunFacts, distinct_steps: int | None, since: float | None) -> Run:
        self.loaded.append((facts.name, distinct_steps, since))
        return Run(facts.run_id, facts.name)

    def system_rows(self, run_id: str) -> list[RunRows]:
        steps = [100.0, 200.0]
        return [self.batch({"gpu/0/power": [1.0, 2.0]}, steps=steps, times=steps, run_id=run_id)]


Found = tuple[str, bool, bool] | None


def found(reading: Reading, run: str | None = None, since: float | None = None) -> Found:
    """Return the run of the machine, and whether it has rows of a training and of its machine."""
    selection = Selection(run=run, since=since)
    machine: Machine | None = selected_machine(
        cast("ProjectReading", reading), selection, ZOOM_LEVELS[1]
    )
    if machine is None:
        return None
    return machine.run_id, machine.training is not None, machine.log is not None


def test_the_newest_run_that_logged_its_machine_is_meant(batch: Any) -> None:
    newest = Reading(batch, ["id-late", "id-old"])
    assert found(newest) == ("id-late", True, True)
    assert newest.listed == 0, "the other runs are not asked for where the newest is meant"
    assert found(Reading(batch, ["id-early", "id-old"])) == ("id-early", True, True)
    assert found(Reading(batch, within=["old"])) == ("id-old", True, False)
    assert found(Reading(batch, ["id-old"], within=["early"])) == ("id-early", True, False)


def test_a_run_that_was_chosen_is_meant_whatever_it_logged(batch: Any) -> None:
    assert found(Reading(batch, ["id-late", "id-old"]), "old") == ("id-old", True, True)
    assert found(Reading(batch, ["id-late"]), "old") == ("id-old", False, False)
    assert found(Reading(batch, ["id-late"]), "nobody") is None
    assert found(Reading(batch)) == ("id-late", False, False)


def test_a_run_that_is_all_machine_is_meant_where_no_other_is(batch: Any) -> None:
    assert found(Reading(batch, ["id-alone"])) == ("id-alone", False, True)
    assert found(Reading(batch, ["id-alone"], runs=())) == ("id-alone", False, True)
    assert found(Reading(batch, ["id-late", "id-alone"]), "alone") == ("id-alone", False, True)
    assert found(Reading(batch, runs=())) is None


def test_its_training_is_read_as_far_as_it_was_asked_for(batch: Any) -> None:
    reading = Reading(batch, ["id-late"])
    found(reading, since=150.0)
    assert reading.loaded == [("late", ZOOM_LEVELS[1].distinct_steps, 150.0)]


@pytest.mark.parametrize(("since", "shown"), [(None, 2), (150.0, 1)])
def test_all_its_rows_are_kept_and_its_window_begins_where_asked(
    batch: Any, since: float | None, shown: int
) -> None:
    log = system_log(cast("ProjectReading", Reading(batch)), "id-a", since)
    assert (log.rows.run_id, log.rows.row_count, log.rows.since) == ("id-a", 2, since)
    assert sum(time >= (since or 0) for time in log.rows.times) == shown
