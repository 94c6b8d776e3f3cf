"""Chooses the run whose machine is meant, and reads what the run logged of it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from trackio_view.headless.project_reading import ProjectReading, system_run
from trackio_view.model.machine import Machine, SystemLog, machine_of
from trackio_view.model.machine_keys import is_system_key
from trackio_view.model.run import Run
from trackio_view.model.selection import RunLabel, Selection
from trackio_view.series.window import ZoomLevel
from trackio_view.sources.source import RunFacts


def selected_machine(
    project: ProjectReading, selection: Selection, zoom: ZoomLevel
) -> Machine | None:
    """Return the selected run; without a choice, the newest of those that logged their machine."""
    logged = project.system_runs()
    newest = project.run(selection)
    if newest is not None:
        for facts in chain((newest,), _each(project, selection)):
            system_id = system_run(facts, logged)
            if system_id is not None or any(map(is_system_key, project.newest_keys(facts))):
                training = project.load(facts, zoom.distinct_steps, selection.since)
                log = None if system_id is None else system_log(project, system_id, selection.since)
                return machine_of(facts.run_id, training, log)
    alone = selection.run_among(RunLabel(run_id, name) for run_id, name in logged.items())
    if alone is not None:
        return machine_of(alone.run_id, None, system_log(project, alone.run_id, selection.since))
    return None if newest is None else machine_of(newest.run_id, None, None)


def _each(project: ProjectReading, selection: Selection) -> Iterator[RunFacts]:
    """Yield the selected runs; they are read only when the first one is asked for."""
    yield from project.runs(selection)


def system_log(project: ProjectReading, run_id: str, since: float | None) -> SystemLog:
    """Return what a run logged of its machine, all of it; its window begins at `since`."""
    rows = Run(run_id, run_id, since=since)
    for batch in project.system_rows(run_id):
        rows.append(batch)
    return SystemLog(rows)
