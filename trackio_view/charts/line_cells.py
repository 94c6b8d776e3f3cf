"""Drawing lines into cells: the dots of each line, its band behind it, and turns where
lines meet.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from trackio_view.charts.palette import Gradient, style_in
from trackio_view.charts.plot import Plot
from trackio_view.charts.raster import DOT_GRIDS, TURN_CELLS, DotCanvas
from trackio_view.light_typing import NamedTuple
from trackio_view.series.envelope import Envelope
from trackio_view.series.scale import Scale
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.glyphs import Repertoire
from trackio_view.terminal.style import Meaning, Style

_COARSE_BAND = {Repertoire.BLOCKS: "░", Repertoire.ASCII: ":"}
"""A cell of a band where dots are too few to leave some out."""
_COARSE_MEDIAN = {Repertoire.ASCII: "*"}
"""A cell of the median within such a band, where the glyphs of dots are like the band's."""


class _Layers(NamedTuple):
    """What is drawn of one line: the dots of its cells, row by row."""

    line: Sequence[bytes]
    """Every point, or the median of each column where many points share one, or the smoothed
    values.
    """
    band: Sequence[bytes] | None
    """From the lowest to the highest point of each column, dotted, behind the line."""


def draw_lines(
    frame: Frame,
    plot: Plot,
    colors: Sequence[Gradient | Meaning],
    envelopes: Sequence[Envelope],
    smoothed: Sequence[Envelope],
    bands: Sequence[bool],
    repertoire: Repertoire,
) -> None:
    """Draw lines of these colours, each in front of its band where it is to have one.

    A line with smoothed values is drawn from those, and its values are dots behind it.
    """
    rect = plot.rect
    drawn = [
        _layers_of(found, smooth, plot, repertoire, has_band=has_band)
        for found, smooth, has_band in zip(envelopes, smoothed, bands, strict=True)
    ]
    for y in range(rect.height):
        row_colors = [color_at(color, y, rect.height) for color in colors]
        styles = [style_in(color) for color in row_colors]
        glyphs, row_styles = frame.glyphs[rect.y + y], frame.styles[rect.y + y]
        for layers, color in zip(drawn, row_colors, strict=True):
            if layers.band is not None:
                dim = style_in(color, dim=True)
                _draw_band_row(glyphs, row_styles, rect.x, layers.band[y], dim, repertoire)
        rows = [
            (layers.line[y], style, layers.band is not None)
            for layers, style in zip(drawn, styles, strict=True)
            if any(layers.line[y])
        ]
        if len(rows) == 1:
            ((cells, style, banded),) = rows
            shown = _glyphs_of(repertoire, banded=banded)
            for x, bits in enumerate(cells, rect.x):
                if bits:
                    glyphs[x] = shown[bits]
                    row_styles[x] = style
        elif rows:
            shown = _glyphs_of(repertoire, banded=any(banded for _, _, banded in rows))
            for x, column in enumerate(zip(*(cells for cells, _, _ in rows), strict=True)):
                dots = 0
                for bits in column:
                    dots |= bits
                if dots:
                    glyphs[rect.x + x] = shown[dots]
                    here = [place for place, bits in enumerate(column) if bits]
                    row_styles[rect.x + x] = rows[here[x // TURN_CELLS % len(here)]][1]


def _draw_band_row(
    glyphs: list[str],
    styles: list[Style],
    left: int,
    cells: bytes,
    style: Style,
    repertoire: Repertoire,
) -> None:
    """Draw a row of a band; where bands meet, a cell has the dots and the colour of one."""
    shown, coarse = DOT_GRIDS[repertoire].glyphs, _COARSE_BAND.get(repertoire)
    for x, bits in enumerate(cells, left):
        if bits:
            glyphs[x] = coarse or shown[bits]
            styles[x] = style


def _glyphs_of(repertoire: Repertoire, *, banded: bool) -> tuple[str, ...]:
    shown, median = DOT_GRIDS[repertoire].glyphs, _COARSE_MEDIAN.get(repertoire)
    return (shown[0], *[median] * (len(shown) - 1)) if banded and median else shown


def _layers_of(
    found: Envelope, smooth: Envelope, plot: Plot, repertoire: Repertoire, *, has_band: bool
) -> _Layers:
    canvas = DotCanvas(plot.rect.width, plot.rect.height, repertoire)
    rows = plot.dot_rows(DOT_GRIDS[repertoire])
    dot = rows.value_at(0) / rows.length - rows.value_at(rows.length) / rows.length
    in_front = smooth if smooth.segments else found
    is_crowded = in_front.has_band(dot)
    canvas.draw(in_front.segments, rows, medians=is_crowded)
    if not has_band or (in_front is found and not is_crowded):
        return _Layers(canvas.cells(), None)
    band = DotCanvas(plot.rect.width, plot.rect.height, repertoire)
    band.draw_band(found.segments, rows, single_values=in_front is smooth)
    return _Layers(canvas.cells(), band.cells())


# All charts of a page have the same few heights.
@lru_cache(maxsize=1024)
def color_at(color: Gradient | Meaning, y: int, height: int) -> Meaning:
    """Return the colour of what lies in row `y` of a plot: by the value at the row's middle."""
    if isinstance(color, Meaning):
        return color
    return color.color(Scale.of_rows(0.0, 1.0, height).value_at(y))
