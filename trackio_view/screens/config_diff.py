"""The configs of the marked runs side by side: by default only what differs."""

from __future__ import annotations

from trackio_view.charts.box import StyledText, blank_out, draw_box, inside
from trackio_view.charts.compared_lines import color_of, marker_of
from trackio_view.charts.palette import ACCENT, LABEL, MUTED, VALUE
from trackio_view.charts.table import TableCell, TableColumn, TableRow, table
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import DASH
from trackio_view.terminal.style import Style
from trackio_view.terminal.text import signed
from trackio_view.view.config_diff import ConfigLine
from trackio_view.view.dashboard import ComparedRun, Dashboard
from trackio_view.view.marks import titles

_KEY_WIDTH = 30
_VALUE_WIDTH = 24
_LEAST_VALUE_WIDTH = 8


def draw_config_diff(frame: Frame, area: Rect, dashboard: Dashboard) -> int:
    """Draw the configs' table into `area`: a line a key, a column a run.

    Returns the first line from which the end of the table is on screen.
    """
    diff = dashboard.view.diff
    runs, lines = dashboard.diff_runs, dashboard.diff_lines
    first = max(0, min(diff.first_run, len(runs) - 1))
    # As many runs as fit beside the keys, each wide enough to be read.
    room = area.width - 4 - _KEY_WIDTH
    shown = runs[first : first + max(1, room // (_LEAST_VALUE_WIDTH + 4))]
    blank_out(frame, area)
    draw_box(
        frame,
        area,
        title="config: all keys" if diff.everything else "config: what differs",
        right=_facts(len(lines), first, len(shown), len(runs), diff.search),
        focused=True,
    )
    place = inside(area)
    names = titles([(one.key, one.run.name) for one in runs])
    columns = [
        TableColumn("key", minimum_width=12, maximum_width=_KEY_WIDTH),
        *(
            TableColumn(
                names[first + number],
                minimum_width=_LEAST_VALUE_WIDTH,
                maximum_width=_VALUE_WIDTH,
                # The first run stays longest, as it is what the others are compared with.
                priority=number,
                title_style=_title_style(one, marked=bool(dashboard.compared)),
                title_mark=_title_mark(one, marked=bool(dashboard.compared)),
            )
            for number, one in enumerate(shown)
        ),
    ]
    marked = bool(dashboard.compared)
    rows = [_row(line, runs, first, len(shown), marked=marked) for line in lines]
    content = table(
        columns,
        rows,
        place.width - 2,
        place.height,
        offset=diff.offset,
        empty=_nothing(runs, dashboard),
    )
    frame.blit(content, place.x + 1, place.y)
    return max(0, len(rows) - (place.height - 1))


def _facts(keys: int, first: int, shown: int, runs: int, search: str) -> list[StyledText]:
    facts = [StyledText(f"{keys:,} key{'' if keys == 1 else 's'}", LABEL)]
    if shown < runs:
        facts.append(StyledText(f"runs {first + 1}-{first + shown} of {runs}", LABEL))
    if search:
        facts.append(StyledText(f"/{search}", ACCENT))
    return facts


def _title_mark(one: ComparedRun, *, marked: bool) -> str:
    return signed(marker_of(one.look), " ") if marked else ""


def _title_style(one: ComparedRun, *, marked: bool) -> Style:
    return Style(color_of(one.look), bold=True) if marked else LABEL


def _row(
    line: ConfigLine,
    runs: list[ComparedRun],
    first: int,
    count: int,
    *,
    marked: bool,
) -> TableRow:
    cells: list[str | TableCell] = [TableCell(line.key, VALUE if line.differs else LABEL)]
    for number in range(first, first + count):
        value = line.values[number]
        if value is None:
            cells.append(TableCell(DASH, MUTED))
        else:
            style = Style(color_of(runs[number].look)) if marked and line.differs else Style()
            cells.append(TableCell(value, style))
    return cells


def _nothing(runs: list[ComparedRun], dashboard: Dashboard) -> str:
    diff = dashboard.view.diff
    if not runs:
        return "no run to show the config of"
    if all(one.run.config is None for one in runs):
        return "none of these runs has a config"
    if diff.search:
        return "no key or value has that in it"
    if len(runs) == 1:
        return "a single run differs from none: mark others in the table of runs, or press a"
    return "nothing differs; a shows all keys"
