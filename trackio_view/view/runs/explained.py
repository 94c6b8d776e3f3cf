"""How much of a metric's spread between runs each key of their configs explains.

Runs are put into groups by a key's value. The share is epsilon squared (T. L. Kelley 1935): eta
squared, the variance between the groups' means as a part of all variance, less what as many groups
would explain by chance: 1 - (n - 1) / (n - k) * (variance within groups / all variance) for n runs
in k groups, at least 0. Keys are looked at one by one, so shares need not add up to 1.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from trackio_view.light_typing import NamedTuple
from trackio_view.model.roles import Role, main_loss, role_of
from trackio_view.series.sums import as_float, mean
from trackio_view.view.runs.columns import (
    ColumnKind,
    RunColumn,
    RunEntry,
    column_of,
    finite_number,
    has_best,
)
from trackio_view.view.runs.query_terms import Value

LEAST_RUNS = 6
"""With fewer runs nothing is said."""
_LEAST_FREEDOM = 3
"""How many more runs than groups there have to be."""
_MOST_RANK_GROUPS = 4


class Explained(NamedTuple):
    """What a key explains."""

    key: str
    share: float
    """The share of the variance, from 0 to 1."""


def explained_column(entries: Iterable[RunEntry], sort: str | None) -> RunColumn | None:
    """Return the metric whose spread is explained: the one that the table is sorted by, else the
    best value of the metric that tells how good a run is, else that of the main loss.
    """
    column = None if sort is None else column_of(sort)
    if column is not None and column.kind in (ColumnKind.METRIC, ColumnKind.BEST):
        return column
    metrics = dict.fromkeys(metric for entry in entries for metric in entry.run.series)
    wanted = next((name for name in metrics if role_of(name) is Role.QUALITY), None)
    wanted = wanted or next((it for it in metrics if role_of(it) is Role.VALIDATION_LOSS), None)
    wanted = wanted or main_loss(metrics)
    if wanted is None:
        return None
    return column_of(f"best:{wanted}" if has_best(wanted) else f"last:{wanted}")


def explained_by(
    entries: Sequence[RunEntry], column: RunColumn, keys: Iterable[str], now: float
) -> list[Explained]:
    """Return which config keys explain how much of a metric, the most first.

    A run counts where the metric is finite and the key is there. Keys are left out for which there
    are too few runs, or too few that share a value. Numbers of which most runs have their own are
    taken together by rank, in four groups at most.
    """
    known = [
        (entry.run.flat_config, number)
        for entry in entries
        if (number := finite_number(column.value(entry, now))) is not None
    ]
    if len(known) < LEAST_RUNS:
        return []
    found = []
    for key in keys:
        pairs = [(config[key], number) for config, number in known if key in config]
        share = _share(pairs)
        if share is not None:
            found.append(Explained(key, share))
    return sorted(found, key=lambda one: -one.share)


def _share(pairs: Sequence[tuple[Value, float]]) -> float | None:
    groups = _groups([value for value, _ in pairs])
    count = len(groups)
    sizes = Counter(groups)
    if count < LEAST_RUNS or len(sizes) < 2 or count - len(sizes) < _LEAST_FREEDOM:
        return None
    numbers = [number for _, number in pairs]
    # Numbers are divided by the largest one, so that no square is beyond a float.
    unit = max(map(abs, numbers)) or 1.0
    numbers = [number / unit for number in numbers]
    middle = mean(numbers)
    whole = math.fsum((number - middle) ** 2 for number in numbers)
    if not whole:
        return None
    members: dict[object, list[float]] = {}
    for group, number in zip(groups, numbers, strict=True):
        members.setdefault(group, []).append(number)
    means = {group: mean(values) for group, values in members.items()}
    within = math.fsum(
        (number - means[group]) ** 2 for group, number in zip(groups, numbers, strict=True)
    )
    return max(0.0, 1 - (count - 1) / (count - len(sizes)) * (within / whole))


def _groups(values: Sequence[Value]) -> list[object]:
    """Return the group of each value: itself, or, of numbers that most runs have for their own, a
    part of their order.
    """
    distinct = len(set(values))
    numbers = [as_float(it) for it in values if isinstance(it, int | float) and it == it]
    are_numbers = len(numbers) == len(values) and not any(isinstance(it, bool) for it in values)
    if not are_numbers or distinct <= max(2, len(values) // 3):
        return list(values)
    parts = max(2, min(_MOST_RANK_GROUPS, len(values) // 3))
    ordered = sorted(numbers)
    # Equal values stay together, in the part that the first of them is in.
    first: Mapping[float, int] = {
        number: place for place, number in reversed(list(enumerate(ordered)))
    }
    return [first[number] * parts // len(ordered) for number in numbers]


def share_text(share: float) -> str:
    """Return a share as a whole per cent."""
    return f"{share:.0%}"
