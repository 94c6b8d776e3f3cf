"""Whether an event that was read from a file has the fields and types of its class; a file may hold
anything."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence
from types import NoneType, UnionType
from typing import Any, TypeGuard, Union, get_args, get_origin, get_type_hints

from trackio_view.model.alerts import LEVELS, Alert
from trackio_view.model.clock import known_moment
from trackio_view.model.objects import LoggedHistogram, LoggedTable, RunObjects
from trackio_view.model.run import RunRows
from trackio_view.series.series import LARGEST_EXACT_FLOAT_INTEGER, MOST_FLOAT_BITS, MetricColumn


def field_names(kind: Any) -> list[str]:
    """Return the fields of an event's class, which is a named tuple."""
    return list(kind._fields)


def is_whole(value: Any) -> bool:
    """Return whether every field of a named tuple holds what its type says.

    Columns of numbers must have the right length and name existing rows. A histogram must have an
    edge on both sides of each count, and a table a cell in each column.
    """
    if isinstance(value, RunRows):
        return _are_rows(value)
    if isinstance(value, MetricColumn):
        return _is_column(value)
    for name, hint in _hints(type(value)):
        held = getattr(value, name)
        if not _fits(held, hint) or (name == "step" and not _is_step(held)):
            return False
    if isinstance(value, LoggedHistogram):
        return len(value.edges) == len(value.counts) + 1 > 1
    if isinstance(value, LoggedTable):
        return all(len(row) == len(value.columns) for row in value.rows)
    # Alerts from a source always have one of these levels.
    return not isinstance(value, Alert) or value.level in LEVELS


def with_known_moments(made: Any) -> Any:
    """Return a named tuple that is whole, with NaN for times that cannot be."""
    for name in _MOMENTS.intersection(field_names(type(made))):
        held = getattr(made, name)
        known = _known_moments(held)
        if known is not held:
            made = made._replace(**{name: known})
    return made


_MOMENTS = frozenset({"time", "times", "newest_time"})


def _known_moments(held: Any) -> Any:
    """Return a time, a column of times or times by name, the same one where all are known."""
    if held is None:
        return None
    if isinstance(held, float | int):
        return held if known_moment(held) == held else math.nan
    times = held.values() if isinstance(held, Mapping) else held
    if all(known_moment(time) == time for time in times):
        return held
    if isinstance(held, Mapping):
        return {name: known_moment(time) for name, time in held.items()}
    return array("d", map(known_moment, held))


def _is_step(step: Any) -> bool:
    """Return whether a step that fits its type also fits a float, as those of sources do."""
    return not isinstance(step, int) or step.bit_length() <= MOST_FLOAT_BITS


_HELD_BY_EVENTS = {"Alert": Alert, "RunObjects": RunObjects}
"""Types that their modules name without importing them."""

_KNOWN_HINTS: dict[type[Any], list[tuple[str, Any]]] = {}


def _hints(kind: type[Any]) -> list[tuple[str, Any]]:
    if kind not in _KNOWN_HINTS:
        hints = get_type_hints(kind, localns=_HELD_BY_EVENTS)
        _KNOWN_HINTS[kind] = [(name, hints[name]) for name in field_names(kind)]
    return _KNOWN_HINTS[kind]


def _is_integer(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _fits(value: object, hint: Any) -> bool:
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any:
        return True
    if origin in (Union, UnionType):
        return any(_fits(value, choice) for choice in arguments)
    if hint in (None, NoneType):
        return value is None
    if hint is int:
        # No float can hold a larger integer, and no source sends one.
        return _is_integer(value) and value.bit_length() <= MOST_FLOAT_BITS
    if hint is float:
        # A whole number in place of a float was written by hand, because this program writes a
        # float with a point.
        small = isinstance(value, int) and abs(value) <= LARGEST_EXACT_FLOAT_INTEGER
        return isinstance(value, float) or (small and not isinstance(value, bool))
    if origin is tuple:
        item = arguments[0]
        return isinstance(value, tuple) and all(_fits(each, item) for each in value)
    if origin is Sequence:
        (item,) = arguments
        return isinstance(value, list | tuple) and all(_fits(each, item) for each in value)
    if origin in (Mapping, dict):
        key, item = arguments
        return isinstance(value, dict) and all(
            _fits(name, key) and _fits(each, item) for name, each in value.items()
        )
    return isinstance(value, hint)


def _are_rows(rows: RunRows) -> bool:
    count = len(rows.steps) if _is_array(rows.steps, "d") else 0
    return (
        count > 0
        and _is_array(rows.times, "d")
        and len(rows.times) == count
        and _fits(rows.run_id, str)
        and _fits(rows.run_name, str)
        and _fits(rows.last_id, int)
        and _fits(rows.last_step, int | float)
        and _is_step(rows.last_step)
        and _fits(rows.columns, dict[str, MetricColumn])
        # Columns were checked when they were made.
        and all(column.rows[-1] < count for column in rows.columns.values())
    )


def _is_column(column: MetricColumn) -> bool:
    rows, values = column.rows, column.values
    return (
        _is_array(rows, "BHILQ")
        and _is_array(values, "d")
        and len(rows) == len(values) > 0
        and rows.tolist() == sorted(set(rows))
        and isinstance(column.exact, dict)
        and all(map(_is_integer, column.exact.values()))
        and all(_is_integer(place) and 0 <= place < len(values) for place in column.exact)
    )


def _is_array(value: object, typecodes: str) -> bool:
    return isinstance(value, array) and value.typecode in typecodes
