"""What is there now of a project in TrackIO's database: the events that a live screen is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from trackio_view.model.events import (
    AlertsLoaded,
    DetailsLoaded,
    HeartbeatsLoaded,
    LoadFinished,
    LoadStarted,
    Notice,
    ProjectOrigin,
    RowsLoaded,
    Severity,
    SystemRowsLoaded,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunRows
from trackio_view.sources.source import (
    DATABASE,
    Content,
    KindsFound,
    Part,
    RowsLeftOut,
    RunFacts,
    RunsFound,
    SnapshotEvent,
    TracesFound,
)
from trackio_view.sources.trackio.tables.project_reader import ProjectReader
from trackio_view.sources.trackio.tables.rows import broken_rows_sentence, parse_time
from trackio_view.sources.trackio.tables.unsent import UNSENT


def project_snapshot(
    reader: ProjectReader, project: ProjectId, part: Part
) -> Iterator[SnapshotEvent]:
    """Yield the part of a project that is asked for, read by an opened reader.

    Raises what the reader raises.
    """
    yield LoadStarted(project, 0, 0)
    if Content.NEWEST_RUN in part.content:
        # One seek, where counting the rows of all runs would read an index.
        newest = reader.newest_run()
        yield RunsFound(project, [] if newest is None else [RunFacts(*newest)])
    if Content.RUNS in part.content:
        yield RunsFound(project, _runs(reader))
    if Content.MACHINE_RUNS in part.content:
        yield RunsFound(project, [RunFacts(*run) for run in reader.system_runs().items()])
    if Content.NEWEST_ROWLESS in part.content:
        rowless = reader.newest_rowless()
        yield RunsFound(project, [] if rowless is None else [RunFacts(*rowless)])
    if Content.KINDS in part.content and part.run_id is not None:
        yield KindsFound(project, part.run_id, reader.logged_kinds(part.run_id, part.name))
    if Content.TRACES in part.content and part.run_id is not None:
        traces = reader.traces(part.run_id)
        if traces is not None:
            yield TracesFound(project, part.run_id, traces)
    broken = reader.broken_rows
    if Content.ROWS in part.content:
        loaded = 0
        for batch in _rows(reader, part):
            loaded += len(batch.steps)
            yield RowsLoaded(project, 0, [batch], loaded)
    broken_rows = reader.broken_rows - broken
    if Content.MACHINE_ROWS in part.content:
        yield from _machine(reader, project, part)
    broken_of_machine = reader.broken_rows - broken - broken_rows
    if Content.ALERTS in part.content:
        alerts = reader.alerts()
        if alerts is not None:
            yield AlertsLoaded(project, 0, alerts, arriving=False)
    if Content.DETAILS in part.content:
        yield DetailsLoaded(project, 0, reader.details(part.run_id))
    yield LoadFinished(project, 0)
    origin = ProjectOrigin(project)
    if reader.damage is not None:
        yield Notice(origin, reader.damage, Severity.ERROR, DATABASE)
    if part.content & (Content.RUNS | Content.NEWEST_RUN):
        # Asked of each project once: a script begins with its runs.
        unsent = reader.unsent
        if unsent is not None:
            yield Notice(origin, unsent, Severity.INFO, UNSENT)
    for count, word in ((broken_rows, "row"), (broken_of_machine, "system row")):
        if count:
            text = broken_rows_sentence(count, word)
            yield RowsLeftOut(Notice(origin, text, subject=word), count)


def _runs(reader: ProjectReader) -> list[RunFacts]:
    details = {run.run_id: run for run in reader.details()}
    found = []
    for glance in reader.runs():
        detail = details.get(glance.run_id)
        found.append(
            RunFacts(
                run_id=glance.run_id,
                name=glance.run_name if detail is None else detail.run_name,
                row_count=glance.row_count,
                first_id=glance.first_id,
                last_id=glance.last_id,
                first_time=parse_time(glance.first_time),
                last_time=parse_time(glance.newest_time),
                config=None if detail is None else detail.config,
                group=None if detail is None else detail.group,
            )
        )
    return found


def _rows(reader: ProjectReader, part: Part) -> Iterable[RunRows]:
    if part.run_id is None:
        return reader.rows()
    is_whole = part.is_whole
    if not is_whole and part.whole_up_to:
        # Rows of other runs count, too: the ids tell that without counting them.
        bounds = reader.id_range()
        is_whole = bounds is None or bounds[1] - bounds[0] < part.whole_up_to
    if is_whole:
        return reader.run_rows(
            part.run_id, first_id=part.first_id, last_id=part.last_id, times=part.times
        )
    return reader.tail(part.run_id, part.distinct_steps, since=part.since, last_id=part.last_id)


def _machine(reader: ProjectReader, project: ProjectId, part: Part) -> Iterator[SnapshotEvent]:
    if part.run_id is not None:
        for number, batch in enumerate(reader.system_rows(part.run_id)):
            yield SystemRowsLoaded(project, 0, [batch], replaces=number == 0)
        return
    # Most parts hold no rows of machines: they do not wait for this import.
    from trackio_view.sources.trackio.tables.system_rows import signs_of_life

    batches = list(reader.system_rows())
    yield SystemRowsLoaded(project, 0, batches, replaces=True)
    yield HeartbeatsLoaded(project, 0, signs_of_life(batches))
