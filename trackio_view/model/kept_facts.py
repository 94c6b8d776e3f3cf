"""Facts that other rooms derived from a run's rows. They are kept beside the run, so that each is
derived once.
"""

from __future__ import annotations

from trackio_view.series.window import Window


class KeptFacts:
    """Facts that follow from a run's rows, each written by the room that derives it.

    If they are dropped, they are derived again. All are forgotten together where the steps of the
    rows come to mean something else.
    """

    def __init__(self) -> None:
        self.pace = (-1, 0, 0, 0)
        """The row count, the first row, the last row and the gaps by which `pace` last judged the
        run.
        """
        self.totals: tuple[object, float | None, float | None] = (None, None, None)
        """A flat config, and the total of steps and of epochs that `progress` found in it."""
        self.rows: dict[object, tuple[int, Window]] = {}
        """By the window that was asked for: the row count at that time, and the rows that `windows`
        found.
        """
        self.windows: dict[object, Window] = {}
        """By the window that was asked for: the window along an axis other than that of steps."""
        self.notable: dict[object, object] = {}
        """By axis and metric, what `chart_events` found in its values."""
        self.trends: dict[object, tuple[object, object]] = {}
        """By axis, metric and smoothing: the numbers of values and rows at that time, and the trend
        that `chart_events` found.
        """
