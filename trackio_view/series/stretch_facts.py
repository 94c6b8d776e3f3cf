"""The facts of a stretch of a series: mean, spread, extremes and slope, at a cost that does not
grow.

Whole blocks are summed up once, when they are full. A stretch is put together from those and from
the values at its edges. Means and sums of squares are joined as Chan, Golub and LeVeque do
("Updating Formulae and a Pairwise Algorithm for Computing Sample Variances", 1979).
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence

from trackio_view.light_typing import NamedTuple
from trackio_view.series.beyond import first_place
from trackio_view.series.medians import BLOCK
from trackio_view.series.series import Number, Series, difference
from trackio_view.series.sums import deviation, mean

SHORT = 2_000
"""So many values are looked at one by one, because that costs no more than importing numpy."""


class StretchFacts(NamedTuple):
    """The facts of the finite values of a stretch, which has at least one."""

    value_count: int
    """How many values are finite."""
    nonfinite: int
    """How many values are not finite."""
    change: Number | None
    """Last minus first; `None` where either is not finite."""
    mean: float
    deviation: float
    """The standard deviation of a sample; NaN for fewer than two values."""
    lowest: int
    highest: int
    """The positions of the extremes; of equal values the first."""
    slope: float
    """The rise of the values for each step, by least squares; NaN without two different steps."""


class _Group(NamedTuple):
    """Some values and their steps: their number, their means, and the sums of squares about
    these."""

    size: float
    value: float
    step: float
    values: float
    """The sum of the squares of the values' distances to their mean."""
    steps: float
    both: float
    """The sum of the products of both distances."""


class BlockSums:
    """The sums of each whole block of a series."""

    def __init__(self) -> None:
        self._columns = tuple(array("d") for _ in _Group._fields)
        self._steps: array[float] | None = None

    def update(self, steps: array[float], series: Series) -> None:
        """Sum up the blocks that became full since the last time."""
        import numpy as np

        if self._steps is not steps:
            self._columns = tuple(array("d") for _ in _Group._fields)
            self._steps = steps
        begin, end = len(self._columns[0]) * BLOCK, len(series) // BLOCK * BLOCK
        if begin >= end:
            return
        rows = np.frombuffer(series.rows, dtype=np.dtype(series.rows.typecode))[begin:end]
        logged = np.frombuffer(series.values, dtype=np.float64)[begin:end].reshape(-1, BLOCK)
        at_steps = np.frombuffer(steps, dtype=np.float64)[rows].reshape(-1, BLOCK)
        finite = np.isfinite(logged) & np.isfinite(at_steps)
        values, own = np.where(finite, logged, 0.0), np.where(finite, at_steps, 0.0)
        count = finite.sum(axis=1).astype(np.float64)
        some = np.maximum(count, 1)
        with np.errstate(over="ignore", invalid="ignore"):
            value, step = values.sum(axis=1) / some, own.sum(axis=1) / some
            off = np.where(finite, values - value[:, None], 0.0)
            off_step = np.where(finite, own - step[:, None], 0.0)
            squares, products = (off * off).sum(axis=1), (off * off_step).sum(axis=1)
            sums = (count, value, step, squares, (off_step * off_step).sum(axis=1), products)
        for column, numbers in zip(self._columns, sums, strict=True):
            column.frombytes(numbers.tobytes())

    def between(self, first: int, last: int) -> list[_Group]:
        """Return one group of the blocks from `first` up to `last`; none without a finite value."""
        import numpy as np

        parts = [np.frombuffer(column, dtype=np.float64)[first:last] for column in self._columns]
        count, value, step, values, steps, both = parts
        whole = float(count.sum())
        if not whole:
            return []
        with np.errstate(over="ignore", invalid="ignore"):
            mean_value = float((count * value).sum() / whole)
            mean_step = float((count * step).sum() / whole)
            off, off_step = value - mean_value, step - mean_step
            return [
                _Group(
                    whole,
                    mean_value,
                    mean_step,
                    float((values + count * off * off).sum()),
                    float((steps + count * off_step * off_step).sum()),
                    float((both + count * off * off_step).sum()),
                )
            ]


def facts_of(
    steps: array[float], series: Series, stretches: Sequence[range]
) -> StretchFacts | None:
    """Return the facts of the values at some positions, `None` where none is finite.

    `steps` are those of the run's rows; the stretches of positions ascend.
    """
    stretches = [positions for positions in stretches if positions]
    if not stretches:
        return None
    groups = [group for at in stretches for group in _groups(steps, series, at)]
    joined = _joined(groups)
    count = sum(map(len, stretches))
    if joined is None:
        return None
    first, last = series.number(stretches[0][0]), series.number(stretches[-1][-1])
    lowest, highest = _extremes(steps, series, stretches)
    known = int(joined.size)
    spread = math.sqrt(joined.values / (known - 1)) if known > 1 else math.nan
    if known > 1 and not math.isfinite(spread):
        # Squares of the largest numbers are beyond a float.
        spread = deviation(_finite_values(steps, series, stretches))
    return StretchFacts(
        known,
        count - known,
        difference(first, last),
        joined.value,
        spread,
        lowest,
        highest,
        joined.both / joined.steps if joined.steps > 0 else math.nan,
    )


def _finite_values(steps: array[float], series: Series, stretches: Sequence[range]) -> list[float]:
    """Return the values that the facts are about."""
    return [
        value
        for at in stretches
        for place in at
        if math.isfinite(value := series.values[place]) and math.isfinite(steps[series.rows[place]])
    ]


def _groups(steps: array[float], series: Series, positions: range) -> list[_Group]:
    start, end = positions.start, positions.stop
    if end - start <= max(SHORT, 2 * BLOCK):
        return _group(steps, series, start, end)
    sums = series.sums
    if not isinstance(sums, BlockSums):
        sums = series.sums = BlockSums()
    sums.update(steps, series)
    first, last = -(-start // BLOCK), end // BLOCK
    return [
        *_group(steps, series, start, first * BLOCK),
        *sums.between(first, last),
        *_group(steps, series, last * BLOCK, end),
    ]


def _group(steps: array[float], series: Series, start: int, end: int) -> list[_Group]:
    """Return one group of a few values; none without a finite value."""
    own = zip(series.values[start:end], series.rows[start:end], strict=True)
    pairs = [
        (value, step)
        for value, row in own
        if math.isfinite(value) and math.isfinite(step := steps[row])
    ]
    if not pairs:
        return []
    value, step = mean([value for value, _ in pairs]), mean([step for _, step in pairs])
    return [
        _Group(
            len(pairs),
            value,
            step,
            sum((own - value) * (own - value) for own, _ in pairs),
            sum((own - step) * (own - step) for _, own in pairs),
            sum((own - value) * (at - step) for own, at in pairs),
        )
    ]


def _joined(groups: Sequence[_Group]) -> _Group | None:
    if not groups:
        return None
    joined = groups[0]
    for group in groups[1:]:
        count = joined.size + group.size
        share, weight = group.size / count, joined.size * group.size / count
        off, off_step = group.value - joined.value, group.step - joined.step
        joined = _Group(
            count,
            joined.value + off * share,
            joined.step + off_step * share,
            joined.values + group.values + off * off * weight,
            joined.steps + group.steps + off_step * off_step * weight,
            joined.both + group.both + off * off_step * weight,
        )
    return joined


def _extremes(steps: array[float], series: Series, stretches: Sequence[range]) -> tuple[int, int]:
    """Return the positions of the smallest and of the largest finite value."""
    overview, values = series.overview, series.values
    overview.update(steps, series.rows, values)
    found = [(at, *overview.bounds(values, at.start, at.stop)) for at in stretches]
    low, high = min(low for _, low, _ in found), max(high for _, _, high in found)
    lowest = next(at for at, own, _ in found if own == low)
    highest = next(at for at, _, own in found if own == high)
    return (
        first_place(values, overview, lowest, low, lowest=True),
        first_place(values, overview, highest, high, lowest=False),
    )
