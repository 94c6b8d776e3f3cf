"""The columns of a chart's lines, kept independently of which line lies in front."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from trackio_view.light_typing import NamedTuple
from trackio_view.series.curves import Columns, Curve, columns_of, value_range
from trackio_view.series.unlimited import shows_everything
from trackio_view.series.y_limits import (
    LIMIT_COLUMNS,
    Limits,
    automatic_of_columns,
    undrawn,
)

Kept = TypeVar("Kept")
Span = tuple[float, float]


class Keep(Protocol):
    """Returns what is kept under a key. If nothing is kept there, it is computed."""

    def __call__(self, key: tuple[object, ...], compute: Callable[[], Kept], /) -> Kept: ...


class Keeping(NamedTuple):
    """Keeps the columns of a chart's lines, which do not depend on the line in front."""

    keep: Keep
    order: Sequence[int]
    """The places of all lines, in an order that does not depend on the line in front."""


def keeping_nothing(count: int) -> Keeping:
    """Return what computes everything anew for so many lines."""
    return Keeping(_at_once, range(count))


def _at_once(_: tuple[object, ...], compute: Callable[[], Kept]) -> Kept:
    return compute()


def kept_range(curves: Sequence[Curve], keeping: Keeping) -> Span | None:
    """Return the lowest and the highest value of all curves; `None` where none is finite."""
    return keeping.keep(("range",), lambda: value_range(curves))


def kept_columns(
    curves: Sequence[Curve],
    count: int,
    x_range: Span,
    keeping: Keeping,
    *,
    means: bool = False,
) -> Columns:
    """Return what the curves do in so many dot columns, in the order of the curves."""
    kept = keeping.keep(
        ("columns", count, *x_range, means),
        lambda: columns_of(
            [curves[place] for place in keeping.order], count, *x_range, means=means
        ),
    )
    return kept.in_order(keeping.order)


def kept_limits(
    curves: Sequence[Curve],
    x_range: Span,
    everything: Span,
    limits: Limits,
    keeping: Keeping,
    *,
    logarithmic: bool,
) -> Span:
    """Return the range of the y axis, the same at every size of the chart."""
    parts = [(curve.series, curve.window) for curve in curves]
    known = undrawn(limits, parts, everything, logarithmic=logarithmic)
    if known is not None or not all(map(math.isfinite, x_range)):
        return known or everything
    if shows_everything(curves, x_range, everything):
        return everything
    return keeping.keep(
        ("limits", *x_range),
        lambda: automatic_of_columns(
            kept_columns(curves, LIMIT_COLUMNS, x_range, keeping), everything
        ),
    )
