"""How numbers that stand below each other are written: alike, and told apart where they differ."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import pairwise
from typing import TypeAlias

from trackio_view.series.series import LARGEST_EXACT_FLOAT_INTEGER, Number
from trackio_view.wording.numbers import as_counts, format_value

NumberWriter: TypeAlias = Callable[[Number], str]

_MORE_DIGITS = range(5, 10)
"""No two numbers that PyTorch holds by default agree in nine digits. What differs behind those is
how they were rounded.
"""


def column_writer(
    numbers: Iterable[Number], *, counts: bool = False, width: int | None = None
) -> NumberWriter:
    """Return how the numbers of a column are written: as `format_value` writes them.

    Where two that differ would look the same, all have one more digit, or as many as tell most of
    them apart in `width` cells. With `counts` they are counts, which have no decimals.
    """
    known = sorted(
        {number for number in numbers if isinstance(number, int) or number - number == 0}
    )
    usual: NumberWriter = _format_count if counts else format_value
    texts = [usual(number) for number in known]
    alike = {
        number
        for pair, (one, other) in zip(pairwise(known), pairwise(texts), strict=True)
        if one == other
        for number in pair
    }
    found, most = usual, len(set(map(usual, alike)))
    for writer in _longer(known) if alike else ():
        told = {writer(number) for number in alike}
        if len(told) > most and (width is None or max(map(len, told)) <= width):
            found, most = writer, len(told)
        if most == len(alike):
            break
    return found


def _longer(numbers: Sequence[Number]) -> Iterable[NumberWriter]:
    """Yield manners of writing with ever more digits."""
    for digits in _MORE_DIGITS:
        yield partial(format_value, significant=digits)
    exact = all(
        abs(number) <= LARGEST_EXACT_FLOAT_INTEGER and float(number).is_integer()
        for number in numbers
    )
    if exact:
        yield _format_whole


def _format_count(number: Number) -> str:
    return format_value(as_counts(number)[0])


def _format_whole(number: Number) -> str:
    is_whole = isinstance(number, float) and math.isfinite(number) and number.is_integer()
    return f"{int(number):,}" if is_whole else format_value(number)
