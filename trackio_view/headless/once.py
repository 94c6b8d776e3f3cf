"""`--once`: reads what is there now, prints it and ends, without building a terminal."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from trackio_view.headless.projects import chosen_directory, missing_project, no_metrics
from trackio_view.headless.text import Page, report
from trackio_view.model.events import Notice
from trackio_view.model.project import Project
from trackio_view.model.roles import is_loss
from trackio_view.model.run import Run, RunRows
from trackio_view.model.windows import ZOOM_LEVELS, ZoomLevel
from trackio_view.options import Options
from trackio_view.terminal.capabilities import color_depth, is_utf8
from trackio_view.terminal.text import sanitize

if TYPE_CHECKING:
    from trackio_view.sources.reading import ProjectReader

_PAGE_WIDTH = 80


def print_once(options: Options) -> int:
    """Print the present state as text; return 0, or 1 where there is nothing to print."""
    if options.demo:
        return _print_demo(options)
    if options.log is not None:
        return _print_log(options.log, options)
    return _print_project(chosen_directory(options), options)


def _print_demo(options: Options) -> int:
    from trackio_view.demo import DemoError, finished_demo

    try:
        with finished_demo() as directory:
            return _print_project(str(directory), options)
    except DemoError as error:
        return _fail(str(error))


def _print_log(path: Path, options: Options) -> int:
    from trackio_view.sources.training_log import read_log

    project = Project(path.stem)
    for event in read_log(path):
        if isinstance(event, Notice):
            if event.text is not None:
                print(sanitize(event.text), file=sys.stderr)
        else:
            project.apply(event)  # type: ignore[arg-type]
    return _print_run(project.name, project.newest_run, options)


def _print_project(directory: str, options: Options) -> int:
    from trackio_view.sources.faults import DatabaseFault, explain
    from trackio_view.sources.locations import project_file
    from trackio_view.sources.reading import ProjectReader

    name = options.project
    if name is None:
        name = _newest_project(directory)
        if name is None:
            return _fail(f"No TrackIO projects in {sanitize(directory)}")
    else:
        sentence = missing_project(options)
        if sentence is not None and not options.demo:
            return _fail(sentence)
    try:
        with ProjectReader(project_file(directory, name).path) as reader:
            run = _read_newest_run(reader, ZOOM_LEVELS[options.zoom])
            if reader.broken_rows:
                rows = "row" if reader.broken_rows == 1 else "rows"
                print(f"{reader.broken_rows} {rows} left out: broken JSON", file=sys.stderr)
    except (DatabaseFault, sqlite3.Error, OSError) as error:
        fault = explain(error)
        if fault is None:
            raise
        if fault.empty:
            return _fail(no_metrics(name))
        return _fail(f"{sanitize(name)}: {fault.text}")
    return _print_run(name, run, options)


def _read_newest_run(reader: ProjectReader, zoom: ZoomLevel) -> Run | None:
    """Return the run of the newest row, read as far back as the zoom level needs."""
    newest = reader.newest_run()
    if newest is None:
        return None
    run_id, run_name = newest
    if zoom.distinct_steps is not None:
        run = _run_of(run_id, run_name, reader.tail(run_id, zoom.distinct_steps))
        # A loss that is logged too rarely for this window is still the loss of the run.
        if any(map(is_loss, run.series)):
            return run
    return _run_of(run_id, run_name, reader.rows(run_id))


def _run_of(run_id: str, run_name: str, batches: Iterable[RunRows]) -> Run:
    run = Run(run_id, run_name)
    for batch in batches:
        run.append(batch)
    return run


def _newest_project(directory: str) -> str | None:
    from trackio_view.sources.project_list import list_projects

    try:
        summaries = list_projects(directory)
    except OSError as error:
        print(f"Cannot look into {directory}: {error.strerror or error}", file=sys.stderr)
        return None
    for summary in summaries:
        if summary.fault is not None:
            print(f"{sanitize(summary.name)}: {summary.fault}", file=sys.stderr)
    return next((summary.name for summary in summaries if summary.row_count), None)


def _print_run(project: str, run: Run | None, options: Options) -> int:
    if run is None or not run.series:
        return _fail(no_metrics(project))
    sys.stdout.write(report(project, run, ZOOM_LEVELS[options.zoom], page_for(sys.stdout)))
    sys.stdout.flush()
    return 0


def page_for(stream: TextIO) -> Page:
    """Return how text is written to a stream: colours and its width where it is a terminal."""
    unicode = is_utf8(stream.encoding or "ascii")
    if not stream.isatty():
        return Page(_PAGE_WIDTH, unicode)
    depth = color_depth(os.environ)
    try:
        width = os.get_terminal_size(stream.fileno()).columns
    except OSError:
        width = _PAGE_WIDTH
    return Page(max(40, min(width, 160)), unicode, depth or None)


def _fail(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1
