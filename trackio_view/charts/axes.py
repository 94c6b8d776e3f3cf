"""Axes: round numbers to read a chart by, and labels that tell them apart."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise

from trackio_view.named_tuple import NamedTuple
from trackio_view.series.scale import Scale
from trackio_view.terminal.glyphs import ELLIPSIS
from trackio_view.wording.numbers import format_value


class Tick(NamedTuple):
    """A round number, as `digits * 10 ** exponent`, so that its label is exact."""

    digits: int
    exponent: int

    @property
    def value(self) -> float:
        return float(f"{self.digits}e{self.exponent}")


# From the roundest on; the weights are the loss of roundness against one tick more or less.
_MULTIPLES: tuple[tuple[int, int, float], ...] = (
    (1, 0, 0.0),
    (5, 0, 0.10),
    (2, 0, 0.15),
    (25, -1, 0.35),
)

FLATTEST = 1e-13
"""A span smaller than this part of its numbers is beyond what floats can divide evenly."""
_LARGEST_EXACT_INTEGER = 2.0**53
_LARGEST_WITH_EIGHTHS = 2.0**50
"""Beyond, floats between whole numbers are too few to be ticks."""


def is_flat(low: float, high: float) -> bool:
    """Return whether a span is too small for its numbers to be divided; whole numbers are exact."""
    largest = max(abs(low), abs(high))
    if largest <= _LARGEST_EXACT_INTEGER and low == math.floor(low) and high == math.floor(high):
        return high <= low
    return high / 2 - low / 2 <= largest * FLATTEST / 2


def ticks(
    low: float,
    high: float,
    wanted: int,
    *,
    most: int | None = None,
    whole: bool = False,
    penalty: Callable[[Sequence[Tick]], float] | None = None,
) -> list[Tick]:
    """Return round numbers from `low` to `high`, both included, about `wanted` of them.

    Steps are 1, 2, 2.5 or 5 times a power of ten. The choice weighs roundness against density,
    as Talbot, Lin and Hanrahan do ("An Extension of Wilkinson's Algorithm", 2010), among those
    with at most `most` ticks; `penalty` adds what the place of the ticks costs, infinity where
    they do not fit. `whole` allows integers only. Empty where
    there is none: no room, no span, or numbers that are not finite.
    """
    if not (math.isfinite(low) and math.isfinite(high)) or wanted < 1:
        return []
    if is_flat(low, high):
        return []
    whole = whole or max(abs(low), abs(high)) > _LARGEST_WITH_EIGHTHS
    limit = max(most if most is not None else 2 * wanted, 1)
    best: list[Tick] = []
    best_loss = math.inf
    bounds = _shortest(low), _shortest(high)
    for multiple, exponent, roughness in _steps(low, high, whole=whole):
        first, last = _tick_range(*bounds, multiple, exponent)
        count = last - first + 1
        if 1 <= count <= limit:
            loss = _density_loss(count, wanted) + roughness
            if loss >= best_loss:
                continue
            found = [Tick(place * multiple, exponent) for place in range(first, last + 1)]
            loss += penalty(found) if penalty is not None else 0.0
            if loss < best_loss:
                best, best_loss = found, loss
    return best


def _steps(low: float, high: float, *, whole: bool) -> Iterator[tuple[int, int, float]]:
    """Yield steps as multiple, exponent and roughness, from fine to coarse."""
    # Halved like the span, which may be beyond a float; log10(2) is added back.
    power = math.floor(math.log10(high / 2 - low / 2) + 0.30103)
    for exponent in range(power - 2, power + 2):
        for multiple, shift, roughness in _MULTIPLES:
            if not whole or exponent + shift >= 0:
                yield multiple, exponent + shift, roughness


def _density_loss(count: int, wanted: int) -> float:
    """Return what it costs that there are `count` ticks rather than as many as wanted."""
    # Too few ticks are worse than too many; a single tick tells no scale.
    density = abs(math.log(count / wanted)) * (1.0 if count >= wanted else 1.3)
    return density + (2.0 if count == 1 else 0.0)


def _shortest(bound: float) -> Decimal:
    """Return a bound by its shortest digits, so that 0.1 lies on a step of 0.1 although its float
    is larger.
    """
    return Decimal(repr(bound))


def _tick_range(low: Decimal, high: Decimal, multiple: int, exponent: int) -> tuple[int, int]:
    """Return the first and last count of steps that lie from `low` to `high`."""
    step = Decimal(multiple).scaleb(exponent)
    first = int((low / step).to_integral_value(rounding="ROUND_CEILING"))
    last = int((high / step).to_integral_value(rounding="ROUND_FLOOR"))
    return first, last


_MOST_DECIMALS = 5
_LABEL_WIDTH = 9


def labels(chosen: Sequence[Tick], *, width: int = _LABEL_WIDTH, short: bool = False) -> list[str]:
    """Return a label a tick, no two alike, with just the digits that the step calls for.

    Numbers of middling size are written out with thousands grouped; large ones take an SI unit,
    all others one power of ten in common. Where that would be longer than `width`, the first
    label is a plain number and the others say how much they lie above it. `short` gives each number
    from 1,000 on its own SI unit, each below 0.01 its own power, and no final zeros: `500`, `1k`,
    `1.5k`, `3e-4`.
    """
    if not chosen:
        return []
    exponent = chosen[0].exponent
    # Final zeros that all labels share are dropped; 0.50 and 0.75 keep theirs, so that they stay
    # aligned.
    while any(tick.digits for tick in chosen) and all(tick.digits % 10 == 0 for tick in chosen):
        exponent += 1
        chosen = [Tick(tick.digits // 10, exponent) for tick in chosen]
    largest = max(abs(tick.digits) for tick in chosen)
    power = len(str(largest)) - 1 + exponent if largest else 0
    texts = None
    if short and (3 <= power < 15 or power <= _SMALL_POWER):
        texts = [_short_label(tick) for tick in chosen]
    elif -4 <= power < 7 and (exponent >= -_MOST_DECIMALS or power >= -1):
        texts = [f"{_exact(tick):,.{max(-exponent, 0)}f}" for tick in chosen]
    elif 6 <= power < 15:
        texts = _si_labels(chosen, power)
    if texts is None or max(map(len, texts)) > max(width, _LABEL_WIDTH):
        shared = [_power_label(tick, power) for tick in chosen]
        if texts is None or max(map(len, shared)) < max(map(len, texts)):
            texts = shared
    if max(map(len, texts)) > width and len(chosen) > 1:
        texts = _offset_labels(chosen, texts, width)
    return texts


def _exact(tick: Tick) -> Decimal:
    return Decimal(tick.digits).scaleb(tick.exponent)


def _si_labels(chosen: Sequence[Tick], power: int) -> list[str]:
    thousands = power // 3 * 3
    decimals = max(thousands - chosen[0].exponent, 0)
    unit = {3: "k", 6: "M", 9: "G", 12: "T"}[thousands]
    return [
        f"{_exact(tick).scaleb(-thousands):.{decimals}f}{unit}" if tick.digits else "0"
        for tick in chosen
    ]


_SMALL_POWER = -3


def _short_label(tick: Tick) -> str:
    number = _exact(tick)
    if number and number.adjusted() <= _SMALL_POWER:
        digits, power = number.normalize(), number.adjusted()
        return f"{digits.scaleb(-power):f}e{power}"
    for power, unit in ((12, "T"), (9, "G"), (6, "M"), (3, "k")):
        if abs(number) >= 10**power:
            return f"{number.scaleb(-power).normalize():f}{unit}"
    return f"{number.normalize():f}"


def _power_label(tick: Tick, power: int) -> str:
    if not tick.digits:
        return "0"
    decimals = max(power - tick.exponent, 0)
    return f"{_exact(tick).scaleb(-power):.{decimals}f}e{power}"


def _offset_labels(chosen: Sequence[Tick], texts: Sequence[str], width: int) -> list[str]:
    base = chosen[0]
    above = labels(
        [Tick(tick.digits - base.digits, tick.exponent) for tick in chosen[1:]], width=width
    )
    if max(map(len, above)) + 1 > width:
        return list(texts)
    return [_base_label(base, width), *("+" + text for text in above)]


def _base_label(base: Tick, width: int) -> str:
    """Return the number above which the others lie: `1e15`, `1e15-10`; `~1.23e14` if inexact.

    A fraction is rounded, as all are that a chart writes; of a whole number that would surprise.
    """
    text = format_value(base.value, 4, width).strip()
    if ELLIPSIS in text:
        return text
    beyond = _exact(base) - Decimal(text.replace(",", ""))
    if not beyond or base.exponent < 0:
        return text
    for exact in (f"{_exact(base):f}", f"{text}{beyond:+,f}"):
        if len(exact) <= width:
            return exact
    return "~" + format_value(base.value, 3, width - 1).strip()


def padded(low: float, high: float) -> tuple[float, float]:
    """Return the range to draw values from `low` to `high` in, widened where it has no span."""
    largest = max(abs(low), abs(high))
    if not is_flat(low, high) and high - low > 1e-306:
        return low, high
    margin = max(largest * 0.05, 1e-300) if largest else 1.0
    limit = sys.float_info.max
    return max(low - margin, -limit), min(high + margin, limit)


_GAP = 2
"""The least number of blanks between two labels."""


class PlacedLabel(NamedTuple):
    """A tick and its label, in cells from the left end of the axis."""

    tick: int
    start: int
    text: str


@lru_cache(maxsize=256)
def x_labels(left: float, right: float, width: int, overhang: int) -> tuple[PlacedLabel, ...]:
    """Return the ticks of an x axis `width` cells long, with labels that do not touch.

    Labels are centred on their tick; they may reach `overhang` cells to the left of the axis.
    Where both ends are whole steps, they are labelled too, and ticks beside them give way.
    """
    if not (math.isfinite(left) and math.isfinite(right)):
        return ()
    whole = float(left).is_integer() and float(right).is_integer()
    best: list[PlacedLabel] = []
    for short in (True, False):

        def penalty(chosen: Sequence[Tick], short: bool = short) -> float:
            placed = _placed(chosen, left, right, width, overhang, short=short)
            return math.inf if placed is None else 0.0

        wanted = max(min(round(width / 11), 8), 3)
        chosen = ticks(left, right, wanted, whole=whole, penalty=penalty)
        if short and not _is_shorter(chosen, left, right, whole=whole):
            continue
        placed = _placed(chosen, left, right, width, overhang, short=short) or []
        if whole and left < right:
            placed = _with_ends(placed, left, right, width, overhang, short=short)
        if len(placed) > len(best):
            best = placed
        if len(best) >= 3:
            break
    if best or left != right:
        return tuple(best)
    text = labels([_tick_of(float(left))], width=width)[0]
    return (PlacedLabel(0, -min(overhang, len(text) // 2), text),) if len(text) <= width else ()


def _is_shorter(chosen: Sequence[Tick], left: float, right: float, *, whole: bool) -> bool:
    """Return whether short labels of an axis are shorter, those of its ends included."""
    ends = [[_tick_of(float(end))] for end in (left, right)] if whole else []
    parts = [part for part in (chosen, *ends) if part]
    plain, short = (
        max((len(text) for part in parts for text in labels(part, short=si)), default=0)
        for si in (False, True)
    )
    return short < plain


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
    placed: list[PlacedLabel],
    left: float,
    right: float,
    width: int,
    overhang: int,
    *,
    short: bool,
) -> list[PlacedLabel]:
    """Return the labels with those of both ends, where they leave room for one another."""
    first, last = (
        labels([_tick_of(float(end))], width=width, short=short)[0] for end in (left, right)
    )
    start = -min(overhang, len(first) // 2)
    ends = [PlacedLabel(0, start, first), PlacedLabel(width - 1, width - len(last), last)]
    if placed and placed[0].tick == 0:
        ends[0] = placed[0]
    if placed and placed[-1].tick == width - 1:
        ends[1] = placed[-1]
    free, limit = ends[0].start + len(ends[0].text) + _GAP, ends[1].start - _GAP
    if free > limit + _GAP:
        return placed
    between = [
        label for label in placed if free <= label.start and label.start + len(label.text) <= limit
    ]
    return [ends[0], *between, ends[1]]


def axis_number(value: float) -> str:
    """Return a number as axes have it, in up to 6 digits: `100k`, `2.5`, `1e-5`."""
    if not math.isfinite(value):
        # A row may lie nowhere on its axis.
        return format_value(value)
    text = labels([_tick_of(float(value))], short=True)[0]
    return format_value(value) if len(text) > _LABEL_WIDTH else text


def _tick_of(value: float) -> Tick:
    """Return a number as a tick: exact where it is whole, else in 6 digits."""
    text = repr(value) if value.is_integer() else f"{value:.6g}"
    sign, digits, exponent = Decimal(text).normalize().as_tuple()
    number = int("".join(map(str, digits)))
    return Tick(-number if sign else number, int(exponent))


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
    placed: list[PlacedLabel] = []
    free = -overhang
    columns = Scale.of_columns(left, right, width)
    for tick, text in zip(chosen, labels(chosen, width=width, short=short), strict=True):
        place = columns.nearest(tick.value)
        start = max(min(place - len(text) // 2, width - len(text)), -overhang)
        if start < free or start + len(text) > width:
            return None
        placed.append(PlacedLabel(place, start, text))
        free = start + len(text) + _GAP
    return placed


_CROWDED = 0.6
_UNEVEN = 0.8
"""The loss of ticks at uneven distances, as rounding to rows of cells brings about."""
_GIVEN_AWAY = 1.5
_MOST_GIVEN_AWAY = 0.25
"""The loss of a share of the height that lies beyond every value, and the largest such share."""


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
def y_axis(low: float, high: float, height: int, dots_a_row: int, *, opens: bool = True) -> YAxis:
    """Return the axis, `height` cells high, of values from `low` to `high`.

    An axis that `opens` reaches to the next tick beyond its values where that costs little of its
    height: then it ends in round numbers, and does not change with each new value.
    """
    if height < 1 or is_flat(low, high):
        return YAxis(low, high, ())
    wanted = height if height <= 3 else min(round(height / 3) + 1, 8)
    bounds = _shortest(low), _shortest(high)
    best, best_loss = YAxis(low, high, ()), math.inf
    best_ticks: list[Tick] = []
    for multiple, exponent, roughness in _steps(low, high, whole=False):
        inner = _tick_range(*bounds, multiple, exponent)
        if inner[1] - inner[0] + 1 > height:
            continue
        for bottom, top, first, last in _reaches(low, high, inner, multiple, exponent, opens=opens):
            count = last - first + 1
            given_away = 1 - (high / 2 - low / 2) / (top / 2 - bottom / 2)
            if not 1 <= count <= height or given_away > _MOST_GIVEN_AWAY:
                continue
            loss = _density_loss(count, wanted) + roughness + _GIVEN_AWAY * given_away
            if loss >= best_loss:
                continue
            chosen = [Tick(place * multiple, exponent) for place in range(first, last + 1)]
            rows = _rows(chosen, bottom, top, height, dots_a_row)
            loss += _unevenness(rows, height)
            if loss < best_loss:
                places = tuple(YLabel(row, "") for row in rows)
                best, best_ticks, best_loss = YAxis(bottom, top, places), chosen, loss
    plain, short = labels(best_ticks), labels(best_ticks, short=True)
    texts = reversed(short if _widest(short) < _widest(plain) else plain)
    placed = (YLabel(place.row, text) for place, text in zip(best.labels, texts, strict=True))
    return best._replace(labels=tuple(placed))


def _widest(texts: Sequence[str]) -> int:
    return max(map(len, texts), default=0)


def _reaches(
    low: float,
    high: float,
    inner: tuple[int, int],
    multiple: int,
    exponent: int,
    *,
    opens: bool,
) -> Iterator[tuple[float, float, int, int]]:
    """Yield the bottom and top of an axis with its first and last tick, either end opened or not.

    `inner` are the ticks among the values, as counts of steps.
    """
    first, last = inner
    below, above = Tick((first - 1) * multiple, exponent), Tick((last + 1) * multiple, exponent)
    bottoms, tops = [(low, first)], [(high, last)]
    if opens and Tick(first * multiple, exponent).value > low:
        bottoms.append((below.value, first - 1))
    if opens and Tick(last * multiple, exponent).value < high:
        tops.append((above.value, last + 1))
    for bottom, lowest in bottoms:
        for top, highest in tops:
            if math.isfinite(bottom) and math.isfinite(top):
                yield bottom, top, lowest, highest


def _rows(
    chosen: Sequence[Tick], low: float, high: float, height: int, dots_a_row: int
) -> list[int]:
    """Return the rows of cells that ticks stand in, from the top down."""
    dot_rows = Scale.of_rows(low, high, height * dots_a_row)
    return [dot_rows.nearest(tick.value) // dots_a_row for tick in reversed(chosen)]


def _unevenness(rows: Sequence[int], height: int) -> float:
    """Return what the places of ticks cost: infinity where two share a row."""
    distances = {later - earlier for earlier, later in pairwise(rows)}
    if 0 in distances:
        return math.inf
    # Labels in neighbouring rows are hard to read, and on a few rows a step of one and a half would
    # be uneven.
    crowded = _CROWDED if height > 3 and 1 in distances else 0.0
    return crowded + (_UNEVEN / min(distances) ** 2 if len(distances) > 1 else 0.0)
