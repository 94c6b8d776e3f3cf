"""Which charts are on screen, how they are laid out, and which of them has the focus.

These facts hold until a key is pressed or data comes, so each frame finds them once and hands them
down.
"""

from __future__ import annotations

from collections.abc import Sequence

from trackio_view.light_typing import NamedTuple
from trackio_view.view.charts.chart_choice import VALUES, ChosenCharts
from trackio_view.view.layout import Layout, lay_out, strip_rows
from trackio_view.view.places import View


class ShownCharts(NamedTuple):
    """The charts of the metrics screen, on all its pages."""

    chosen: ChosenCharts
    layout: Layout
    """How the screen is divided at its size."""
    focus: int
    """The focused one, valid also where the run on screen has fewer charts than the last."""
    lists_values: bool
    """Whether a list of values stands where charts would."""

    @property
    def metrics(self) -> Sequence[str]:
        """The metrics that they are of, in their order."""
        return self.chosen.metrics


def show_charts(
    chosen: ChosenCharts, view: View, width: int, height: int, *, run_count: int, gpu_count: int = 0
) -> ShownCharts:
    """Return how the chosen charts, which are about so many runs, are on a screen of this size."""
    enlarged, count = view.enlarged, len(chosen.metrics)
    layout = lay_out(
        width,
        height,
        count,
        enlarged=enlarged,
        strip_rows=strip_rows(width, gpu_count) if view.gpus.strip else 0,
        side_box=view.charts.framing.side_box.among(run_count),
        columns=view.charts.framing.columns,
        tells_stretch=view.tells_stretch,
    )
    lists_values = chosen.tab == VALUES and not enlarged
    if lists_values:
        # The rows of a box's border, and a line of titles.
        layout = layout._replace(columns=1, rows=max(1, layout.grid_height - 3))
    return ShownCharts(chosen, layout, focus_among(view, count), lists_values)


def focus_among(view: View, count: int) -> int:
    """Return which of so many charts has the focus."""
    return max(0, min(view.focus, count - 1))
