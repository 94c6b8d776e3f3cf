"""Many lines in one plot: a cell has the dots of all lines in it and the colour of one of them, or
those of the line in front alone.

All lines are worked on together, in columns of numpy: fifty cost little more than one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

from trackio_view.charts.raster import DOT_GRIDS, TURN_CELLS
from trackio_view.light_typing import NamedTuple
from trackio_view.series.curves import Columns
from trackio_view.series.scale import Scale
from trackio_view.terminal.glyphs import Repertoire

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[Any]

_FAR_OFF = 1e9
"""How many heights of the plot a value is drawn beyond its ends at most: further makes no
difference, and the squares of more might be beyond a float.
"""
MARKED_ALONG = 8
"""Where more lines are drawn, only their newest points are marked, and none takes turns with
another: more would hide the lines.
"""


@dataclass(slots=True, eq=False, repr=False)
class Painting:
    """The dots of all curves together."""

    bits: list[bytes]
    """A row of cells each: the dots of a cell, as in `DotCanvas.cells`."""
    owners: list[list[int]]
    """A row of cells each: the number of the curve whose colour it has, -1 where there is none."""
    spots: list[list[tuple[int, int]]]
    """For each curve, cells (x, y) along it where a marker may stand; the newest last.

    Of more than `MARKED_ALONG` curves only the newest."""


def paint_lines(
    columns: Columns,
    curve_count: int,
    width: int,
    height: int,
    repertoire: Repertoire,
    value_bounds: tuple[float, float],
    *,
    behind: int = 0,
) -> Painting:
    """Return the curves as unbroken lines in `width` x `height` cells, later ones in front.

    Where few run together, the first `behind` of them take turns, so that each is seen. Each curve
    after those has its cells to itself: with the dots of others, it would look like a broad line.
    """
    import numpy as np

    grid = DOT_GRIDS[repertoire]
    rows = Scale.of_rows(*value_bounds, height * grid.rows)
    top, bottom = rows.nearest_places(columns.high), rows.nearest_places(columns.low)
    leaving, arriving = rows.positions(columns.last), rows.positions(columns.first)
    total = len(columns.column)
    # Columns without a point lie on the straight line between their neighbours that have one.
    gaps = np.zeros(total, dtype=np.int64)
    slopes = np.zeros(total)
    if total > 1:
        distance = columns.column[1:] - columns.column[:-1]
        gaps[:-1] = np.where(columns.joined[1:], np.maximum(distance - 1, 0), 0)
        slopes[:-1] = (arriving[1:] - leaving[:-1]) / np.maximum(distance, 1)
    source = np.repeat(np.arange(total), gaps + 1)
    offset = np.arange(len(source)) - np.repeat(np.cumsum(gaps + 1) - gaps - 1, gaps + 1)
    between = np.floor(leaving[source] + slopes[source] * offset + 0.5).astype(np.int64)
    top = np.where(offset == 0, top[source], between)
    bottom = np.where(offset == 0, bottom[source], between)
    joined = np.where(offset == 0, columns.joined[source], True)
    column = columns.column[source] + offset
    curve = columns.curve[source]
    top, bottom = _meeting(top, bottom, joined)
    extents = _Extents(curve, column, top, bottom)
    return _painted(extents, curve_count, width, height, repertoire, behind=behind)


def _meeting(top: Array, bottom: Array, joined: Array) -> tuple[Array, Array]:
    """Return extents whose neighbours touch: two that lie apart are made longer until they meet
    half way.
    """
    import numpy as np

    if len(top) < 2:
        return top, bottom
    met_top, met_bottom = top.copy(), bottom.copy()
    falls = joined[1:] & (top[1:] > bottom[:-1] + 1)
    rises = joined[1:] & (top[:-1] > bottom[1:] + 1)
    half = (bottom[:-1] + top[1:]) // 2
    met_bottom[:-1] = np.where(falls, half, met_bottom[:-1])
    met_top[1:] = np.where(falls, half + 1, met_top[1:])
    half = (top[:-1] + bottom[1:]) // 2
    met_top[:-1] = np.where(rises, np.minimum(met_top[:-1], half + 1), met_top[:-1])
    met_bottom[1:] = np.where(rises, np.maximum(met_bottom[1:], half), met_bottom[1:])
    return met_top, met_bottom


class _Extents(NamedTuple):
    """Which rows of dots the curves cover, an entry for each column of dots, in the order of the
    curves.
    """

    curve: Array
    column: Array
    top: Array
    """The highest row of dots."""
    bottom: Array


def _painted(
    extents: _Extents,
    curve_count: int,
    width: int,
    height: int,
    repertoire: Repertoire,
    *,
    behind: int = 0,
) -> Painting:
    import numpy as np

    grid = DOT_GRIDS[repertoire]
    dot_columns, dot_rows = width * grid.columns, height * grid.rows
    curve, column, top, bottom = extents
    seen = (top < dot_rows) & (bottom >= 0) & (column >= 0) & (column < dot_columns)
    curve, column = curve[seen], column[seen]
    top, bottom = np.maximum(top[seen], 0), np.minimum(bottom[seen], dot_rows - 1)
    bits = _cell_bits(column, top, bottom, width, height, repertoire)
    owners = np.full((height, width), -1, dtype=np.int64)
    first, last = top // grid.rows, bottom // grid.rows
    spans = last - first + 1
    x = np.repeat(column // grid.columns, spans)
    y = np.arange(len(x)) - np.repeat(np.cumsum(spans) - spans - first, spans)
    owner = np.repeat(curve, spans)
    if behind > 1 and curve_count <= MARKED_ALONG:
        mixed = owner < behind
        _take_turns(owners, y[mixed], x[mixed], owner[mixed], behind)
        y, x, owner = y[~mixed], x[~mixed], owner[~mixed]
    if behind:
        for number in range(behind, curve_count):
            own = curve == number
            ahead = _cell_bits(column[own], top[own], bottom[own], width, height, repertoire)
            bits = np.where(ahead > 0, ahead, bits)
    # Curves come in the order of drawing; of several values for a cell the last one stays.
    owners[y, x] = owner
    middle = (top + bottom) // (2 * grid.rows)
    edges = np.searchsorted(curve, np.arange(curve_count + 1)).tolist()
    spot_x, spot_y = column // grid.columns, middle
    spots = []
    for begin, end in pairwise(edges):
        # All cells of a line are needed only where few lines share the plot.
        begin = begin if curve_count <= MARKED_ALONG else max(begin, end - 1)
        own = zip(spot_x[begin:end].tolist(), spot_y[begin:end].tolist(), strict=True)
        spots.append(list(own))
    return Painting([row.tobytes() for row in bits], owners.tolist(), spots)


def _take_turns(owners: Array, y: Array, x: Array, owner: Array, count: int) -> None:
    """Give each cell to one of the curves that are in it, a few cells along to the next of them."""
    import numpy as np

    width = owners.shape[1]
    shares = np.sort((y * width + x) * count + owner)
    is_first = np.ones(len(shares), dtype=bool)
    is_first[1:] = shares[1:] != shares[:-1]
    cells, curves = np.divmod(shares[is_first], count)
    found, starts, sharing = np.unique(cells, return_index=True, return_counts=True)
    y, x = np.divmod(found, width)
    owners[y, x] = curves[starts + x // TURN_CELLS % sharing]


def _filled(column: Array, top: Array, bottom: Array, dot_columns: int, dot_rows: int) -> Array:
    """Return which dots are set: `dots[column][row]`."""
    import numpy as np

    size = dot_columns * (dot_rows + 1)
    base = column * (dot_rows + 1)
    change = np.bincount(base + top, minlength=size) - np.bincount(
        base + bottom + 1, minlength=size
    )
    filled: Array = change.reshape(dot_columns, dot_rows + 1).cumsum(axis=1)[:, :dot_rows] > 0
    return filled


def _cell_bits(
    column: Array, top: Array, bottom: Array, width: int, height: int, repertoire: Repertoire
) -> Array:
    import numpy as np

    grid = DOT_GRIDS[repertoire]
    dots = _filled(column, top, bottom, width * grid.columns, height * grid.rows)
    split = dots.reshape(width, grid.columns, height, grid.rows)
    # No two dots of a cell have a bit in common, so that their sum is all of them.
    bits = split * np.array(grid.bits, dtype=np.uint8)[:, None, :]
    whole: Array = bits.sum(axis=(1, 3), dtype=np.uint8).T
    return whole


def paint_groups(
    columns: Columns,
    group_of: Sequence[int],
    group_count: int,
    width: int,
    height: int,
    repertoire: Repertoire,
    value_bounds: tuple[float, float],
) -> tuple[Painting, Painting]:
    """Return the groups' means as lines, and what lies within one standard deviation of them.

    A column's mean is that of its curves' means there, each curve reaching from its first column to
    its last. The spread is dotted: every other dot of each row, shifted by one in every other row.
    """
    import numpy as np

    grid = DOT_GRIDS[repertoire]
    dot_columns, dot_rows = width * grid.columns, height * grid.rows
    everywhere = np.arange(dot_columns)
    scale = Scale(*value_bounds, dot_rows)
    sums = np.zeros((3, group_count, dot_columns))
    edges = np.searchsorted(columns.curve, np.arange(len(group_of) + 1))
    # Shares of the plot's height, as squares and differences of huge values are beyond a float.
    shares = np.clip(scale.shares(columns.mean), -_FAR_OFF, _FAR_OFF)
    for number, group in enumerate(group_of):
        own = slice(edges[number], edges[number + 1])
        at = columns.column[own]
        if len(at):
            order = np.argsort(at, kind="stable")
            heights = np.interp(everywhere, at[order], shares[own][order])
            within = (everywhere >= at.min()) & (everywhere <= at.max())
            sums[0, group] += within
            sums[1, group] += np.where(within, heights, 0.0)
            sums[2, group] += np.where(within, heights * heights, 0.0)
    owner, column = np.nonzero(sums[0])
    counts = sums[0][owner, column]
    mean = sums[1][owner, column] / counts
    whole = (0.0, 1.0)
    deviation = np.sqrt(np.maximum(sums[2][owner, column] / counts - mean * mean, 0.0))
    joined = np.zeros(len(owner), dtype=bool)
    joined[1:] = owner[1:] == owner[:-1]
    means = Columns(owner, joined, column, mean, mean, mean, mean, mean, mean, counts)
    lines = paint_lines(means, group_count, width, height, repertoire, whole)
    rows = Scale.of_rows(*whole, dot_rows)
    top, bottom = rows.nearest_places(mean + deviation), rows.nearest_places(mean - deviation)
    extents = _Extents(owner, column, top, bottom)
    band = _painted(extents, group_count, width, height, repertoire)
    return lines, _dotted(band, repertoire)


def paint_band(
    columns: Columns,
    width: int,
    height: int,
    repertoire: Repertoire,
    value_bounds: tuple[float, float],
) -> Painting:
    """Return what lies between the lowest and the highest value of each column of one curve,
    dotted. It is curve 0 of the painting.
    """
    import numpy as np

    rows = Scale.of_rows(*value_bounds, height * DOT_GRIDS[repertoire].rows)
    top, bottom = rows.nearest_places(columns.high), rows.nearest_places(columns.low)
    extents = _Extents(np.zeros_like(columns.curve), columns.column, top, bottom)
    return _dotted(_painted(extents, 1, width, height, repertoire), repertoire)


def _dotted(band: Painting, repertoire: Repertoire) -> Painting:
    dotted = _dotting(DOT_GRIDS[repertoire].dotted)
    band.bits = [row.translate(dotted) for row in band.bits]
    return band


@lru_cache(maxsize=8)
def _dotting(dotted: int) -> bytes:
    """Return the table by which `bytes.translate` keeps of each cell the dots in `dotted` alone."""
    return bytes(bits & dotted for bits in range(256))
