"""What the live screen would show at this moment, without a terminal and without waiting."""

from __future__ import annotations

import os
from collections.abc import Mapping

from trackio_view.headless.chosen_projects import missing_in
from trackio_view.headless.missing_metric import missing_metric
from trackio_view.headless.system_text import no_such_key
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import Run
from trackio_view.model.windows import Last
from trackio_view.options.command_line import Options
from trackio_view.options.first_view import as_drawn
from trackio_view.options.settings import chosen_smoothing, read_settings, settings_path
from trackio_view.origins import CannotOpen, chosen_source, fleet_now
from trackio_view.sources.source import (
    Content,
    KindsFound,
    Part,
    RowsLeftOut,
    RunsFound,
    Source,
    SourceFault,
    TracesFound,
)
from trackio_view.terminal.line_palette import asked_color_count
from trackio_view.terminal.text import sanitize
from trackio_view.view.charts.chart_choice import plot_order
from trackio_view.view.charts.charts_view import ChartsView
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.shown_machine import shown_machine, system_charts
from trackio_view.wording.missing import (
    no_metrics,
    no_numbers,
    no_projects,
    no_such_run,
    nothing_logged,
    unreadable_directory,
)


class NothingToShow(Exception):
    """The project is missing or empty. The text is a sentence or two for the person."""


def still_dashboard(options: Options, width: int, height: int) -> Dashboard:
    """Return a dashboard filled with what is there now, looked at as the options say.

    It is filled by the same events that the live screen's sources send, so that the screens
    cannot tell the difference. Raises `NothingToShow`.
    """
    dashboard, settings = Dashboard(width=width, height=height), read_settings(settings_path())
    dashboard.known.thresholds = settings.thresholds
    smoothing = chosen_smoothing(options.smooth)
    charts = dashboard.view.charts = ChartsView.begun(Last(options.zoom_level), smoothing)
    charts.framing = as_drawn(charts.framing, settings)
    dashboard.view.selection = options.selection
    dashboard.view.choice.order = plot_order(os.environ)
    dashboard.view.marks.colors = asked_color_count(os.environ)
    if options.gpu_db:
        dashboard.show_system()
    if options.gpu:
        dashboard.has_fleet = options.prometheus is not None
        dashboard.show_gpus()
        _read_gpus(dashboard, options)
    else:
        try:
            with chosen_source(options, whole=True) as source:
                _read_project(dashboard, options, source)
        except CannotOpen as fault:
            raise NothingToShow(str(fault)) from None
    return dashboard


def _read_gpus(dashboard: Dashboard, options: Options) -> None:
    from trackio_view.headless.gpu_text import read_gpus

    address, match = options.prometheus, options.prometheus_match
    try:
        dashboard.apply(read_gpus(options) if address is None else fleet_now(address, match))
    except CannotOpen as fault:
        raise NothingToShow(str(fault)) from None


def _read_project(dashboard: Dashboard, options: Options, source: Source) -> None:
    dashboard.directory, dashboard.is_far = source.origin, options.is_distant
    for name in options.project:
        sentence = missing_in(source, name)
        if sentence is not None:
            raise NothingToShow(sentence)
    # The live screen shows the first that was named, and the others are one key away.
    first = source.named(options.project[0]) if options.project else source.project
    if first is not None:
        dashboard.watch(first)
    try:
        dashboard.apply(source.listed())
    except OSError as error:
        raise NothingToShow(unreadable_directory(source.origin, error)) from None
    project = dashboard.view.project
    if project is None:
        faults = [
            f"{sanitize(summary.name)}: {summary.fault}\n"
            for summary in dashboard.known.summaries
            if summary.fault is not None
        ]
        raise NothingToShow("".join(faults) + no_projects(source.origin))
    try:
        for event in source.snapshot(project, Part()):
            if not isinstance(event, RunsFound | KindsFound | TracesFound):
                dashboard.apply(event.notice if isinstance(event, RowsLeftOut) else event)
        kinds = _kinds_of(dashboard.run, source, project)
    except SourceFault as fault:
        said = no_metrics(project.name) if fault.empty else sanitize(str(fault))
        raise NothingToShow(said) from None
    finally:
        source.close()
    _check(dashboard, options, project.name, kinds)


def _kinds_of(run: Run | None, source: Source, project: ProjectId) -> Mapping[str, int] | None:
    """Return how many of each kind a run without numbers logged, `None` where nobody can tell."""
    if run is None or run.series:
        return None
    events = source.snapshot(project, Part(Content.KINDS, run.run_id, name=run.name))
    return next((event.kinds for event in events if isinstance(event, KindsFound)), None)


def _check(
    dashboard: Dashboard, options: Options, project: str, kinds: Mapping[str, int] | None
) -> None:
    """Raise `NothingToShow` where the project has nothing of what was asked for.

    `kinds` are what the run on screen logged where it logged no numbers.
    """
    shown = dashboard.project
    if options.gpu_db:
        _check_machine(dashboard, options, project)
        return
    if shown is None or not shown.every_run:
        raise NothingToShow(no_metrics(project))
    run = dashboard.run
    if run is None:
        names = [each.name for each in shown.every_run]
        raise NothingToShow(no_such_run(project, options.run or "", names))
    if not run.chart_metrics:
        raise NothingToShow(no_numbers(run.name, kinds))
    if not dashboard.metrics:
        raise NothingToShow(missing_metric(run.name, options, run.chart_metrics))


def _check_machine(dashboard: Dashboard, options: Options, project: str) -> None:
    shown, machine = dashboard.project, shown_machine(dashboard)
    if shown is not None and machine is None and options.run is not None:
        names = [each.name for each in shown.machines]
        raise NothingToShow(no_such_run(project, options.run or "", names))
    if machine is None or not machine.logged():
        raise NothingToShow(nothing_logged(project, options.run))
    if not system_charts(dashboard):
        raise NothingToShow(no_such_key(machine, options))
