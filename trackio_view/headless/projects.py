"""Which projects there are, in words: `--list`."""

from __future__ import annotations

from collections.abc import Sequence

from trackio_view.charts.text_table import TableColumn, table
from trackio_view.headless.exit_codes import ExitCode
from trackio_view.headless.output import say, say_of, write_out
from trackio_view.model.clock import DATE_AND_TIME, local_text
from trackio_view.model.project_id import have_several_origins
from trackio_view.model.summary import ProjectSummary
from trackio_view.options.command_line import Options
from trackio_view.origins import CannotOpen, listed_source
from trackio_view.sources.source import Source
from trackio_view.terminal.text import sanitize
from trackio_view.wording.missing import no_projects, unreadable_directory
from trackio_view.wording.numbers import format_bytes

_COLUMNS = (
    TableColumn("Project"),
    TableColumn("Runs", align_right=True),
    TableColumn("Rows", align_right=True),
    TableColumn("Newest row"),
    TableColumn("Size", align_right=True),
)
_ORIGIN = TableColumn("From")
"""Where projects of several origins are listed."""
_UNKNOWN = "-"


def print_projects(options: Options) -> int:
    """Print a line for each project; 1 where there is none, with a sentence on stderr."""
    try:
        with listed_source(options) as source:
            return _print_listed(source)
    except CannotOpen as fault:
        say(str(fault))
        return ExitCode.NOTHING


def _print_listed(source: Source) -> int:
    try:
        listed = source.listed()
    except OSError as error:
        say(unreadable_directory(source.origin, error))
        return ExitCode.NOTHING
    summaries = listed.projects
    several = have_several_origins(summary.id for summary in summaries)
    for summary in summaries:
        for sentence in filter(None, (summary.fault, summary.remark)):
            say_of(summary.id, sentence, beside_others=several)
    for sentence in listed.remarks:
        say(sentence)
    if not summaries:
        say(no_projects(source.origin))
        return ExitCode.NOTHING
    rows = [_row(summary) for summary in summaries]
    columns: Sequence[TableColumn] = _COLUMNS
    if several:
        columns = (*_COLUMNS, _ORIGIN)
        rows = [
            [*row, sanitize(summary.id.origin)]
            for row, summary in zip(rows, summaries, strict=True)
        ]
    width = sum(max(len(row[place]) for row in rows) * 2 + 12 for place in range(len(columns)))
    lines = table(columns, rows, width, len(rows) + 1).lines()
    write_out(f"{line}\n" for line in lines)
    return ExitCode.DONE


def _row(summary: ProjectSummary) -> list[str]:
    newest = summary.newest_time
    when = None if newest is None else local_text(newest, DATE_AND_TIME)
    return [
        sanitize(summary.name),
        _UNKNOWN if summary.run_count is None else str(summary.run_count),
        _UNKNOWN if summary.row_count is None else str(summary.row_count),
        when or _UNKNOWN,
        _UNKNOWN if summary.size is None else format_bytes(summary.size),
    ]
