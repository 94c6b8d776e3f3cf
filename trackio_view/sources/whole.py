"""Parts of a project whose source can only be read whole, such as a log or a recording."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from trackio_view.model.events import (
    AlertsLoaded,
    DataEvent,
    DetailsLoaded,
    HeartbeatsLoaded,
    LoadFinished,
    LoadStarted,
    Notice,
    OriginUnheard,
    ProjectRenamed,
    ProjectsListed,
    RowsLoaded,
    SystemRowsLoaded,
)
from trackio_view.model.fleet import FleetSampled
from trackio_view.model.gpu import GpusRemembered, GpusSampled
from trackio_view.model.newest_runs import newest_first
from trackio_view.model.opened_media import MediaLoaded
from trackio_view.model.opened_traces import TraceListLoaded, TraceLoaded
from trackio_view.model.project import Project
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import Run, RunDetails, RunRows
from trackio_view.series.series import MetricColumn
from trackio_view.sources.source import Content, Part, RunFacts, RunsFound, SnapshotEvent


class WholeProject:
    """What the events of a project add up to, kept in memory and sent part by part."""

    def __init__(self, project: ProjectId, events: Iterable[DataEvent]) -> None:
        self.notices: list[Notice] = []
        """What was said of it, in its order."""
        self._project = Project(project)
        for event in events:
            if isinstance(event, Notice):
                self.notices.append(event)
            elif not isinstance(
                event,
                ProjectsListed
                | OriginUnheard
                | ProjectRenamed
                | GpusSampled
                | GpusRemembered
                | FleetSampled
                | MediaLoaded
                | TraceListLoaded
                | TraceLoaded,
            ):
                self._project.apply(event)

    @property
    def has_runs(self) -> bool:
        return bool(self._project.runs)

    def part(self, part: Part) -> Iterator[SnapshotEvent]:
        """Yield a part of the project, its runs whole."""
        project = self._project
        runs = newest_first(project.runs.values(), time.time())
        yield LoadStarted(project.id, 0, sum(run.row_count for run in runs))
        if part.content & (Content.RUNS | Content.NEWEST_RUN):
            shown = runs if Content.RUNS in part.content else runs[:1]
            yield RunsFound(project.id, [_facts(run) for run in shown])
        if Content.MACHINE_RUNS in part.content:
            machines = [(run_id, log.rows.name) for run_id, log in project.system.items()]
            yield RunsFound(project.id, [RunFacts(*machine) for machine in machines])
        if Content.ROWS in part.content:
            for run in runs:
                if part.run_id in (None, run.run_id):
                    yield RowsLoaded(project.id, 0, [_rows(run)], run.row_count)
        if Content.MACHINE_ROWS in part.content:
            logs = [log.rows for log in project.system.values()]
            batches = [_rows(log) for log in logs if part.run_id in (None, log.run_id)]
            yield SystemRowsLoaded(project.id, 0, batches, replaces=True)
            if part.run_id is None:
                yield HeartbeatsLoaded(project.id, 0, project.heartbeats)
        if Content.ALERTS in part.content and project.alerts:
            alerts = [alert for run in project.alerts.values() for alert in run]
            yield AlertsLoaded(project.id, 0, alerts, arriving=False)
        if Content.DETAILS in part.content:
            details = [_details(run) for run in runs if part.run_id in (None, run.run_id)]
            yield DetailsLoaded(project.id, 0, details)
        yield LoadFinished(project.id, 0)


def _facts(run: Run) -> RunFacts:
    return RunFacts(
        run.run_id,
        run.name,
        row_count=run.row_count,
        last_id=run.last_id,
        first_time=run.first_time,
        last_time=run.last_time,
        config=run.config,
        group=run.group,
    )


def _details(run: Run) -> RunDetails:
    return RunDetails(run.run_id, run.name, run.config, run.group)


def _rows(run: Run) -> RunRows:
    columns = {
        name: MetricColumn(series.rows, series.values, series.exact)
        for name, series in run.series.items()
    }
    # The steps as they were logged: who takes these rows finds the training's own by itself.
    return RunRows(
        run_id=run.run_id,
        run_name=run.name,
        last_id=run.last_id,
        steps=run.logged_steps,
        times=run.times,
        columns=columns,
        last_step=run.last_logged_step,
    )
