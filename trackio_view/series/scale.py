"""The map from numbers to places in a row, and back: columns of dots, rows of dots, levels."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from trackio_view.light_typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[Any]

Range = tuple[float, float]
"""The lowest and the highest of some numbers."""

_FAR = 1e6
"""Positions further beyond an end are cut to this distance, which is enough to keep the slope of a
line."""


class _Measured(NamedTuple):
    """The fields of a scale, and the numbers from which places are computed."""

    low: float
    high: float
    length: int
    logarithmic: bool
    clipped: bool
    downwards: bool
    flat: float
    first_measure: float
    """The number of the first place."""
    span: float
    """The distance from there to the last place; 0 where it is too small to divide by."""
    last: int
    """The last place."""


class Scale(_Measured):
    """A row of `length` places, of which the first stands for one end and the last for the other.

    An end lies in the middle of its place, so that half a place beyond it is still that place. A
    value half way between two places has the later one. Ends may be any two numbers, even if their
    difference is beyond a float. Where the ends are equal, or too close for a float to divide
    by their distance, every value lies at `flat`, a share of the length.

    With `logarithmic`, places stand at equal ratios, and `low` must be positive. With `clipped`,
    what lies beyond an end is at that end. With `downwards`, the first place is that of `high`, as
    the first row of a screen is the top one.
    """

    __slots__ = ()

    def __new__(
        cls,
        low: float,
        high: float,
        length: int,
        logarithmic: bool = False,
        clipped: bool = False,
        downwards: bool = False,
        flat: float = 0.5,
    ) -> Scale:
        if logarithmic and not low > 0:
            raise ValueError(f"a logarithmic scale cannot begin at {low}")
        lowest, highest = _measure(low, logarithmic), _measure(high, logarithmic)
        first, span = (highest, lowest - highest) if downwards else (lowest, highest - lowest)
        return super().__new__(
            cls,
            low,
            high,
            length,
            logarithmic,
            clipped,
            downwards,
            flat,
            first,
            span if 0 < highest - lowest < math.inf else 0.0,
            max(length - 1, 0),
        )

    @classmethod
    def of_columns(cls, left: float, right: float, length: int) -> Scale:
        """Return the scale of an x axis: a single step stands at its left end."""
        return cls(left, right, length, flat=0.0)

    @classmethod
    def of_rows(cls, low: float, high: float, length: int) -> Scale:
        """Return the scale of a y axis, rows counted from the top: a constant is in the middle."""
        return cls(low, high, length, downwards=True)

    def share(self, value: float) -> float:
        """Return the share of the way at which a number lies: 0 in the first place, 1 in the last.

        Beyond the ends it is below 0 or above 1 (up to infinity) unless the scale is clipped. NaN
        stays NaN where there is a span.
        """
        if not self.span:
            return self.flat
        share = (_measure(value, self.logarithmic) - self.first_measure) / self.span
        return min(max(share, 0.0), 1.0) if self.clipped else share

    def position(self, value: float) -> float:
        """Return the place of a number with its fraction; far beyond the ends it is cut."""
        if self.span and not (self.logarithmic or self.clipped):
            # This does what `share` does without its calls, because it places each dot of a line.
            share = (value / 2 - self.first_measure) / self.span
        else:
            share = self.share(value)
        position = share * self.last
        if -_FAR < position < _FAR or share != share:
            return position
        # With a single place the length is 0, and infinity times 0 would be NaN.
        return math.copysign(_FAR if self.last else 0.0, share)

    def nearest(self, value: float) -> int:
        """Return the place nearest to a number that is not NaN; it may lie beyond the ends."""
        return math.floor(self.position(value) + 0.5)

    def placing(self) -> Callable[[float], int]:
        """Return what `nearest` does, as a function that places many numbers faster."""
        if not self.span or self.logarithmic or self.clipped:
            return self.nearest
        first, span, last, floor = self.first_measure, self.span, self.last, math.floor

        def nearest(value: float) -> int:
            position = (value / 2 - first) / span * last
            return floor(position + 0.5) if -_FAR < position < _FAR else self.nearest(value)

        return nearest

    def nearest_of(self, values: Sequence[float]) -> list[int]:
        """Return what `nearest` does for each of many numbers, of which none is NaN."""
        if not self.span or self.logarithmic or self.clipped:
            return [self.nearest(value) for value in values]
        first, span, last, floor = self.first_measure, self.span, self.last, math.floor
        # Written out: a chart of eight lines places two thousand numbers.
        return [
            floor(position + 0.5)
            if -_FAR < (position := (value / 2 - first) / span * last) < _FAR
            else self.nearest(value)
            for value in values
        ]

    def place(self, value: float) -> int | None:
        """Return the place in which a value is drawn, or `None` where it is not.

        NaN and infinities are never drawn, nor what is not positive on a logarithmic scale, nor,
        unless the scale is clipped, what lies beyond an end.
        """
        if self.span and not (self.logarithmic or self.clipped):
            # What lies between two finite ends is finite: `nearest` without its calls, because a
            # cursor is placed in each chart with every key.
            if not self.low <= value <= self.high:
                return None
            return math.floor((value / 2 - self.first_measure) / self.span * self.last + 0.5)
        if not math.isfinite(value) or (self.logarithmic and value <= 0):
            return None
        return self.nearest(value) if self.clipped or self.low <= value <= self.high else None

    def value_at(self, place: float) -> float:
        """Return the value that a place stands for, for a cursor or a mouse.

        Fractions of a place are allowed; beyond the ends it is the value of the end.
        """
        if not self.span:
            return self.low
        share = min(max(place / self.last, 0.0), 1.0) if self.last else self.flat
        if self.downwards:
            share = 1 - share
        if not self.logarithmic:
            return self.low * (1 - share) + self.high * share
        value = math.exp(math.log(self.low) * (1 - share) + math.log(self.high) * share)
        return min(max(value, self.low), self.high)

    def shares(self, values: Array) -> Array:
        """Return what `share` does, for an array."""
        import numpy as np

        if not self.span:
            return np.full(len(values), self.flat)
        # Numbers that are far away may become infinite, as in `share`.
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            measured = np.log(np.maximum(values, 0.0)) if self.logarithmic else values / 2
            shares: Array = (measured - self.first_measure) / self.span
        return np.clip(shares, 0.0, 1.0) if self.clipped else shares

    def positions(self, values: Array) -> Array:
        """Return what `position` does, for an array."""
        import numpy as np

        with np.errstate(over="ignore"):
            # The position is cut before and after, for the same reason as in `position`.
            positions: Array = np.clip(self.shares(values), -_FAR, _FAR) * self.last
        return np.clip(positions, -_FAR, _FAR)

    def nearest_places(self, values: Array) -> Array:
        """Return what `nearest` does, for an array of numbers of which none is NaN."""
        import numpy as np

        return np.floor(self.positions(values) + 0.5).astype(np.int64)

    def places(self, values: Array) -> Array:
        """Return what `place` does, for those of an array's values that have a place."""
        import numpy as np

        drawn = np.isfinite(values)
        if self.logarithmic:
            drawn &= values > 0
        if not self.clipped:
            drawn &= (self.low <= values) & (values <= self.high)
        return self.nearest_places(values[drawn])

    def values_at(self, places: Array) -> Array:
        """Return what `value_at` does, for an array."""
        import numpy as np

        if not self.span:
            return np.full(len(places), self.low)
        if not self.last:
            return np.full(len(places), self.value_at(0))
        shares: Array = np.clip(places / self.last, 0.0, 1.0)
        if self.downwards:
            shares = 1 - shares
        if not self.logarithmic:
            return self.low * (1 - shares) + self.high * shares
        logs = math.log(self.low) * (1 - shares) + math.log(self.high) * shares
        return np.clip(np.exp(logs), self.low, self.high)


def _measure(value: float, logarithmic: bool) -> float:
    """Return the number on whose axis the places are at equal distances: its logarithm, or
    itself.
    """
    if logarithmic:
        return math.log(value) if value > 0 else math.nan if value != value else -math.inf
    # The halves are subtracted, because the difference of two huge numbers is beyond a float.
    return value / 2
