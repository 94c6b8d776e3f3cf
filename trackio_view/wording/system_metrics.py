"""How what a run logged of its machine is named and written: lines of charts, and readings."""

from __future__ import annotations

import math

from trackio_view.model.clock import DATE_AND_TIME, local_text
from trackio_view.model.machine import SystemChart, SystemLine
from trackio_view.model.machine_keys import MachinePart
from trackio_view.series.series import Number, Series
from trackio_view.wording.numbers import format_value


def line_name(chart: SystemChart, line: SystemLine) -> str:
    """Return what a line of a chart is called: `GPU 0`, `core 3`, `mean`, `GPU 2 of rank 1`."""
    device = line.known.device
    if device is None or not device.partition(" of rank ")[0].isdecimal():
        return line.label
    return f"{'core' if chart.group is MachinePart.CPU else chart.group.value} {device}"


def newest_reading(series: Series) -> str:
    """Return the newest value of a series in few digits; an integer in all of its own."""
    return format_reading(series.number(-1))


def not_logged_since(line: SystemLine) -> str:
    """Return since when a key has no value, while others of its run have."""
    return f"not logged since {local_text(line.last_time, DATE_AND_TIME)}"


def format_reading(value: Number) -> str:
    """Return a value in few digits: `94`, `3.4`, `0.012`, `1,755`."""
    if isinstance(value, int) or not math.isfinite(value):
        return format_value(value)
    if value.is_integer() and abs(value) < 1e9:
        return f"{value:,.0f}"
    return format_value(value, 2)
