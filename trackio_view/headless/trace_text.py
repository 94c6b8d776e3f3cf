"""The traces that a run logged, in the text of `--once`: how many, and a line for the newest."""

from __future__ import annotations

from collections.abc import Iterator

from trackio_view.charts.text_table import TableColumn, table
from trackio_view.model.run import Run
from trackio_view.model.traces import LoggedTraces, TraceSummary
from trackio_view.terminal.text import sanitize, shortened
from trackio_view.wording.numbers import format_plain_decimal
from trackio_view.wording.traces import took_text, trace_name

_MOST_LINES = 5
_LONGEST_NAME, _LONGEST_REQUEST = 300, 60
"""Characters of a trace's name, and of what its user said."""
_COLUMNS = tuple(map(TableColumn, ("Step", "Trace", "Request", "Took", "Error")))


def trace_lines(traces: LoggedTraces, run: Run) -> Iterator[str]:
    """Yield how many traces a run logged, then a table of the newest, the newest one first."""
    yield f"Traces: {traces.total}"
    rows = [_row(trace, run) for trace in traces.newest[:_MOST_LINES]]
    columns = [place for place in range(len(_COLUMNS)) if any(row[place] for row in rows)]
    rows = [[row[place] for place in columns] for row in rows]
    # Twice the length of a cell, for glyphs that are two columns wide.
    width = sum(max(2 * len(row[place]) + 12 for row in rows) for place in range(len(columns)))
    yield from table([_COLUMNS[place] for place in columns], rows, width, len(rows) + 1).lines()


def _row(trace: TraceSummary, run: Run) -> list[str]:
    return [
        format_plain_decimal(run.step_at(trace.step)),
        _line(trace_name(trace), _LONGEST_NAME),
        _line(trace.request, _LONGEST_REQUEST) or "(no user message)",
        "" if trace.duration is None else took_text(trace.duration),
        _line(trace.error, _LONGEST_REQUEST),
    ]


def _line(text: str, most: int) -> str:
    return shortened(sanitize(" ".join(text.split())), most)
