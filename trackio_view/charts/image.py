"""Pictures in cells. Each cell holds two pixels, one above the other."""

from __future__ import annotations

from trackio_view.series.picture import PicturePixels
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.style import Color, Style

_UPPER_HALF = "▀"


def picture_cells(picture: PicturePixels) -> Frame:
    """Return a picture as a frame, as wide as it and half as high."""
    width = picture.width
    frame = Frame(width, (picture.height + 1) // 2)
    rgb = memoryview(picture.rgb).cast("I")
    colors: list[Color | None] = [*map(Color, rgb, picture.xterm, picture.grey)]
    for y in range(frame.height):
        start = 2 * y * width
        upper = colors[start : start + width]
        # The last row may have no lower half.
        lower = colors[start + width : start + 2 * width] or [None] * width
        frame.styles[y] = [*map(Style, upper, lower)]
        frame.glyphs[y] = [_UPPER_HALF] * width
    return frame
