"""Which of a run's charts are on screen, and in which order: by a tab, a filter, and the charts at
the front.

Names are grouped by their part before the first `/`, as on TrackIO's own page.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import translate

from trackio_view.light_typing import NamedTuple
from trackio_view.view.runs.query import QueryFault, parse_query
from trackio_view.view.runs.query_terms import Query, Value
from trackio_view.view.text_entry import TypedLine

ALL = ""
"""The key of the tab of all charts. No group of names begins like this."""
FRONT = "/"
"""The key of the tab of the charts at the front. No group's key holds a `/`."""
VALUES = "//"
"""The key of the tab of metrics with a single value, which are shown as a list."""
_WITHOUT_GROUP = "charts"
"""What TrackIO calls the group of names without a `/`."""
_MOST_PATTERNS = 500


class Tab(NamedTuple):
    """A group of charts."""

    key: str
    """The beginning of the group's names, or `ALL`, `FRONT` or `VALUES`."""
    size: int


class ChosenCharts(NamedTuple):
    """Which of all charts are on screen, on all pages."""

    metrics: Sequence[str]
    tabs: Sequence[Tab]
    """The tabs: all charts, and each group of names where there are several groups."""
    tab: str
    """The key of the one on screen."""
    dropped: int
    """How many were taken off the screen."""
    filtered_of: int | None
    """How many charts the filter chose from; `None` without a filter."""
    beginning: str
    """What all names on screen begin with. The tab tells it, so titles leave it out."""


@dataclass(slots=True, eq=False, repr=False)
class ChartChoice:
    """What the person chose among all charts, whichever run is on screen."""

    tab: str = ALL
    filter: str = ""
    fault: str = ""
    """Why the typed text is no filter. Such a text leaves all charts on screen."""
    typing: TypedLine = field(default_factory=TypedLine)
    order: tuple[str, ...] = ()
    """Names, or patterns with `*`, in the order of their charts, before all others."""
    _query: Query | None = None

    def set_filter(self, text: str) -> None:
        """Choose the charts whose names a filter fits: words, -words, /expressions/."""
        self.filter = text
        self._query, self.fault = filter_of(text)

    def fits(self, metric: str) -> bool:
        """Return whether the filter has a metric; one with a fault leaves all of them."""
        return self._query is None or is_named(metric, self._query)


class _Name:
    """A metric's name in the form in which the filter language asks about things."""

    def __init__(self, metric: str) -> None:
        self.texts = (metric,)

    def value(self, field: str) -> Value:
        """Return `None`: a name has no fields."""
        return None


def filter_of(text: str) -> tuple[Query | None, str]:
    """Return what a text asks of names, `None` where it asks nothing; and why it is no filter."""
    if not text.strip():
        return None, ""
    try:
        return parse_query(text), ""
    except QueryFault as fault:
        return None, fault.message


def is_named(metric: str, query: Query) -> bool:
    """Return whether a metric's name is as a filter asks."""
    return query.matches(_Name(metric))


def group_of(metric: str) -> str:
    """Return the group of a metric's name."""
    before, slash, _ = metric.partition("/")
    return before if slash and before else _WITHOUT_GROUP


def plot_order(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names and patterns of TRACKIO_PLOT_ORDER, which commas separate."""
    parts = [part.strip() for part in environment.get("TRACKIO_PLOT_ORDER", "").split(",")]
    return tuple(part for part in parts if part)[:_MOST_PATTERNS]


def choose(
    metrics: Sequence[str],
    choice: ChartChoice,
    dropped: Collection[str] = (),
    single: Collection[str] = (),
    front: Sequence[str] = (),
    own: Sequence[str] = (),
) -> ChosenCharts:
    """Return which of all metrics are on screen, in the order of their charts.

    Those at the `front` come first, others in their `own` order. Those that have a `single` value
    are a tab of their own, and not among the charts unless one is at the front, or a filter looks
    for it.
    """
    kept = [metric for metric in metrics if metric not in dropped] if dropped else metrics
    kept = everything = in_own_order(in_order(kept, choice.order), own)
    values = [one for one in kept if one in single and one not in front] if single else []
    if values and len(values) < len(kept):
        among = frozenset(values)
        kept = [metric for metric in kept if metric not in among]
    else:
        values = []
    tabs = _tabs(kept, front, len(values))
    tab = choice.tab if any(tab.key == choice.tab for tab in tabs) else ALL
    present = set(kept)
    front = [metric for metric in front if metric in present]
    ordered = front + [metric for metric in kept if metric not in front] if front else kept
    if tab == VALUES:
        ordered = values
    elif tab == FRONT:
        ordered = front
    elif tab == ALL and values and choice.filter:
        ordered = [*ordered, *values]
    elif tab != ALL:
        ordered = [metric for metric in ordered if group_of(metric) == tab]
    shown = [metric for metric in ordered if choice.fits(metric)] if choice.filter else ordered
    return ChosenCharts(
        shown,
        tabs,
        tab,
        len(metrics) - len(everything),
        len(ordered) if choice.filter else None,
        _beginning(ordered, tab),
    )


def _beginning(metrics: Sequence[str], tab: str) -> str:
    """Return what the name of a tab says of all its metrics, and is not the whole of one."""
    if tab in (ALL, FRONT, VALUES):
        return ""
    beginning = f"{tab}/"
    found = all(metric.startswith(beginning) and metric != beginning for metric in metrics)
    return beginning if found else ""


def _tabs(metrics: Sequence[str], front: Sequence[str], values: int) -> list[Tab]:
    counts: dict[str, int] = {}
    for metric in metrics:
        group = group_of(metric)
        counts[group] = counts.get(group, 0) + 1
    at_front = len(set(front).intersection(metrics))
    if len(counts) < 2 and not at_front and not values:
        return []
    groups = [Tab(group, count) for group, count in counts.items()] if len(counts) > 1 else []
    first = [Tab(ALL, len(metrics)), *([Tab(FRONT, at_front)] if at_front else [])]
    return [*first, *groups, *([Tab(VALUES, values)] if values else [])]


def next_tab(chosen: ChosenCharts, direction: int) -> str | None:
    """Return the key of the tab after the one on screen, or before; `None` where there is none."""
    keys = [tab.key for tab in chosen.tabs]
    if not keys:
        return None
    return keys[(keys.index(chosen.tab) + direction) % len(keys)]


def in_order(metrics: Sequence[str], order: Sequence[str]) -> Sequence[str]:
    """Return metrics with those first that an order names, as it has them.

    As on TrackIO's own page, a name or a pattern also brings the whole group of its beginning
    forward, and `*` alone stands for other characters.
    """
    if not order:
        return metrics
    groups: dict[str, int] = {}
    names: dict[str, int] = {}
    patterns: list[tuple[int, re.Pattern[str]]] = []
    for place, asked in enumerate(order):
        groups.setdefault(group_of(asked), place)
        names.setdefault(asked, place)
        if "*" in asked:
            plain = asked.replace("[", "[[]").replace("?", "[?]")
            patterns.append((place, re.compile(translate(plain))))

    def place_of(metric: str) -> tuple[int, int]:
        named = names.get(metric, len(order))
        fitting = (place for place, pattern in patterns if pattern.match(metric))
        return groups.get(group_of(metric), len(order)), min(named, next(fitting, named))

    return sorted(metrics, key=place_of)


def in_own_order(metrics: Sequence[str], own: Sequence[str]) -> Sequence[str]:
    """Return metrics in which those that an order names follow each other as it has them.

    Each has the place of one of them, so that all others stand where they stood.
    """
    if not own:
        return metrics
    among = frozenset(metrics).intersection(own)
    ordered = iter([metric for metric in own if metric in among])
    return [next(ordered) if metric in among else metric for metric in metrics]
