"""The table of runs: which are in it, in which order and groups, under which columns."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from trackio_view.light_typing import NamedTuple
from trackio_view.model.config import ConfigValue, config_text
from trackio_view.model.pace import RunState
from trackio_view.model.progress import progress
from trackio_view.model.project_id import ProjectId, have_several_origins
from trackio_view.model.roles import Direction, Role, kind_of, main_loss, role_of
from trackio_view.model.run import RunKey
from trackio_view.series.sums import as_float, deviation, mean
from trackio_view.view.marks import as_seen
from trackio_view.view.runs.columns import (
    FIXED_COLUMNS,
    ColumnKind,
    QuerySubject,
    RunColumn,
    RunEntry,
    column_of,
    finite_number,
    has_best,
)
from trackio_view.view.runs.query_terms import EVERYTHING, Query, Value, fields_of

_MOST_CONFIG_COLUMNS = 4
_STATE_RANKS = {state.value: rank for rank, state in enumerate(RunState)}


class RunGroup(NamedTuple):
    """The runs that have one value in common."""

    key: str
    """What the runs have in common, such as `lr = 0.001`. It tells the group from the others."""
    members: Sequence[RunEntry]
    title: str
    """The same in short, for places where the key is known: `0.001`, `no lr`."""


class TableLine(NamedTuple):
    """One line of the table: a run, or the summary of a group above its runs."""

    entry: RunEntry | None = None
    group: RunGroup | None = None
    """The group that the line sums up; `None` for a run's line."""

    @property
    def identity(self) -> RunKey | str:
        """What identifies the line while others come and go."""
        if self.entry is not None:
            return self.entry.key
        return "" if self.group is None else self.group.key


class Spread(NamedTuple):
    """What a group has in a column of numbers."""

    finite: int
    """How many members have a finite number. The others are left out."""
    mean: float
    deviation: float | None
    """The sample's standard deviation; `None` for a single one."""
    best: float | None
    """The lowest or the highest, whichever is better; `None` where the metric's name does not tell
    that.
    """


class Arrangement(NamedTuple):
    """How the person wants the table. `None` leaves a choice to the program."""

    query: Query = EVERYTHING
    sort: str | None = None
    descending: bool = False
    columns: tuple[str, ...] | None = None
    group: str | None = None
    """The key of the column whose values make groups."""
    collapsed: frozenset[str] = frozenset()
    """Groups whose members are not shown."""


class RunsTable(NamedTuple):
    """The table as it is now."""

    columns: Sequence[RunColumn]
    lines: Sequence[TableLine]
    matching: Sequence[RunEntry]
    """The runs that the filter lets through, those of collapsed groups included."""
    total: int
    """The number of all runs, those that the filter leaves out included."""
    now: float
    same_names: frozenset[tuple[ProjectId, str]]
    """Project and name, as it is seen, where several runs have them in common."""
    winners: Mapping[str, RunKey]
    """By the key of a column of best values: the run with the best value of all runs that match."""
    positions: Mapping[RunKey | str, int]
    """The place of each line by its identity."""
    unknown_fields: Sequence[str]
    """Where the filter lets nothing through: fields that it asks for and no run has."""


def make_table(entries: Sequence[RunEntry], wanted: Arrangement, now: float) -> RunsTable:
    """Return the table of these runs. Absent values come last, whichever way it is sorted."""
    query = wanted.query
    unknown: list[str] = []
    if query == EVERYTHING:
        matching = list(entries)
    else:
        subjects = [QuerySubject(entry, now) for entry in entries]
        matching = [subject.entry for subject in subjects if query.matches(subject)]
        if not matching and subjects:
            unknown = [
                field
                for field in fields_of(query)
                if all(subject.value(field) is None for subject in subjects)
            ]
    _sort(matching, wanted, now)
    columns = _columns(entries, wanted)
    names = Counter((entry.project.id, as_seen(entry.run.name)) for entry in entries)
    lines = _lines(matching, wanted, now)
    return RunsTable(
        columns,
        lines,
        matching,
        len(entries),
        now,
        frozenset(name for name, count in names.items() if count > 1),
        _winners(matching, columns, now),
        {line.identity: place for place, line in enumerate(lines)},
        unknown,
    )


def _winners(
    entries: Iterable[RunEntry], columns: Iterable[RunColumn], now: float
) -> dict[str, RunKey]:
    winners: dict[str, RunKey] = {}
    entries = list(entries)
    for column in columns:
        if column.kind is ColumnKind.BEST and len(entries) > 1:
            found = [
                (number, place)
                for place, entry in enumerate(entries)
                if (number := finite_number(column.value(entry, now))) is not None
            ]
            if found:
                _, place = max(found) if column.descending else min(found)
                winners[column.key] = entries[place].key
    return winners


def _sort(entries: list[RunEntry], wanted: Arrangement, now: float) -> None:
    # The youngest run comes first. No arriving row can change this order.
    entries.sort(key=_started, reverse=True)
    column = column_of(wanted.sort) if wanted.sort is not None else None
    if column is None:
        return
    present: list[tuple[tuple[int, float, str], RunEntry]] = []
    absent: list[RunEntry] = []
    for entry in entries:
        key = _sort_key(column, column.value(entry, now))
        if key is None:
            absent.append(entry)
        else:
            present.append((key, entry))
    present.sort(key=lambda pair: pair[0], reverse=wanted.descending)
    entries[:] = [*(entry for _, entry in present), *absent]


def _started(entry: RunEntry) -> tuple[float, ProjectId, str]:
    time = entry.run.first_time
    return (-math.inf if math.isnan(time) else time, entry.project.id, entry.run.run_id)


def _sort_key(column: RunColumn, value: Value) -> tuple[int, float, str] | None:
    """Return what a value is sorted by, numbers before texts, or `None` where it is absent."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if column.kind is ColumnKind.STATE:
        return 0, float(_STATE_RANKS.get(str(value), len(_STATE_RANKS))), ""
    if isinstance(value, str):
        return 1, 0.0, value.casefold()
    return 0, as_float(value), ""


def available_columns(entries: Sequence[RunEntry]) -> list[RunColumn]:
    """Return every column that the runs can fill: the fixed, the metrics', then the config's."""
    keys = [column.key for column in FIXED_COLUMNS]
    if not have_several_origins(entry.project.id for entry in entries):
        keys.remove("origin")
    for metric in sorted(_metrics(entries), key=lambda name: (role_of(name), name)):
        keys.append(f"last:{metric}")
        if has_best(metric):
            keys.append(f"best:{metric}")
        keys.append(f"trend:{metric}")
    keys += [f"config:{key}" for key in sorted(_config_keys(entries))]
    return [column for key in keys if (column := column_of(key)) is not None]


def group_columns(entries: Sequence[RunEntry]) -> list[RunColumn]:
    """Return the columns that runs can be grouped by, config keys that differ before others."""
    varying = set(varying_keys(entries))
    ordered = sorted(_config_keys(entries), key=lambda key: (key not in varying, key))
    keys = ["group", "project", "state", *(f"config:{key}" for key in ordered)]
    return [column for key in keys if (column := column_of(key)) is not None]


def varying_keys(entries: Iterable[RunEntry]) -> list[str]:
    """Return the config keys whose values differ between the runs that have one."""
    # By key: whether its value varies between runs; and the value of each key that has not varied
    # so far.
    varies: dict[str, bool] = {}
    steady: dict[str, ConfigValue] = {}
    for entry in entries:
        config = entry.run.flat_config
        # Configs are compared as wholes: a loop over their keys would be most of a table's cost.
        if not steady.items() <= config.items():
            for key in [key for key in steady if config.get(key, steady[key]) != steady[key]]:
                varies[key] = True
                del steady[key]
        if not config.keys() <= varies.keys():
            fresh = {key: value for key, value in config.items() if key not in varies}
            varies.update(dict.fromkeys(fresh, False))
            steady.update(fresh)
    return [key for key, varying in varies.items() if varying]


def _together(names: Iterable[Mapping[str, object]]) -> dict[str, None]:
    """Return all keys of several mappings, in the order first met."""
    together: dict[str, None] = {}
    for some in names:
        if not some.keys() <= together.keys():
            together.update(dict.fromkeys(some))
    return together


def _metrics(entries: Iterable[RunEntry]) -> dict[str, None]:
    return _together(entry.run.series for entry in entries)


def _config_keys(entries: Iterable[RunEntry]) -> dict[str, None]:
    return _together(entry.run.flat_config for entry in entries)


def _columns(entries: Sequence[RunEntry], wanted: Arrangement) -> list[RunColumn]:
    keys = wanted.columns if wanted.columns is not None else default_columns(entries)
    return [column for key in keys if (column := column_of(key)) is not None]


def default_columns(entries: Sequence[RunEntry]) -> tuple[str, ...]:
    """Return the columns shown where none were chosen: those in which these runs can differ.

    Config keys that differ come right after the name. Columns that are the same in all rows come
    last.
    """
    metrics = _metrics(entries)
    keys = ["state", "name"]
    projects = {entry.project.id for entry in entries}
    if len(projects) > 1:
        keys.append("project")
    if have_several_origins(projects):
        keys.append("origin")
    keys += [f"config:{key}" for key in varying_keys(entries)[:_MOST_CONFIG_COLUMNS]]
    loss = main_loss(metrics)
    if loss is not None:
        keys.append(f"trend:{loss}")
    quality = next((name for name in metrics if role_of(name) is Role.VALIDATION_LOSS), None)
    quality = next((name for name in metrics if role_of(name) is Role.QUALITY), quality)
    for metric in dict.fromkeys((loss, quality)):
        if metric is not None:
            keys.append(f"last:{metric}")
            if has_best(metric):
                keys.append(f"best:{metric}")
    keys.append("step")
    if any(progress(entry.run) is not None for entry in entries):
        keys += ["progress", "eta"]
    keys += ["rate", "age", "duration"]
    if any(entry.run.group is not None for entry in entries):
        keys.append("group")
    same = {key for key in keys if _is_same_in_all(key, entries)}
    return tuple(sorted(keys, key=lambda key: key in same))


_STAYS_IN_PLACE = frozenset(
    {
        *(ColumnKind.STATE, ColumnKind.RATE, ColumnKind.AGE, ColumnKind.DURATION, ColumnKind.TIME),
        ColumnKind.TREND,
    }
)
"""Columns that change as time passes, and columns that are never the same. A second that passes
never moves them.
"""


def _is_same_in_all(key: str, entries: Sequence[RunEntry]) -> bool:
    column = column_of(key)
    if column is None or column.kind in _STAYS_IN_PLACE or key == "name" or len(entries) < 2:
        return False
    value = column.value(entries[0], 0.0)
    return all(column.value(entry, 0.0) == value for entry in entries)


def _lines(entries: Sequence[RunEntry], wanted: Arrangement, now: float) -> list[TableLine]:
    column = column_of(wanted.group) if wanted.group is not None else None
    if column is None:
        return [TableLine(entry) for entry in entries]
    groups = group_entries(entries, column, now)
    sorted_by = column_of(wanted.sort) if wanted.sort is not None else None
    if sorted_by is not None:
        groups = _sorted_groups(groups, sorted_by, wanted.descending, now)
    lines: list[TableLine] = []
    for group in groups:
        lines.append(TableLine(group=group))
        if group.key not in wanted.collapsed:
            lines += [TableLine(entry) for entry in group.members]
    return lines


def _sorted_groups(
    groups: Sequence[RunGroup], column: RunColumn, descending: bool, now: float
) -> list[RunGroup]:
    """Return groups sorted by their best value in a column, else by their mean. Groups without
    either come last.
    """
    ranks: dict[str, float] = {}
    for group in groups:
        spread = spread_of(group, column, now)
        if spread is not None:
            ranks[group.key] = spread.mean if spread.best is None else spread.best
    sign = -1 if descending else 1
    return sorted(
        groups,
        key=lambda group: (group.key not in ranks, sign * ranks.get(group.key, 0.0)),
    )


def group_entries(entries: Iterable[RunEntry], column: RunColumn, now: float) -> list[RunGroup]:
    """Return the runs by their values in a column, sorted by that value. Runs without a value come
    last.
    """
    members: dict[str | None, list[RunEntry]] = {}
    order: dict[str | None, tuple[int, float, str]] = {}
    for entry in entries:
        value = column.value(entry, now)
        text = group_text(value)
        members.setdefault(text, []).append(entry)
        order.setdefault(text, _sort_key(column, value) or (2, 0.0, text or ""))
    texts = sorted(members, key=lambda text: (text is None, order[text]))
    none = f"no {column.title}"
    return [
        RunGroup(none, members[text], none)
        if text is None
        else RunGroup(f"{column.title} = {text}", members[text], text)
        for text in texts
    ]


def group_text(value: Value) -> str | None:
    """Return what the runs of a group have in common, `None` where they lack it.

    1 and 1.0 are one group, as both mean the same value of a sweep.
    """
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    return None if value is None else config_text(value) or '""'


_SPREAD_KINDS = frozenset(
    {
        ColumnKind.METRIC,
        ColumnKind.BEST,
        ColumnKind.STEP,
        ColumnKind.SHARE,
        ColumnKind.RATE,
        ColumnKind.DURATION,
        ColumnKind.CONFIG,
    }
)


def spread_of(group: RunGroup, column: RunColumn, now: float) -> Spread | None:
    """Return mean, spread and best of a group in a column, `None` where it holds no numbers."""
    if column.kind not in _SPREAD_KINDS:
        return None
    numbers = [
        number
        for entry in group.members
        if (number := finite_number(column.value(entry, now))) is not None
    ]
    if not numbers:
        return None
    direction = kind_of(column.metric).direction if column.metric else Direction.NEUTRAL
    best = None
    if direction is not Direction.NEUTRAL:
        best = (min if direction is Direction.LOW_IS_GOOD else max)(numbers)
    return Spread(
        len(numbers), mean(numbers), deviation(numbers) if len(numbers) > 1 else None, best
    )
