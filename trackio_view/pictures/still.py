"""What the live screen would show at this moment, without a terminal and without waiting."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trackio_view.headless.project_data import missing_metric
from trackio_view.headless.projects import chosen_directory, missing_in
from trackio_view.headless.system_text import no_such_key
from trackio_view.model.events import (
    AlertsLoaded,
    DetailsLoaded,
    HeartbeatsLoaded,
    LoadFinished,
    LoadStarted,
    Notice,
    ProjectOrigin,
    ProjectsListed,
    RowsLoaded,
    Severity,
    SystemRowsLoaded,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.options.command_line import Options
from trackio_view.terminal.text import sanitize
from trackio_view.view.dashboard import Dashboard
from trackio_view.wording.missing import (
    no_metrics,
    no_numbers,
    no_projects,
    no_such_run,
    nothing_logged,
    unreadable_directory,
)


class NothingToShow(Exception):
    """There is no such project or nothing in it; the text is a sentence or two for the person."""


def still_dashboard(options: Options, width: int, height: int) -> Dashboard:
    """Return a dashboard filled with what is there now, looked at as the options say.

    It is filled by the same events that the live screen's sources send, so that the screens
    cannot tell the difference. Raises `NothingToShow`.
    """
    dashboard = Dashboard(width=width, height=height)
    dashboard.view.zoom = options.zoom
    dashboard.view.selection = options.selection
    if options.gpu_db:
        dashboard.show_system()
    if options.gpu:
        dashboard.show_gpus()
        _read_gpus(dashboard, options)
    elif options.log is not None:
        _read_log(dashboard, options, options.log)
    else:
        with _directory(options) as directory:
            dashboard.directory = directory
            _read_project(dashboard, options, directory)
    return dashboard


@contextmanager
def _directory(options: Options) -> Iterator[str]:
    if not options.demo:
        yield chosen_directory(options)
        return
    from trackio_view.demo import DemoError, finished_demo

    try:
        with finished_demo() as directory:
            yield str(directory)
    except DemoError as error:
        raise NothingToShow(str(error)) from None


def _read_gpus(dashboard: Dashboard, options: Options) -> None:
    from trackio_view.headless.gpu_text import read_gpus

    dashboard.apply(read_gpus(options))


def _read_log(dashboard: Dashboard, options: Options, path: Path) -> None:
    from trackio_view.sources.log.training_log import read_log

    dashboard.watch(ProjectId(str(path), path.stem))
    for event in read_log(path):
        dashboard.apply(event)
    said = [sanitize(notice.text) for notice in dashboard.known.notices.values() if notice.text]
    if said and not dashboard.metrics:
        raise NothingToShow("\n".join(said))
    _check(dashboard, options, path.stem)


def _read_project(dashboard: Dashboard, options: Options, directory: str) -> None:
    from trackio_view.sources.trackio.faults import DatabaseFault, explain
    from trackio_view.sources.trackio.files.locations import project_file
    from trackio_view.sources.trackio.tables.summaries import list_projects

    for name in options.project:
        sentence = missing_in(directory, name)
        if sentence is not None:
            raise NothingToShow(sentence)
    # Of several, live shows the first that was named, and the others are one key away.
    for name in options.project[:1]:
        dashboard.watch(project_file(directory, name).id)
    try:
        dashboard.apply(ProjectsListed(directory, list_projects(directory)))
    except OSError as error:
        raise NothingToShow(unreadable_directory(directory, error)) from None
    project = dashboard.view.project
    if project is None:
        faults = [
            f"{sanitize(summary.name)}: {summary.fault}\n"
            for summary in dashboard.known.summaries
            if summary.fault is not None
        ]
        raise NothingToShow("".join(faults) + no_projects(directory))
    try:
        _read_rows(dashboard, project, project_file(directory, project.name).path)
    except (DatabaseFault, sqlite3.Error, OSError) as error:
        fault = explain(error)
        if fault is None:
            raise
        if fault.empty:
            sentence = no_metrics(project.name)
        else:
            sentence = f"{sanitize(project.name)}: {fault.text}"
        raise NothingToShow(sentence) from None
    _check(dashboard, options, project.name)


def _check(dashboard: Dashboard, options: Options, project: str) -> None:
    """Raise `NothingToShow` where the project has nothing of what was asked for."""
    shown = dashboard.project
    if options.gpu_db:
        _check_machine(dashboard, options, project)
        return
    if shown is None or not shown.runs:
        raise NothingToShow(no_metrics(project))
    run = dashboard.run
    if run is None:
        names = [each.name for each in shown.runs.values()]
        raise NothingToShow(no_such_run(project, options.run or "", names))
    if not run.chart_metrics:
        raise NothingToShow(no_numbers(run.name))
    if not dashboard.metrics:
        raise NothingToShow(missing_metric(run.name, options, run.chart_metrics))


def _check_machine(dashboard: Dashboard, options: Options, project: str) -> None:
    shown, machine = dashboard.project, dashboard.machine
    if shown is not None and machine is None and options.run is not None:
        names = [each.name for each in shown.machines]
        raise NothingToShow(no_such_run(project, options.run or "", names))
    if machine is None or not machine.logged():
        raise NothingToShow(nothing_logged(project, options.run))
    if not dashboard.system_charts:
        raise NothingToShow(no_such_key(machine, options))


def _read_rows(dashboard: Dashboard, project: ProjectId, path: str) -> None:
    from trackio_view.sources.trackio.tables.reading import ProjectReader
    from trackio_view.sources.trackio.tables.rows import broken_rows_sentence

    origin = ProjectOrigin(project)
    with ProjectReader(path) as reader:
        dashboard.apply(LoadStarted(project, 0, reader.row_count()))
        loaded = 0
        for batch in reader.rows():
            loaded += len(batch.steps)
            dashboard.apply(RowsLoaded(project, 0, [batch], loaded))
        broken = reader.broken_rows
        machine = list(reader.system_rows())
        dashboard.apply(SystemRowsLoaded(project, 0, machine, replaces=True))
        # Rows come in id order: of several batches the newest tells.
        signs_of_life = {batch.run_id: batch.times[-1] for batch in machine if batch.times}
        dashboard.apply(HeartbeatsLoaded(project, 0, signs_of_life))
        dashboard.apply(AlertsLoaded(project, 0, reader.alerts() or (), arriving=False))
        dashboard.apply(DetailsLoaded(project, 0, reader.details()))
        dashboard.apply(LoadFinished(project, 0))
        broken_of_machine = reader.broken_rows - broken
        if reader.damage is not None:
            dashboard.apply(Notice(origin, reader.damage, Severity.ERROR, "database"))
    for count, word in ((broken, "row"), (broken_of_machine, "system row")):
        if count:
            dashboard.apply(Notice(origin, broken_rows_sentence(count, word), subject=word))
