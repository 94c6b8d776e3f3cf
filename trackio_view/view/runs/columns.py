"""What a table can tell of each run: its columns, and the fields that a filter may name."""

from __future__ import annotations

import enum
import math
import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from trackio_view.light_typing import NamedTuple
from trackio_view.model.pace import RunState, state_of, steps_per_second
from trackio_view.model.progress import progress, seconds_left
from trackio_view.model.project import Project
from trackio_view.model.roles import Direction, kind_of
from trackio_view.model.run import Run, RunKey
from trackio_view.series.sums import as_float
from trackio_view.view.runs.query_terms import Value


class ColumnKind(enum.Enum):
    """The sort of values in a column. Values are written and sorted by it."""

    TEXT = "text"
    STATE = "state"
    STEP = "step"
    COUNT = "count"
    RATE = "rate"
    SHARE = "share"
    DURATION = "duration"
    AGE = "age"
    TIME = "time"
    METRIC = "metric"
    BEST = "best"
    TREND = "trend"
    CONFIG = "config"


class RunEntry(NamedTuple):
    """A run with the project that it is of."""

    project: Project
    run: Run

    @property
    def key(self) -> RunKey:
        return RunKey(self.project.id, self.run.run_id)


class RunColumn(NamedTuple):
    """One column of the table of runs."""

    key: str
    """What tells the column from all others, also in later sessions: `step`, `last:loss`,
    `config:lr`.
    """
    title: str
    kind: ColumnKind
    value: Callable[[RunEntry, float], Value]
    """The run's value at a time, in seconds since the epoch; `None` where it has none."""
    descending: bool = False
    """Whether the highest comes first when it is sorted by for the first time."""
    metric: str | None = None
    help: str = ""


def _known(number: float) -> float | None:
    return None if math.isnan(number) else number


def _age(entry: RunEntry, now: float) -> float | None:
    return _known(now - entry.run.last_time)


def _left(entry: RunEntry, now: float) -> float | None:
    # A run that stands still has no remaining time to tell.
    live = state_of(entry.run, now) is RunState.LIVE
    return seconds_left(entry.run, steps_per_second(entry.run)) if live else None


def _pace(entry: RunEntry, now: float) -> float | None:
    live = state_of(entry.run, now) is not RunState.STALE
    return steps_per_second(entry.run) if live else None


def _step(entry: RunEntry, now: float) -> Value:
    step = entry.run.last_step
    return None if isinstance(step, float) and math.isnan(step) else step


_KIND = ColumnKind

FIXED_COLUMNS: tuple[RunColumn, ...] = (
    RunColumn(
        "state",
        "state",
        _KIND.STATE,
        lambda entry, now: state_of(entry.run, now).value,
        help="how it looks: live, idle or stale",
    ),
    RunColumn("name", "run", _KIND.TEXT, lambda entry, _: entry.run.name, help="the run's name"),
    RunColumn("project", "project", _KIND.TEXT, lambda entry, _: entry.project.name),
    RunColumn("origin", "from", _KIND.TEXT, lambda entry, _: entry.project.id.origin),
    RunColumn("group", "group", _KIND.TEXT, lambda entry, _: entry.run.group),
    RunColumn("step", "step", _KIND.STEP, _step, descending=True, help="its last step"),
    RunColumn(
        "progress",
        "done",
        _KIND.SHARE,
        lambda entry, _: progress(entry.run),
        True,
        help="steps done of those that its config names",
    ),
    RunColumn("eta", "ETA", _KIND.DURATION, _left, help="time left at its newest pace"),
    RunColumn("rate", "pace", _KIND.RATE, _pace, True, help="steps in a second, of late"),
    RunColumn("age", "age", _KIND.AGE, _age, help="how long ago its last row was written"),
    RunColumn(
        "duration",
        "duration",
        _KIND.DURATION,
        lambda entry, _: _known(entry.run.last_time - entry.run.first_time),
        True,
        help="from its first row to its last",
    ),
    RunColumn(
        "started",
        "started",
        _KIND.TIME,
        lambda entry, _: _known(entry.run.first_time),
        True,
        help="when its first row was written",
    ),
    RunColumn("rows", "rows", _KIND.COUNT, lambda entry, _: entry.run.row_count, True),
    RunColumn("id", "id", _KIND.TEXT, lambda entry, _: entry.run.run_id, help="TrackIO's run id"),
)
"""The columns that every run has; a filter names them by their keys."""

_FIXED = {column.key: column for column in FIXED_COLUMNS}
_SEPARATOR = re.compile("([./])")
_ALIASES = {"run": "name", "looks": "state", "pace": "rate", "done": "progress", "steps": "step"}


def last_value(run: Run, metric: str) -> Value:
    """Return the newest value of a metric, or `None` where the run never logged it."""
    series = run.series.get(metric)
    return series.number(-1) if series is not None and len(series) else None


def best_value(run: Run, metric: str) -> Value:
    """Return the best finite value of a metric, `None` where none is finite or its name does not
    tell which is better.
    """
    series = run.series.get(metric)
    direction = kind_of(metric).direction
    if series is None or direction is Direction.NEUTRAL:
        return None
    bounds = series.finite_bounds()
    return None if bounds is None else bounds[0 if direction is Direction.LOW_IS_GOOD else 1]


@lru_cache(maxsize=4096)
def column_of(key: str) -> RunColumn | None:
    """Return the column of a key, or `None` where no column can have it."""
    fixed = _FIXED.get(key)
    if fixed is not None:
        return fixed
    prefix, _, name = key.partition(":")
    if prefix == "config":
        return RunColumn(
            key,
            name,
            _KIND.CONFIG,
            lambda entry, _: entry.run.flat_config.get(name),
            help="of its config",
        )
    high = kind_of(name).direction is Direction.HIGH_IS_GOOD
    if prefix == "last":
        return RunColumn(
            key,
            name,
            _KIND.METRIC,
            lambda entry, _: last_value(entry.run, name),
            high,
            name,
            "its newest value",
        )
    if prefix == "best":
        return RunColumn(
            key,
            f"best {name}",
            _KIND.BEST,
            lambda entry, _: best_value(entry.run, name),
            high,
            name,
            "its best value",
        )
    if prefix == "trend":
        return RunColumn(
            key,
            f"{name} trend",
            _KIND.TREND,
            lambda entry, _: last_value(entry.run, name),
            high,
            name,
            "how its values went, low ones drawn apart; sorts by the newest",
        )
    return None


def has_best(metric: str) -> bool:
    """Return whether a metric's name tells which of its values is the best."""
    return kind_of(metric).direction is not Direction.NEUTRAL


class QuerySubject(NamedTuple):
    """A run as a filter sees it."""

    entry: RunEntry
    now: float

    @property
    def texts(self) -> Sequence[str]:
        run = self.entry.run
        return (run.name, run.group or "", self.entry.project.name)

    def value(self, field: str) -> Value:
        """Return what a name in a filter stands for: a column, else a config key, else a metric.

        `config.` `last.` and `best.` before a name ask for one of them alone. Config keys and
        metrics are known by their whole name, else by what follows any dot or slash in it. A key
        that the config sets to null holds the text `null`: it is there.
        """
        run = self.entry.run
        lowered = field.lower()
        fixed = _FIXED.get(lowered)
        if fixed is None and field not in run.flat_config:
            fixed = _FIXED.get(_ALIASES.get(lowered, ""))
        if fixed is not None:
            return fixed.value(self.entry, self.now)
        prefix, _, name = field.partition(".")
        if name and prefix == "config":
            return _config_value(run, name)
        if name and prefix in ("last", "best"):
            metric = _named(run.series, name)
            if metric is None:
                return None
            return last_value(run, metric) if prefix == "last" else best_value(run, metric)
        found = _config_value(run, field)
        if found is not None:
            return found
        metric = _named(run.series, field)
        return None if metric is None else last_value(run, metric)


def _config_value(run: Run, name: str) -> Value:
    found = _named(run.flat_config, name)
    if found is None:
        return None
    value = run.flat_config[found]
    return "null" if value is None else value


def _named(names: Iterable[str], wanted: str) -> str | None:
    """Return the name that is meant by `wanted`: itself, else by its last parts, in any case."""
    if wanted in names:
        return wanted
    return _by_last_parts(tuple(names)).get(wanted.lower())


@lru_cache(maxsize=256)
def _by_last_parts(names: tuple[str, ...]) -> dict[str, str]:
    known: dict[str, str] = {}
    for name in reversed(names):
        parts = _SEPARATOR.split(name.lower())
        # Parts and separators take turns, so a last part begins behind each separator.
        known.update(("".join(parts[start:]), name) for start in range(0, len(parts), 2))
    known.update({name.lower(): name for name in reversed(names)})
    return known


def finite_number(value: Value) -> float | None:
    """Return the number that a cell holds, `None` where it holds none that is finite."""
    if value is None or isinstance(value, str | bool):
        return None
    number = as_float(value)
    return number if math.isfinite(number) else None
