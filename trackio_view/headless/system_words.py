"""The labels of what a run logged of its machine, and how the numbers are written."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import NamedTuple

from trackio_view.model.machine import SystemChart, SystemLine
from trackio_view.model.machine_keys import SYSTEM_KEYS
from trackio_view.model.run import NO_NAME
from trackio_view.series.series import Number
from trackio_view.terminal.text import sanitize
from trackio_view.wording.numbers import format_plain_decimal


class Label(NamedTuple):
    """How the first trackio-view named a metric, and how it wrote its numbers."""

    label: str
    template: str


LABELS = {
    "GPU utilization": Label("GPU Utilization", "{:.1f}%"),
    "GPU memory": Label("Memory Usage", "{:.1f}%"),
    "GPU memory used": Label("Memory Usage", "{:.1f} GB"),
    "GPU memory size": Label("Memory Size", "{:.1f} GB"),
    "GPU temperature": Label("Temperature", "{:.0f}°C"),
    "GPU power": Label("Power", "{:.0f}W"),
}
IN_ALL = {"GPU memory used": "GPU memory used in all", "GPU power": "GPU power in all"}
PARTS = {in_all: title for title, in_all in IN_ALL.items()}
_KNOWN_TITLES = {known.title.removeprefix("GPU ") for known in SYSTEM_KEYS}


def line_name(chart: SystemChart, line: SystemLine) -> str:
    """Return what a line is called: by its chart, and by its device or aggregate."""
    device = line.known.device
    if device is None:
        several = len(chart.lines) > 1 and line.label
        return heading(chart.title) + (f" ({line.label})" if several else "")
    return f"{heading(chart.title)} ({sanitize(device)})"


def heading(title: str) -> str:
    """Return a title as a label: known ones with their first letter large, keys as they are."""
    if title in _KNOWN_TITLES:
        return title[:1].upper() + title[1:]
    return sanitize(title) or NO_NAME


def filled(template: str, number: Number) -> str:
    """Return a number in its template; one that is not finite as TrackIO writes it."""
    if isinstance(number, float) and not math.isfinite(number):
        return format_plain_decimal(number)
    # Decimal also holds the integers that no float can.
    return template.format(Decimal(number))


def plain(number: Number) -> str:
    """Return a number without grouping: whole ones whole, others in at most four decimals."""
    if isinstance(number, float) and math.isfinite(number) and 1e-3 <= abs(number) < 1e15:
        number = round(number, 4)
    return format_plain_decimal(number)


def suffix(unit: str) -> str:
    """Return a unit as it follows a number."""
    return unit if unit in ("", "%", "°C", "W") else f" {unit}"


def unit_of(title: str) -> str:
    """Return the unit of a known title, as it follows a number."""
    return suffix(next((known.unit for known in SYSTEM_KEYS if known.title == title), ""))
