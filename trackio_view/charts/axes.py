"""Axes: where ticks and their labels go, below a chart and left of it."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise

from trackio_view.charts.tick_labels import has_short_labels, labels, tick_of
from trackio_view.charts.ticks import (
    HALF_A_STEP,
    Tick,
    choices_of_ticks,
    density_loss,
    is_flat,
    shortest,
    tick_range,
    tick_steps,
    tick_value,
)
from trackio_view.light_typing import NamedTuple
from trackio_view.series.scale import Scale


def padded(low: float, high: float) -> tuple[float, float]:
    """Return the range to draw values from `low` to `high` in, widened where it has no span."""
    largest = max(abs(low), abs(high))
    if not is_flat(low, high) and high - low > 1e-306:
        return low, high
    margin = max(largest * 0.05, 1e-300) if largest else 1.0
    limit = sys.float_info.max
    return max(low - margin, -limit), min(high + margin, limit)


GAP = 2
"""The least number of blanks between two labels."""


class PlacedLabel(NamedTuple):
    """A tick and its label, in cells from the left end of the axis."""

    tick: int | None
    """`None` of the axis' unit, which stands in the row of the labels."""
    start: int
    text: str


@lru_cache(maxsize=256)
def x_labels(left: float, right: float, width: int, overhang: int) -> tuple[PlacedLabel, ...]:
    """Return the ticks of an x axis `width` cells long, with labels that do not touch.

    Labels are centred on their tick; they may reach `overhang` cells to the left of the axis.
    Where both ends are whole steps, they are labelled too, and ticks beside them give way; a tick
    in the cell of an end stands for it.
    """
    if not (math.isfinite(left) and math.isfinite(right)):
        return ()
    whole = float(left).is_integer() and float(right).is_integer()
    wanted = max(min(round(width / 11), 8), 3)
    ends = (left, right) if whole else ()
    best: list[PlacedLabel] = []
    for short in (True, False):
        choices = (
            (chosen, placed)
            for chosen in choices_of_ticks(left, right, wanted, whole=whole)
            if (placed := _placed(chosen, left, right, width, overhang, short=short)) is not None
        )
        chosen, placed = next(choices, ([], []))
        texts = [_end_label(end, right - left, width, short=short) for end in ends]
        if short and not _is_no_longer(chosen, texts, left, right, width):
            continue
        if whole and left < right:
            placed = _with_ends(placed, texts, width, overhang)
        if len(placed) > len(best):
            best = placed
        if len(best) >= 3:
            break
    if best or left != right:
        return tuple(best)
    text = labels([tick_of(float(left))], width=width)[0]
    return (PlacedLabel(0, -min(overhang, len(text) // 2), text),) if len(text) <= width else ()


def _is_no_longer(
    chosen: Sequence[Tick], short_ends: Sequence[str], left: float, right: float, width: int
) -> bool:
    """Return whether the short labels of an axis, those of its ends included, are no longer than
    the plain ones.
    """
    longest = _widest([*labels(chosen, short=True), *short_ends])
    if longest <= _widest(labels(chosen)):
        return True
    # Plain labels of the ends are made only where they decide: as long ones they take their time.
    ends = (left, right) if short_ends else ()
    return longest <= _widest([_end_label(end, right - left, width, short=False) for end in ends])


def grown_end(left: float, right: float) -> float:
    """Return a round end for an x axis on which more is to come, at or beyond `right`.

    It grows in steps of a quarter to a third, so that what is drawn stands still in between. Where
    the axis begins far from 0, its length is round.
    """
    base = 0.0 if 0 <= left <= right / 10 else left
    span = right - base
    if not (0 < span < math.inf):
        return right
    power = Decimal(repr(span)).adjusted()
    for shift in (power, power + 1):
        for mantissa in _ROUND_ENDS:
            end = base + float(f"{mantissa}e{shift}")
            if end >= right:
                return end
    return right


_ROUND_ENDS = ("1", "1.25", "1.5", "2", "2.5", "3", "4", "5", "6", "8")


def _with_ends(
    placed: list[PlacedLabel], texts: Sequence[str], width: int, overhang: int
) -> list[PlacedLabel]:
    """Return the labels with those of both ends, where they leave room for one another."""
    first, last = texts
    start = -min(overhang, len(first) // 2)
    ends = [PlacedLabel(0, start, first), PlacedLabel(width - 1, width - len(last), last)]
    if placed and placed[0].tick == 0:
        ends[0] = placed[0]
    if placed and placed[-1].tick == width - 1:
        ends[1] = placed[-1]
    free, limit = ends[0].start + len(ends[0].text) + GAP, ends[1].start - GAP
    if free > limit + GAP:
        return placed
    between = [
        label for label in placed if free <= label.start and label.start + len(label.text) <= limit
    ]
    return [ends[0], *between, ends[1]]


_LONGEST_END, _LONGEST_SHORT_END = 8, 5
"""In characters. A longer label of an end, as `819.195904M` or `197.999k`, is rounded to what one
cell of the axis stands for.
"""


def _end_label(end: float, span: float, width: int, *, short: bool) -> str:
    """Return the label of an end of an axis. A long number loses the digits that only tell apart
    points of one cell.
    """
    text = labels([tick_of(float(end))], width=width, short=short)[0]
    if len(text) <= (_LONGEST_SHORT_END if short else _LONGEST_END) or not 0 < span < math.inf:
        return text
    try:
        seen = round(float(end), -math.floor(math.log10(span / width)))
    except OverflowError:
        return text
    rounded = labels([tick_of(seen)], width=width, short=short)[0]
    return min(text, rounded, key=len)


def _placed(
    chosen: Sequence[Tick],
    left: float,
    right: float,
    width: int,
    overhang: int,
    *,
    short: bool,
) -> list[PlacedLabel] | None:
    """Return where ticks and labels go, or `None` where labels would touch."""
    texts = labels(chosen, width=width, short=short)
    ticks = [(tick.value, text) for tick, text in zip(chosen, texts, strict=True)]
    return placed_apart(ticks, left, right, width, overhang)


def placed_apart(
    ticks: Iterable[tuple[float, str]], left: float, right: float, width: int, overhang: int
) -> list[PlacedLabel] | None:
    """Return where labels go that are centred below their ticks on an axis from `left` to `right`,
    in `width` columns and up to `overhang` before them; `None` where labels would touch.
    """
    placed: list[PlacedLabel] = []
    free = -overhang
    columns = Scale.of_columns(left, right, width)
    for value, text in ticks:
        place = columns.nearest(value)
        start = max(min(place - len(text) // 2, width - len(text)), -overhang)
        if start < free or start + len(text) > width:
            return None
        placed.append(PlacedLabel(place, start, text))
        free = start + len(text) + GAP
    return placed


_USUAL_TICKS = 3.5
"""Three or four, as charts of all usual heights have room for."""
_FINEST = 5
"""Half of the most steps that are looked at."""
_BARE_END = 0.4
"""The loss of an end of an axis without a tick."""
_CROWDED = 0.6
_UNEVEN = 0.8
"""The loss of ticks at uneven distances, as rounding to rows of cells brings about."""
_GIVEN_AWAY = 1.5
_MOST_GIVEN_AWAY = 0.25
"""The loss of a share of the height that lies beyond every value, and the largest such share."""
_COARSEST = 0.49 * (1 - _MOST_GIVEN_AWAY)
"""Half of the longest step at which an axis may have two ticks, as a share of its values."""
_LOSS_OF_ONE_TICK = density_loss(1, _USUAL_TICKS)


class YLabel(NamedTuple):
    """A tick of a y axis: the row of cells it stands in, and its label."""

    row: int
    text: str


class YAxis(NamedTuple):
    """What a y axis reaches from and to, and its ticks from the top down, at most one a row."""

    low: float
    high: float
    labels: tuple[YLabel, ...]


@lru_cache(maxsize=256)
def opened(low: float, high: float) -> tuple[float, float]:
    """Return the ends of an axis that opens around values from `low` to `high`.

    It reaches to the next tick beyond its values where that costs little height. So it ends in
    round numbers and does not change with each new value. Its own height does not matter: a chart
    has the same limits in a terminal of any size, in a picture and in a text.
    """
    if is_flat(low, high):
        return low, high
    bounds, half = (shortest(low), shortest(high)), high / 2 - low / 2
    best, best_loss = (low, high), math.inf
    for multiple, exponent, roughness in tick_steps(low, high, whole=False):
        step = tick_value(multiple, exponent)
        # An axis with two ticks is at least as long as the step between them, so an axis with a
        # coarse step has a single tick.
        if half > _FINEST * step or (half < _COARSEST * step and best_loss < _LOSS_OF_ONE_TICK):
            continue
        first, last = tick_range(*bounds, multiple, exponent)
        tops = _ends(high, last, multiple, exponent, 1)
        for bottom, lowest, bare_below in _ends(low, first, multiple, exponent, -1):
            for top, highest, bare_above in tops:
                given_away = 1 - half / (top / 2 - bottom / 2)
                if highest < lowest or given_away > _MOST_GIVEN_AWAY:
                    continue
                loss = density_loss(highest - lowest + 1, _USUAL_TICKS) + roughness
                loss += _GIVEN_AWAY * given_away + _BARE_END * (bare_below + bare_above)
                if loss < best_loss:
                    best, best_loss = (bottom, top), loss
    return best


def _ends(
    bound: float, place: int, multiple: int, exponent: int, outwards: int
) -> list[tuple[float, int, bool]]:
    """Return where an axis may end beyond its outermost value: there, or at the next tick.

    Each with its outermost tick, as a count of steps, and whether it is bare: ends without a tick.
    `place` is the outermost tick among the values.
    """
    is_bare = (tick_value(place * multiple, exponent) - bound) * outwards < 0
    ends = [(bound, place, is_bare)]
    if is_bare:
        place += outwards
        opened_end = tick_value(place * multiple, exponent)
        if math.isfinite(opened_end):
            ends.append((opened_end, place, False))
    return ends


@lru_cache(maxsize=256)
def y_axis(low: float, high: float, height: int, dots_a_row: int) -> YAxis:
    """Return the axis from `low` to `high`, `height` cells high, with its ticks."""
    if height < 1 or is_flat(low, high):
        return YAxis(low, high, ())
    wanted = height if height <= 3 else min(round(height / 3) + 1, 8)
    bounds = shortest(low), shortest(high)
    best_rows: list[int] = []
    best_ticks: list[Tick] = []
    best_loss = math.inf
    half, most = high / 2 - low / 2, HALF_A_STEP * (height + 1)
    dot_rows = Scale.of_rows(low, high, height * dots_a_row)
    for multiple, exponent, roughness in tick_steps(low, high, whole=False):
        # To count ticks exactly takes long, and many steps are too fine in any case.
        if half > most * tick_value(multiple, exponent):
            continue
        first, last = tick_range(*bounds, multiple, exponent)
        count = last - first + 1
        if not 1 <= count <= height:
            continue
        loss = density_loss(count, wanted) + roughness
        if loss >= best_loss:
            continue
        chosen = [Tick(place * multiple, exponent) for place in range(first, last + 1)]
        rows = [dot_rows.nearest(tick.value) // dots_a_row for tick in reversed(chosen)]
        loss += _unevenness(rows, height)
        if loss < best_loss:
            best_rows, best_ticks, best_loss = rows, chosen, loss
    texts = reversed(_of_one_manner(best_ticks))
    return YAxis(low, high, tuple(map(YLabel, best_rows, texts)))


def _of_one_manner(chosen: Sequence[Tick]) -> list[str]:
    """Return labels with SI units, or plain ones where those are shorter. Numbers with a power of
    ten have equally many digits where that takes no more room.
    """
    plain = labels(chosen)
    if not has_short_labels(chosen):
        return plain
    short = labels(chosen, short=True)
    gained = _widest(plain) - _widest(short)
    return short if gained > 0 or (gained == 0 and not any("e" in it for it in plain)) else plain


def _widest(texts: Sequence[str]) -> int:
    return max(map(len, texts), default=0)


def _unevenness(rows: Sequence[int], height: int) -> float:
    """Return what the places of ticks cost: infinity where two share a row."""
    distances = {later - earlier for earlier, later in pairwise(rows)}
    if 0 in distances:
        return math.inf
    # Labels in neighbouring rows are hard to read, and on a few rows a step of one and a half would
    # be uneven.
    crowded = _CROWDED if height > 3 and 1 in distances else 0.0
    return crowded + (_UNEVEN / min(distances) ** 2 if len(distances) > 1 else 0.0)
