"""`--once --format csv`: a row for every value, to be read by any program (RFC 4180)."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Container, Iterator, Sequence
from itertools import chain

from trackio_view.headless.chosen_projects import visit_projects
from trackio_view.headless.csv_lines import CsvColumn, RunLines, heading
from trackio_view.headless.exit_codes import ExitCode
from trackio_view.headless.missing_metric import missing_metric
from trackio_view.headless.output import say, write_as_utf8, write_out
from trackio_view.headless.project_reading import ProjectReading, load_whole, load_window
from trackio_view.model.selection import Selection
from trackio_view.model.x_axis import STEPS
from trackio_view.options.command_line import Options
from trackio_view.series.series import Number, Series
from trackio_view.series.window import EVERY_ROW, ZOOM_LEVELS, Window, all_rows
from trackio_view.sources.source import RunFacts
from trackio_view.terminal.text import sanitize
from trackio_view.wording.missing import no_rows_since


def print_csv(options: Options) -> int:
    """Print a header and a row for each value selected; return 0, or 1 where there is none.

    Runs follow each other, the one with the newest row first; within a run the order is that of
    logging, and within a row that of the metrics' names.
    """
    # The text is UTF-8 in any locale, because other programs expect it.
    write_as_utf8()
    smoothed, origins = options.smoothing is not None, options.names_several_places
    header = heading(smoothed=smoothed, origins=origins)
    begun = False

    def write(text: str) -> None:
        nonlocal begun
        write_out([text] if begun else [header, text])
        begun = True

    def show(project: ProjectReading) -> ExitCode:
        runs = project.runs(options.selection)
        written = 0
        for facts in runs:
            for lines in _lines(project, facts, options):
                write("".join(lines))
                written += len(lines)
                project.is_told = True
        if not runs:
            say(project.without_numbers(options.selection))
        elif not written and not any(_has_metric(project, facts, options) for facts in runs):
            say(missing_metric(sanitize(project.title), options, ()))
        elif not written and options.since is not None:
            say(no_rows_since(sanitize(project.title)))
        elif not written:
            say(project.without_numbers(options.selection))
        return ExitCode.DONE if written else ExitCode.NOTHING

    code = visit_projects(options, show)
    if not begun:
        write("")
    return code


def _has_metric(project: ProjectReading, facts: RunFacts, options: Options) -> bool:
    """Return whether a run logged what was chosen, whenever that was."""
    if not options.metric:
        return True
    run = load_window(project, facts, 1, options.selection)
    return bool(options.selection.metrics_among(list(run.series)))


def _lines(project: ProjectReading, facts: RunFacts, options: Options) -> Iterator[list[str]]:
    """Yield the lines of a run, a few thousand at a time."""
    selection, distinct_steps = options.selection, ZOOM_LEVELS[options.zoom_level].distinct_steps
    table = RunLines(project.name, facts.name, facts.run_id, project.origin)
    smoothing = options.smoothing
    # Where all rows are written, they are read a few at a time, as a project may be larger than the
    # memory.
    is_whole = distinct_steps is None and selection.since is None and options.points is None
    if is_whole and smoothing is None:
        chosen = _chosen_metrics(project, facts, selection)
        steps, done = project.training_steps(facts), 0
        for batch in project.stream(facts):
            columns = {}
            for name, column in batch.columns.items():
                if chosen is None or name in chosen:
                    series = Series(column.rows, column.values, column.exact)
                    columns[name] = CsvColumn(series, range(len(series)))
            rows = all_rows(len(batch.steps))
            own = batch.steps if steps is None else steps[done : done + rows.end]
            done += rows.end
            yield from table.lines(own, batch.times, columns, rows)
        return
    # An average depends on all rows before.
    run = (
        load_window(project, facts, distinct_steps, selection)
        if smoothing is None
        else load_whole(project, facts, selection)
    )
    window = run.window_rows(distinct_steps)
    columns = {}
    for name in selection.metrics_among(list(run.series)):
        series = run.series[name]
        positions: Sequence[int] = list(chain.from_iterable(series.stretches(window)))
        if options.points is not None:
            positions = reduced_positions(series, window, options.points)
        smoothed = None if smoothing is None else run.smoothed(STEPS, name, smoothing).values
        columns[name] = CsvColumn(series, positions, smoothed)
    yield from table.lines(run.steps, run.times, columns, window)


def _chosen_metrics(
    project: ProjectReading, facts: RunFacts, selection: Selection
) -> Container[str] | None:
    """Return which metrics of a run are chosen; `None` for all.

    Rows are read only until each chosen name is found.
    """
    if not selection.metrics:
        return None
    names: dict[str, None] = {}
    for batch in project.stream(facts):
        names |= dict.fromkeys(batch.columns)
        # Once every name is found, none of them is a regular expression.
        if names.keys() >= set(selection.metrics):
            break
    return frozenset(selection.metrics_among(list(names)))


def reduced_positions(series: Series, window: Window, most: int) -> Sequence[int]:
    """Return at most `most` (4 or more) positions within a window, ascending.

    Among them are the first, the last, a smallest and a largest value of the stretch, exactly as
    logged; between first and last come the smallest and the largest value of stretches of equal
    length. NaN is neither smallest nor largest. It is kept only where a stretch holds nothing else.
    All positions are returned where they are no more than `most`.
    """
    stretches = series.stretches(window)
    if len(stretches) > 1:
        # Stretches that lie apart are reduced together, as one series of their values.
        places = list(chain.from_iterable(stretches))
        exact = {
            at: series.exact[place] for at, place in enumerate(places) if place in series.exact
        }
        alone = Series(array("I", range(len(places))), series.within(window), exact)
        return [places[at] for at in reduced_positions(alone, EVERY_ROW, most)]
    everything = series.positions(window)
    count, start = len(everything), everything.start
    if count <= most:
        return everything
    extremes = _extremes_of(series, everything)
    pairs = (most - 2) // 2
    positions = {start, everything[-1]}
    inner = count - 2
    for pair in range(pairs):
        begin = start + 1 + inner * pair // pairs
        positions.update(extremes(begin, start + 1 + inner * (pair + 1) // pairs))
    return sorted(positions)


def _extremes_of(series: Series, positions: range) -> Callable[[int, int], tuple[int, int]]:
    """Return what finds the positions of a stretch's smallest and largest value."""
    values = series.values
    if series.exact or any(map(math.isnan, values[positions.start : positions.stop])):

        def of_numbers(begin: int, end: int) -> tuple[int, int]:
            known = [at for at in range(begin, end) if values[at] == values[at]] or [begin]
            numbers: list[Number] = [series.number(at) for at in known]
            low, high = min(numbers), max(numbers)
            return known[numbers.index(low)], known[numbers.index(high)]

        return of_numbers

    def of_floats(begin: int, end: int) -> tuple[int, int]:
        stretch = values[begin:end]
        return begin + stretch.index(min(stretch)), begin + stretch.index(max(stretch))

    return of_floats
