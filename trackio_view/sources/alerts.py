"""Reads the alerts that runs raised, which TrackIO keeps since 0.18."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from trackio_view.model.alert import Alert
from trackio_view.sources.database import Row
from trackio_view.sources.rows import as_text, parse_time, step_number

ALERT_COLUMNS = "SELECT name FROM pragma_table_info('alerts')"

_DEFAULT_LEVEL = "warn"


def alerts_query(columns: Iterable[str]) -> str | None:
    """Return the query for all alerts in id order, `None` where there is no such table.

    Its columns: run identity, run name, level, title, text, step, timestamp; NULL for each that
    the table lacks.
    """
    present = set(columns)
    if not present & {"run_id", "run_name"} or not present & {"title", "text"}:
        return None
    identity = "run_id" if "run_id" in present else "run_name"
    name = "run_name" if "run_name" in present else "run_id"
    rest = ("level", "title", "text", "step", "timestamp")
    chosen = ", ".join([identity, name, *(name if name in present else "NULL" for name in rest)])
    key = "id" if "id" in present else "rowid"
    return f"SELECT {chosen} FROM alerts ORDER BY {key}"


def decode_alerts(rows: Sequence[Row]) -> list[Alert]:
    """Return the alerts of the rows of `alerts_query`."""
    return [
        Alert(
            run_id=as_text(name if identity is None else identity),
            run_name=as_text(name),
            level=as_text(level).lower() or _DEFAULT_LEVEL,
            title=as_text(title),
            text=None if text is None else as_text(text),
            step=None if step is None or math.isnan(step_number(step)) else step_number(step),
            time=parse_time(stamp),
        )
        for identity, name, level, title, text, step, stamp in rows
    ]
