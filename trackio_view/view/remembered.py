"""Which parts of a view are remembered for the next start: one table, with values that a file can
hold.

Each part is taken from a view and put back separately. A part that another release wrote
differently, or that somebody broke, is lost alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from trackio_view.light_typing import NamedTuple
from trackio_view.model.run import RunKey
from trackio_view.model.windows import Between, Last, LastSeconds, WindowChoice
from trackio_view.model.x_axis import XAxis, XKind
from trackio_view.series.smoothing import OFF, Way, smoothing_of
from trackio_view.series.window import ZOOM_LEVELS
from trackio_view.series.y_limits import Limits
from trackio_view.view.charts.charts_view import YRange
from trackio_view.view.layout import SideBox
from trackio_view.view.places import View
from trackio_view.view.runs.columns import column_of
from trackio_view.view.runs.query import QueryFault, parse_query

MOST_NAMES = 1000
"""How many names of runs or metrics are remembered at most."""
_LONGEST = 2000
"""A text with more characters is not restored."""
_LARGEST = 1e300


class _Thing(NamedTuple):
    """One thing that is remembered."""

    take: Callable[[View], Any]
    """Returns it as a value that JSON has."""
    put: Callable[[View, Any], None]
    """Restores the part from a value. Raises one of `_WRONG` for a value of another kind."""


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise TypeError
    return value


def _names(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError
    return tuple(map(_text, value[:MOST_NAMES]))


def _number(value: Any) -> float:
    if isinstance(value, bool) or not -_LARGEST < value < _LARGEST:
        raise ValueError
    return float(value)


def _axis_text(axis: XAxis) -> str:
    return f"{axis.kind.name.lower()}:{axis.metric}".removesuffix(":")


def _axis(value: Any) -> XAxis:
    kind, _, metric = _text(value).partition(":")
    return XAxis(XKind[kind.upper()], metric)


def _window_values(window: WindowChoice) -> dict[str, Any]:
    if isinstance(window, Last):
        return {"newest": window.level}
    if isinstance(window, LastSeconds):
        return {"seconds": window.seconds}
    return {"axis": _axis_text(window.axis), "from": window.left, "to": window.right}


def _window(value: Any) -> WindowChoice:
    if "newest" in value:
        level = value["newest"]
        if level not in range(len(ZOOM_LEVELS)):
            raise ValueError
        return Last(int(level))
    if "seconds" in value:
        seconds = _number(value["seconds"])
        if seconds <= 0:
            raise ValueError
        return LastSeconds(seconds)
    left, right = _number(value["from"]), value["to"]
    right = None if right is None else _number(right)
    if right is not None and right < left:
        raise ValueError
    return Between(_axis(value["axis"]), left, right)


def _ranges(value: Any) -> tuple[YRange, ...]:
    ranges = tuple(
        YRange(_text(metric), _number(low), _number(high))
        for metric, low, high in value[:MOST_NAMES]
    )
    if any(one.low >= one.high for one in ranges):
        raise ValueError
    return ranges


def _framed(
    name: str, written: Callable[[Any], Any], read: Callable[[Any], Any]
) -> tuple[str, _Thing]:
    """Return a thing that is a field of what all charts have in common."""

    def put(view: View, value: Any) -> None:
        charts = view.charts
        # Nothing is entered for undo here: `restore` makes a single change of all parts.
        charts.framing = charts.framing._replace(**{name: read(value)})

    return name, _Thing(lambda view: written(getattr(view.charts.framing, name)), put)


def _put_tab(view: View, value: Any) -> None:
    view.choice.tab = _text(value)


def _chart_filter(view: View) -> str:
    # A text that is still being typed may mean nothing yet.
    return "" if view.choice.fault else view.choice.filter


def _put_chart_filter(view: View, value: Any) -> None:
    view.choice.set_filter(_text(value))
    if view.choice.fault:
        view.choice.set_filter("")


def _columns(value: Any) -> int | None:
    if value is not None and (isinstance(value, bool) or value not in range(1, MOST_NAMES)):
        raise ValueError
    return None if value is None else int(value)


def _put_strip(view: View, value: Any) -> None:
    view.gpus.strip = value is True


def _put_spread(view: View, value: Any) -> None:
    view.spread = value is True


def _put_theme(view: View, value: Any) -> None:
    view.theme = None if value is None else _text(value)


def _marked(view: View) -> list[str]:
    """Return the runs of the project on screen that are marked."""
    keys = (key for key in view.marks.appearances if key.project == view.project)
    return [key.run_id for key in keys][:MOST_NAMES]


def _put_marks(view: View, value: Any) -> None:
    names = _names(value)
    if view.project is not None and not view.marks:
        view.marks.mark(RunKey(view.project, name) for name in names)


def _pinned(view: View) -> str | None:
    pinned = view.marks.pinned
    return None if pinned is None or pinned.project != view.project else pinned.run_id


def _put_pinned(view: View, value: Any) -> None:
    if value is not None and view.project is not None and view.marks.pinned is None:
        key = RunKey(view.project, _text(value))
        if key in view.marks:
            view.marks.pin(key)


def _put_runs_filter(view: View, value: Any) -> None:
    text, runs = _text(value), view.runs
    try:
        query = parse_query(text)
    except QueryFault as fault:
        raise ValueError from fault
    runs.filter, runs.arrangement = text, runs.arrangement._replace(query=query)


def _sort(view: View) -> list[Any] | None:
    arrangement = view.runs.arrangement
    return None if arrangement.sort is None else [arrangement.sort, arrangement.descending]


def _put_sort(view: View, value: Any) -> None:
    sort, descending = (None, False) if value is None else value
    sort = None if sort is None else _column(sort)
    view.runs.arrangement = view.runs.arrangement._replace(sort=sort, descending=descending is True)


def _column(value: Any) -> str:
    if column_of(_text(value)) is None:
        raise ValueError
    return _text(value)


def _runs_columns(view: View) -> list[str] | None:
    columns = view.runs.arrangement.columns
    return None if columns is None else list(columns)


def _put_runs_columns(view: View, value: Any) -> None:
    columns = None if value is None else tuple(map(_column, _names(value)))
    if columns is not None and "name" not in columns:
        raise ValueError
    view.runs.arrangement = view.runs.arrangement._replace(columns=columns)


def _put_group(view: View, value: Any) -> None:
    group = None if value is None else _column(value)
    view.runs.arrangement = view.runs.arrangement._replace(group=group)


_THINGS: Mapping[str, _Thing] = {
    **dict(
        (
            _framed("window", _window_values, _window),
            _framed("axis", _axis_text, _axis),
            _framed(
                "limits", lambda it: it.name.lower(), lambda value: Limits[_text(value).upper()]
            ),
            _framed(
                "smoothing",
                lambda it: OFF if it is None else it.text,
                lambda value: smoothing_of(_text(value)),
            ),
            _framed(
                "logarithmic",
                lambda it: sorted(it)[:MOST_NAMES],
                lambda value: frozenset(_names(value)),
            ),
            _framed(
                "dropped",
                lambda it: sorted(it)[:MOST_NAMES],
                lambda value: frozenset(_names(value)),
            ),
            _framed("ranges", lambda it: [list(one) for one in it[:MOST_NAMES]], _ranges),
            _framed("front", lambda it: list(it[:MOST_NAMES]), _names),
            _framed("order", lambda it: list(it[:MOST_NAMES]), _names),
            _framed("columns", lambda it: it, _columns),
        )
    ),
    "tab": _Thing(lambda view: view.choice.tab, _put_tab),
    "chart filter": _Thing(_chart_filter, _put_chart_filter),
    "side box": _framed(
        "side_box", lambda it: it.name.lower(), lambda value: SideBox[_text(value).upper()]
    )[1],
    "gpu strip": _Thing(lambda view: view.gpus.strip, _put_strip),
    "marked": _Thing(_marked, _put_marks),
    "pinned": _Thing(_pinned, _put_pinned),
    "spread": _Thing(lambda view: view.spread, _put_spread),
    "runs filter": _Thing(lambda view: view.runs.filter, _put_runs_filter),
    "runs sort": _Thing(_sort, _put_sort),
    "runs columns": _Thing(_runs_columns, _put_runs_columns),
    "runs group": _Thing(lambda view: view.runs.arrangement.group, _put_group),
    "theme": _Thing(lambda view: view.theme, _put_theme),
}

_OF_ITS_PROJECT = frozenset(
    (
        *("logarithmic", "dropped", "ranges", "front", "order", "tab", "chart filter"),
        *("runs filter", "runs sort", "runs columns", "runs group"),
    )
)
"""The parts that name metrics or runs, beside those marked."""
_WRONG = (ValueError, TypeError, KeyError, AttributeError, ArithmeticError)


def remembered(view: View) -> dict[str, Any]:
    """Return all that is remembered of a view, by its name, as JSON has it."""
    return {name: thing.take(view) for name, thing in _THINGS.items()}


def restore(view: View, values: Mapping[str, Any], begun: Mapping[str, Any]) -> None:
    """Bring back what is remembered, as one change of the charts that can be undone.

    A part that differs from how it had `begun` was changed by the person meanwhile and stays. A
    part that makes no sense is passed over.
    """
    charts = view.charts
    before = charts.framing
    for name, thing in _THINGS.items():
        if name in values and thing.take(view) == begun.get(name):
            try:
                thing.put(view, values[name])
            except _WRONG:
                continue
    after, charts.framing = charts.framing, before
    smoothing = after.smoothing
    if smoothing is not None and smoothing.way is not Way.CENTRED:
        charts.smoothing_way = smoothing.way
    charts.change(after)


def own_parts(values: Mapping[str, Any]) -> list[str]:
    """Return the parts that are about metrics, steps or runs of one project, so that another one
    does not begin with them. How one looks, such as smoothed, goes along.
    """
    metric_axis = f"{XKind.METRIC.name.lower()}:"
    return [
        name
        for name, value in values.items()
        if name in _OF_ITS_PROJECT
        or (name == "axis" and value.startswith(metric_axis))
        or (name == "window" and "axis" in value)
    ]


def changed(now: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Return the remembered parts that have changed."""
    return {name: value for name, value in now.items() if value != before.get(name)}


def words(view: View, restored: Collection[str]) -> str:
    """Return, in a few words, which restored parts cannot be seen on the charts."""
    told = ["as you left it"]
    hidden = len(view.charts.framing.dropped)
    if "dropped" in restored and hidden:
        told.append(f"{hidden} hidden")
    count = len(_marked(view))
    if "marked" in restored and count:
        told.append(f"{count} run{'s' * (count > 1)} marked")
    if "runs filter" in restored and view.runs.filter:
        told.append("runs filtered")
    return " · ".join(told)
