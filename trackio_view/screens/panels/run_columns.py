"""How the columns of the table of runs are titled, how wide they are, and which give way first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from trackio_view.charts.palette import (
    ACCENT,
    KEY,
    LABEL,
)
from trackio_view.charts.text_table import TableColumn
from trackio_view.screens.panels.run_cells import TREND_WIDTH
from trackio_view.terminal.glyphs import (
    ASCENDING,
    DESCENDING,
    Signed,
)
from trackio_view.terminal.text import signed
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.runs.columns import ColumnKind, RunColumn
from trackio_view.view.runs.table import (
    RunsTable,
)

WIDEST_TITLE = 18
_WIDEST_ON_NARROW = 10
"""Beside a name that was cut, 40 columns have room for a number below so short a title."""
_NARROW = 60


def widest_title(width: int) -> int:
    """Return how wide the title of a column may be on a screen that is so wide."""
    return WIDEST_TITLE if width >= _NARROW else _WIDEST_ON_NARROW


_LEAST_WIDTHS = {
    ColumnKind.STATE: 7,
    ColumnKind.STEP: 7,
    ColumnKind.COUNT: 5,
    ColumnKind.RATE: 7,
    ColumnKind.SHARE: 4,
    ColumnKind.DURATION: 7,
    ColumnKind.AGE: 6,
    ColumnKind.METRIC: 7,
    ColumnKind.BEST: 7,
    ColumnKind.TREND: TREND_WIDTH,
}
"""Columns are wide enough for usual values, so that nothing moves while numbers change."""


_LEAST_TEXT = 8


_LEAST_NAME = 14


_USUAL = 80
"""From this width on, and below `_WIDE`, names take room of the trend."""
_USUAL_NAME = 20
_USUAL_TREND = 6
"""Half a trend still tells whether a loss falls."""
_HALVED_TREND_TITLE = "trend"


_LEAST_PROJECT = 16
"""Runs of several projects are often called alike."""
_LEAST_ORIGIN = 10


_WIDE = 100


_WIDE_NAME = 24


_TREND = ColumnKind.TREND


_ALIGNED_LEFT = frozenset({ColumnKind.STATE, ColumnKind.TEXT, ColumnKind.TREND})


def headings(columns: Sequence[RunColumn], width: int) -> list[str]:
    """Return what stands above the columns on a screen that is so wide: their titles, in which a
    metric that has a column for its newest value is called by its last part, where that is its
    alone. Above the only trend a part of its metric's name has no room where it is halved.
    """
    spelled = {column.metric for column in columns if column.kind is ColumnKind.METRIC}
    tails = Counter(name.rpartition("/")[2] for name in spelled if name is not None)
    trends = sum(column.kind is _TREND for column in columns)
    found = []
    for column in columns:
        tail = (column.metric or "").rpartition("/")[2]
        short = column.metric in spelled and column.kind is not ColumnKind.METRIC
        if short and column.kind is _TREND and trends == 1 and _halves_trends(width):
            found.append(_HALVED_TREND_TITLE)
        elif short and column.metric is not None and tail and tails[tail] == 1:
            found.append(column.title.replace(column.metric, tail))
        else:
            found.append(column.title)
    return found


def ranks_of(columns: Sequence[RunColumn], cursor: int) -> list[int]:
    """Return the order in which columns give way, the highest first.

    Columns right of the cursor give way before those left of it, so that the columns that it has
    passed stay. Of the others, every second one that stays is a column of the config. A trend is
    worth less than the numbers that it leads to.
    """
    worth: list[float] = []
    configs = others = 0
    for column in columns:
        is_config = column.kind is ColumnKind.CONFIG
        worth.append(2 * configs + 3.5 if is_config else others + 2.5 * (column.kind is _TREND))
        configs, others = configs + is_config, others + (not is_config)
    order = sorted(range(len(columns)), key=lambda place: (place > cursor, worth[place]))
    ranks = [0] * len(columns)
    for rank, place in enumerate(order, 1):
        ranks[place] = rank
    return ranks


def laid_out(
    column: RunColumn,
    title: str,
    rank: int,
    has_cursor: bool,
    shown: RunsTable,
    dashboard: Dashboard,
) -> TableColumn:
    """Return how a column is laid out. The column of the highest `rank` gives way first."""
    wanted = dashboard.view.runs.arrangement
    sorted_by = column.key == wanted.sort
    if sorted_by:
        title = signed(title, " ", direction_mark(wanted.descending))
    is_text = column.kind in _ALIGNED_LEFT or (
        column.kind is ColumnKind.CONFIG and _holds_text(column, shown)
    )
    least = _LEAST_WIDTHS.get(column.kind)
    if is_text and least is None:
        least = _LEAST_TEXT
    if column.key == "project" and dashboard.width >= _USUAL:
        least = _LEAST_PROJECT
    if column.key == "origin":
        least = _LEAST_ORIGIN
    if column.kind is _TREND and _halves_trends(dashboard.width):
        least = _USUAL_TREND
    if column.key == "name":
        least = _least_name(dashboard.width)
    usual = {"name": _LEAST_NAME, "project": _LEAST_TEXT}
    keeps = has_cursor or sorted_by or column.key == "name"
    return TableColumn(
        title,
        align_right=not is_text,
        priority=0 if keeps else rank,
        minimum_width=least,
        # Short names leave their room to other columns.
        usual_width=usual.get(column.key),
        maximum_width=40 if is_text and column.key != "name" else None,
        title_style=KEY._replace(underline=True) if has_cursor else ACCENT if sorted_by else LABEL,
    )


def _halves_trends(width: int) -> bool:
    return _USUAL <= width < _WIDE


def _least_name(width: int) -> int:
    """Return how narrow names of runs may get on a screen that is so wide."""
    if width >= _WIDE:
        return _WIDE_NAME
    return _USUAL_NAME if width >= _USUAL else _LEAST_NAME


def direction_mark(descending: bool) -> Signed:
    """Return the sign of the order that a column is sorted in."""
    return DESCENDING if descending else ASCENDING


def _holds_text(column: RunColumn, shown: RunsTable) -> bool:
    for entry in shown.matching:
        value = column.value(entry, 0.0)
        if value is not None:
            return isinstance(value, str | bool)
    return True
