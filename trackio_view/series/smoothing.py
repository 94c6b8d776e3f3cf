"""How much a line is smoothed, and in which of three ways: what a key, an option and a setting say.

`0.9` is the weight of TensorBoard's moving average, `time:0.9` that of one which fades with the
distance along the x axis, `mean:10` TrackIO's mean of the values around each; `off` is none.
"""

from __future__ import annotations

import enum
import math

from trackio_view.light_typing import NamedTuple

OFF = "off"
FORMS = f"{OFF}, a weight such as 0.9, time:0.9 or mean:10"
"""The texts that mean a smoothing, in words."""
LARGEST_WEIGHT = 0.999
"""The weights of TensorBoard's own slider."""
_NARROWEST, _WIDEST = 3, 100
"""The fewest and the most values of a mean; TrackIO's page has at least 3."""
_USUAL_WIDTH = 10
"""The number with which TrackIO's page begins."""
_WEIGHTS = (0.6, 0.9, 0.97, 0.99, 0.997)
STEPS = f"{', '.join(f'{weight:g}' for weight in _WEIGHTS)}, mean of {_USUAL_WIDTH}"
"""What the key smooths by, one after the other, in words."""


class Way(enum.Enum):
    """How a line is smoothed. The values are the words before the amount."""

    BY_POINTS = ""
    """Earlier values fade with each value."""
    BY_DISTANCE = "time"
    """Earlier values fade with the distance along the x axis."""
    CENTRED = "mean"
    """The mean of the values around each."""

    # Many keys of dictionaries hold one, and the hash of `Enum` is a slow Python function.
    __hash__ = object.__hash__


class Smoothing(NamedTuple):
    """One amount of smoothing."""

    way: Way
    amount: float
    """The weight of earlier values, above 0 and below 1; or the number of values of a mean."""

    @property
    def text(self) -> str:
        """How it is written, so that `smoothing_of` reads it back."""
        return f"{self.way.value}:{self.amount:g}".lstrip(":")

    @property
    def words(self) -> str:
        """How it is told on the live screen."""
        return f"mean of {self.amount:g}" if self.way is Way.CENTRED else self.text

    @property
    def reach(self) -> int:
        """The distance of two smoothed values that have next to nothing in common, in values.

        For a mean it is twice its number of values. For an average it is twice the sum of its
        weights, after which a weight is below e^-2.
        """
        of = self.amount if self.way is Way.CENTRED else 1 / (1 - self.amount)
        return math.ceil(2 * of)


def smoothing_of(text: str) -> Smoothing | None:
    """Return the smoothing that a text means, `None` for none.

    Raises ValueError, with a sentence, for any other text.
    """
    name, _, number = text.strip().lower().rpartition(":")
    if not name and number in (OFF, Way.CENTRED.value):
        return None if number == OFF else Smoothing(Way.CENTRED, _USUAL_WIDTH)
    ways = [way for way in Way if way.value == name]
    try:
        amount = float(number)
    except ValueError:
        ways = []
    if not ways:
        raise ValueError(f"{text!r} is none of: {FORMS}")
    if ways == [Way.CENTRED]:
        if not (_NARROWEST <= amount <= _WIDEST and amount.is_integer()):
            raise ValueError(f"a mean is of {_NARROWEST} to {_WIDEST} values")
    elif not 0 <= amount <= LARGEST_WEIGHT:
        raise ValueError(f"a weight is 0 to {LARGEST_WEIGHT}")
    return Smoothing(ways[0], amount) if amount else None


def beside(smoothing: Smoothing | None, way: Way, *, more: bool) -> Smoothing | None:
    """Return the next amount for a key: the next weight, and after the last one the mean.

    Where nothing was smoothed before, averages are made in `way`. Beyond the last amount in either
    direction nothing changes.
    """
    if smoothing is not None and smoothing.way is not Way.CENTRED:
        way = smoothing.way
    known = smoothing is not None and smoothing.way is Way.CENTRED
    weight = 1.0 if known else smoothing.amount if smoothing is not None else 0.0
    if more:
        higher = next((one for one in _WEIGHTS if one > weight), None)
        if higher is not None:
            return Smoothing(way, higher)
        return smoothing if known else Smoothing(Way.CENTRED, _USUAL_WIDTH)
    lower = next((one for one in reversed(_WEIGHTS) if one < weight), None)
    return None if lower is None else Smoothing(way, lower)
