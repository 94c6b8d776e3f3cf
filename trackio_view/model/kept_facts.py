"""What other rooms derived from a run's rows, kept beside the run so that it is derived once."""

from __future__ import annotations

from trackio_view.series.window import Window


class KeptFacts:
    """Facts that follow from a run's rows, each written by the room that derives it.

    Nothing is lost without them: they are derived again. All are forgotten together where the
    steps of the rows come to mean something else.
    """

    def __init__(self) -> None:
        self.pace = (-1, 0, 0, 0)
        """Row count, and first row, last row and gaps by which `pace` judged the run last."""
        self.totals: tuple[object, float | None, float | None] = (None, None, None)
        """A flat config, and the steps and epochs in all that `progress` found in it."""
        self.rows: dict[object, tuple[int, Window]] = {}
        """By what was asked for, how many rows there were, and those that `windows` found."""
        self.windows: dict[object, Window] = {}
        """By what was asked for, the windows along other axes than the step's."""
        self.notable: dict[object, object] = {}
        """By axis and metric, what `chart_events` found in its values."""
        self.trends: dict[object, tuple[object, object]] = {}
        """By axis, metric and smoothing, of how many rows and values, and `chart_events`' trend."""
