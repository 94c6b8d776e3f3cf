"""How many charts fit a screen, and where: the one place that turns a size into a grid."""

from __future__ import annotations

import enum
import math
from functools import lru_cache

from trackio_view.light_typing import NamedTuple
from trackio_view.view.actions import Action

LEAST_WIDTH = 40
LEAST_HEIGHT = 12

_CHART_WIDTH = 34
_CHART_HEIGHT = 8
PANEL_FROM_WIDTH = 100
_STATUS_FROM_HEIGHT = 16
_GPU_WIDTH = 40
"""Columns in which a GPU's load, whether it trains the run, and what it does have room."""
_STRETCH_WIDTH = 140
"""Columns in which the facts of most stretches and a held window beside them have room."""
_LEAST_BESIDE_STRETCH = 7
"""Rows that each chart keeps beside the facts of a stretch: three of them are lines."""
# A cell is about twice as high as wide: charts look best a bit more than twice as wide as high.
_IDEAL_RATIO = 4.5
_UNUSED_PLACE = 0.15
"""How much an empty place weighs against bad proportions; the charts of the last row share it."""


class SideBox(enum.Enum):
    """The box beside the charts; the values are its columns, but for `AUTO`."""

    NARROW = 28
    WIDE = 44
    OFF = 0
    AUTO = -1
    """The box is narrow beside several runs and off beside a single run. The header tells of the
    single run, so the charts get the columns.
    """

    def among(self, run_count: int) -> SideBox:
        """Return the box that is meant beside so many runs, which is never `AUTO`."""
        if self is not SideBox.AUTO:
            return self
        return SideBox.NARROW if run_count > 1 else SideBox.OFF

    def following(self, run_count: int) -> SideBox:
        """Return the box that the key leads to."""
        boxes = (SideBox.OFF, SideBox.NARROW, SideBox.WIDE)
        return boxes[(boxes.index(self.among(run_count)) + 1) % len(boxes)]


class Layout(NamedTuple):
    """The metrics screen, divided: all sizes in cells."""

    width: int
    height: int
    panel_width: int
    """Columns of the statistics panel; 0 where it gives way."""
    has_status: bool
    """Whether a line of its own stands above the footer for notices and progress."""
    strip_rows: int
    """Rows of the GPUs below the charts; 0 without."""
    columns: int
    rows: int
    stretch_rows: int = 0
    """Rows below the charts for the facts of a stretch that the last lines have no room for."""

    @property
    def grid_width(self) -> int:
        return self.width - self.panel_width

    @property
    def grid_height(self) -> int:
        return self.height - 2 - self.has_status - self.strip_rows - self.stretch_rows

    @property
    def page_size(self) -> int:
        return self.columns * self.rows


def strip_rows(width: int, gpu_count: int) -> int:
    """Return how many rows so many GPUs take below the charts.

    It depends on nothing that moves, so charts do not jump.
    """
    return 1 if gpu_count < 2 or width // gpu_count >= _GPU_WIDTH else 2


@lru_cache(maxsize=16)
def lay_out(
    width: int,
    height: int,
    chart_count: int,
    *,
    enlarged: bool = False,
    strip_rows: int = 0,
    side_box: SideBox = SideBox.NARROW,
    columns: int | None = None,
    tells_stretch: bool = False,
) -> Layout:
    """Return how a screen of the given size shows `chart_count` charts, as many as fit.

    `columns` is how many charts stand side by side, where it is given and there is room.
    `SideBox.among` says which box stands for `SideBox.AUTO`. Where the last lines tell of a
    stretch, the charts are the same ones, but may be lower.
    """
    layout = _divided(
        width,
        height,
        chart_count,
        enlarged=enlarged,
        strip_rows=strip_rows,
        side_box=side_box,
        columns=columns,
    )
    if not tells_stretch:
        return layout
    # The width alone decides, so that charts do not jump while the cursor moves.
    wanted = -(-_STRETCH_WIDTH // max(1, width - 2)) - 1
    spare = layout.grid_height - layout.rows * _LEAST_BESIDE_STRETCH
    return layout._replace(stretch_rows=max(0, min(wanted, spare)))


def _divided(
    width: int,
    height: int,
    chart_count: int,
    *,
    enlarged: bool,
    strip_rows: int,
    side_box: SideBox,
    columns: int | None,
) -> Layout:
    panel_width = side_box.value if width >= PANEL_FROM_WIDTH else 0
    has_status = height >= _STATUS_FROM_HEIGHT
    frame = Layout(width, height, panel_width, has_status, strip_rows, 1, 1)
    if enlarged:
        return frame
    most_columns = max(1, frame.grid_width // _CHART_WIDTH)
    most_rows = max(1, frame.grid_height // _CHART_HEIGHT)
    if columns is not None:
        columns = min(columns, most_columns, max(1, chart_count))
        rows = min(most_rows, max(1, -(-chart_count // columns)))
        return frame._replace(columns=columns, rows=rows)
    size = (frame.grid_width, frame.grid_height)
    best_columns, rows = best_grid(size, most_columns, most_rows, max(1, chart_count))
    return frame._replace(columns=best_columns, rows=rows)


def best_grid(
    size: tuple[int, int], most_columns: int, most_rows: int, chart_count: int
) -> tuple[int, int]:
    """Return the numbers of columns and rows that show the most charts. Of equal ones, the best
    proportions win.

    `size` is the width and height that the charts share, in cells; all counts are at least 1.
    """

    def judge(grid: tuple[int, int]) -> tuple[int, float]:
        columns, rows = grid
        ratio = (max(1, size[0]) / columns) / (max(1, size[1]) / rows)
        unused = max(0, columns * rows - chart_count)
        return (
            -min(columns * rows, chart_count),
            abs(math.log(ratio / _IDEAL_RATIO)) + unused * _UNUSED_PLACE,
        )

    grids = [
        (columns, rows)
        for columns in range(1, most_columns + 1)
        for rows in range(1, most_rows + 1)
        # No row of the grid stays wholly empty.
        if columns * (rows - 1) < chart_count
    ]
    return min(grids, key=judge)


def moved_focus(action: Action, focus: int, count: int, layout: Layout) -> int:
    """Return which of `count` charts has the focus after a key, counted over all pages."""
    page = layout.page_size
    last = max(0, count - 1)
    steps = {
        Action.LEFT: -1,
        Action.RIGHT: 1,
        Action.UP: -layout.columns,
        Action.DOWN: layout.columns,
        Action.PREVIOUS_PAGE: -page,
        Action.NEXT_PAGE: page,
        Action.FIRST: -last,
        Action.LAST: last,
    }
    target = focus + steps.get(action, 0)
    if action in (Action.UP, Action.DOWN) and not 0 <= target <= last:
        # The last row of charts may be shorter than the others.
        beyond = target < 0 or target // layout.columns > last // layout.columns
        target = focus if beyond else last
    if action is Action.NEXT_PAGE:
        # Paging shows other charts: the first of the next page takes the focus.
        target = target - target % page
        target = focus if target > last else target
    elif action is Action.PREVIOUS_PAGE:
        target = max(0, target - target % page)
    return max(0, min(target, last))
