"""`--once`: reads what is there now, prints it as text and ends, without building a terminal."""

from __future__ import annotations

import math
import os
import sys
import time

from trackio_view.headless.chosen_projects import visit_projects
from trackio_view.headless.exit_codes import ExitCode
from trackio_view.headless.output import say, write_out
from trackio_view.headless.project_reading import (
    SHORT_ROWS,
    ProjectReading,
    load_whole,
    load_window,
    with_progress,
)
from trackio_view.headless.run_text import PAGE_WIDTH, Outlook, Page, ToldBeside, report
from trackio_view.light_typing import TYPE_CHECKING, TextIO
from trackio_view.model.progress import progress, seconds_left
from trackio_view.model.roles import has_usual_loss, main_loss
from trackio_view.model.run import Run
from trackio_view.model.selection import Selection
from trackio_view.options.command_line import Options
from trackio_view.series.window import ZOOM_LEVELS, ZoomLevel
from trackio_view.sources.source import RunFacts
from trackio_view.terminal.capabilities import color_depth, is_color_forced, repertoire
from trackio_view.terminal.style import THEME_NAMES
from trackio_view.terminal.text import sanitize

if TYPE_CHECKING:
    from trackio_view.model.alerts import Alert

_STEPS_OF_PACE = 500
"""How many steps hold all rows by which a pace is judged, without late rows."""


def print_once(options: Options) -> int:
    """Print a block of text for each project; return 0, or 1 where one had nothing to print."""
    page = page_for(sys.stdout, options.theme)
    printed = 0

    def show(project: ProjectReading) -> ExitCode:
        nonlocal printed
        text = _block(project, options, page)
        if text is None:
            return ExitCode.NOTHING
        write_out(["\n", text] if printed else [text])
        printed += 1
        return ExitCode.DONE

    return visit_projects(options, show)


def _block(project: ProjectReading, options: Options, page: Page) -> str | None:
    """Return a project's text, or `None` where there is none and a sentence said why."""
    selection, zoom = options.selection, ZOOM_LEVELS[options.zoom_level]
    facts = project.run(selection)
    if facts is None:
        say(project.without_numbers(selection))
        return None

    def read(facts: RunFacts) -> Run:
        if options.smoothing is not None:
            # An average depends on all rows before.
            return load_whole(project, facts, selection)
        return read_run(project, facts, zoom, selection)

    run = read(facts)
    if not run.series:
        say(project.without_numbers(selection))
        older = [] if selection.run is not None else project.runs(selection)[1:]
        # The newest run means the newest run that logged numbers.
        found = ((other, read(other)) for other in older)
        with_numbers = next((both for both in found if both[1].series), None)
        if with_numbers is None:
            return None
        facts, run = with_numbers
    elif selection.run is None:
        rowless = project.newest_rowless()
        if rowless is not None:
            say(project.without_numbers(Selection(run=rowless.run_id)))
    metrics = selection.metrics_among(run.chart_metrics)
    if not metrics:
        from trackio_view.headless.missing_metric import missing_metric

        say(missing_metric(f"run {sanitize(run.name)}", options, run.chart_metrics))
        return None
    if not run.window_rows(None).row_count:
        from trackio_view.wording.missing import no_rows_since

        say(no_rows_since(f"run {sanitize(run.name)} of {sanitize(project.title)}"))
        return None
    run.config = project.config(facts)
    run = with_progress(project, facts, run, zoom.distinct_steps, selection)
    outlook = _outlook_of(project, run, facts)
    if selection.metrics:
        run.series = {name: series for name, series in run.series.items() if name in set(metrics)}
    beside = ToldBeside(outlook, project.traces(facts), _alerts_to_mark(project, run))
    return report(project.name, run, zoom, page, beside, options.smoothing, project.origin)


def _alerts_to_mark(project: ProjectReading, run: Run) -> list[Alert]:
    """Return a run's alerts; none where the run has no loss, because only the graph of a loss marks
    alerts.
    """
    alerts = None if main_loss(run.series) is None else project.alerts()
    if not alerts:
        return []
    # Few runs raise alerts: others do not wait for this import.
    from trackio_view.model.alerts import alerts_of

    return alerts_of(alerts, run.run_id, run.name)


def _outlook_of(project: ProjectReading, run: Run, facts: RunFacts) -> Outlook:
    """Return how far a run is, if something tells its end; its newest rows are read for that."""
    done = progress(run)
    if done is None:
        return Outlook()
    from trackio_view.model.pace import RunState, state_of, steps_per_second

    recent = run
    if not math.isfinite(run.last_time):
        recent = project.load(facts, _STEPS_OF_PACE, None)
    pace = steps_per_second(recent)
    is_live = state_of(recent, time.time()) is RunState.LIVE
    return Outlook(done, pace, seconds_left(run, pace) if is_live else None)


def read_run(
    project: ProjectReading, facts: RunFacts, zoom: ZoomLevel, selection: Selection
) -> Run:
    """Return a run, read as far back as its text needs at a zoom level.

    A loss or a learning rate that is logged too rarely for the window is still the run's: of a
    short project all rows are read, of a long one only where the window has none of the usual
    losses.
    """
    is_window = zoom.distinct_steps is not None or selection.since is not None
    run = load_window(
        project,
        facts,
        zoom.distinct_steps,
        selection,
        # The text needs no times of rows, except to find where the selection begins.
        times=selection.since is not None,
        whole_up_to=SHORT_ROWS,
    )
    if not is_window or selection.metrics or has_usual_loss(run.series):
        return run
    return load_whole(project, facts, selection)


def page_for(stream: TextIO | None, theme: str | None) -> Page:
    """Return how text is written to a stream: as a terminal shows it, where it is one.

    Where no theme is named, the settings name it.
    """
    if stream is None:
        return Page(shares_y=_shares_y)
    encoding = stream.encoding or "ascii"
    is_terminal = stream.isatty()
    if not is_terminal and not is_color_forced(os.environ):
        # A file may be shown in another terminal than the one in which it is written.
        return Page(repertoire=repertoire({}, encoding), shares_y=_shares_y)
    depth = color_depth(os.environ)
    try:
        width = os.get_terminal_size(stream.fileno()).columns
    except OSError:
        width = PAGE_WIDTH
    if theme is None and depth:
        # Only this case has to wait for the settings.
        from trackio_view.options.settings import chosen_theme

        theme = chosen_theme(theme)
    return Page(
        max(40, min(width, 160)),
        repertoire(os.environ if is_terminal else {}, encoding),
        depth or None,
        theme or THEME_NAMES[0],
        _shares_y,
    )


def _shares_y() -> bool:
    # Few runs have two such metrics. Other runs do not wait for the settings.
    from trackio_view.options.settings import shares_y

    return shares_y()
